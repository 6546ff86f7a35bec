//! Keys of CipherTrust Manager itself (`/v1/vault/keys2`), from which keys of clouds are uploaded.

use crate::client::Client;
use crate::decode::{MissingId, Resource, Scalar};
use crate::error::Result;
use crate::operation::Operation;
use serde::Deserialize;

/// A key of CipherTrust Manager. Its material is never asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct VaultKey {
    /// CipherTrust Manager's id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Such as `AES` or `RSA`.
    pub algorithm: Option<String>,
    /// Its length in **bits**.
    pub size: Option<u64>,
    /// Its version, from 0.
    pub version: Option<u64>,
    /// Its state, such as `Active`.
    pub state: Option<String>,
    /// Whether its material may not leave: then it can't be uploaded.
    pub unexportable: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    name: Scalar,
    algorithm: Scalar,
    size: Scalar,
    version: Scalar,
    state: Scalar,
    unexportable: Scalar,
}

impl TryFrom<Wire> for VaultKey {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            name: wire.name.text(),
            algorithm: wire.algorithm.text(),
            size: wire.size.count(),
            version: wire.version.count(),
            state: wire.state.text(),
            unexportable: wire.unexportable.flag(),
        })
    }
}

impl Resource for VaultKey {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The calls for keys of CipherTrust Manager.
#[derive(Clone, Copy)]
pub struct VaultKeys<'a> {
    pub(crate) client: &'a Client,
}

impl VaultKeys<'_> {
    /// `GET /v1/vault/keys2/{id}`.
    pub async fn get(&self, id: &str) -> Result<VaultKey> {
        self.client
            .call(Operation::get("/v1/vault/keys2/{id}"))
            .id(id)
            .resource()
            .await
    }
}
