//! Time as tokio has it: on a paused runtime it passes when nobody has anything else to do.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// The clock on the operator's wall, which may be wrong. Its clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct WallClock {
    right: SimulatedClock,
    wrong_by: Arc<Mutex<(SignedDuration, Option<Timestamp>)>>,
}

impl WallClock {
    pub(crate) fn new(right: SimulatedClock) -> Self {
        Self {
            right,
            wrong_by: Arc::default(),
        }
    }

    /// Is wrong by this, and the operator cannot have noticed.
    pub(crate) fn be_wrong_by(&self, by: SignedDuration) {
        *self.lock() = (by, None);
    }

    /// Is set ahead under the eyes of the operator.
    pub(crate) fn jump(&self, by: SignedDuration) {
        self.lock().0 += by;
        let now = self.now();
        self.lock().1 = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, (SignedDuration, Option<Timestamp>)> {
        self.wrong_by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let by = self.lock().0;
        self.right
            .now()
            .saturating_add(by)
            .unwrap_or(Timestamp::MAX)
    }

    fn jumped_at(&self) -> Option<Timestamp> {
        self.lock().1
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()> {
        let by = self.lock().0;
        let right = instant.saturating_sub(by).unwrap_or(Timestamp::MAX);
        self.right.sleep_until(right)
    }
}
