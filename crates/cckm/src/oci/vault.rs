//! OCI vaults.

use super::{DefinedTags, WireDefinedTags, defined_tags};
use crate::client::Client;
use crate::connections::ByConnection;
use crate::decode::{MissingId, Resource, Scalar, Tags};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An OCI vault as registered in CipherTrust Manager.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Vault {
    /// CipherTrust Manager's id; what creating a key asks for.
    pub id: String,
    /// OCI's id, `ocid1.vault.…`.
    pub vault_id: Option<String>,
    /// OCI's name of it.
    pub display_name: Option<String>,
    /// `DEFAULT`, `VIRTUAL_PRIVATE` or `EXTERNAL`.
    pub vault_type: Option<String>,
    /// OCI's state of it.
    pub lifecycle_state: Option<String>,
    /// The connection by which CipherTrust Manager reaches it, by name.
    pub connection: Option<String>,
    /// The tenancy, by name.
    pub tenancy: Option<String>,
    /// The OCI region.
    pub region: Option<String>,
    /// The compartment, by OCI's id.
    pub compartment_id: Option<String>,
    /// The compartment, by name.
    pub compartment_name: Option<String>,
    /// Where OCI manages its keys.
    pub management_endpoint: Option<String>,
    /// The bucket for backups of HSM keys of a virtual private vault.
    pub bucket_name: Option<String>,
    /// That bucket's namespace.
    pub bucket_namespace: Option<String>,
    /// False for a replica, which can't be changed.
    pub is_primary: Option<bool>,
    /// Tags of the user's own form.
    pub freeform_tags: BTreeMap<String, String>,
    /// Tags of the tenancy's form.
    pub defined_tags: DefinedTags,
    /// When OCI made it.
    pub time_created: Option<jiff::Timestamp>,
    /// When CipherTrust Manager last read it from OCI.
    pub refreshed_at: Option<jiff::Timestamp>,
    /// When it was registered.
    pub created_at: Option<jiff::Timestamp>,
    /// When the row last changed.
    pub updated_at: Option<jiff::Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    vault_id: Scalar,
    display_name: Scalar,
    vault_type: Scalar,
    lifecycle_state: Scalar,
    connection: Scalar,
    tenancy: Scalar,
    region: Scalar,
    compartment_id: Scalar,
    compartment_name: Scalar,
    management_endpoint: Scalar,
    bucket_name: Scalar,
    bucket_namespace: Scalar,
    is_primary: Scalar,
    freeform_tags: Tags,
    defined_tags: WireDefinedTags,
    time_created: Scalar,
    refreshed_at: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
}

impl TryFrom<Wire> for Vault {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            vault_id: wire.vault_id.text(),
            display_name: wire.display_name.text(),
            vault_type: wire.vault_type.text(),
            lifecycle_state: wire.lifecycle_state.text(),
            connection: wire.connection.text(),
            tenancy: wire.tenancy.text(),
            region: wire.region.text(),
            compartment_id: wire.compartment_id.text(),
            compartment_name: wire.compartment_name.text(),
            management_endpoint: wire.management_endpoint.text(),
            bucket_name: wire.bucket_name.text(),
            bucket_namespace: wire.bucket_namespace.text(),
            is_primary: wire.is_primary.flag(),
            freeform_tags: wire.freeform_tags.texts(),
            defined_tags: defined_tags(wire.defined_tags),
            time_created: wire.time_created.timestamp(),
            refreshed_at: wire.refreshed_at.timestamp(),
            created_at: wire.created_at.timestamp(),
            updated_at: wire.updated_at.timestamp(),
        })
    }
}

impl Resource for Vault {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The calls for vaults.
#[derive(Clone, Copy)]
pub struct Vaults<'a> {
    pub(super) client: &'a Client,
}

impl Vaults<'_> {
    /// `GET /v1/cckm/oci/vaults`, narrowed by equality filters such as `id`, `vault_id`, `region` or `connection`.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing<Vault>> {
        self.client
            .call(Operation::get("/v1/cckm/oci/vaults"))
            .filters(filters)
            .listing()
            .await
    }

    /// `GET /v1/cckm/oci/vaults/{id}`.
    pub async fn get(&self, id: &str) -> Result<Vault> {
        self.client
            .call(Operation::get("/v1/cckm/oci/vaults/{id}"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/oci/add-vaults`: registers a vault through a connection (name or id).
    pub async fn add(&self, vault: &NewVault<'_>) -> Result<()> {
        self.client
            .call(Operation::post("/v1/cckm/oci/add-vaults"))
            .body(vault)
            .nothing()
            .await
    }

    /// `PATCH /v1/cckm/oci/vaults/{id}`: from now on it is reached by another connection.
    pub async fn reconnect(&self, id: &str, connection: &str) -> Result<Vault> {
        self.client
            .call(Operation::patch("/v1/cckm/oci/vaults/{id}"))
            .id(id)
            .body(&ByConnection { connection })
            .resource()
            .await
    }
}

/// A vault to register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewVault<'a> {
    /// The connection, by name or id.
    pub connection: &'a str,
    /// The vault's region.
    pub region: &'a str,
    /// The vault's OCID.
    #[serde(serialize_with = "as_list")]
    pub vault_id: &'a str,
    /// The bucket for backups of HSM keys of a virtual private vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_name: Option<&'a str>,
    /// That bucket's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_namespace: Option<&'a str>,
}

/// The call takes several vaults at once.
fn as_list<S: serde::Serializer>(id: &&str, serializer: S) -> Result<S::Ok, S::Error> {
    [id].serialize(serializer)
}
