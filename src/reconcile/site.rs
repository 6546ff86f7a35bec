//! Where a key lives: its container and, through it, its manager.

use std::sync::Arc;

use api::CipherTrustManager;
use kube::{Resource, ResourceExt};
use lifecycle::{
    approval::Policy,
    reason::{Blocker, Reason},
};

use super::{
    container::{self, ContainerKind, SharedState},
    fields::{ContainerObject, KeyObject},
    key::KeyKind,
    translate,
};
use crate::{
    context::Context,
    manager::{Connection, Standing},
    object::{Kind, ObjectRef},
};

/// A key's container and manager.
pub struct Site<K: KeyKind> {
    /// The container object's name.
    pub container_ref: ObjectRef,
    /// The container object.
    pub container_cr: <K::Container as ContainerKind>::Cr,
    /// Its rows and syncs.
    pub container: Arc<SharedState<K::Container>>,
    /// What CM says of the container itself.
    pub facts: <K::Container as ContainerKind>::Facts,
    /// The manager, if it can be used now.
    pub connection: Result<Arc<Connection>, Blocker>,
    /// The manager's URL.
    pub manager_url: String,
    /// The manager's domain; empty for root.
    pub domain: String,
    /// What needs approval.
    pub approvals: Policy,
    /// The fewest days a deletion has to be pending.
    pub minimum_pending_deletion_days: i32,
    /// Whether the manager holds back every change.
    pub suspended: bool,
}

impl<K: KeyKind> Site<K> {
    /// The manager's client.
    pub fn client(&self) -> Result<&cckm::Client, Blocker> {
        self.connection
            .as_ref()
            .map(|connection| &connection.client)
            .map_err(Clone::clone)
    }
}

/// Why a key cannot be looked at.
pub enum Unresolved {
    /// Nothing is known yet, and what status says is no older than the spec: it may stand.
    NothingNew,
    /// For this reason.
    Blocked(Blocker),
}

/// Finds a key's container and manager.
pub fn resolve<K: KeyKind>(context: &Context, cr: &K::Cr) -> Result<Site<K>, Unresolved> {
    let namespace = cr.namespace().unwrap_or_default();
    let name = cr.container().to_owned();
    let container_ref = ObjectRef::new(K::Container::KIND, &namespace, &name);
    let Some(container_cr) = K::Container::objects(context).get(&namespace, &name) else {
        return Err(Unresolved::Blocked(Blocker::new(
            Reason::ContainerNotFound,
            format!(
                "{} {name} does not exist in this namespace. Create it, or correct the reference.",
                K::Container::KIND.as_str()
            ),
        )));
    };
    let manager_ref = ObjectRef::new(Kind::CipherTrustManager, &namespace, container_cr.manager());
    let manager = context.objects.managers.get(&namespace, &manager_ref.name);
    let connection = connection(context, &manager_ref, manager.as_ref());
    let container = K::Container::registry(context).get(&container_ref);
    let facts = {
        let state = container.lock();
        state.facts.clone().filter(|_| state.is_read())
    };
    let (Some(manager), Some(facts)) = (manager, facts) else {
        return Err(unread::<K>(cr, &container_cr, &connection));
    };
    Ok(Site {
        container_ref,
        container_cr,
        container,
        facts,
        connection,
        manager_url: manager.spec.url.clone(),
        domain: manager.spec.domain.clone().unwrap_or_default(),
        approvals: translate::policy(&manager.spec),
        minimum_pending_deletion_days: manager.spec.limits().minimum_pending_deletion_days(),
        suspended: manager.spec.suspended(),
    })
}

/// A manager's connection, or why there is none.
pub fn connection(
    context: &Context,
    reference: &ObjectRef,
    manager: Option<&CipherTrustManager>,
) -> Result<Arc<Connection>, Blocker> {
    let name = &reference.name;
    if manager.is_none() {
        let message = format!(
            "CipherTrustManager {name} does not exist in this namespace. Create it, or correct managerRef."
        );
        return Err(Blocker::new(Reason::ManagerNotReady, message));
    }
    match context.managers.get(reference) {
        Some(Standing::Ready(connection)) => Ok(connection),
        Some(Standing::NotReady(blocker)) => Err(Blocker::new(
            Reason::ManagerNotReady,
            format!(
                "CipherTrustManager {name} is not ready: {}.",
                blocker.reason.as_str()
            ),
        )),
        None => Err(Blocker::new(
            Reason::ManagerNotReady,
            format!("CipherTrustManager {name} has not been visited yet."),
        )),
    }
}

/// What to say of a key whose container has not been read by this process. At a restart that is every key, for a
/// moment: what was said before stands unless something is known to be wrong.
fn unread<K: KeyKind>(
    cr: &K::Cr,
    container: &<K::Container as ContainerKind>::Cr,
    connection: &Result<Arc<Connection>, Blocker>,
) -> Unresolved {
    let status = cr.status();
    let current = K::Cr::common(&status).observed_generation == cr.meta().generation;
    let standing = container::stalled::<K::Container>(container);
    match (connection, standing) {
        (_, Some(reason)) => Unresolved::Blocked(Blocker::new(
            Reason::ContainerNotReady,
            format!(
                "{} {} is not ready: {reason}.",
                K::Container::KIND.as_str(),
                container.name_any()
            ),
        )),
        (Err(blocker), None) if !current || !blocker.message.ends_with("visited yet.") => {
            Unresolved::Blocked(blocker.clone())
        }
        (Ok(_), None) if !current => Unresolved::Blocked(Blocker::new(
            Reason::ContainerNotReady,
            format!(
                "{} {} has not been read yet.",
                K::Container::KIND.as_str(),
                container.name_any()
            ),
        )),
        (Ok(_) | Err(_), None) => Unresolved::NothingNew,
    }
}
