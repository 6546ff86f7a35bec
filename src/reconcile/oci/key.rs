//! The key: an OCI key.

use api::{OWNER_TAG, OciApplied, OciDesiredState, OciKey, OciKeyStatus, OciVault};
use cckm::oci::{Algorithm, KeyUpdate, KeyUpload, LifecycleState, NewKey, NewKeyVersion};
use lifecycle::{
    action::Action,
    oci::{Desired, Key, VersionDue},
    plan::Step,
    reason::{Blocker, Reason},
};

use super::{KeyRow, OciVaultKind, facts};
use crate::{
    context::Context,
    object::Kind,
    reconcile::{
        failure::{ActError, done_before},
        fields::key_object,
        kind::{KeyKind, Scene, View},
        site::Site,
    },
    runtime::objects::Objects,
};

key_object!(OciKey, OciKeyStatus, vault_ref, OciVault);

/// The kind of key.
pub enum OciKeyKind {}

impl KeyKind for OciKeyKind {
    type Cr = OciKey;
    type Container = OciVaultKind;
    type Lifecycle = Key;
    type Desired = ();
    const KIND: Kind = Kind::OciKey;

    fn objects(context: &Context) -> &Objects<OciKey> {
        &context.objects.oci_keys
    }

    fn desired_state(cr: &OciKey) -> Desired {
        match cr.spec.desired_state() {
            OciDesiredState::Enabled => Desired::Enabled,
            OciDesiredState::Disabled => Desired::Disabled,
            OciDesiredState::PendingDeletion => Desired::PendingDeletion,
            OciDesiredState::BackupDeleted => Desired::BackupDeleted,
            OciDesiredState::RemovedFromManager => Desired::RemovedFromManager,
        }
    }

