//! Waiting for a condition, with a deadline.

use std::{fmt::Display, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

/// How long to wait between two looks: short beside anything that is waited for, long beside what a look costs.
pub(crate) const INTERVAL: Duration = Duration::from_millis(25);

/// A condition that didn't come true in time.
#[derive(Debug, thiserror::Error)]
#[error("{what} not within {deadline:?}: {why}")]
pub struct Expired {
    /// What was waited for.
    pub what: String,
    /// How long.
    pub deadline: Duration,
    /// Why the last attempt didn't count.
    pub why: String,
}

/// Tries `attempt` until it succeeds, for at most `deadline`; an attempt that hangs is given up at the deadline too.
/// `what` names the condition as it reads when true ("the key is ready"); an attempt's error says why it isn't yet.
pub async fn eventually<T, E: Display>(
    deadline: Duration,
    what: &str,
    mut attempt: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, Expired> {
    let end = Instant::now() + deadline;
    let mut why = "the first attempt didn't end".to_owned();
    loop {
        match timeout_at(end, attempt()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(reason)) => why = reason.to_string(),
            Err(_) => {
                return Err(Expired {
                    what: what.to_owned(),
                    deadline,
                    why,
                });
            }
        }
        // The deadline is checked by the next attempt, so that one always runs after the last wait.
        sleep(INTERVAL).await;
        if Instant::now() >= end {
            return Err(Expired {
                what: what.to_owned(),
                deadline,
                why,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_condition_that_comes_true_late_is_seen() {
        let mut looks = 0;
        let seen = eventually(
            Duration::from_secs(5),
            "the third look succeeds",
            async || {
                looks += 1;
                if looks == 3 {
                    Ok(looks)
                } else {
                    Err("not yet")
                }
            },
        );
        assert_eq!(seen.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn an_expired_wait_says_what_was_missing_at_the_last_look() {
        let waited = eventually(Duration::from_millis(60), "the key is ready", async || {
            Err::<(), _>("READY is False")
        });
        let message = waited.await.unwrap_err().to_string();
        assert_eq!(message, "the key is ready not within 60ms: READY is False");
    }

    #[tokio::test]
    async fn an_attempt_that_hangs_does_not_outlive_the_deadline() {
        let hang = eventually(Duration::from_millis(50), "an answer comes", async || {
            std::future::pending::<Result<(), String>>().await
        });
        let waited = tokio::time::timeout(Duration::from_secs(5), hang).await;
        assert!(waited.expect("the wait ends by itself").is_err());
    }
}
