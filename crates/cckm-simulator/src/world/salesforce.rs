//! Salesforce Shield Platform Encryption: tenant secrets and certificates of organizations.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    clock::later,
    http::refusal::{Refusal, not_found, wrong_state},
    seed::Identifiers,
};

/// ACTIVE and ARCHIVED tenant secrets that a type may have together.
const LIMIT: usize = 50;

/// Types of tenant secrets that CCKM's pages list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretType {
    /// Fields and files.
    Data,
    /// Event bus.
    EventBus,
    /// Search index.
    SearchIndex,
    /// Fields with deterministic encryption.
    DeterministicData,
    /// Analytics.
    Analytics,
}

impl SecretType {
    pub(crate) const NAMES: [&str; 5] = [
        "Data",
        "EventBus",
        "SearchIndex",
        "DeterministicData",
        "Analytics",
    ];

    /// Least time between two tenant secrets of the type (Salesforce, "Rotate Your Encryption Key
    /// Material").
    pub(crate) const fn rotation_interval(self, sandbox: bool) -> SignedDuration {
        let hours = match (self, sandbox) {
            (Self::Data | Self::Analytics, false) => 24,
            (Self::Data | Self::Analytics | Self::DeterministicData, true) => 4,
            (Self::DeterministicData, false) | (Self::EventBus | Self::SearchIndex, _) => 7 * 24,
        };
        SignedDuration::from_hours(hours)
    }
}

/// States of a tenant secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SecretStatus {
    /// Encrypts and decrypts.
    Active,
    /// Decrypts.
    Archived,
    /// Does neither.
    Destroyed,
}

