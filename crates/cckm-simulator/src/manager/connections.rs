//! Connections to clouds, and keys of CM itself.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::manager::record::{Record, resources};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Connection {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) name: String,
    /// `salesforce`, `azure` or `oci`.
    pub(crate) service: String,
    /// Salesforce: which organization the credentials belong to.
    pub(crate) organization_id: Option<String>,
    /// What the creator said, secrets left out.
    pub(crate) settings: Map<String, Value>,
    pub(crate) last_connection_ok: Option<bool>,
}

/// A key at `/v1/vault/keys2`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VaultKey {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) name: String,
    pub(crate) algorithm: String,
    /// In bits.
    pub(crate) size: u32,
}

resources!(Connection, VaultKey);

impl Connection {
    pub(crate) fn body(&self) -> Value {
        let mut body = self.record.body("connectionmgmt", "connections", "");
        body.extend(self.settings.clone());
        body.insert("name".to_owned(), json!(self.name));
        body.insert("service".to_owned(), json!(self.service));
        body.insert("category".to_owned(), json!("cloud"));
        body.insert("products".to_owned(), json!(["cckm"]));
        body.insert(
            "last_connection_ok".to_owned(),
            json!(self.last_connection_ok),
        );
        Value::Object(body)
    }
}

impl VaultKey {
    pub(crate) fn body(&self) -> Value {
        let mut body = self.record.body("vault", "keys", "");
        body.insert("name".to_owned(), json!(self.name));
        body.insert("algorithm".to_owned(), json!(self.algorithm));
        body.insert("size".to_owned(), json!(self.size));
        body.insert("state".to_owned(), json!("Active"));
        body.insert(
            "objectType".to_owned(),
            json!(if self.algorithm == "AES" {
                "Symmetric Key"
            } else {
                "Private Key"
            }),
        );
        body.insert("version".to_owned(), json!(0));
        Value::Object(body)
    }
}
