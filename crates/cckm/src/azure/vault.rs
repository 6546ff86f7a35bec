//! Azure vaults.

use crate::client::Client;
use crate::connections::ByConnection;
use crate::decode::{Folded, MissingId, Resource, Scalar, Tags};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An Azure vault as registered in CipherTrust Manager.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Vault {
    /// CipherTrust Manager's id.
    pub id: String,
    /// Azure's name of the vault.
    pub azure_name: Option<String>,
    /// Azure's resource path of it.
    pub azure_vault_id: Option<String>,
    /// Its address, such as `https://billing.vault.azure.net/`.
    pub vault_uri: Option<String>,
    /// `AzureCloud` or a national cloud.
    pub cloud_name: Option<String>,
    /// The connection by which CipherTrust Manager reaches it, by name.
    pub connection: Option<String>,
    /// The Azure subscription.
    pub subscription_id: Option<String>,
    /// Its name.
    pub subscription_name: Option<String>,
    /// The Azure region.
    pub location: Option<String>,
    /// `Microsoft.KeyVault/vaults` or `Microsoft.KeyVault/managedHSMs`; the latter holds no secrets.
    pub vault_type: Option<String>,
    /// The Azure tenant.
    pub tenant_id: Option<String>,
    /// Whether a deleted secret can be recovered. In a vault without it a soft-delete is final.
    pub soft_delete_enabled: Option<bool>,
    /// For how many days: 7 to 90.
    pub soft_delete_retention_days: Option<u64>,
    /// Whether Azure refuses to purge before that time is over. Can't be taken back.
    pub purge_protection_enabled: Option<bool>,
    /// Azure's tags.
    pub tags: BTreeMap<String, String>,
    /// When CipherTrust Manager last read it from Azure.
    pub synced_at: Option<jiff::Timestamp>,
    /// When it was registered.
    pub created_at: Option<jiff::Timestamp>,
    /// When the row last changed.
    pub updated_at: Option<jiff::Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    azure_name: Scalar,
    name: Scalar,
    azure_vault_id: Scalar,
    cloud_name: Scalar,
    connection: Scalar,
    subscription_id: Scalar,
    subscription_name: Scalar,
    location: Scalar,
    r#type: Scalar,
    properties: Folded<Properties>,
    tags: Tags,
    synced_at: Scalar,
    created_at: Scalar,
    updated_at: Scalar,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Properties {
    tenant_id: Scalar,
    vault_uri: Scalar,
    enable_soft_delete: Scalar,
    soft_delete_retention_in_days: Scalar,
    enable_purge_protection: Scalar,
}

impl TryFrom<Wire> for Vault {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let properties = wire.properties.0;
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            azure_name: wire.azure_name.text().or_else(|| wire.name.text()),
            azure_vault_id: wire.azure_vault_id.text(),
            vault_uri: properties.vault_uri.text(),
            cloud_name: wire.cloud_name.text(),
            connection: wire.connection.text(),
            subscription_id: wire.subscription_id.text(),
            subscription_name: wire.subscription_name.text(),
            location: wire.location.text(),
            vault_type: wire.r#type.text(),
            tenant_id: properties.tenant_id.text(),
            soft_delete_enabled: properties.enable_soft_delete.flag(),
            soft_delete_retention_days: properties.soft_delete_retention_in_days.count(),
            purge_protection_enabled: properties.enable_purge_protection.flag(),
            tags: wire.tags.texts(),
            synced_at: wire.synced_at.timestamp(),
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
    /// `GET /v1/cckm/azure/vaults`, narrowed by equality filters such as `id`, `subscription_id` or `connection`.
    pub async fn list(&self, filters: &[(&str, &str)]) -> Result<Listing<Vault>> {
        self.client
            .call(Operation::get("/v1/cckm/azure/vaults"))
            .filters(filters)
            .listing()
            .await
    }

    /// `GET /v1/cckm/azure/vaults/{id}`.
    pub async fn get(&self, id: &str) -> Result<Vault> {
        self.client
            .call(Operation::get("/v1/cckm/azure/vaults/{id}"))
            .id(id)
            .resource()
            .await
    }

    /// `POST /v1/cckm/azure/get-vaults`: the vaults of a subscription that a connection (name or id) sees in Azure, up
    /// to a hundred thousand.
    pub async fn discover(
        &self,
        connection: &str,
        subscription_id: &str,
    ) -> Result<Vec<DiscoveredVault>> {
        let (mut found, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let body = Question {
                connection,
                subscription_id,
                limit: PAGE,
                next_link: next.as_deref(),
            };
            let page: Discovered = self
                .client
                .call(Operation::discover("/v1/cckm/azure/get-vaults"))
                .body(&body)
                .object()
                .await?;
            found.extend(page.vaults.unwrap_or_default());
            next = page.next_link.text();
            if next.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// `POST /v1/cckm/azure/add-vaults`: registers a vault through a connection, as it was discovered.
    pub async fn add(
        &self,
        connection: &str,
        subscription_id: &str,
        vault: &DiscoveredVault,
    ) -> Result<()> {
        self.client
            .call(Operation::post("/v1/cckm/azure/add-vaults"))
            .body(&Addition {
                connection,
                subscription_id,
                vaults: [&vault.0],
            })
            .nothing()
            .await
    }

    /// `PATCH /v1/cckm/azure/vaults/{id}`: from now on it is reached by another connection.
    pub async fn reconnect(&self, id: &str, connection: &str) -> Result<Vault> {
        self.client
            .call(Operation::patch("/v1/cckm/azure/vaults/{id}"))
            .id(id)
            .body(&ByConnection { connection })
            .resource()
            .await
    }
}

/// Vaults asked for at once: the most that `get-vaults` gives.
const PAGE: u32 = 1_000;
/// Pages after which no more are asked for.
const MOST_PAGES: usize = 100;

/// A vault as Azure describes it; registering takes the description unchanged.
#[derive(Debug, Clone, Deserialize)]
pub struct DiscoveredVault(serde_json::Value);

impl DiscoveredVault {
    /// Azure's name of it.
    pub fn name(&self) -> Option<&str> {
        self.0.get("name")?.as_str()
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Discovered {
    vaults: Option<Vec<DiscoveredVault>>,
    next_link: Scalar,
}

#[derive(Serialize)]
struct Question<'a> {
    connection: &'a str,
    subscription_id: &'a str,
    limit: u32,
    #[serde(rename = "nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<&'a str>,
}

#[derive(Serialize)]
struct Addition<'a> {
    connection: &'a str,
    subscription_id: &'a str,
    vaults: [&'a serde_json::Value; 1],
}
