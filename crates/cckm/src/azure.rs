//! Azure vaults and secrets (`/v1/cckm/azure`).

mod secret;
mod vault;

pub use secret::{DateForm, NewSecret, Secret, SecretStatus, SecretUpdate, Secrets};
pub use vault::{DiscoveredVault, Vault, Vaults};

use crate::client::Client;

/// The calls for Azure.
#[derive(Clone, Copy)]
pub struct Azure<'a> {
    pub(crate) client: &'a Client,
}

impl<'a> Azure<'a> {
    /// Vaults registered in CipherTrust Manager.
    pub fn vaults(self) -> Vaults<'a> {
        Vaults {
            client: self.client,
        }
    }

    /// Secrets.
    pub fn secrets(self) -> Secrets<'a> {
        Secrets {
            client: self.client,
        }
    }
}
