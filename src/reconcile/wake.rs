//! Who has to know of news about a container.

use kube::{Resource, core::NamespaceResourceScope};

use super::{
    approval,
    fields::{self, ContainerObject, KeyObject},
};
use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    runtime::objects::Objects,
};

/// Wakes the keys of a container that are concerned by its news, or that wait for something: those at rest sleep on.
pub fn keys<K>(
    context: &Context,
    kind: Kind,
    objects: &Objects<K>,
    container: &ObjectRef,
    concerns: impl Fn(&K) -> bool,
) where
    K: KeyObject + Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + 'static,
{
    let of_container =
        |cr: &K| fields::container_of(cr) == *container && (!at_rest(cr) || concerns(cr));
    for cr in objects.select(of_container) {
        context.wake(&ObjectRef::of(kind, &cr));
    }
}

fn at_rest<K: KeyObject + Resource<DynamicType = ()>>(cr: &K) -> bool {
    let status = cr.status();
    let common = K::common(&status);
    let ready = common
        .conditions
        .iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready && common.observed_generation == cr.meta().generation
}

/// Wakes the approvals of a key.
pub fn approvals(context: &Context, key: &ObjectRef) {
    let of_key = |cr: &api::DestructionApproval| approval::target(cr) == *key;
    for cr in context.objects.approvals.select(of_key) {
        context.wake(&ObjectRef::of(Kind::DestructionApproval, &cr));
    }
}

/// Wakes the containers of a manager.
pub fn containers(context: &Context, manager: &ObjectRef) {
    let objects = &context.objects;
    of_manager(
        context,
        manager,
        Kind::SalesforceOrganization,
        &objects.organizations,
    );
    of_manager(context, manager, Kind::AzureVault, &objects.azure_vaults);
    of_manager(context, manager, Kind::OciVault, &objects.oci_vaults);
}

fn of_manager<C>(context: &Context, manager: &ObjectRef, kind: Kind, objects: &Objects<C>)
where
    C: ContainerObject
        + Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + 'static,
{
    for cr in objects.select(|cr| fields::manager_of(cr) == *manager) {
        context.wake(&ObjectRef::of(kind, &cr));
    }
}
