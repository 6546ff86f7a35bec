//! Versions of OCI keys.

use super::key::LifecycleState;
use crate::client::Client;
use crate::decode::{Folded, MissingId, Resource, Scalar};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use serde::{Deserialize, Serialize};

/// A version of an OCI key as stored in CipherTrust Manager.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct KeyVersion {
    /// CipherTrust Manager's id.
    pub id: String,
    /// OCI's id, `ocid1.keyversion.…`.
    pub version_id: Option<String>,
    /// The key, by OCI's id.
    pub key_id: Option<String>,
    /// The vault, by OCI's id.
    pub vault_id: Option<String>,
    /// The compartment, by OCI's id.
    pub compartment_id: Option<String>,
    /// Its state.
    pub lifecycle_state: Option<LifecycleState>,
    /// OCI's word for who made the material.
    pub origin: Option<String>,
    /// False for a replica.
    pub is_primary: Option<bool>,
    /// The version it was restored from, by OCI's id.
    pub restored_from_key_version_id: Option<String>,
    /// When OCI made it.
    pub time_created: Option<jiff::Timestamp>,
    /// When OCI will delete it, while that is scheduled.
    pub time_of_deletion: Option<jiff::Timestamp>,
    /// Where the key it was uploaded from is kept.
    pub source_key_tier: Option<String>,
    /// That key's id.
    pub source_key_identifier: Option<String>,
    /// That key's name.
    pub source_key_name: Option<String>,
    /// When CipherTrust Manager made the row.
    pub created_at: Option<jiff::Timestamp>,
    /// When the row last changed.
    pub updated_at: Option<jiff::Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    oci_key_version_params: Folded<Params>,
    source_key_tier: Scalar,
    source_key_identifier: Scalar,
    source_key_name: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params {
    version_id: Scalar,
    key_id: Scalar,
    vault_id: Scalar,
    compartment_id: Scalar,
    lifecycle_state: Scalar,
    origin: Scalar,
    is_primary: Scalar,
    restored_from_key_version_id: Scalar,
    time_created: Scalar,
    time_of_deletion: Scalar,
}

impl TryFrom<Wire> for KeyVersion {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let params = wire.oci_key_version_params.0;
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            version_id: params.version_id.text(),
            key_id: params.key_id.text(),
            vault_id: params.vault_id.text(),
            compartment_id: params.compartment_id.text(),
            lifecycle_state: params.lifecycle_state.word(),
            origin: params.origin.text(),
            is_primary: params.is_primary.flag(),
            restored_from_key_version_id: params.restored_from_key_version_id.text(),
            time_created: params.time_created.timestamp(),
            time_of_deletion: params.time_of_deletion.timestamp(),
            source_key_tier: wire.source_key_tier.text(),
            source_key_identifier: wire.source_key_identifier.text(),
            source_key_name: wire.source_key_name.text(),
            created_at: wire.created_at.timestamp(),
            updated_at: wire.updated_at.timestamp(),
        })
    }
}

impl Resource for KeyVersion {
    fn id(&self) -> &str {
        &self.id
    }
}

/// What a new version is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewKeyVersion {
    /// OCI makes the material.
    Native,
    /// Uploaded from a key of CipherTrust Manager.
    Uploaded {
        /// The source key.
        source_key_identifier: String,
        /// Where it is kept: `local` (what absence means), `dsm`, `hsm-luna` or `external-cm`.
        source_key_tier: Option<String>,
    },
}

#[derive(Serialize, Default)]
struct Addition<'a> {
    is_native: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_key_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_key_tier: Option<&'a str>,
}

/// The calls for versions of keys.
#[derive(Clone, Copy)]
pub struct KeyVersions<'a> {
    pub(super) client: &'a Client,
}

impl KeyVersions<'_> {
    /// `GET /v1/cckm/oci/keys/{id}/versions`, by CipherTrust Manager's id of the key.
    pub async fn list(&self, key: &str) -> Result<Listing<KeyVersion>> {
        self.client
            .call(Operation::get("/v1/cckm/oci/keys/{id}/versions"))
            .id(key)
            .listing()
            .await
    }

    /// `GET /v1/cckm/oci/keys/{id}/versions/{version_id}/`, by CipherTrust Manager's ids. Without the slash at the end
    /// some versions answer 404.
    pub async fn get(&self, key: &str, version: &str) -> Result<KeyVersion> {
        let call = self.client.call(Operation::get(
            "/v1/cckm/oci/keys/{id}/versions/{version_id}/",
        ));
        call.id(key).id(version).resource().await
    }

    /// `POST /v1/cckm/oci/keys/{id}/versions`: an ENABLED key gets a new version, which is then the current one.
    pub async fn add(&self, key: &str, version: &NewKeyVersion) -> Result<KeyVersion> {
        let body = match version {
            NewKeyVersion::Native => Addition {
                is_native: true,
                ..Addition::default()
            },
            NewKeyVersion::Uploaded {
                source_key_identifier,
                source_key_tier,
            } => Addition {
                is_native: false,
                source_key_identifier: Some(source_key_identifier),
                source_key_tier: source_key_tier.as_deref(),
            },
        };
        self.client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/versions"))
            .id(key)
            .body(&body)
            .resource()
            .await
    }
}
