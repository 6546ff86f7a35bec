//! `AzureVault` and `AzureSecret`.

mod dates;
mod facts;
mod preview;
mod secret;
mod value;
mod vault;

pub use facts::newest;
pub use secret::AzureSecretKind;
pub use vault::{AzureVaultKind, SecretRow, VaultFacts, states};
