//! `AzureVault` and `AzureSecret`.

mod facts;
mod secret;
mod value;
mod vault;

pub use secret::AzureSecretKind;
pub use vault::{AzureVaultKind, SecretRow, VaultFacts, states};
