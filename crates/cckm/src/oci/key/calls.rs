//! The calls for OCI keys.

use super::{Algorithm, Key};
use crate::client::Client;
use crate::error::Result;
use crate::oci::DefinedTags;
use crate::operation::Operation;
use crate::page::Listing;
use crate::sync::{Start, SynchronizationJob};
use serde::Serialize;
use std::collections::BTreeMap;

/// A key for OCI to make.
#[derive(Debug, Clone, Serialize)]
pub struct NewKey {
    /// The vault, by CipherTrust Manager's id.
    pub vault: String,
    /// OCI's name of it: 1 to 255 characters.
    pub name: String,
    /// What it computes.
    pub algorithm: Algorithm,
    /// Its length in bytes: AES 16, 24 or 32; RSA 256, 384 or 512; ECDSA 32, 48 or 66.
    pub length: u64,
    /// For ECDSA: `NIST_P256`, `NIST_P384` or `NIST_P521`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve_id: Option<String>,
    /// `HSM` or `SOFTWARE`.
    pub protection_mode: String,
    /// The compartment, by OCI's id.
    pub compartment_id: String,
    /// Tags of the user's own form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub freeform_tags: BTreeMap<String, String>,
    /// Tags of the tenancy's form; their namespaces must exist.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub defined_tags: DefinedTags,
}

/// A key to upload from a key of CipherTrust Manager. What it computes and its length follow from that key.
#[derive(Debug, Clone, Serialize)]
pub struct KeyUpload {
    /// The vault, by CipherTrust Manager's id.
    pub vault: String,
    /// OCI's name of it: 1 to 255 characters.
    pub name: String,
    /// `HSM` or `SOFTWARE`.
    pub protection_mode: String,
    /// The compartment, by OCI's id.
    pub compartment_id: String,
    /// The source key: AES with 128, 192 or 256 bits or RSA with 2048, 3072 or 4096.
    pub source_key_identifier: String,
    /// Where the source key is kept: `local` (what absence means), `dsm`, `hsm-luna` or `external-cm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_key_tier: Option<String>,
    /// Tags of the user's own form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub freeform_tags: BTreeMap<String, String>,
    /// Tags of the tenancy's form; their namespaces must exist.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub defined_tags: DefinedTags,
}

/// What to change in a key. What is absent stays as it is; a map of tags is replaced as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct KeyUpdate {
    /// OCI's name of it: 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Tags of the user's own form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeform_tags: Option<BTreeMap<String, String>>,
    /// Tags of the tenancy's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defined_tags: Option<DefinedTags>,
}

#[derive(Serialize)]
struct Deletion {
    days: u8,
}

#[derive(Serialize)]
struct Move<'a> {
    compartment_id: &'a str,
}

/// The calls for OCI keys. Where a state is named as transitional, [`refresh`](Self::refresh) tells when it has passed.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub(in crate::oci) client: &'a Client,
}

