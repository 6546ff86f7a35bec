//! `OciVault` and `OciKey`.

mod facts;
mod key;
mod nature;
mod preview;
mod vault;

pub use key::OciKeyKind;
pub use vault::{KeyRow, OciVaultKind, VaultFacts};
