//! CM's rows of Azure: subscriptions, vaults, and one row per version of a secret.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    manager::record::{Record, resources},
    switches::{DateForm, Spelling, Switches},
    world::azure,
};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Subscription {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) subscription_id: String,
    pub(crate) name: String,
    pub(crate) connection: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Vault {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) azure_name: String,
    pub(crate) subscription_id: String,
    pub(crate) connection: String,
    pub(crate) location: String,
    pub(crate) tenant: String,
    pub(crate) soft_delete: bool,
    pub(crate) retention_days: i64,
    pub(crate) purge_protection: bool,
    pub(crate) recovery_level: &'static str,
    pub(crate) cloud_key_backup_limit: Option<i64>,
    pub(crate) synced_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Status {
    #[serde(rename = "AVAILABLE")]
    Available,
    #[serde(rename = "SOFT-DELETED")]
    SoftDeleted,
    #[serde(rename = "DELETED")]
    Deleted,
}

/// A version of a secret, as last seen.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Secret {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) secret_name: String,
    /// CM's ID of the vault.
    pub(crate) key_vault_id: String,
    pub(crate) status: Status,
    pub(crate) deleted: bool,
    pub(crate) secret_soft_deleted_in_azure: bool,
    pub(crate) gone: bool,
    pub(crate) backup: Option<String>,
    pub(crate) backup_at: Option<Timestamp>,
    #[serde(rename = "syncedAt")]
    pub(crate) synced_at: Timestamp,
    pub(crate) created_by: String,
    pub(crate) modified_by: String,
    pub(crate) key_material_origin: &'static str,
    /// The version as last seen.
    #[serde(rename = "seen")]
    pub(crate) seen: azure::Version,
}

/// A secret as it was when CM took a copy.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Backup {
    pub(crate) taken_at: Timestamp,
    pub(crate) secret: azure::Secret,
}

resources!(Subscription, Vault, Secret);

/// Azure's times have whole seconds.
fn whole_seconds(instant: Timestamp) -> Value {
    json!(Timestamp::from_second(instant.as_second()).unwrap_or(instant))
}

impl Vault {
    /// As `add-vaults` takes it and requests name it.
    pub(crate) fn full_name(&self) -> String {
        format!("{}::{}", self.azure_name, self.subscription_id)
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = self
            .record
            .body("cckm", "azure-vault", &format!("{}-", self.azure_name));
        let more = json!({
            "azure_name": self.azure_name,
            "azure_vault_id": arm_id(&self.subscription_id, &self.azure_name),
            "cloud_name": "AzureCloud",
            "connection": self.connection,
            "subscription_id": self.subscription_id,
            "location": self.location,
            "type": "Microsoft.KeyVault/vaults",
            "tags": {},
            "synced_at": self.synced_at,
            "cloud_key_backup_limit": self.cloud_key_backup_limit,
            "properties": {
                "tenantId": self.tenant,
                "sku": { "family": "A", "name": "standard" },
                "vaultUri": format!("https://{}.vault.azure.net/", self.azure_name),
                "enableSoftDelete": self.soft_delete,
                "softDeleteRetentionInDays": self.retention_days,
                "enablePurgeProtection": self.purge_protection,
                "enableRbacAuthorization": true,
            },
        });
        merge(&mut body, more);
        Value::Object(body)
    }
}

pub(crate) fn arm_id(subscription: &str, vault: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/cckm/providers/Microsoft.KeyVault/vaults/{vault}"
    )
}

pub(crate) fn merge(body: &mut serde_json::Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        body.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
}

impl Secret {
    /// The body as `switches` have it. Lists filter by the body under the default switches.
    pub(crate) fn body(&self, vault: &Vault, switches: &Switches) -> Value {
        let mut body = self
            .record
            .body("cckm", "azure-secret", &format!("{}-", self.secret_name));
        let more = json!({
            "key_vault": vault.full_name(),
            "key_vault_id": self.key_vault_id,
            "region": vault.location,
            "deleted": self.deleted,
            "backup_at": self.backup_at,
            "soft_delete_enabled": vault.soft_delete,
            "secret_soft_deleted_in_azure": self.secret_soft_deleted_in_azure,
            "syncedAt": self.synced_at,
            "created_by": self.created_by,
            "modified_by": self.modified_by,
            "version": self.seen.version,
            "backup": self.backup,
            "secret_name": self.secret_name,
            "cloud_name": "AzureCloud",
            "azure_created_at": whole_seconds(self.seen.created),
            "azure_updated_at": whole_seconds(self.seen.updated),
            "tenant": vault.tenant,
            "status": self.status,
            "gone": self.gone,
            "key_material_origin": self.key_material_origin,
            "azure_param": self.parameters(vault, switches),
        });
        merge(&mut body, more);
        Value::Object(body)
    }

    fn parameters(&self, vault: &Vault, switches: &Switches) -> Value {
        let seen = &self.seen;
        let date = |seconds: i64| match switches.azure_dates_returned {
            DateForm::Number => json!(seconds),
            DateForm::String => json!(Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)),
        };
        let mut attributes = json!({
            "recoveryLevel": vault.recovery_level,
            "enabled": seen.enabled,
            "created": seen.created.as_second(),
            "updated": seen.updated.as_second(),
        });
        for (name, seconds) in [("exp", seen.exp), ("nbf", seen.nbf)] {
            if let Some(seconds) = seconds {
                attributes[name] = date(seconds);
            }
        }
        let mut parameters = json!({
            "id": format!(
                "https://{}.vault.azure.net/secrets/{}/{}",
                vault.azure_name, self.secret_name, seen.version
            ),
            "attributes": attributes,
        });
        if switches.secret_values_echoed {
            parameters["value"] = json!(seen.value);
        }
        if !seen.tags.is_empty() {
            parameters["tags"] = json!(seen.tags);
        }
        if let Some(content_type) = &seen.content_type {
            let name = match switches.azure_content_type_returned {
                Spelling::CamelCase => "contentType",
                Spelling::SnakeCase => "content_type",
            };
            parameters[name] = json!(content_type);
        }
        parameters
    }
}

impl Secret {
    /// Whether both are versions of one secret.
    pub(crate) fn is_version_of(&self, other: &Self) -> bool {
        self.key_vault_id == other.key_vault_id
            && self.secret_name.eq_ignore_ascii_case(&other.secret_name)
    }

    /// Notes a change made through CM.
    pub(crate) fn touched(&mut self, now: Timestamp, caller: &str) {
        self.record.updated_at = now;
        caller.clone_into(&mut self.modified_by);
    }
}
