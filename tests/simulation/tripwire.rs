//! Where the operator is ended: before or after a request that it makes, counted from when the wire is stretched.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// On which side of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// It is never sent.
    Before,
    /// It has its effect, and nothing is heard of it.
    After,
}

#[derive(Debug, Default)]
struct State {
    passed: u64,
    at: Option<(u64, Side)>,
    tripped: bool,
}

/// Counts requests to either side. Its clones are the same wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tripwire(Arc<Mutex<State>>);

impl Tripwire {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the operator at the nth request from now on; the first is 1.
    pub(crate) fn stretch(&self, nth: u64, side: Side) {
        *self.lock() = State {
            passed: 0,
            at: Some((nth, side)),
            tripped: false,
        };
    }

    /// Whether it was reached. Once: then the wire is gone.
    pub(crate) fn take_tripped(&self) -> bool {
        let mut state = self.lock();
        let tripped = state.tripped;
        if tripped {
            *state = State::default();
        }
        tripped
    }

    /// Sends a request. Does not return where the wire is.
    pub(crate) async fn pass<T>(&self, request: impl Future<Output = T>) -> T {
        let at = {
            let mut state = self.lock();
            state.passed += 1;
            state.at.filter(|(nth, _)| *nth == state.passed)
        };
        match at {
            None => request.await,
            Some((_, side)) => {
                if side == Side::After {
                    request.await;
                }
                self.lock().tripped = true;
                std::future::pending().await
            }
        }
    }
}
