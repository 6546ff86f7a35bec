//! Where a key lives: its container and, through it, its manager.

use std::sync::Arc;

use kube::{Resource, ResourceExt};
use lifecycle::reason::{Blocker, Reason};

use super::{
    container::{self, ContainerKind, SharedState},
    fields::{self, KeyObject},
    kind::KeyKind,
    terms::Terms,
    wish::Wish,
};
use crate::{
    context::Context,
    manager::{Connection, Manager, Standing},
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
    /// The manager object's name.
    pub manager_ref: ObjectRef,
    /// What was asked of the manager when the visit began.
    pub manager_wish: Option<Wish>,
    /// The manager's URL.
    pub manager_url: String,
    /// The manager's domain; empty for root.
    pub domain: String,
    /// What the manager asks of acts.
    pub terms: Terms,
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
    let container_ref = fields::container_of(cr);
    let containers = K::Container::objects(context);
    let objects = &context.objects;
    let Some(container_cr) = objects.container_for(containers, &namespace, &container_ref) else {
        return Err(Unresolved::Blocked(no_container(
            &namespace,
            &container_ref,
        )));
    };
    let name = &container_ref.name;
    let manager_ref = fields::manager_of(&container_cr);
    let manager = objects.manager_for(&container_ref.namespace, &manager_ref);
    let connection = connection(context, &manager_ref, manager.as_ref());
    let container = K::Container::registry(context).get(&container_ref);
    if let Some(other) = container::rival::<K::Container>(context, &container_cr) {
        let message = format!(
            "{} {name} is not ready: {other} stands for the same container.",
            K::Container::KIND.as_str()
        );
        return Err(Unresolved::Blocked(Blocker::new(
            Reason::ContainerNotReady,
            message,
        )));
    }
    let facts = manager.as_ref().and_then(|manager| {
        let about = container::about::<K::Container>(&container_cr, manager);
        let state = container.lock();
        state
            .facts
            .clone()
            .filter(|_| state.is_read() && state.belongs_to(&about))
    });
    let (Some(manager), Some(facts)) = (manager, facts) else {
        return Err(unread::<K>(cr, &container_cr, connection));
    };
    Ok(Site {
        container_ref,
        container_cr,
        container,
        facts,
        connection: connection.map_err(Blocker::from),
        manager_wish: manager.wish.clone(),
        manager_ref,
        manager_url: manager.spec.url.clone(),
        domain: manager.spec.domain.clone().unwrap_or_default(),
        terms: Terms::of(&manager.spec),
    })
}

/// Whether a key is in a container: it names it, and may.
pub fn is_in<K: KeyKind>(context: &Context, cr: &K::Cr, container: &ObjectRef) -> bool {
    let namespace = cr.namespace().unwrap_or_default();
    let containers = K::Container::objects(context);
    fields::container_of(cr) == *container
        && context.objects.is_open(containers, &namespace, container)
}

/// Says that a key's container is not there for it. One that does not allow the key's namespace reads like one that
/// does not exist: who may not use it learns nothing of it.
pub fn no_container(namespace: &str, container: &ObjectRef) -> Blocker {
    let (kind, name) = (container.kind.as_str(), &container.name);
    let message = if container.namespace == *namespace {
        format!(
            "{kind} {name} does not exist in this namespace. Create it, or correct the reference."
        )
    } else {
        format!(
            "There is no {kind} {name} in namespace {} whose allowedNamespaces selects this namespace. Correct the reference, or ask there.",
            container.namespace
        )
    };
    Blocker::new(Reason::ContainerNotFound, message)
}

/// Why a manager has no connection.
pub enum Unconnected {
    /// This process has not visited it: a matter of moments.
    NotVisited,
    /// For this reason.
    Blocked(Blocker),
}

impl From<Unconnected> for Blocker {
    fn from(why: Unconnected) -> Self {
        match why {
            Unconnected::NotVisited => Self::new(
                Reason::ManagerNotReady,
                "The manager has not been visited yet.",
            ),
            Unconnected::Blocked(blocker) => blocker,
        }
    }
}

/// A manager's connection, or why there is none. One that does not allow the namespace reads like one that does not
/// exist.
pub fn connection(
    context: &Context,
    reference: &ObjectRef,
    manager: Option<&Manager>,
) -> Result<Arc<Connection>, Unconnected> {
    let blocked = |message| Unconnected::Blocked(Blocker::new(Reason::ManagerNotReady, message));
    let Some(manager) = manager else {
        return Err(Unconnected::Blocked(no_manager(reference)));
    };
    match context.managers.get(reference) {
        Some(Standing::Ready(connection)) if connection.leads_to(&manager.spec) => Ok(connection),
        Some(Standing::NotReady(blocker)) => Err(blocked(format!(
            "{} {} is not ready: {}.",
            reference.kind.as_str(),
            reference.name,
            blocker.reason.as_str()
        ))),
        Some(Standing::Ready(_)) | None => Err(Unconnected::NotVisited),
    }
}

/// Says that a container's manager is not there for it.
pub fn no_manager(reference: &ObjectRef) -> Blocker {
    let (kind, name) = (reference.kind.as_str(), &reference.name);
    let message = match reference.kind {
        Kind::ClusterCipherTrustManager => format!(
            "There is no {kind} {name} whose allowedNamespaces selects the container's namespace. Correct managerRef, or ask who administers the cluster. An operator that watches chosen namespaces knows none."
        ),
        _ => format!(
            "{kind} {name} does not exist in the container's namespace. Create it, or correct managerRef."
        ),
    };
    Blocker::new(Reason::ManagerNotReady, message)
}

/// What to say of a key whose container has not been read by this process. At a restart that is every key, for a
/// moment: what was said before stands unless something is known to be wrong.
fn unread<K: KeyKind>(
    cr: &K::Cr,
    container: &<K::Container as ContainerKind>::Cr,
    connection: Result<Arc<Connection>, Unconnected>,
) -> Unresolved {
    let not_ready = |why: &str| {
        let message = format!(
            "{} {} {why}.",
            K::Container::KIND.as_str(),
            container.name_any()
        );
        Unresolved::Blocked(Blocker::new(Reason::ContainerNotReady, message))
    };
    if let Some(reason) = container::stalled::<K::Container>(container) {
        return not_ready(&format!("is not ready: {reason}"));
    }
    let current = K::Cr::common(&cr.status()).observed_generation == cr.meta().generation;
    match connection {
        Err(Unconnected::Blocked(blocker)) => Unresolved::Blocked(blocker),
        Err(Unconnected::NotVisited) => Unresolved::NothingNew,
        Ok(_) if current => Unresolved::NothingNew,
        Ok(_) => not_ready("has not been read yet"),
    }
}