/// Where the material of a tenant secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SecretSource {
    /// Salesforce's own.
    Hsm,
    /// Supplied.
    Uploaded,
    /// Fetched on demand: a cache-only key.
    Remote,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TenantSecret {
    pub(crate) salesforce_id: String,
    pub(crate) r#type: SecretType,
    /// Unique in the organization, over all types.
    pub(crate) version: u64,
    pub(crate) status: SecretStatus,
    pub(crate) source: SecretSource,
    pub(crate) created_date: Timestamp,
    pub(crate) last_modified_date: Timestamp,
    pub(crate) user_id: String,
    /// The wrapped secret; nothing once destroyed.
    pub(crate) secret_value: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Certificate {
    pub(crate) salesforce_id: String,
    pub(crate) name: String,
    pub(crate) created_date: Timestamp,
    pub(crate) expiration_date: Timestamp,
}

impl Certificate {
    /// Made now, good for so many days.
    pub(crate) fn new(salesforce_id: String, name: String, now: Timestamp, days: u16) -> Self {
        Self {
            salesforce_id,
            name,
            created_date: now,
            expiration_date: now + SignedDuration::from_hours(24 * i64::from(days)),
        }
    }
}

/// For how many days a certificate is good where nobody says otherwise.
pub(crate) const CERTIFICATE_DAYS: u16 = 730;

#[derive(Debug, Serialize)]
pub(crate) struct Organization {
    pub(crate) organization_id: String,
    pub(crate) name: String,
    pub(crate) sandbox: bool,
    pub(crate) user_id: String,
    pub(crate) last_version: u64,
    pub(crate) tenant_secrets: Vec<TenantSecret>,
    pub(crate) certificates: Vec<Certificate>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Cloud {
    /// By the organization's `00D` ID.
    pub(crate) organizations: BTreeMap<String, Organization>,
}

impl Cloud {
    pub(crate) fn organization_mut(&mut self, id: &str) -> Result<&mut Organization, Refusal> {
        self.organizations.get_mut(id).ok_or_else(|| {
            Refusal::NotFound(format!("Resource not found: Salesforce organization {id}"))
        })
    }
}

impl Organization {
    /// Makes a tenant secret, which archives the ACTIVE one of its type.
    pub(crate) fn create(
        &mut self,
        r#type: SecretType,
        source: SecretSource,
        now: Timestamp,
        enforce_interval: bool,
        identifiers: &mut Identifiers,
    ) -> Result<TenantSecret, Refusal> {
        let newest = self.of_type(r#type).map(|secret| secret.created_date).max();
        let interval = r#type.rotation_interval(self.sandbox);
        if let Some(newest) = newest
            && enforce_interval
            && now < later(newest, interval)
        {
            let allowed = later(newest, interval);
            return Err(wrong_state(format!(
                "a tenant secret of type {type:?} was made at {newest}; the next may be made at {allowed}"
            )));
        }
        self.below_limit(r#type)?;
        self.archive_active(r#type, now);
        self.last_version += 1;
        let secret = TenantSecret {
            salesforce_id: identifiers.salesforce("02G"),
            r#type,
            version: self.last_version,
            status: SecretStatus::Active,
            source,
            created_date: now,
            last_modified_date: now,
            user_id: self.user_id.clone(),
            secret_value: Some(identifiers.backup()),
        };
        self.tenant_secrets.push(secret.clone());
        Ok(secret)
    }

    pub(crate) fn of_type(&self, r#type: SecretType) -> impl Iterator<Item = &TenantSecret> {
        self.tenant_secrets
            .iter()
            .filter(move |secret| secret.r#type == r#type)
    }

    fn below_limit(&self, r#type: SecretType) -> Result<(), Refusal> {
        let kept = self
            .of_type(r#type)
            .filter(|secret| secret.status != SecretStatus::Destroyed)
            .count();
        if kept < LIMIT {
            return Ok(());
        }
        Err(wrong_state(format!(
            "{LIMIT} tenant secrets of type {type:?} are ACTIVE or ARCHIVED; destroy one first"
        )))
    }

    fn archive_active(&mut self, r#type: SecretType, now: Timestamp) {
        for secret in &mut self.tenant_secrets {
            if secret.r#type == r#type && secret.status == SecretStatus::Active {
                secret.become_status(SecretStatus::Archived, now);
            }
        }
    }

    pub(crate) fn secret_mut(&mut self, salesforce_id: &str) -> Result<&mut TenantSecret, Refusal> {
        self.tenant_secrets
            .iter_mut()
            .find(|secret| secret.salesforce_id == salesforce_id)
            .ok_or_else(not_found)
    }

    /// Destroys an ARCHIVED tenant secret.
    pub(crate) fn destroy(
        &mut self,
        salesforce_id: &str,
        now: Timestamp,
    ) -> Result<TenantSecret, Refusal> {
        let secret = self.secret_mut(salesforce_id)?;
        secret.expect(SecretStatus::Archived, "destroyed")?;
        secret.secret_value = None;
        secret.become_status(SecretStatus::Destroyed, now);
        Ok(secret.clone())
    }

    /// Puts exported material back into a DESTROYED tenant secret, which becomes ARCHIVED.
    pub(crate) fn import(
        &mut self,
        salesforce_id: &str,
        material: String,
        now: Timestamp,
    ) -> Result<TenantSecret, Refusal> {
        let secret = self.secret_mut(salesforce_id)?;
        secret.expect(SecretStatus::Destroyed, "imported")?;
        let r#type = secret.r#type;
        self.below_limit(r#type)?;
        let secret = self.secret_mut(salesforce_id)?;
        secret.secret_value = Some(material);
        secret.become_status(SecretStatus::Archived, now);
        Ok(secret.clone())
    }

    /// Makes a DESTROYED cache-only key ACTIVE again.
    pub(crate) fn activate(
        &mut self,
        salesforce_id: &str,
        now: Timestamp,
    ) -> Result<TenantSecret, Refusal> {
        let secret = self.secret_mut(salesforce_id)?;
        if secret.source != SecretSource::Remote {
            return Err(wrong_state("only a cache-only key can be activated"));
        }
        secret.expect(SecretStatus::Destroyed, "activated")?;
        let r#type = secret.r#type;
        self.below_limit(r#type)?;
        self.archive_active(r#type, now);
        let secret = self.secret_mut(salesforce_id)?;
        secret.become_status(SecretStatus::Active, now);
        Ok(secret.clone())
    }
}

impl TenantSecret {
    fn become_status(&mut self, status: SecretStatus, now: Timestamp) {
        self.status = status;
        self.last_modified_date = now;
    }

    fn expect(&self, status: SecretStatus, action: &str) -> Result<(), Refusal> {
        if self.status == status {
            return Ok(());
        }
        Err(wrong_state(format!(
            "the tenant secret of version {} is {:?}; only one that is {status:?} can be {action}",
            self.version, self.status
        )))
    }
}
