//! Certificates of Salesforce organizations.

use super::id::{OrganizationIds, SalesforceId};
use crate::client::Client;
use crate::decode::{MissingId, Resource, Scalar};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use crate::sync::{Start, SynchronizationJob};
use serde::Deserialize;

/// A certificate of a Salesforce organization, whose public key encrypts tenant secrets that are uploaded.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Certificate {
    /// CipherTrust Manager's id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// CipherTrust Manager's id of the organization, where the row holds it.
    pub organization_resource_id: Option<String>,
    /// Salesforce's id of the organization, where the row holds it.
    pub organization_id: Option<SalesforceId>,
    /// Until when it is good. The pages name no field of it; CipherTrust Manager's console shows one. Absent where the
    /// row tells it under none of the names that are tried.
    pub expires_at: Option<jiff::Timestamp>,
    /// When the row was made.
    pub created_at: Option<jiff::Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    name: Scalar,
    organization_id: Scalar,
    sfdc_org_id: Scalar,
    sfdc_organization_id: Scalar,
    expiration_date: Scalar,
    expires_at: Scalar,
    not_after: Scalar,
    valid_to: Scalar,
    created_at: Scalar,
}

impl TryFrom<Wire> for Certificate {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let ids = OrganizationIds::of([
            &wire.organization_id,
            &wire.sfdc_org_id,
            &wire.sfdc_organization_id,
        ]);
        let ends = [
            &wire.expiration_date,
            &wire.expires_at,
            &wire.not_after,
            &wire.valid_to,
        ];
        Ok(Self {
            expires_at: ends.into_iter().find_map(Scalar::timestamp),
            id: wire.id.text().ok_or(MissingId)?,
            name: wire.name.text(),
            organization_resource_id: ids.resource,
            organization_id: ids.salesforce,
            created_at: wire.created_at.timestamp(),
        })
    }
}

impl Resource for Certificate {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The calls for certificates.
#[derive(Clone, Copy)]
pub struct Certificates<'a> {
    pub(super) client: &'a Client,
}

impl Certificates<'_> {
    /// `GET /v1/cckm/sfdc/certificates`. The page names no filter but those of paging.
    pub async fn list(&self) -> Result<Listing<Certificate>> {
        self.client
            .call(Operation::get("/v1/cckm/sfdc/certificates"))
            .listing()
            .await
    }

    /// `POST /v1/cckm/sfdc/certificates/synchronization-jobs`: starts to read the certificates of these organizations,
    /// by CipherTrust Manager's ids.
    pub async fn synchronize(&self, organizations: &[&str]) -> Result<SynchronizationJob> {
        let call = self.client.call(Operation::refresh(
            "/v1/cckm/sfdc/certificates/synchronization-jobs",
        ));
        call.body(&Start::organizations(organizations))
            .resource()
            .await
    }

    /// `GET /v1/cckm/sfdc/certificates/synchronization-jobs/{id}`.
    pub async fn synchronization_job(&self, id: &str) -> Result<SynchronizationJob> {
        self.client
            .call(Operation::get(
                "/v1/cckm/sfdc/certificates/synchronization-jobs/{id}",
            ))
            .id(id)
            .resource()
            .await
    }
}
