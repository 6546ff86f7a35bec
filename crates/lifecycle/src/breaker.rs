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

    /// Somebody asks for one more try now. If it is refused as well, the pause is as long as it would have been.
    #[must_use]
    pub fn asked(self) -> Self {
        Self {
            not_before: None,
            ..self
        }
    }

    /// After a login that was refused: no other for a minute, then for ten, then for six hours each. A local account
    /// of CipherTrust Manager is locked by repeated refusals, so that only a person's doing is worth more tries:
    /// another password, or a request.
    #[must_use]
    pub fn refused(self, now: Timestamp) -> Self {
        let pause = match self.failures {
            0 => SignedDuration::from_mins(1),
            1 => SignedDuration::from_mins(10),
            _ => SignedDuration::from_hours(6),
        };
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
    fn a_refused_login_is_tried_three_times_in_six_hours() {
        let mut now = Timestamp::UNIX_EPOCH;
        let end = now + SignedDuration::from_hours(6);
        let (mut breaker, mut tries) = (Breaker::default(), 0);
        while now < end {
            if breaker.permit(now).is_ok() {
                tries += 1;
                breaker = breaker.refused(now);
            }
            now += SignedDuration::from_secs(1);
        }
        assert_eq!(tries, 3);
    }

    #[test]
    fn a_request_is_one_try_and_shortens_no_later_pause() {
        let now = Timestamp::UNIX_EPOCH;
        let refused = (0..3).fold(Breaker::default(), |breaker, _| breaker.refused(now));
        let asked = refused.asked();
        assert!(asked.permit(now).is_ok());
        let later = now + SignedDuration::from_hours(6);
        assert_eq!(asked.refused(now).permit(now), Err(later));
    }

    #[test]
    fn a_success_forgets_the_failures() {
        let tripped = Breaker::default().refused(Timestamp::UNIX_EPOCH);
        assert!(tripped.permit(Timestamp::UNIX_EPOCH).is_err());
        assert!(Breaker::default().permit(Timestamp::UNIX_EPOCH).is_ok());
    }
}
