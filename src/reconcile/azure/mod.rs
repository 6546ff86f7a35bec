//! `AzureVault` and `AzureSecret`.

mod dates;
mod facts;
mod preview;
mod restore_from;
mod secret;
mod value;
mod vault;
mod versions;

pub use secret::AzureSecretKind;
pub use vault::{AzureVaultKind, SecretRow, VaultFacts, states};
pub use versions::newest;