impl Keys<'_> {
    /// `GET /v1/cckm/oci/keys` for one vault, by CipherTrust Manager's id of it (filter `cckm_vault_id`).
    pub async fn list_of_vault(&self, vault: &str) -> Result<Listing<Key>> {
        self.list(&[("cckm_vault_id", vault)]).await
    }

    /// `GET /v1/cckm/oci/keys`. Filters: `id`, `key_name`, `key_id`, `algorithm`, `length`, `curve_id`,
    /// `protection_mode`, `lifecycle_state`, `vault_name`, `vault_id`, `cckm_vault_id`, `tenancy`, `compartment_name`,
    /// `region`, `job_config_id`, `gone`, `key_material_origin`.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing<Key>> {
        self.client
            .call(Operation::get("/v1/cckm/oci/keys"))
            .filters(filters)
            .listing()
            .await
    }

    /// `GET /v1/cckm/oci/keys/{id}`: the stored row, which lags behind OCI.
    pub async fn get(&self, id: &str) -> Result<Key> {
        self.client
            .call(Operation::get("/v1/cckm/oci/keys/{id}"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/keys/{id}/refresh`: reads the key from OCI now and returns the new row.
    pub async fn refresh(&self, id: &str) -> Result<Key> {
        self.client
            .call(Operation::refresh("/v1/cckm/oci/keys/{id}/refresh"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/keys`: ENABLED by way of CREATING.
    pub async fn create(&self, key: &NewKey) -> Result<Key> {
        self.client
            .call(Operation::post("/v1/cckm/oci/keys"))
            .body(key)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/upload-key`: as [`create`](Self::create), with material of CipherTrust Manager.
    pub async fn upload(&self, upload: &KeyUpload) -> Result<Key> {
        self.client
            .call(Operation::post("/v1/cckm/oci/upload-key"))
            .body(upload)
            .resource()
            .await
    }

    /// `PATCH /v1/cckm/oci/keys/{id}`: an ENABLED key's name and tags, by way of UPDATING. OCI refuses it while the key
    /// is DISABLED or its deletion pending.
    pub async fn update(&self, id: &str, update: &KeyUpdate) -> Result<Key> {
        self.client
            .call(Operation::patch("/v1/cckm/oci/keys/{id}"))
            .id(id)
            .body(update)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/keys/{id}/enable`: from DISABLED to ENABLED by way of ENABLING.
    pub async fn enable(&self, id: &str) -> Result<Key> {
        self.client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/enable"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/keys/{id}/disable`: from ENABLED to DISABLED by way of DISABLING.
    pub async fn disable(&self, id: &str) -> Result<Key> {
        self.client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/disable"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/keys/{id}/schedule-deletion`: from ENABLED or DISABLED to `PENDING_DELETION` by way of
    /// `SCHEDULING_DELETION`, and after `days` (OCI takes 7 to 30) to DELETED.
    pub async fn schedule_deletion(&self, id: &str, days: u8) -> Result<Key> {
        let call = self
            .client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/schedule-deletion"))
            .id(id);
        call.body(&Deletion { days }).resource().await
    }

    /// `POST /v1/cckm/oci/keys/{id}/cancel-deletion`: from `PENDING_DELETION` back, by way of `CANCELLING_DELETION`, to
    /// ENABLED or, perhaps, to the state before.
    pub async fn cancel_deletion(&self, id: &str) -> Result<Key> {
        self.client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/cancel-deletion"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/keys/{id}/change-compartment`: an ENABLED key, by way of UPDATING or `CHANGING_COMPARTMENT`.
    pub async fn change_compartment(&self, id: &str, compartment_id: &str) -> Result<Key> {
        let call = self
            .client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/change-compartment"))
            .id(id);
        call.body(&Move { compartment_id }).resource().await
    }

    /// `POST /v1/cckm/oci/keys/{id}/delete-backup`: CipherTrust Manager's backup of a key that, with all its versions,
    /// is DELETED. The row stays.
    pub async fn delete_backup(&self, id: &str) -> Result<()> {
        self.client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/delete-backup"))
            .id(id)
            .nothing()
            .await
    }

    /// `POST /v1/cckm/oci/keys/{id}/restore`: starts to restore a DELETED key from CipherTrust Manager's backup. The
    /// reply comes before the work is done; meanwhile [`get`](Self::get) may answer 500.
    pub async fn restore(&self, id: &str) -> Result<()> {
        self.client
            .call(Operation::post("/v1/cckm/oci/keys/{id}/restore"))
            .id(id)
            .nothing()
            .await
    }

    /// `DELETE /v1/cckm/oci/keys/{id}`: row, versions and backup leave CipherTrust Manager. OCI isn't touched.
    pub async fn remove(&self, id: &str) -> Result<()> {
        self.client
            .call(Operation::delete("/v1/cckm/oci/keys/{id}"))
            .id(id)
            .nothing()
            .await
    }

    /// `POST /v1/cckm/oci/synchronization-jobs`: starts to read the keys of these vaults, by CipherTrust Manager's ids.
    pub async fn synchronize(&self, vaults: &[&str]) -> Result<SynchronizationJob> {
        let call = self
            .client
            .call(Operation::refresh("/v1/cckm/oci/synchronization-jobs"));
        call.body(&Start::vaults(vaults)).resource().await
    }

    /// `GET /v1/cckm/oci/synchronization-jobs/{id}`.
    pub async fn synchronization_job(&self, id: &str) -> Result<SynchronizationJob> {
        self.client
            .call(Operation::get("/v1/cckm/oci/synchronization-jobs/{id}"))
            .id(id)
            .resource()
            .await
    }
}
