//! Connections of CipherTrust Manager to clouds (`/v1/connectionmgmt`): by them containers are found and registered.

use crate::client::Client;
use crate::decode::{MissingId, Resource, Scalar};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Listing;
use serde::{Deserialize, Serialize};

/// A cloud that CipherTrust Manager has connections to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Salesforce.
    Salesforce,
    /// Azure.
    Azure,
    /// Oracle Cloud.
    Oci,
}

/// A connection. What it logs in with is never asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Connection {
    /// CipherTrust Manager's id.
    pub id: String,
    /// Its name, by which containers refer to it.
    pub name: Option<String>,
    /// Whether the last test of it was good. Nothing: never tested.
    pub last_connection_ok: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    name: Scalar,
    last_connection_ok: Scalar,
}

impl TryFrom<Wire> for Connection {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            name: wire.name.text(),
            last_connection_ok: wire.last_connection_ok.flag(),
        })
    }
}

impl Resource for Connection {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The calls for connections.
#[derive(Clone, Copy)]
pub struct Connections<'a> {
    pub(crate) client: &'a Client,
}

impl Connections<'_> {
    /// `GET /v1/connectionmgmt/services/{service}/connections`, narrowed by equality filters such as `name`.
    pub async fn list(
        &self,
        service: Service,
        filters: &[(&str, &str)],
    ) -> Result<Listing<Connection>> {
        let operation = Operation::get(match service {
            Service::Salesforce => "/v1/connectionmgmt/services/salesforce/connections",
            Service::Azure => "/v1/connectionmgmt/services/azure/connections",
            Service::Oci => "/v1/connectionmgmt/services/oci/connections",
        });
        self.client.call(operation).filters(filters).listing().await
    }
}

/// A body that names a connection, by name or id.
#[derive(Serialize)]
pub(crate) struct ByConnection<'a> {
    pub(crate) connection: &'a str,
}
