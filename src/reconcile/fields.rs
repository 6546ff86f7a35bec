//! Fields that several kinds have in common but that Rust cannot name in common.

use api::{ContainerReference, KeyStatus, ManagerKind, ManagerReference};
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector};
use kube::{Resource, ResourceExt};
use lifecycle::goal::DriftPolicy;

use crate::object::{Kind, ObjectRef};

/// A container's custom resource.
pub trait ContainerObject {
    /// Its status.
    type Status;
    /// The manager that the spec names.
    fn manager(&self) -> &ManagerReference;
    /// The namespaces whose keys may be in it, beside its own.
    fn allowed_namespaces(&self) -> Option<&LabelSelector>;
    /// The connection that the spec names.
    fn connection(&self) -> Option<&str>;
    /// Sweep interval, and sync interval unless somebody else syncs.
    fn intervals(&self) -> (SignedDuration, Option<SignedDuration>);
    /// The status as last seen.
    fn status(&self) -> Self::Status;
    /// The conditions as last seen.
    fn conditions(&self) -> Option<&Vec<Condition>>;
    /// The generation that the status was written for.
    fn observed_generation(&self) -> Option<i64>;
    /// The reconcile annotation that was last answered.
    fn last_handled(&self) -> Option<&str>;
}

macro_rules! container_object {
    ($cr:ty, $status:ty) => {
        impl $crate::reconcile::fields::ContainerObject for $cr {
            type Status = $status;
            fn manager(&self) -> &api::ManagerReference {
                &self.spec.manager_ref
            }
            fn allowed_namespaces(
                &self,
            ) -> Option<&k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector> {
                self.spec.allowed_namespaces.as_ref()
            }
            fn connection(&self) -> Option<&str> {
                self.spec.connection.as_deref()
            }
            fn intervals(&self) -> (jiff::SignedDuration, Option<jiff::SignedDuration>) {
                let signed = |period| {
                    jiff::SignedDuration::try_from(period).unwrap_or(jiff::SignedDuration::MAX)
                };
                let sync = match self.spec.sync() {
                    api::SyncPolicy::Operator => Some(signed(self.spec.sync_interval())),
                    api::SyncPolicy::External => None,
                };
                (signed(self.spec.sweep_interval()), sync)
            }
            fn status(&self) -> $status {
                self.status.clone().unwrap_or_default()
            }
            fn conditions(
                &self,
            ) -> Option<&Vec<k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition>> {
                self.status.as_ref()?.conditions.as_ref()
            }
            fn observed_generation(&self) -> Option<i64> {
                self.status.as_ref()?.observed_generation
            }
            fn last_handled(&self) -> Option<&str> {
                self.status.as_ref()?.last_handled_reconcile_at.as_deref()
            }
        }
    };
}
pub(crate) use container_object;

/// A key's custom resource.
pub trait KeyObject {
    /// Its status.
    type Status;
    /// The kind of its container.
    const CONTAINER: Kind;
    /// The container that the spec names.
    fn container(&self) -> &ContainerReference;
    /// `spec.suspend`, absence filled in.
    fn suspended(&self) -> bool;
    /// `spec.driftPolicy`, absence filled in.
    fn drift_policy(&self) -> DriftPolicy;
    /// The status as last seen.
    fn status(&self) -> Self::Status;
    /// The part of it that all kinds have, if there is one.
    fn recorded(&self) -> Option<&KeyStatus>;
    /// The part of a status that all kinds have.
    fn common(status: &Self::Status) -> &KeyStatus;
    /// The same, to be changed.
    fn common_mut(status: &mut Self::Status) -> &mut KeyStatus;
}

macro_rules! key_object {
    ($cr:ty, $status:ty, $container:ident, $kind:ident) => {
        impl $crate::reconcile::fields::KeyObject for $cr {
            type Status = $status;
            const CONTAINER: $crate::object::Kind = $crate::object::Kind::$kind;
            fn container(&self) -> &api::ContainerReference {
                &self.spec.$container
            }
            fn suspended(&self) -> bool {
                self.spec.suspend.unwrap_or_default()
            }
            fn drift_policy(&self) -> lifecycle::goal::DriftPolicy {
                $crate::reconcile::translate::drift_policy(self.spec.drift_policy)
            }
            fn status(&self) -> $status {
                self.status.clone().unwrap_or_default()
            }
            fn recorded(&self) -> Option<&api::KeyStatus> {
                self.status.as_ref().map(|status| &status.common)
            }
            fn common(status: &$status) -> &api::KeyStatus {
                &status.common
            }
            fn common_mut(status: &mut $status) -> &mut api::KeyStatus {
                &mut status.common
            }
        }
    };
}
pub(crate) use key_object;

/// The container that a key names, whether the key may be in it or not.
pub fn container_of<K: KeyObject + Resource<DynamicType = ()>>(cr: &K) -> ObjectRef {
    let namespace = cr.namespace().unwrap_or_default();
    container_named(K::CONTAINER, &namespace, cr.container())
}

/// The container that goes by that reference in a namespace.
pub fn container_named(kind: Kind, namespace: &str, named: &ContainerReference) -> ObjectRef {
    let namespace = named.namespace.as_deref().unwrap_or(namespace);
    ObjectRef::new(kind, namespace, &named.name)
}

/// The manager that a container names, whether the container may refer to it or not.
pub fn manager_of<C: ContainerObject + Resource<DynamicType = ()>>(cr: &C) -> ObjectRef {
    let named = cr.manager();
    let namespace = cr.namespace().unwrap_or_default();
    manager_named(named.kind(), &namespace, &named.name)
}

/// The manager that goes by that name in a namespace.
pub fn manager_named(kind: ManagerKind, namespace: &str, name: &str) -> ObjectRef {
    match kind {
        ManagerKind::CipherTrustManager => {
            ObjectRef::new(Kind::CipherTrustManager, namespace, name)
        }
        ManagerKind::ClusterCipherTrustManager => {
            ObjectRef::new(Kind::ClusterCipherTrustManager, "", name)
        }
    }
}
