//! Tenant secrets: each is one version of key material of one type in one organization.

mod calls;

pub use calls::{KeyDerivationMode, TenantSecretUpload, TenantSecrets};

use super::id::{OrganizationIds, SalesforceId};
use crate::decode::{Folded, MissingId, Resource, Scalar, words};
use crate::error::RedactedText;
use serde::Deserialize;

words! {
    /// What a tenant secret encrypts.
    TenantSecretType {
        /// Fields (probabilistic) and files.
        Data = "Data",
        /// The event bus.
        EventBus = "EventBus",
        /// Search indexes.
        SearchIndex = "SearchIndex",
        /// Fields, deterministically.
        DeterministicData = "DeterministicData",
        /// Analytics.
        Analytics = "Analytics",
    }
}

words! {
    /// Salesforce's status of a tenant secret.
    TenantSecretStatus {
        /// Encrypts and decrypts. One per organization and type.
        Active = "ACTIVE",
        /// Decrypts only.
        Archived = "ARCHIVED" | "ARCHIVE",
        /// Does neither: what it encrypted is unreadable.
        Destroyed = "DESTROYED",
    }
}

words! {
    /// Where Salesforce says the material is from. CCKM's pages show `HSM` for uploads too: see [`TenantSecret::uploaded`].
    Source {
        /// Salesforce's HSM.
        Hsm = "HSM",
        /// Uploaded by the customer.
        Uploaded = "UPLOADED",
        /// Fetched on demand (cache-only).
        Remote = "REMOTE",
    }
}

words! {
    /// How CCKM made the tenant secret; absent for native ones.
    KeyType {
        /// Uploaded from a source key.
        Byok = "byok",
        /// Fetched by Salesforce on demand.
        CacheOnly = "cache-only",
    }
}

words! {
    /// Who made the tenant secret.
    Origin {
        /// CCKM.
        Cckm = "cckm",
        /// Salesforce.
        Native = "native",
        /// Not known.
        Unknown = "unknown",
    }
}

/// A tenant secret as stored in CipherTrust Manager. The encrypted secret value that replies hold is never read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct TenantSecret {
    /// CipherTrust Manager's id. A rotation makes a new one.
    pub id: String,
    /// Its name in CipherTrust Manager.
    pub name: Option<String>,
    /// CipherTrust Manager's id of the organization.
    pub organization_resource_id: Option<String>,
    /// Salesforce's id of the organization, `00D…`.
    pub organization_id: Option<SalesforceId>,
    /// The organization's name.
    pub organization_name: Option<String>,
    /// Salesforce's id of the record, `02G…`.
    pub salesforce_id: Option<SalesforceId>,
    /// Salesforce's version number: unique in the organization, not per type.
    pub version: Option<u64>,
    /// What it encrypts.
    pub secret_type: Option<TenantSecretType>,
    /// Its status.
    pub status: Option<TenantSecretStatus>,
    /// Where Salesforce says the material is from.
    pub source: Option<Source>,
    /// How CCKM made it.
    pub key_type: Option<KeyType>,
    /// Who made it.
    pub origin: Option<Origin>,
    /// Whether CipherTrust Manager's scheduler rotates it.
    pub auto_rotate: Option<bool>,
    /// The certificate for which it was encrypted.
    pub certificate_id: Option<String>,
    /// CipherTrust Manager's backup. Absent where the reply doesn't tell, which isn't the same as none.
    pub backup: Option<Backup>,
    /// The key from which it was uploaded.
    pub uploaded_key: Option<UploadedKey>,
    /// What last went wrong, in the cloud's words.
    pub error_message: Option<RedactedText>,
    /// When Salesforce made it (`CreatedDate`): the only date that is its age. Many replies lack it.
    pub created_date: Option<jiff::Timestamp>,
    /// When it last changed in Salesforce: it isn't younger than this.
    pub last_modified_date: Option<jiff::Timestamp>,
    /// When Salesforce or its automation last touched it: it isn't younger than this.
    pub system_modstamp: Option<jiff::Timestamp>,
    /// When CipherTrust Manager made its row: the secret isn't younger than this, but may be much older.
    pub created_at: Option<jiff::Timestamp>,
    /// When CipherTrust Manager last changed its row. Not reliable: a destroy has been seen not to move it.
    pub updated_at: Option<jiff::Timestamp>,
}

/// CipherTrust Manager's backup of a tenant secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backup {
    /// The backup key's id.
    pub key_id: Option<String>,
    /// Its name: organization, type, version and record of the tenant secret, with colons between.
    pub key_name: Option<String>,
    /// Where it is kept, such as `local`.
    pub key_tier: Option<String>,
}

