//! The appliance.

use crate::client::Client;
use crate::decode::Scalar;
use crate::error::Result;
use crate::operation::Operation;
use serde::Deserialize;

/// What CipherTrust Manager says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct SystemInfo {
    /// The name given to it.
    pub name: Option<String>,
    /// Its version, such as `2.18.0-build`.
    pub version: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    name: Scalar,
    version: Scalar,
}

impl From<Wire> for SystemInfo {
    fn from(wire: Wire) -> Self {
        Self {
            name: wire.name.text(),
            version: wire.version.text(),
        }
    }
}

/// The calls for the appliance.
#[derive(Clone, Copy)]
pub struct System<'a> {
    pub(crate) client: &'a Client,
}

impl System<'_> {
    /// `GET /v1/system/info`. A cheap way to find out whether address and login are good.
    pub async fn info(&self) -> Result<SystemInfo> {
        self.client
            .call(Operation::get("/v1/system/info"))
            .object()
            .await
    }
}
