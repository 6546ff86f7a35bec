//! OCI vaults, keys and key versions (`/v1/cckm/oci`).

mod key;
mod vault;
mod version;

pub use key::{Algorithm, Key, KeyUpdate, KeyUpload, Keys, LifecycleState, NewKey};
pub use vault::{NewVault, Vault, Vaults};
pub use version::{KeyVersion, KeyVersions, NewKeyVersion};

use crate::client::Client;
use crate::decode::{Lenient, Tags};
use std::collections::BTreeMap;

/// OCI's defined tags: by namespace, then by key.
pub type DefinedTags = BTreeMap<String, BTreeMap<String, String>>;

/// Defined tags as they come.
type WireDefinedTags = Lenient<BTreeMap<String, Tags>>;

fn defined_tags(tags: WireDefinedTags) -> DefinedTags {
    tags.0
        .into_iter()
        .map(|(namespace, tags)| (namespace, tags.texts()))
        .collect()
}

/// Whether a text is one of OCI's own identifiers, and not one of CipherTrust Manager's.
fn is_ocid(text: &str) -> bool {
    text.starts_with("ocid1.")
}

/// The calls for OCI.
#[derive(Clone, Copy)]
pub struct Oci<'a> {
    pub(crate) client: &'a Client,
}

impl<'a> Oci<'a> {
    /// Vaults registered in CipherTrust Manager.
    pub fn vaults(self) -> Vaults<'a> {
        Vaults {
            client: self.client,
        }
    }

    /// Keys.
    pub fn keys(self) -> Keys<'a> {
        Keys {
            client: self.client,
        }
    }

    /// Versions of keys.
    pub fn key_versions(self) -> KeyVersions<'a> {
        KeyVersions {
            client: self.client,
        }
    }
}
