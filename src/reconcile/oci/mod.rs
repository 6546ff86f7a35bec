//! `OciVault` and `OciKey`.

mod facts;
mod key;
mod preview;
mod vault;

pub use key::OciKeyKind;
pub use vault::{KeyRow, OciVaultKind, VaultFacts};
