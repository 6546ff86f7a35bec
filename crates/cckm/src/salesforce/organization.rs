//! Salesforce organizations.

use super::id::{OrganizationIds, SalesforceId};
use crate::client::Client;
use crate::connections::ByConnection;
use crate::decode::{MissingId, Resource, Scalar};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use serde::{Deserialize, Serialize};

/// A Salesforce organization as registered in CipherTrust Manager.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Organization {
    /// CipherTrust Manager's id; what creating a tenant secret asks for.
    pub id: String,
    /// Salesforce's id, `00D…`; what uploading a tenant secret asks for.
    pub organization_id: Option<SalesforceId>,
    /// Its name.
    pub name: Option<String>,
    /// The connection by which CipherTrust Manager reaches it, by name.
    pub connection: Option<String>,
    /// `Regular`; other words aren't published. What tells a sandbox from production is the connection's cloud name.
    pub organization_type: Option<String>,
    /// `sfdc`.
    pub cloud_name: Option<String>,
    /// When it was registered.
    pub created_at: Option<jiff::Timestamp>,
    /// When the row last changed.
    pub updated_at: Option<jiff::Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    organization_id: Scalar,
    sfdc_org_id: Scalar,
    sfdc_organization_id: Scalar,
    name: Scalar,
    connection: Scalar,
    r#type: Scalar,
    organization_type: Scalar,
    cloud_name: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
}

impl TryFrom<Wire> for Organization {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let ids = [
            &wire.organization_id,
            &wire.sfdc_org_id,
            &wire.sfdc_organization_id,
        ];
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            organization_id: OrganizationIds::of(ids).salesforce,
            name: wire.name.text(),
            connection: wire.connection.text(),
            organization_type: wire.r#type.text().or_else(|| wire.organization_type.text()),
            cloud_name: wire.cloud_name.text(),
            created_at: wire.created_at.timestamp(),
            updated_at: wire.updated_at.timestamp(),
        })
    }
}

impl Resource for Organization {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The calls for organizations.
#[derive(Clone, Copy)]
pub struct Organizations<'a> {
    pub(super) client: &'a Client,
}

impl Organizations<'_> {
    /// `GET /v1/cckm/sfdc/organizations`. Filters: `id`, `sfdc_org_id`, `organization_type`, `name`, `connection`,
    /// `cloud_name`.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing<Organization>> {
        self.client
            .call(Operation::get("/v1/cckm/sfdc/organizations"))
            .filters(filters)
            .listing()
            .await
    }

    /// `GET /v1/cckm/sfdc/organizations/{id}`.
    pub async fn get(&self, id: &str) -> Result<Organization> {
        self.client
            .call(Operation::get("/v1/cckm/sfdc/organizations/{id}"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/sfdc/get-organizations`: which organization a connection (name or id) logs in to.
    pub async fn discover(&self, connection: &str) -> Result<DiscoveredOrganization> {
        self.client
            .call(Operation::discover("/v1/cckm/sfdc/get-organizations"))
            .body(&ByConnection { connection })
            .object()
            .await
    }

    /// `POST /v1/cckm/sfdc/add-organizations`: registers an organization through a connection.
    pub async fn add(&self, connection: &str, organization: &SalesforceId) -> Result<()> {
        self.client
            .call(Operation::post("/v1/cckm/sfdc/add-organizations"))
            .body(&Addition {
                connection,
                sfdc_org_id: organization.as_str(),
            })
            .nothing()
            .await
    }

    /// `PATCH /v1/cckm/sfdc/organizations/{id}`: from now on it is reached by another connection.
    pub async fn reconnect(&self, id: &str, connection: &str) -> Result<Organization> {
        self.client
            .call(Operation::patch("/v1/cckm/sfdc/organizations/{id}"))
            .id(id)
            .body(&ByConnection { connection })
            .resource()
            .await
    }
}

/// What a connection leads to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "WireDiscovered")]
pub struct DiscoveredOrganization {
    /// Salesforce's id, `00D…`.
    pub organization_id: Option<SalesforceId>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireDiscovered {
    organization_id: Scalar,
    sfdc_org_id: Scalar,
}

impl From<WireDiscovered> for DiscoveredOrganization {
    fn from(wire: WireDiscovered) -> Self {
        Self {
            organization_id: OrganizationIds::of([&wire.organization_id, &wire.sfdc_org_id])
                .salesforce,
        }
    }
}

#[derive(Serialize)]
struct Addition<'a> {
    connection: &'a str,
    sfdc_org_id: &'a str,
}
