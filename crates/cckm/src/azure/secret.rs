//! Azure secrets: each row is one version.

mod calls;

pub use calls::{DateForm, NewSecret, SecretUpdate, Secrets};

use crate::decode::{Folded, MissingId, Resource, Scalar, Tags, words};
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// CCKM's status of an Azure secret.
    SecretStatus {
        /// In use.
        Available = "AVAILABLE",
        /// Deleted in Azure, where it can be recovered until the vault's retention ends.
        SoftDeleted = "SOFT-DELETED" | "SOFT_DELETED",
        /// Gone from Azure. CipherTrust Manager has the row and mostly a backup, with the value.
        Deleted = "DELETED",
    }
}

/// A version of an Azure secret as stored in CipherTrust Manager. The value, which some replies hold, is never read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Secret {
    /// CipherTrust Manager's id. A new version has another, and a restored secret may.
    pub id: String,
    /// Azure's name of the secret; case doesn't matter in it.
    pub secret_name: Option<String>,
    /// Azure's version: 32 hexadecimal digits.
    pub version: Option<String>,
    /// The vault as `<name>::<subscription id>`.
    pub key_vault: Option<String>,
    /// CipherTrust Manager's id of the vault.
    pub key_vault_id: Option<String>,
    /// The Azure region.
    pub region: Option<String>,
    /// `AzureCloud` or a national cloud.
    pub cloud_name: Option<String>,
    /// The Azure tenant.
    pub tenant: Option<String>,
    /// Its status.
    pub status: Option<SecretStatus>,
    /// Whether it is gone from Azure for good.
    pub deleted: Option<bool>,
    /// Whether the vault lets a deleted secret be recovered.
    pub soft_delete_enabled: Option<bool>,
    /// Whether it was ever soft-deleted: stays true after a purge.
    pub soft_deleted_in_azure: Option<bool>,
    /// Whether a synchronization didn't find it any more. False after a purge by CCKM itself.
    pub gone: Option<bool>,
    /// CipherTrust Manager's id of the backup: 64 hexadecimal digits.
    pub backup: Option<String>,
    /// When the backup was taken.
    pub backup_at: Option<jiff::Timestamp>,
    /// `cckm`, `native` or `unknown`.
    pub key_material_origin: Option<String>,
    /// Azure's address of this version.
    pub azure_id: Option<String>,
    /// What the value is, in the user's words; at most 255 characters.
    pub content_type: Option<String>,
    /// Azure's tags.
    pub tags: BTreeMap<String, String>,
    /// Whether Azure hands the value out.
    pub enabled: Option<bool>,
    /// From when the value is meant to be used. Azure doesn't enforce it.
    pub not_before: Option<jiff::Timestamp>,
    /// Until when the value is meant to be used. Azure doesn't enforce it.
    pub expires: Option<jiff::Timestamp>,
    /// What Azure will do about a deletion, such as `Recoverable+Purgeable`.
    pub recovery_level: Option<String>,
    /// When Azure made this version.
    pub azure_created_at: Option<jiff::Timestamp>,
    /// When this version last changed in Azure.
    pub azure_updated_at: Option<jiff::Timestamp>,
    /// When CipherTrust Manager last read it from Azure.
    pub synced_at: Option<jiff::Timestamp>,
    /// When CipherTrust Manager made the row.
    pub created_at: Option<jiff::Timestamp>,
    /// When the row last changed; moves at every synchronization.
    pub updated_at: Option<jiff::Timestamp>,
}

impl Secret {
    /// Whether it can be purged before the vault's retention ends; absent where Azure's word isn't known.
    pub fn purgeable(&self) -> Option<bool> {
        self.recovery_level
            .as_deref()
            .map(|level| level.contains("Purgeable"))
    }
}

impl Resource for Secret {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    secret_name: Scalar,
    version: Scalar,
    key_vault: Scalar,
    key_vault_id: Scalar,
    region: Scalar,
    cloud_name: Scalar,
    tenant: Scalar,
    status: Scalar,
    deleted: Scalar,
    soft_delete_enabled: Scalar,
    secret_soft_deleted_in_azure: Scalar,
    // One page shows a key's field name.
    key_soft_deleted_in_azure: Scalar,
    gone: Scalar,
    backup: Scalar,
    backup_at: Scalar,
    key_material_origin: Scalar,
    azure_param: Folded<Params>,
    azure_created_at: Scalar,
    azure_updated_at: Scalar,
    synced_at: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params {
    id: Scalar,
    content_type: Scalar,
    tags: Tags,
    attributes: Folded<Attributes>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attributes {
    enabled: Scalar,
    nbf: Scalar,
    exp: Scalar,
    created: Scalar,
    updated: Scalar,
    recovery_level: Scalar,
}

impl TryFrom<Wire> for Secret {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let params = wire.azure_param.0;
        let attributes = params.attributes.0;
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            secret_name: wire.secret_name.text(),
            version: wire.version.text(),
            key_vault: wire.key_vault.text(),
            key_vault_id: wire.key_vault_id.text(),
            region: wire.region.text(),
            cloud_name: wire.cloud_name.text(),
            tenant: wire.tenant.text(),
            status: wire.status.word(),
            deleted: wire.deleted.flag(),
            soft_delete_enabled: wire.soft_delete_enabled.flag(),
            soft_deleted_in_azure: wire
                .secret_soft_deleted_in_azure
                .flag()
                .or(wire.key_soft_deleted_in_azure.flag()),
            gone: wire.gone.flag(),
            backup: wire.backup.text(),
            backup_at: wire.backup_at.timestamp(),
            key_material_origin: wire.key_material_origin.text(),
            azure_id: params.id.text(),
            content_type: params.content_type.text(),
            tags: params.tags.texts(),
            enabled: attributes.enabled.flag(),
            not_before: attributes.nbf.timestamp(),
            expires: attributes.exp.timestamp(),
            recovery_level: attributes.recovery_level.text(),
            azure_created_at: wire
                .azure_created_at
                .timestamp()
                .or(attributes.created.timestamp()),
            azure_updated_at: wire
                .azure_updated_at
                .timestamp()
                .or(attributes.updated.timestamp()),
            synced_at: wire.synced_at.timestamp(),
            created_at: wire.created_at.timestamp(),
            updated_at: wire.updated_at.timestamp(),
        })
    }
}
