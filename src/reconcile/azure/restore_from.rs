//! The deleted secret of another vault that is restored into this one. Pure.

use api::{AzureSecret, ContainerReference, OWNER_TAG, Outcome};
use kube::ResourceExt;
use lifecycle::{
    azure::RestoreFrom,
    backup::Backup,
    ownership::Owner,
    reason::{Blocker, Reason},
};

use cckm::azure::SecretStatus;

use super::{AzureSecretKind, AzureVaultKind, SecretRow, versions::newest};
use crate::{
    object::Kind,
    observe::Registry,
    reconcile::{
        container::{self, ContainerKind, SharedState},
        fields,
        kind::Scene,
        site,
    },
};

/// The container of a reference, and its row of the secret.
type Source = (
    std::sync::Arc<SharedState<AzureVaultKind>>,
    Option<SecretRow>,
);

/// How the secret stands that the spec wants restored here.
pub(super) fn standing(scene: &Scene<AzureSecretKind>) -> RestoreFrom {
    let Some(source) = source(scene) else {
        return RestoreFrom::NotAsked;
    };
    let row = match source {
        Err(blocker) => return RestoreFrom::Unknown(blocker),
        Ok((_, None)) => return RestoreFrom::Absent,
        Ok((_, Some(row))) => row,
    };
    if !may_take(scene, &row) {
        let message = "The secret of this name in the vault that spec.restoreFrom names is not this namespace's: its owner tag says so, or it has none and spec.adoptExisting is not set. Let its owner restore it.";
        return RestoreFrom::Unknown(Blocker::new(Reason::AlreadyManaged, message));
    }
    match row.status {
        Some(SecretStatus::Deleted) => RestoreFrom::Deleted(match row.backup {
            Some(_) => Backup::Present,
            None => Backup::Unknown,
        }),
        other => RestoreFrom::NotDeleted(crate::reconcile::status::word(
            other.as_ref().map_or("", SecretStatus::as_str),
        )),
    }
}

/// CM's row of the secret to restore, and the state of the vault that it was deleted in.
pub(super) fn source(scene: &Scene<AzureSecretKind>) -> Option<Result<Source, Blocker>> {
    let named = &scene.cr.spec.restore_from.as_ref()?.vault_ref;
    Some(vault(scene, named).map(|state| {
        let rows = state.lock().rows();
        let row = newest(rows.values(), &scene.desired.name).cloned();
        (state, row)
    }))
}

/// The state of another vault, if the object may refer to it and its rows are known.
fn vault(
    scene: &Scene<AzureSecretKind>,
    named: &ContainerReference,
) -> Result<std::sync::Arc<SharedState<AzureVaultKind>>, Blocker> {
    let (context, namespace) = (&scene.context, &scene.object.namespace);
    let reference = fields::container_named(Kind::AzureVault, namespace, named);
    if reference == scene.site.container_ref {
        let message = "spec.restoreFrom names the vault that the secret is in. Leave it out: a deleted secret comes back to its own vault when desiredState is set back.";
        return Err(Blocker::new(Reason::InvalidSpec, message));
    }
    let vaults = AzureVaultKind::objects(context);
    let Some(cr) = context.objects.container_for(vaults, namespace, &reference) else {
        return Err(site::no_container(namespace, &reference));
    };
    if fields::manager_of(&cr) != scene.site.manager_ref {
        let message = "The vault that spec.restoreFrom names is another manager's, which keeps the backup. Name a vault of this one.";
        return Err(Blocker::new(Reason::InvalidSpec, message));
    }
    let registry: &Registry<_, _> = AzureVaultKind::registry(context);
    let state = registry.get(&reference);
    let manager = context
        .objects
        .manager_for(&reference.namespace, &scene.site.manager_ref);
    let is_read = manager.is_some_and(|manager| {
        let state = state.lock();
        state.is_read() && state.belongs_to(&container::about::<AzureVaultKind>(&cr, &manager))
    });
    if !is_read {
        let message = format!(
            "AzureVault {}, of spec.restoreFrom, is not ready.",
            cr.name_any()
        );
        return Err(Blocker::new(Reason::ContainerNotReady, message));
    }
    Ok(state)
}

/// Whether a secret may be brought here: one of this namespace by its owner tag, or one of nobody's that the spec adopts.
fn may_take(scene: &Scene<AzureSecretKind>, row: &SecretRow) -> bool {
    match row.tags.get(OWNER_TAG) {
        Some(tag) => owner_here(scene, tag).is_some(),
        None => scene.desired.adopt,
    }
}

/// The owner that a tag names, if that is one of this install and namespace.
fn owner_here(scene: &Scene<AzureSecretKind>, tag: &str) -> Option<Owner> {
    let us = &scene.owner;
    let here = |owner: &Owner| (&owner.install, &owner.namespace) == (&us.install, &us.namespace);
    Owner::parse(tag).filter(here)
}

/// Whether the secret in this vault is the one that was restored into it: it still carries the owner tag that it had in the
/// other. That names an object for the secret there, or, once we have sent a restore, one that is gone.
pub(super) fn is_restored(scene: &Scene<AzureSecretKind>, tag: Option<&str>) -> bool {
    let Some(source) = &scene.cr.spec.restore_from else {
        return false;
    };
    let Some(owner) = tag.and_then(|tag| owner_here(scene, tag)) else {
        return false;
    };
    let sent = scene
        .common()
        .history
        .iter()
        .any(|entry| entry.action == api::Action::Restore && entry.outcome != Outcome::Refused);
    let named = &source.vault_ref;
    let there = fields::container_named(Kind::AzureVault, &scene.object.namespace, named);
    let objects = &scene.context.objects.azure_secrets;
    let stands_there = |cr: &AzureSecret| {
        fields::container_of(cr) == there
            && cr.secret_name().eq_ignore_ascii_case(&scene.desired.name)
    };
    match objects.read(&owner.namespace, &owner.name, stands_there) {
        Some(stands_there) => stands_there,
        None => sent && !objects.may_exist(&owner.namespace, &owner.name),
    }
}
