//! The simulator as a library: its state behind a lock, and what a test may do to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::{
    clock::Clock,
    console::Change,
    faults::Fault,
    http::{
        call::Call,
        exchange::{Outcome, Plan},
    },
    log::LoggedRequest,
    state::State,
    switches::Switches,
    world::description::World,
};

/// How a simulator starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where identifiers are drawn from.
    pub seed: u64,
    /// How simulated time runs.
    pub clock: Clock,
    /// What open questions are answered with.
    pub switches: Switches,
    /// Whether the admin API is served.
    pub admin: bool,
}

/// A CipherTrust Manager and its clouds. Clones share one state.
#[derive(Clone, Debug)]
pub struct Simulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    admin: bool,
    /// Counts the moves of the clock, for those who wait for an instant.
    moved: watch::Sender<u64>,
    /// Counts the releases of held replies.
    released: watch::Sender<u64>,
}

impl Simulator {
    /// An empty CM without any users.
    pub fn new(options: Options) -> Self {
        Self {
            inner: Arc::new(Inner {
                state: Mutex::new(State::new(options.seed, options.clock, options.switches)),
                admin: options.admin,
                moved: watch::Sender::new(0),
                released: watch::Sender::new(0),
            }),
        }
    }

    pub(crate) fn admin(&self) -> bool {
        self.inner.admin
    }

    /// The state, with everything that is due done.
    pub(crate) fn settled(&self) -> MutexGuard<'_, State> {
        let mut state = self
            .inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.settle();
        state
    }

    /// Adds what `world` describes and returns the ID in CM of each resource, by its name.
    ///
    /// # Errors
    /// States which part contradicts itself or what is there. What came before it stays.
    pub fn add(&self, world: &World) -> Result<Value, String> {
        self.settled().add(world)
    }

    /// The present simulated instant.
    pub fn now(&self) -> Timestamp {
        self.settled().now
    }

    /// Moves simulated time on; everything due happens before this returns.
    pub fn advance(&self, step: SignedDuration) -> Timestamp {
        self.reclock(|clock| clock.advance(step))
    }

    /// The clock as set.
    pub fn clock(&self) -> Clock {
        self.settled().clock
    }

    /// Changes the clock. Moving it back takes nothing back that has happened.
    pub fn reclock(&self, change: impl FnOnce(&mut Clock)) -> Timestamp {
        let now = {
            let mut state = self.settled();
            change(&mut state.clock);
            state.settle();
            state.now
        };
        self.inner.moved.send_modify(|moves| *moves += 1);
        now
    }

    /// The switches as set.
    pub fn switches(&self) -> Switches {
        self.settled().switches.clone()
    }

    /// Sets one switch to a JSON value or its text.
    ///
    /// # Errors
    /// States which names or values there are.
    pub fn set_switch(&self, name: &str, value: &Value) -> Result<(), String> {
        self.settled().switches.set(name, value)
    }

    /// Sets all these switches, or none when one of them can't be set.
    ///
    /// # Errors
    /// States which names or values there are.
    pub fn set_switches(&self, wishes: &Map<String, Value>) -> Result<(), String> {
        let mut state = self.settled();
        let mut switches = state.switches.clone();
        wishes
            .iter()
            .try_for_each(|(name, value)| switches.set(name, value))?;
        state.switches = switches;
        Ok(())
    }

    /// Orders a fault.
    pub fn inject(&self, fault: Fault) {
        self.settled().faults.add(fault);
    }

    /// The faults that still wait for requests.
    pub fn faults(&self) -> Vec<Fault> {
        self.settled().faults.waiting().to_vec()
    }

    /// Takes back all faults that still wait for requests.
    pub fn clear_faults(&self) {
        self.settled().faults.clear();
    }

    /// Sends all replies that are held.
    pub fn release(&self) {
        self.inner.released.send_modify(|releases| *releases += 1);
    }

    /// Changes a cloud directly, unknown to CM.
    ///
    /// # Errors
    /// The cloud's refusal.
    pub fn console(&self, change: &Change) -> Result<Value, String> {
        self.settled().console(change)
    }

    /// Requests with a sequence number above `since`.
    pub fn requests(&self, since: u64) -> Vec<LoggedRequest> {
        self.settled().log.since(since).to_vec()
    }

    /// The clouds as they are.
    pub fn truth(&self) -> Value {
        let state = self.settled();
        json!({ "salesforce": state.salesforce, "azure": state.azure, "oci": state.oci })
    }

    /// CM's stores as they are, users and refresh tokens included.
    pub fn rows(&self) -> Value {
        let state = self.settled();
        let mut rows = json!(state.manager);
        rows["users"] = json!(state.tokens.users);
        rows["refresh_tokens"] = json!(state.tokens.refresh_tokens);
        rows
    }

    /// Takes a call to its outcome. Effects happen under the lock; waiting doesn't.
    pub(crate) async fn exchange(&self, call: &Call) -> Outcome {
        let mut released = self.inner.released.subscribe();
        let plan = {
            let mut state = self
                .inner
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            state.arrive(call)
        };
        match plan {
            Plan::Answer(outcome) => outcome,
            Plan::Hold {
                outcome,
                until: None,
            } => {
                // The sender lives in `self`, so this ends by a release alone.
                let _ = released.changed().await;
                outcome
            }
            Plan::Hold {
                outcome,
                until: Some(instant),
            } => {
                tokio::select! {
                    () = self.reach(instant) => outcome,
                    _ = released.changed() => outcome,
                }
            }
            Plan::Await { reply, at } => {
                self.reach(at).await;
                drop(self.settled());
                reply.await.unwrap_or(Outcome::Lost)
            }
        }
    }

    /// Waits for a simulated instant.
    async fn reach(&self, instant: Timestamp) {
        let mut moved = self.inner.moved.subscribe();
        loop {
            let wait = self.settled().clock.wait(instant);
            match wait {
                Some(wait) if wait.is_zero() => return,
                Some(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        _ = moved.changed() => {}
                    }
                }
                None => {
                    let _ = moved.changed().await;
                }
            }
        }
    }
}
