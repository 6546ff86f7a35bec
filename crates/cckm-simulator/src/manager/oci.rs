//! CM's rows of Oracle Cloud: compartments, vaults, keys and their versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    manager::{
        azure::merge,
        record::{Record, resources},
    },
    switches::{Switches, VaultId},
    world::{oci, oci_versions::KeyVersion as CloudVersion},
};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Compartment {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) compartment_id: String,
    pub(crate) name: String,
    pub(crate) connection: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Vault {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) connection: String,
    pub(crate) compartment_name: String,
    pub(crate) bucket_name: Option<String>,
    pub(crate) bucket_namespace: Option<String>,
    pub(crate) refreshed_at: Timestamp,
    pub(crate) seen: oci::Vault,
}

/// The source key of an uploaded version.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Source {
    pub(crate) source_key_identifier: String,
    pub(crate) source_key_name: String,
    pub(crate) source_key_tier: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct KeyVersion {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) source: Option<Source>,
    pub(crate) seen: CloudVersion,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    #[serde(flatten)]
    pub(crate) record: Record,
    /// CM's ID of the vault.
    pub(crate) cckm_vault_id: String,
    pub(crate) compartment_name: String,
    pub(crate) key_material_origin: &'static str,
    pub(crate) refreshed_at: Timestamp,
    pub(crate) gone: bool,
    pub(crate) auto_rotate: bool,
    pub(crate) labels: BTreeMap<String, String>,
    /// The ID of CM's backup.
    pub(crate) backup: Option<String>,
    /// While CM restores the key: the restored key's OCID.
    pub(crate) restoring: Option<String>,
    pub(crate) versions: Vec<KeyVersion>,
    /// The key as last seen. Its versions are those of `versions`.
    pub(crate) seen: oci::Key,
}

resources!(Compartment, Vault, Key, KeyVersion);

impl Compartment {
    pub(crate) fn body(&self) -> Value {
        let mut body = self.record.body("cckm", "oci-compartment", "");
        body.insert("compartment_id".to_owned(), json!(self.compartment_id));
        body.insert("name".to_owned(), json!(self.name));
        body.insert("connection".to_owned(), json!(self.connection));
        body.insert("cloud_name".to_owned(), json!("oci"));
        Value::Object(body)
    }
}

impl Vault {
    pub(crate) fn body(&self) -> Value {
        let mut body = self.record.body("cckm", "oci-vault", "");
        let more = json!({
            "cloud_name": "oci",
            "connection": self.connection,
            "tenancy": self.seen.tenancy,
            "region": self.seen.region,
            "compartment_id": self.seen.compartment_id,
            "compartment_name": self.compartment_name,
            "display_name": self.seen.display_name,
            "vault_id": self.seen.vault_id,
            "vault_type": self.seen.vault_type,
            "lifecycle_state": "ACTIVE",
            "management_endpoint": format!("https://{}.kms.{}.oraclecloud.com", self.seen.display_name, self.seen.region),
            "time_created": self.seen.time_created,
            "is_primary": true,
            "bucket_name": self.bucket_name,
            "bucket_namespace": self.bucket_namespace,
            "refreshed_at": self.refreshed_at,
            "freeform_tags": {},
            "defined_tags": {},
        });
        merge(&mut body, more);
        Value::Object(body)
    }
}

impl Key {
    pub(crate) fn body(&self, vault: &Vault, switches: &Switches) -> Value {
        let seen = &self.seen;
        let vault_id = match switches.oci_vault_id {
            VaultId::Uuid => &self.cckm_vault_id,
            VaultId::Ocid => &vault.seen.vault_id,
        };
        let mut parameters = serde_json::Map::new();
        merge(
            &mut parameters,
            json!({
                "compartment_id": seen.compartment_id,
                "current_key_version": seen.current_version(),
                "display_name": seen.display_name,
                "key_id": seen.key_id,
                "algorithm": seen.algorithm,
                "length": seen.length,
                "curve_id": seen.curve_id,
                "lifecycle_state": seen.lifecycle.state,
                "time_created": seen.time_created,
                "time_of_deletion": seen.lifecycle.time_of_deletion,
                "vault_name": vault.seen.display_name,
                "defined_tags": seen.defined_tags,
                "freeform_tags": seen.freeform_tags,
                "protection_mode": seen.protection_mode,
                "is_primary": seen.is_primary,
                "restored_from_key_id": seen.restored_from_key_id,
            }),
        );
        let mut body = self.record.body("cckm", "oci-key", "");
        let more = json!({
            "cloud_name": "oci",
            "vault_id": vault_id,
            "cckm_vault_id": self.cckm_vault_id,
            "tenancy": vault.seen.tenancy,
            "region": vault.seen.region,
            "compartment_name": self.compartment_name,
            "key_material_origin": self.key_material_origin,
            "refreshed_at": self.refreshed_at,
            "gone": self.gone,
            "auto_rotate": self.auto_rotate,
            "labels": (!self.labels.is_empty()).then_some(&self.labels),
            "oci_params": parameters,
        });
        merge(&mut body, more);
        Value::Object(body)
    }
}

impl KeyVersion {
    pub(crate) fn body(&self, key: &Key) -> Value {
        let seen = &self.seen;
        let mut parameters = serde_json::Map::new();
        merge(
            &mut parameters,
            json!({
                "version_id": seen.version_id,
                "key_id": key.seen.key_id,
                "vault_id": key.seen.vault_id,
                "compartment_id": key.seen.compartment_id,
                "lifecycle_state": seen.lifecycle.state,
                "origin": seen.origin,
                "is_primary": key.seen.is_primary,
                "restored_from_key_version_id": seen.restored_from_key_version_id,
                "time_created": seen.time_created,
                "time_of_deletion": seen.lifecycle.time_of_deletion,
            }),
        );
        let mut body = self.record.body("cckm", "oci-key-version", "");
        body.insert(
            "oci_key_version_params".to_owned(),
            Value::Object(parameters),
        );
        if let Some(source) = &self.source {
            merge(&mut body, json!(source));
        }
        Value::Object(body)
    }
}