/// The key from which a tenant secret was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UploadedKey {
    /// Where the source key is kept, such as `local`.
    pub tier: Option<String>,
    /// Its id there.
    pub id: Option<String>,
    /// Its name there.
    pub name: Option<String>,
}

impl TenantSecret {
    /// Whether the material was uploaded, going by every field that can tell.
    pub fn uploaded(&self) -> bool {
        self.key_type == Some(KeyType::Byok)
            || self.source == Some(Source::Uploaded)
            || self.uploaded_key.is_some()
    }

    /// Whether Salesforce fetches the material on demand, and so changes the status by itself.
    pub fn cache_only(&self) -> bool {
        self.key_type == Some(KeyType::CacheOnly) || self.source == Some(Source::Remote)
    }

    /// The earliest moment by which the secret certainly existed, where [`created_date`](Self::created_date) is absent.
    pub fn created_no_later_than(&self) -> Option<jiff::Timestamp> {
        let bounds = [
            self.created_date,
            self.last_modified_date,
            self.system_modstamp,
            self.created_at,
        ];
        bounds.into_iter().flatten().min()
    }
}

impl Resource for TenantSecret {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    name: Scalar,
    organization_id: Scalar,
    sfdc_organization_id: Scalar,
    sfdc_org_id: Scalar,
    sfdc_org_name: Scalar,
    key_type: Scalar,
    origin: Scalar,
    auto_rotate: Scalar,
    certificate_id: Scalar,
    error_msg: Scalar,
    sfdc_params: Folded<Params>,
    backup_key_id: Scalar,
    backup_key_name: Scalar,
    backup_key_tier: Scalar,
    tenant_secret_backup: Folded<WireBackup>,
    key_upload_params: Folded<WireUpload>,
    created_at: Scalar,
    updated_at: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params {
    salesforce_id: Scalar,
    created_date: Scalar,
    last_modified_date: Scalar,
    system_modstamp: Scalar,
    version: Scalar,
    status: Scalar,
    source: Scalar,
    r#type: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "names of the wire")]
struct WireBackup {
    backup_key_id: Scalar,
    backup_key_name: Scalar,
    backup_key_tier: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "names of the wire")]
struct WireUpload {
    source_key_tier: Scalar,
    source_key_id: Scalar,
    source_key_name: Scalar,
}

impl TryFrom<Wire> for TenantSecret {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let organization = [
            &wire.organization_id,
            &wire.sfdc_organization_id,
            &wire.sfdc_org_id,
        ];
        let organization = OrganizationIds::of(organization);
        let (params, nested, upload) = (
            wire.sfdc_params.0,
            wire.tenant_secret_backup.0,
            wire.key_upload_params.0,
        );
        let backup = Backup {
            key_id: wire
                .backup_key_id
                .text()
                .or_else(|| nested.backup_key_id.text()),
            key_name: wire
                .backup_key_name
                .text()
                .or_else(|| nested.backup_key_name.text()),
            key_tier: wire
                .backup_key_tier
                .text()
                .or_else(|| nested.backup_key_tier.text()),
        };
        let uploaded_key = UploadedKey {
            tier: upload.source_key_tier.text(),
            id: upload.source_key_id.text(),
            name: upload.source_key_name.text(),
        };
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            name: wire.name.text(),
            organization_resource_id: organization.resource,
            organization_id: organization.salesforce,
            organization_name: wire.sfdc_org_name.text(),
            salesforce_id: params
                .salesforce_id
                .text()
                .and_then(|id| SalesforceId::parse(&id).ok()),
            version: params.version.count(),
            secret_type: params.r#type.word(),
            status: params.status.word(),
            source: params.source.word(),
            key_type: wire.key_type.word(),
            origin: wire.origin.word(),
            auto_rotate: wire.auto_rotate.flag(),
            certificate_id: wire.certificate_id.text(),
            // A tier alone names no backup.
            backup: (backup.key_id.is_some() || backup.key_name.is_some()).then_some(backup),
            uploaded_key: (uploaded_key != UploadedKey::default()).then_some(uploaded_key),
            error_message: wire.error_msg.text().map(|text| RedactedText::new(&text)),
            created_date: params.created_date.timestamp(),
            last_modified_date: params.last_modified_date.timestamp(),
            system_modstamp: params.system_modstamp.timestamp(),
            created_at: wire.created_at.timestamp(),
            updated_at: wire.updated_at.timestamp(),
        })
    }
}
