//! The simulated API server, as those who set scenes have it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use kube::Client;

use crate::{definition::Definition, service::Api, state::State, user::User};

/// A Kubernetes API server in memory. Its clones are the same server.
#[derive(Clone, Debug)]
pub struct KubeSimulator {
    shared: Arc<Shared>,
}

/// What all services of one server share.
pub(crate) struct Shared {
    state: Mutex<State>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }
}

impl KubeSimulator {
    /// An empty one with the namespaces `default` and `kube-system`, whose objects are dated by `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let mut state = State::new();
        for namespace in ["default", "kube-system"] {
            state.add_namespace(namespace, now());
        }
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                now: Box::new(now),
            }),
        }
    }

    /// A client that is `user`, with `default` as its namespace. To be called on a tokio runtime, which the client
    /// belongs to.
    pub fn client(&self, user: &User) -> Client {
        let api = Api {
            shared: Arc::clone(&self.shared),
            user: Arc::new(user.clone()),
        };
        Client::new(api, "default")
    }

    /// Serves the kinds of a definition from now on.
    pub fn install(&self, definition: &Definition) {
        let now = self.shared.now();
        self.shared.lock().define(definition, now);
    }

    /// Forgets how things came to be as they are: a watch from an earlier version is told that it is too old.
    pub fn compact(&self) {
        self.shared.lock().store.compact();
    }

    /// Ends all watches, as a server does that goes down in order.
    pub fn end_watches(&self) {
        self.shared.lock().watches.end();
    }
}
