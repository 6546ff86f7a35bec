//! The calls for tenant secrets.

use super::{TenantSecret, TenantSecretType};
use crate::client::Client;
use crate::decode::words;
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use crate::sync::{Start, SynchronizationJob};
use serde::Serialize;

words! {
    /// How Salesforce makes the encryption key from an uploaded secret.
    KeyDerivationMode {
        /// Derived from the secret.
        Pbkdf2 = "PBKDF2",
        /// The secret is the key.
        None = "NONE",
    }
}

/// What to upload as a tenant secret.
#[derive(Debug, Clone, Serialize)]
pub struct TenantSecretUpload {
    /// The organization. The page calls this the Salesforce organization ID and shows a `00D…`, where creating takes
    /// CipherTrust Manager's id; which of them a version accepts isn't certain.
    pub organization_id: String,
    /// What it is to encrypt.
    #[serde(rename = "type")]
    pub secret_type: TenantSecretType,
    /// Where the source key is kept: `local` (what absence means), `dsm` or `hsm-luna`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_key_tier: Option<String>,
    /// The source key there: AES with 256 bits.
    pub source_key_identifier: String,
    /// The certificate whose public key encrypts the secret on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_id: Option<String>,
    /// How the encryption key is made from the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_derivation_mode: Option<KeyDerivationMode>,
}

#[derive(Serialize)]
struct Creation<'a> {
    organization_id: &'a str,
    r#type: &'a TenantSecretType,
}

/// The calls for tenant secrets. There is none to delete one.
#[derive(Clone, Copy)]
pub struct TenantSecrets<'a> {
    pub(in crate::salesforce) client: &'a Client,
}

impl TenantSecrets<'_> {
    /// `GET /v1/cckm/sfdc/keys` for one organization, by Salesforce's id of it (filter `sfdc_org_id`).
    pub async fn list_of_organization(
        &self,
        organization: &super::SalesforceId,
    ) -> Result<Listing<TenantSecret>> {
        self.list(&[("sfdc_org_id", organization.as_str())]).await
    }

    /// `GET /v1/cckm/sfdc/keys`. Filters: `id`, `name`, `organization_id`, `organization_type`, `status`, `source`,
    /// `origin`, `sfdc_org_id`, `sfdc_org_name`, `type`, `backup_key_tier`.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing<TenantSecret>> {
        self.client
            .call(Operation::get("/v1/cckm/sfdc/keys"))
            .filters(filters)
            .listing()
            .await
    }

    /// `GET /v1/cckm/sfdc/keys/{id}`.
    pub async fn get(&self, id: &str) -> Result<TenantSecret> {
        self.client
            .call(Operation::get("/v1/cckm/sfdc/keys/{id}"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/keys`: Salesforce's HSM makes a secret, which is ACTIVE; the one of the same type that was is
    /// now ARCHIVED. `organization` is CipherTrust Manager's id. Salesforce limits how often: 24 hours for most types
    /// in production, 7 days for some.
    pub async fn create(
        &self,
        organization: &str,
        secret_type: &TenantSecretType,
    ) -> Result<TenantSecret> {
        let body = Creation {
            organization_id: organization,
            r#type: secret_type,
        };
        self.client
            .call(Operation::post("/v1/cckm/sfdc/keys"))
            .body(&body)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/keys/upload`: as [`create`](Self::create), from a key of CipherTrust Manager.
    pub async fn upload(&self, upload: &TenantSecretUpload) -> Result<TenantSecret> {
        self.client
            .call(Operation::post("/v1/cckm/sfdc/keys/upload"))
            .body(upload)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/keys/{id}/destroy`: from ARCHIVED to DESTROYED. What it encrypted can't be read until it is
    /// imported again.
    pub async fn destroy(&self, id: &str) -> Result<TenantSecret> {
        self.client
            .call(Operation::post("/v1/cckm/sfdc/keys/{id}/destroy"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/keys/{id}/import`: from DESTROYED to ARCHIVED, out of CipherTrust Manager's backup.
    pub async fn import(&self, id: &str) -> Result<TenantSecret> {
        self.client
            .call(Operation::post("/v1/cckm/sfdc/keys/{id}/import"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/keys/{id}/delete-backup`: only when DESTROYED, which it stays, for ever.
    pub async fn delete_backup(&self, id: &str) -> Result<TenantSecret> {
        self.client
            .call(Operation::post("/v1/cckm/sfdc/keys/{id}/delete-backup"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/keys/synchronization-jobs`: starts to read the tenant secrets of these organizations, by
    /// CipherTrust Manager's ids.
    pub async fn synchronize(&self, organizations: &[&str]) -> Result<SynchronizationJob> {
        let call = self.client.call(Operation::refresh(
            "/v1/cckm/sfdc/keys/synchronization-jobs",
        ));
        call.body(&Start::organizations(organizations))
            .resource()
            .await
    }

    /// `GET /v1/cckm/sfdc/keys/synchronization-jobs/{id}`.
    pub async fn synchronization_job(&self, id: &str) -> Result<SynchronizationJob> {
        self.client
            .call(Operation::get(
                "/v1/cckm/sfdc/keys/synchronization-jobs/{id}",
            ))
            .id(id)
            .resource()
            .await
    }
}