    fn words() -> &'static [(&'static str, Desired)] {
        &[
            ("Enabled", Desired::Enabled),
            ("Disabled", Desired::Disabled),
            ("PendingDeletion", Desired::PendingDeletion),
            ("BackupDeleted", Desired::BackupDeleted),
            ("RemovedFromManager", Desired::RemovedFromManager),
        ]
    }

    async fn resolve(_: &Context, _: &OciKey, _: &Site<Self>) -> Result<(), Blocker> {
        Ok(())
    }

    fn observe(scene: &Scene<Self>) -> View<Self> {
        facts::view(scene)
    }

    async fn look(scene: &Scene<Self>, view: &View<Self>) -> Result<(), cckm::Error> {
        let Ok(connection) = &scene.site.connection else {
            return Ok(());
        };
        let oci = connection.client.oci();
        let rows = if let Some(row) = &view.row {
            vec![read(scene, oci, &row.id).await?]
        } else {
            let of_its_name = [
                ("cckm_vault_id", scene.site.facts.resource_id.as_str()),
                ("key_name", scene.cr.display_name()),
            ];
            let listing = oci.keys().list(&of_its_name).await?;
            listing.map(KeyRow::from).rows
        };
        let now = scene.now();
        let mut container = scene.site.container.lock();
        for row in rows {
            container.upsert(row, now);
        }
        Ok(())
    }

    async fn act(
        scene: &Scene<Self>,
        view: &View<Self>,
        step: &Step,
    ) -> Result<Option<KeyRow>, ActError> {
        let keys = scene.site.client()?.oci().keys();
        let id = view
            .row
            .as_ref()
            .map(|row| row.id.as_str())
            .unwrap_or_default();
        let row = match step.action {
            Action::Create => keys.create(&new_key(scene)?).await?,
            Action::Upload => keys.upload(&key_upload(scene)?).await?,
            Action::Enable => keys.enable(id).await?,
            Action::Disable => keys.disable(id).await?,
            Action::ScheduleDeletion => keys.schedule_deletion(id, days(scene)?).await?,
            Action::CancelDeletion => keys.cancel_deletion(id).await?,
            Action::Restore => {
                keys.restore(id).await?;
                return Ok(None);
            }
            Action::DeleteBackup => {
                done_before(scene, step, keys.delete_backup(id).await)?;
                return Ok(None);
            }
            Action::RemoveRecord => {
                done_before(scene, step, keys.remove(id).await)?;
                scene.site.container.lock().remove(id, scene.now());
                return Ok(None);
            }
            Action::NewVersion => {
                let oci = scene.site.client()?.oci();
                oci.key_versions().add(id, &new_version(scene)).await?;
                // The key itself tells which version is current. If it cannot be read now it is read before anything else.
                return Ok(read(scene, oci, id).await.ok());
            }
            Action::ChangeCompartment => {
                let to = view.facts.attributes.compartment_id.as_deref();
                keys.change_compartment(id, to.unwrap_or_default()).await?
            }
            Action::ClaimOwnership => {
                let mut tags = view
                    .row
                    .as_ref()
                    .map(|row| row.freeform_tags.clone())
                    .unwrap_or_default();
                tags.insert(OWNER_TAG.to_owned(), scene.owner.to_string());
                keys.update(
                    id,
                    &KeyUpdate {
                        freeform_tags: Some(tags),
                        ..KeyUpdate::default()
                    },
                )
                .await?
            }
            Action::UpdateAttributes => {
                let attributes = &view.facts.attributes;
                let update = KeyUpdate {
                    display_name: attributes.display_name.clone(),
                    freeform_tags: attributes.freeform_tags.clone(),
                    defined_tags: attributes.defined_tags.as_ref().map(facts::nested),
                };
                keys.update(id, &update).await?
            }
            other => return Err(ActError::unknown(other)),
        };
        Ok(Some(row.into()))
    }

    fn announce(scene: &Scene<Self>, _: &View<Self>, step: &Step, status: &mut OciKeyStatus) {
        let all = facts::all_applied(&scene.cr);
        match (step.action, &mut status.applied) {
            (Action::NewVersion, Some(applied)) => applied.source_key = all.source_key,
            (action, applied) if action.makes_something() => *applied = Some(all),
            _ => {}
        }
    }

    fn acted(scene: &Scene<Self>, step: &Step, _: Option<&KeyRow>, status: &mut OciKeyStatus) {
        match step.action {
            Action::UpdateAttributes => {
                let before = status.applied.take();
                status.applied = Some(OciApplied {
                    // Written by a step of its own.
                    source_key: before.and_then(|before| before.source_key),
                    ..facts::all_applied(&scene.cr)
                });
            }
            Action::DeleteBackup | Action::RemoveRecord => {
                status.common.backup = Some(api::Backup::Deleted);
            }
            _ => {}
        }
    }

    fn not_made(action: Action, status: &mut OciKeyStatus) {
        match (action, &mut status.applied) {
            // The source key that was announced is not the version's, so any differs from it.
            (
                Action::NewVersion,
                Some(OciApplied {
                    source_key: Some(source_key),
                    ..
                }),
            ) => source_key.clear(),
            (Action::NewVersion, _) => {}
            (_, applied) => *applied = None,
        }
    }

    fn is_unread(_: &Scene<Self>, view: &View<Self>) -> bool {
        let row = view.row.as_ref();
        // Only of these are the versions read.
        let is_enabled =
            row.is_some_and(|row| row.lifecycle_state == Some(LifecycleState::Enabled));
        is_enabled && view.facts.version == VersionDue::Unread
    }

    /// An OCID does not tell its vault.
    fn recorded_elsewhere(_: &OciKey, status: &OciKeyStatus, vault: &OciVault) -> bool {
        let recorded = status.observed.as_ref();
        let recorded = recorded.and_then(|seen| seen.vault_id.as_ref());
        recorded.is_some_and(|recorded| *recorded != vault.spec.vault_id)
    }

    fn record(scene: &Scene<Self>, view: &View<Self>, status: &mut OciKeyStatus) {
        facts::record(scene, view, status);
    }
}

