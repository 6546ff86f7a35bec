//! Time as tokio has it: on a paused runtime it passes when nobody has anything else to do.

use cckm_operator::clock::Clock;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// When every run begins.
const BEGIN: &str = "2026-01-05T08:00:00Z";

/// A clock for all sides of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SimulatedClock {
    origin: Timestamp,
    started: Instant,
}

impl SimulatedClock {
    /// Begins now.
    pub(crate) fn start() -> Self {
        Self {
            origin: BEGIN.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            started: Instant::now(),
        }
    }

    /// How long it has run.
    pub(crate) fn elapsed(&self) -> SignedDuration {
        SignedDuration::try_from(self.started.elapsed()).unwrap_or(SignedDuration::MAX)
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.origin
            .saturating_add(self.elapsed())
            .unwrap_or(Timestamp::MAX)
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()> {
        let left = instant.duration_since(self.now());
        Box::pin(tokio::time::sleep(
            left.max(SignedDuration::ZERO).unsigned_abs(),
        ))
    }
}
