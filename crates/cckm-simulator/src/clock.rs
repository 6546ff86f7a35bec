//! The only source of time. Simulated time is either a linear function of the machine's clock, so
//! that several processes given the same epochs agree, or moved by hand.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How simulated time runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Clock {
    /// `epoch_virtual + (real - epoch_real) * rate`.
    Scaled {
        /// The instant on the machine's clock at which simulated time reads `epoch_virtual`.
        epoch_real: Timestamp,
        /// The simulated instant at `epoch_real`.
        epoch_virtual: Timestamp,
        /// Simulated seconds for each real second; more than 0.
        rate: f64,
    },
    /// Stands still until moved.
    Manual {
        /// The present simulated instant.
        at: Timestamp,
    },
}

impl Default for Clock {
    /// The machine's own clock.
    fn default() -> Self {
        Self::Scaled {
            epoch_real: Timestamp::UNIX_EPOCH,
            epoch_virtual: Timestamp::UNIX_EPOCH,
            rate: 1.0,
        }
    }
}

impl Clock {
    /// A clock that stands at `at` until moved.
    pub const fn manual(at: Timestamp) -> Self {
        Self::Manual { at }
    }

    /// The present simulated instant.
    pub fn now(&self) -> Timestamp {
        match *self {
            Self::Manual { at } => at,
            Self::Scaled {
                epoch_real,
                epoch_virtual,
                rate,
            } => {
                let elapsed = Timestamp::now().duration_since(epoch_real);
                later(epoch_virtual, scaled(elapsed, rate))
            }
        }
    }

    /// The machine's own time, where simulated time is a function of it.
    pub(crate) fn machine(&self) -> Option<Timestamp> {
        match self {
            Self::Manual { .. } => None,
            Self::Scaled { .. } => Some(Timestamp::now()),
        }
    }

    /// Moves simulated time by `step`, which may be negative.
    pub fn advance(&mut self, step: SignedDuration) {
        match self {
            Self::Manual { at } => *at = later(*at, step),
            Self::Scaled { epoch_virtual, .. } => *epoch_virtual = later(*epoch_virtual, step),
        }
    }

    /// Makes the present instant `instant`, without changing how time runs from there.
    pub fn set(&mut self, instant: Timestamp) {
        self.advance(instant.duration_since(self.now()));
    }

    /// Lets simulated time run `rate` times as fast as the machine's, from the present instant on.
    pub fn run(&mut self, rate: f64) {
        *self = Self::Scaled {
            epoch_real: Timestamp::now(),
            epoch_virtual: self.now(),
            rate,
        };
    }

    /// Real time until `instant`; nothing while the clock stands still before it.
    pub(crate) fn wait(&self, instant: Timestamp) -> Option<std::time::Duration> {
        let remaining = instant.duration_since(self.now());
        if remaining <= SignedDuration::ZERO {
            return Some(std::time::Duration::ZERO);
        }
        match self {
            Self::Manual { .. } => None,
            Self::Scaled { rate, .. } => {
                std::time::Duration::try_from(scaled(remaining, rate.recip())).ok()
            }
        }
    }
}

fn scaled(duration: SignedDuration, rate: f64) -> SignedDuration {
    // A rate of 1 must not lose the nanoseconds that a float can't hold.
    if (rate - 1.0).abs() < f64::EPSILON {
        return duration;
    }
    SignedDuration::try_from_secs_f64(duration.as_secs_f64() * rate).unwrap_or(SignedDuration::MAX)
}

/// `instant + step`, at most the last instant that can be written.
pub(crate) fn later(instant: Timestamp, step: SignedDuration) -> Timestamp {
    instant.saturating_add(step).unwrap_or(Timestamp::MAX)
}

/// `seconds` after `instant`.
pub(crate) fn seconds_later(instant: Timestamp, seconds: f64) -> Timestamp {
    let step = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    later(instant, step)
}

/// `days` after `instant`.
pub(crate) fn days_later(instant: Timestamp, days: i64) -> Timestamp {
    later(instant, SignedDuration::from_hours(days.saturating_mul(24)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_advance() {
        let start = Timestamp::from_second(1_000).unwrap();
        let mut clock = Clock::manual(start);
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(clock.now(), Timestamp::from_second(1_005).unwrap());
        assert_eq!(clock.wait(Timestamp::from_second(1_006).unwrap()), None);
    }

    #[test]
    fn two_clocks_with_the_same_epochs_agree() {
        let clock = Clock::Scaled {
            epoch_real: Timestamp::from_second(1_700_000_000).unwrap(),
            epoch_virtual: Timestamp::from_second(1_000).unwrap(),
            rate: 60.0,
        };
        let apart = clock.now().duration_since(clock.now()).abs();
        assert!(apart < SignedDuration::from_secs(60));
        let expected = Timestamp::now()
            .duration_since(Timestamp::from_second(1_700_000_000).unwrap())
            .as_secs()
            * 60;
        assert!((clock.now().as_second() - 1_000 - expected).abs() <= 120);
    }

    #[test]
    fn waiting_is_shortened_by_the_rate() {
        let mut clock = Clock::default();
        clock.run(100.0);
        let wait = clock.wait(seconds_later(clock.now(), 100.0)).unwrap();
        assert!(wait <= std::time::Duration::from_secs(1));
    }
}
