//! Where the operator is ended or cut off: at a request that it makes, counted from when the wire is stretched.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// How long it stays cut off: longer than a lease, and than anybody waits for a reply.
pub(crate) const CUT_OFF: Duration = Duration::from_mins(3);

/// What happens at the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The operator ends, and the request is never sent.
    Before,
    /// The request has its effect, and the operator ends before it hears of it.
    After,
    /// From this request on everything is held back for a while, and then sent.
    CutOff,
}

#[derive(Debug, Default)]
struct State {
    passed: u64,
    at: Option<(u64, End)>,
    tripped: Option<End>,
    cut_off_until: Option<Instant>,
}

/// Counts requests to either side. Its clones are the same wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tripwire(Arc<Mutex<State>>);

impl Tripwire {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets it happen at the nth request from now on; the first is 1.
    pub(crate) fn stretch(&self, nth: u64, end: End) {
        *self.lock() = State {
            at: Some((nth, end)),
            ..State::default()
        };
    }

    /// Takes the wire away, if it is there still.
    pub(crate) fn remove(&self) {
        self.lock().at = None;
    }

    /// What happened, if the wire was reached. Once: then it is gone.
    pub(crate) fn take_tripped(&self) -> Option<End> {
        let mut state = self.lock();
        let tripped = state.tripped.take()?;
        state.at = None;
        Some(tripped)
    }

    /// Returns once nothing is held back.
    pub(crate) async fn connected(&self) {
        let until = self.lock().cut_off_until;
        if let Some(until) = until {
            sleep_until(until).await;
        }
    }

    /// Sends a request. Does not return where the operator ends.
    pub(crate) async fn pass<T>(&self, request: impl Future<Output = T>) -> T {
        let at = {
            let mut state = self.lock();
            state.passed += 1;
            let passed = state.passed;
            let at = state.at.filter(|(nth, _)| *nth == passed);
            if matches!(at, Some((_, End::CutOff))) {
                state.cut_off_until = Some(Instant::now() + CUT_OFF);
                state.tripped = Some(End::CutOff);
            }
            at
        };
        match at {
            None | Some((_, End::CutOff)) => {
                self.connected().await;
                request.await
            }
            Some((_, end)) => {
                if end == End::After {
                    request.await;
                }
                self.lock().tripped = Some(end);
                std::future::pending().await
            }
        }
    }
}
