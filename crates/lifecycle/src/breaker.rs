//! One bad credential is one failing login per pause, whatever the number of keys.

use jiff::{SignedDuration, Timestamp};

use crate::backoff::doubling;

/// The state of the logins with one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    not_before: Option<Timestamp>,
}

impl Breaker {
    /// Whether a login may be tried now; else when.
    pub fn permit(&self, now: Timestamp) -> Result<(), Timestamp> {
        match self.not_before {
            Some(instant) if now < instant => Err(instant),
            Some(_) | None => Ok(()),
        }
    }

    /// After a login that was refused: no other for 30 s, doubling to 30 minutes. A local account of
    /// CipherTrust Manager is locked by repeated refusals.
    #[must_use]
    pub fn refused(self, now: Timestamp) -> Self {
        let pause = doubling(
            SignedDuration::from_secs(30),
            self.failures,
            SignedDuration::from_mins(30),
        );
        Self {
            failures: self.failures.saturating_add(1),
            not_before: Some(now + pause),
        }
    }

    /// After a login that got no answer: that locks no account, so the pause is 5 s, doubling to a minute.
    #[must_use]
    pub fn unanswered(self, now: Timestamp) -> Self {
        let pause = doubling(
            SignedDuration::from_secs(5),
            self.failures,
            SignedDuration::from_mins(1),
        );
        Self {
            failures: self.failures.saturating_add(1),
            not_before: Some(now + pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_login_is_tried_once_per_pause_and_at_most_six_times_in_the_first_quarter_hour() {
        let mut now = Timestamp::UNIX_EPOCH;
        let end = now + SignedDuration::from_mins(15);
        let (mut breaker, mut tries) = (Breaker::default(), 0);
        while now < end {
            if breaker.permit(now).is_ok() {
                tries += 1;
                breaker = breaker.refused(now);
            }
            now += SignedDuration::from_secs(1);
        }
        assert_eq!(tries, 5);
    }

    #[test]
    fn a_success_forgets_the_failures() {
        let tripped = Breaker::default().refused(Timestamp::UNIX_EPOCH);
        assert!(tripped.permit(Timestamp::UNIX_EPOCH).is_err());
        assert!(Breaker::default().permit(Timestamp::UNIX_EPOCH).is_ok());
    }
}
