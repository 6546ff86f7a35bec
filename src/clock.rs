//! Time, handed in: every wait of the operator goes through one [`Clock`].

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// Tells the time and waits for it.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// Resolves at `instant`, or at once if it is past.
    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()>;
}

/// A clock shared by all parts.
pub type SharedClock = Arc<dyn Clock>;

/// Real time, or time that runs at another rate from another origin (for tests and the playground: the shipped
/// binary has no flag for it).
#[derive(Clone, Copy, Debug)]
pub struct ScaledClock {
    origin: Timestamp,
    shown: Timestamp,
    rate: f64,
}

impl ScaledClock {
    /// Real time.
    pub fn real() -> Self {
        Self {
            origin: Timestamp::UNIX_EPOCH,
            shown: Timestamp::UNIX_EPOCH,
            rate: 1.0,
        }
    }

    /// At the real instant `origin` the clock shows `shown`; from there on it runs `rate` times as fast.
    pub fn scaled(origin: Timestamp, shown: Timestamp, rate: f64) -> Self {
        Self {
            origin,
            shown,
            rate: rate.max(f64::MIN_POSITIVE),
        }
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Timestamp {
        let passed = Timestamp::now().duration_since(self.origin);
        if (self.rate - 1.0).abs() < f64::EPSILON {
            return self.shown.checked_add(passed).unwrap_or(Timestamp::MAX);
        }
        let scaled = SignedDuration::try_from_secs_f64(passed.as_secs_f64() * self.rate)
            .unwrap_or(SignedDuration::MAX);
        self.shown.checked_add(scaled).unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()> {
        let left = instant.duration_since(self.now()).as_secs_f64() / self.rate;
        // A timer wheel has an end; nobody sleeps for more than a day without looking around.
        let left = Duration::try_from_secs_f64(left.clamp(0.0, 86_400.0)).unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(left))
    }
}
