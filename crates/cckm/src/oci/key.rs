//! OCI keys.

mod calls;

pub use calls::{KeyUpdate, KeyUpload, Keys, NewKey};

use super::{DefinedTags, WireDefinedTags, defined_tags, is_ocid};
use crate::decode::{Folded, MissingId, Resource, Scalar, Tags, words};
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// OCI's state of a key or key version. Those ending in `ING` pass by themselves.
    LifecycleState {
        /// Being made.
        Creating = "CREATING",
        /// Being enabled.
        Enabling = "ENABLING",
        /// In use.
        Enabled = "ENABLED",
        /// Being disabled.
        Disabling = "DISABLING",
        /// Not to be used, nor changed.
        Disabled = "DISABLED",
        /// Deletion being scheduled.
        SchedulingDeletion = "SCHEDULING_DELETION",
        /// To be deleted at its time of deletion; can be cancelled.
        PendingDeletion = "PENDING_DELETION",
        /// Deletion being cancelled.
        CancellingDeletion = "CANCELLING_DELETION",
        /// Being deleted.
        Deleting = "DELETING",
        /// Gone from OCI.
        Deleted = "DELETED",
        /// Being changed.
        Updating = "UPDATING",
        /// Being backed up.
        BackupInProgress = "BACKUP_IN_PROGRESS",
        /// Being restored.
        Restoring = "RESTORING",
        /// Being moved to another compartment.
        ChangingCompartment = "CHANGING_COMPARTMENT",
    }
}

words! {
    /// What a key computes.
    Algorithm {
        /// Symmetric.
        Aes = "AES",
        /// RSA.
        Rsa = "RSA",
        /// Elliptic curves.
        Ecdsa = "ECDSA",
    }
}

/// An OCI key as stored in CipherTrust Manager.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Key {
    /// CipherTrust Manager's id. Not [`key_id`](Self::key_id).
    pub id: String,
    /// OCI's id, `ocid1.key.…`.
    pub key_id: Option<String>,
    /// OCI's name of it. Not unique.
    pub display_name: Option<String>,
    /// CipherTrust Manager's id of the vault.
    pub cckm_vault_id: Option<String>,
    /// OCI's id of the vault, `ocid1.vault.…`.
    pub vault_id: Option<String>,
    /// The vault, by name.
    pub vault_name: Option<String>,
    /// The tenancy, by name.
    pub tenancy: Option<String>,
    /// The OCI region.
    pub region: Option<String>,
    /// The compartment, by OCI's id; that of the tenancy is the root compartment.
    pub compartment_id: Option<String>,
    /// The compartment, by name.
    pub compartment_name: Option<String>,
    /// What it computes.
    pub algorithm: Option<Algorithm>,
    /// Its length in **bytes**: 32 is AES-256.
    pub length: Option<u64>,
    /// The curve of an ECDSA key: `NIST_P256`, `NIST_P384` or `NIST_P521`.
    pub curve_id: Option<String>,
    /// `HSM`, `SOFTWARE`, or `EXTERNAL` in external vaults.
    pub protection_mode: Option<String>,
    /// Its state.
    pub lifecycle_state: Option<LifecycleState>,
    /// OCI's id of the version in use.
    pub current_key_version: Option<String>,
    /// When OCI made it.
    pub time_created: Option<jiff::Timestamp>,
    /// When OCI will delete it, while that is scheduled.
    pub time_of_deletion: Option<jiff::Timestamp>,
    /// False for a replica, which can't be changed.
    pub is_primary: Option<bool>,
    /// The replication it is part of.
    pub replication_id: Option<String>,
    /// The key it was restored from, by OCI's id.
    pub restored_from_key_id: Option<String>,
    /// Tags of the user's own form.
    pub freeform_tags: BTreeMap<String, String>,
    /// Tags of the tenancy's form.
    pub defined_tags: DefinedTags,
    /// `native`, `cckm` or `unknown`.
    pub key_material_origin: Option<String>,
    /// Whether CipherTrust Manager's scheduler rotates it.
    pub auto_rotate: Option<bool>,
    /// CipherTrust Manager's own labels, such as `job_config_id` of that rotation.
    pub labels: BTreeMap<String, String>,
    /// Whether OCI didn't know it any more.
    pub gone: Option<bool>,
    /// When CipherTrust Manager last read it from OCI.
    pub refreshed_at: Option<jiff::Timestamp>,
    /// When CipherTrust Manager made the row.
    pub created_at: Option<jiff::Timestamp>,
    /// When the row last changed; moves at every refresh.
    pub updated_at: Option<jiff::Timestamp>,
}

impl Resource for Key {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    vault_id: Scalar,
    cckm_vault_id: Scalar,
    tenancy: Scalar,
    region: Scalar,
    compartment_name: Scalar,
    key_material_origin: Scalar,
    refreshed_at: Scalar,
    auto_rotate: Scalar,
    labels: Tags,
    gone: Scalar,
    oci_params: Folded<Params>,
    created_at: Scalar,
    updated_at: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params {
    display_name: Scalar,
    key_id: Scalar,
    vault_id: Scalar,
    vault_name: Scalar,
    current_key_version: Scalar,
    compartment_id: Scalar,
    algorithm: Scalar,
    length: Scalar,
    curve_id: Scalar,
    lifecycle_state: Scalar,
    protection_mode: Scalar,
    freeform_tags: Tags,
    defined_tags: WireDefinedTags,
    time_created: Scalar,
    time_of_deletion: Scalar,
    is_primary: Scalar,
    replication_id: Scalar,
    restored_from_key_id: Scalar,
}

impl TryFrom<Wire> for Key {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let params = wire.oci_params.0;
        // A page shows CipherTrust Manager's id where other clients found OCI's.
        let vaults = [&wire.cckm_vault_id, &wire.vault_id, &params.vault_id].map(Scalar::text);
        let (in_oci, in_manager): (Vec<_>, Vec<_>) =
            vaults.into_iter().flatten().partition(|id| is_ocid(id));
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            key_id: params.key_id.text(),
            display_name: params.display_name.text(),
            cckm_vault_id: in_manager.into_iter().next(),
            vault_id: in_oci.into_iter().next(),
            vault_name: params.vault_name.text(),
            tenancy: wire.tenancy.text(),
            region: wire.region.text(),
            compartment_id: params.compartment_id.text(),
            compartment_name: wire.compartment_name.text(),
            algorithm: params.algorithm.word(),
            length: params.length.count(),
            curve_id: params.curve_id.text(),
            protection_mode: params.protection_mode.text(),
            lifecycle_state: params.lifecycle_state.word(),
            current_key_version: params.current_key_version.text(),
            time_created: params.time_created.timestamp(),
            time_of_deletion: params.time_of_deletion.timestamp(),
            is_primary: params.is_primary.flag(),
            replication_id: params.replication_id.text(),
            restored_from_key_id: params.restored_from_key_id.text(),
            freeform_tags: params.freeform_tags.texts(),
            defined_tags: defined_tags(params.defined_tags),
            key_material_origin: wire.key_material_origin.text(),
            auto_rotate: wire.auto_rotate.flag(),
            labels: wire.labels.texts(),
            gone: wire.gone.flag(),
            refreshed_at: wire.refreshed_at.timestamp(),
            created_at: wire.created_at.timestamp(),
            updated_at: wire.updated_at.timestamp(),
        })
    }
}
