//! The simulated API server, as those who set scenes have it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use kube::Client;
use serde_json::Value;

use crate::{
    definition::{Definition, NotSimulated},
    fault::{Fault, Held, Requests},
    log::LoggedRequest,
    rbac::BOOTSTRAP,
    refusal::Refusal,
    service::Api,
    state::State,
    user::User,
};

/// The namespaces that are there from the beginning.
const NAMESPACES: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: default}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}
";

/// Why something can't be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// It is no YAML.
    #[error("it is no YAML: {0}")]
    Yaml(#[from] serde_saphyr::Error),
    /// It is no definition.
    #[error("it is no definition: {0}")]
    Definition(#[from] serde_json::Error),
    /// A definition asks for what is not simulated.
    #[error(transparent)]
    NotSimulated(#[from] NotSimulated),
    /// It is no object of a kind that is served.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

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
    /// One with the namespaces `default` and `kube-system` and the roles `view`, `edit` and `admin`, whose objects are dated by `now`.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let simulator = Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::new()),
                now: Box::new(now),
            }),
        };
        for kept in [NAMESPACES, BOOTSTRAP] {
            if let Err(error) = simulator.install(kept) {
                // A constant of this crate, which its tests install.
                tracing::error!(%error, "what every API server has is not there");
            }
        }
        simulator
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
    pub fn define(&self, definition: &Definition) -> Result<(), InstallError> {
        let now = self.shared.now();
        self.shared.lock().define(definition, now)?;
        Ok(())
    }

    /// Keeps the objects of a YAML text as they are, in its order, in the place of older ones. Nobody is asked whether
    /// they may be, so a namespace that they name need not be there. Definitions are served.
    pub fn install(&self, yaml: &str) -> Result<(), InstallError> {
        let now = self.shared.now();
        let objects: Vec<Value> = serde_saphyr::from_multiple(yaml)?;
        for object in objects.into_iter().filter(|object| !object.is_null()) {
            if object["kind"] == "CustomResourceDefinition" {
                self.define(&Definition::read(&serde_json::from_value(object)?)?)?;
            } else {
                self.shared.lock().keep(object, now)?;
            }
        }
        Ok(())
    }

    /// Forgets how things came to be as they are: a watch from an earlier version is told that it is too old.
    pub fn compact(&self) {
        self.shared.lock().store.compact();
    }

    /// Ends all watches, as a server does that goes down in order.
    pub fn end_watches(&self) {
        self.shared.lock().watches.end();
    }

    /// Orders a fault for requests to come. The first whose turn it is befalls a request; the others keep waiting.
    pub fn inject(&self, requests: Requests, fault: Fault) {
        self.shared.lock().faults.add(requests, fault);
    }

    /// Holds requests to come back before they have any effect, until they are released.
    pub fn hold(&self, requests: Requests) -> Held {
        self.shared.lock().faults.hold(requests)
    }

    /// Forgets all faults that wait. What is held stays so.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// The requests so far that asked for something that could be asked, in the order of their answers.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.lock().log.clone()
    }

    /// How many [`Self::requests`] there are so far.
    pub fn mark(&self) -> usize {
        self.shared.lock().log.len()
    }

    /// The requests since a [`Self::mark`].
    pub fn requests_since(&self, mark: usize) -> Vec<LoggedRequest> {
        let state = self.shared.lock();
        state.log.get(mark..).unwrap_or_default().to_vec()
    }
}