/// Reads the key anew, and its versions where nothing may be left of them.
async fn read(
    scene: &Scene<OciKeyKind>,
    oci: cckm::oci::Oci<'_>,
    id: &str,
) -> Result<KeyRow, cckm::Error> {
    let deleted = Some(LifecycleState::Deleted);
    let mut row = KeyRow::from(oci.keys().refresh(id).await?);
    let drops = matches!(
        OciKeyKind::desired_state(&scene.cr),
        Desired::BackupDeleted | Desired::RemovedFromManager
    );
    if scene.cr.spec.rotation.is_some() && row.lifecycle_state == Some(LifecycleState::Enabled) {
        let versions = oci.key_versions().list(id).await?.rows;
        let current = versions
            .iter()
            .find(|version| version.version_id == row.current_key_version);
        // One that is not listed yet is looked for again.
        row.version_made_at = current.map(|version| version.time_created);
    }
    if drops && row.lifecycle_state == deleted {
        let versions = oci.key_versions().list(id).await?;
        let left = versions
            .rows
            .iter()
            .filter(|version| version.lifecycle_state != deleted);
        row.versions_left = versions.consistent.then(|| left.count());
    }
    Ok(row)
}

/// The key to make. The owner tag is on it from the first moment: it is what makes a create happen once.
fn new_key(scene: &Scene<OciKeyKind>) -> Result<NewKey, Blocker> {
    let spec = &scene.cr.spec;
    let Some(shape) = &spec.key_shape else {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "Making a key needs spec.keyShape.",
        ));
    };
    let length = shape
        .length
        .or_else(|| shape.curve_id.map(api::KeyCurve::length));
    let Some(length) = length.and_then(|length| u64::try_from(length).ok()) else {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "Making a key needs spec.keyShape.length, in bytes.",
        ));
    };
    Ok(NewKey {
        vault: scene.site.facts.resource_id.clone(),
        name: scene.cr.display_name().to_owned(),
        algorithm: Algorithm::from(shape.algorithm.as_str().to_owned()),
        length,
        curve_id: shape.curve_id.map(|curve| curve.as_str().to_owned()),
        protection_mode: spec.protection_mode().as_str().to_owned(),
        compartment_id: compartment(scene)?,
        freeform_tags: tags(scene),
        defined_tags: spec.defined_tags.clone(),
    })
}

fn key_upload(scene: &Scene<OciKeyKind>) -> Result<KeyUpload, Blocker> {
    let spec = &scene.cr.spec;
    let Some(source) = &spec.source else {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "Uploading a key needs spec.source.upload.",
        ));
    };
    Ok(KeyUpload {
        vault: scene.site.facts.resource_id.clone(),
        name: scene.cr.display_name().to_owned(),
        protection_mode: spec.protection_mode().as_str().to_owned(),
        compartment_id: compartment(scene)?,
        source_key_identifier: source.upload.source_key.id.clone(),
        source_key_tier: Some(source.upload.source_key.tier.as_str().to_owned()),
        freeform_tags: tags(scene),
        defined_tags: spec.defined_tags.clone(),
    })
}

fn new_version(scene: &Scene<OciKeyKind>) -> NewKeyVersion {
    let Some(source) = &scene.cr.spec.source else {
        return NewKeyVersion::Native;
    };
    let key = &source.upload.source_key;
    NewKeyVersion::Uploaded {
        source_key_identifier: key.id.clone(),
        source_key_tier: Some(key.tier.as_str().to_owned()),
    }
}

fn tags(scene: &Scene<OciKeyKind>) -> std::collections::BTreeMap<String, String> {
    let mut tags = scene.cr.spec.freeform_tags.clone();
    tags.insert(OWNER_TAG.to_owned(), scene.owner.to_string());
    tags
}

fn compartment(scene: &Scene<OciKeyKind>) -> Result<String, Blocker> {
    let of_vault = &scene.site.facts.compartment_id;
    scene.cr.spec.compartment_id.clone().or_else(|| of_vault.clone()).ok_or_else(|| {
        Blocker::new(Reason::InvalidSpec, "CipherTrust Manager does not say which compartment the vault is in. Set spec.compartmentId.")
    })
}

fn days(scene: &Scene<OciKeyKind>) -> Result<u8, Blocker> {
    let days = scene.cr.spec.pending_deletion_days();
    u8::try_from(days).map_err(|_| {
        Blocker::new(
            Reason::InvalidSpec,
            "spec.pendingDeletionDays has to be from 7 to 30.",
        )
    })
}
