//! The connections that objects use at the moment.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use api::CipherTrustManagerSpec;
use cckm::{Client, Session};
use jiff::Timestamp;
use lifecycle::reason::Blocker;

use crate::object::ObjectRef;

/// A client of a CipherTrust Manager and its session.
pub struct Connection {
    /// The client.
    pub client: Client,
    /// Its session.
    pub session: Arc<Session>,
    /// The URL and the domain that it leads to.
    leads_to: (String, Option<String>),
    /// Tells whether anything it was made from has changed.
    fingerprint: String,
    /// When the client certificate ends, if there is one.
    pub certificate_ends: Option<Timestamp>,
    /// Why the last login failed, if it did.
    failure: Mutex<Option<Blocker>>,
}

impl Connection {
    /// A connection that has not been used yet.
    pub fn new(
        spec: &CipherTrustManagerSpec,
        client: Client,
        session: Arc<Session>,
        fingerprint: String,
        certificate_ends: Option<Timestamp>,
    ) -> Self {
        Self {
            leads_to: (spec.url.clone(), spec.domain.clone()),
            client,
            session,
            fingerprint,
            certificate_ends,
            failure: Mutex::new(None),
        }
    }

    /// Whether it leads where the object says now: one whose URL was changed may have been visited before.
    pub fn leads_to(&self, spec: &CipherTrustManagerSpec) -> bool {
        (&self.leads_to.0, &self.leads_to.1) == (&spec.url, &spec.domain)
    }

    /// Why the last login failed, if it did.
    pub fn last_failure(&self) -> Option<Blocker> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes how a login ended.
    pub fn remember(&self, failure: Option<Blocker>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// How a manager stands.
#[derive(Clone)]
pub enum Standing {
    /// It can be used: its last login succeeded.
    Ready(Arc<Connection>),
    /// It cannot.
    NotReady(Blocker),
}

/// All managers by object.
#[derive(Clone, Default)]
pub struct Managers(Arc<Mutex<BTreeMap<ObjectRef, Entry>>>);

#[derive(Default)]
struct Entry {
    standing: Option<Standing>,
    connection: Option<Arc<Connection>>,
}

impl Managers {
    /// How a manager stands; nothing before its first visit.
    pub fn get(&self, manager: &ObjectRef) -> Option<Standing> {
        self.lock().get(manager)?.standing.clone()
    }

    /// Records how a manager stands. True if that is another standing than before: those who wait want to know.
    pub fn set(&self, manager: &ObjectRef, standing: Standing) -> bool {
        let mut managers = self.lock();
        let entry = managers.entry(manager.clone()).or_default();
        let news = match (&entry.standing, &standing) {
            (Some(Standing::Ready(before)), Standing::Ready(now)) => !Arc::ptr_eq(before, now),
            (Some(Standing::NotReady(before)), Standing::NotReady(now)) => {
                before.reason != now.reason
            }
            (Some(Standing::Ready(_) | Standing::NotReady(_)) | None, _) => true,
        };
        entry.standing = Some(standing);
        news
    }

    /// The connection made from what the fingerprint stands for, if there is one.
    pub fn kept(&self, manager: &ObjectRef, fingerprint: &str) -> Option<Arc<Connection>> {
        let managers = self.lock();
        managers
            .get(manager)?
            .connection
            .clone()
            .filter(|connection| connection.fingerprint == fingerprint)
    }

    /// Keeps a connection, whether its login works or not.
    pub fn keep(&self, manager: &ObjectRef, connection: &Arc<Connection>) {
        self.lock().entry(manager.clone()).or_default().connection = Some(Arc::clone(connection));
    }

    /// Forgets a manager that is no more.
    pub fn forget(&self, manager: &ObjectRef) {
        self.lock().remove(manager);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectRef, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
