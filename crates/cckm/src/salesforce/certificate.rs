//! Certificates of Salesforce organizations.

use super::id::{OrganizationIds, SalesforceId};
use crate::client::Client;
use crate::decode::{MissingId, Resource, Scalar};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
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
        Ok(Self {
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
}
