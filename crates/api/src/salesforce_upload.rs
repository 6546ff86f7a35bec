//! How the material of a tenant secret gets to Salesforce.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::SourceKey;

/// Where a tenant secret's material comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct SalesforceSource {
    /// From a key of CipherTrust Manager, wrapped for Salesforce by a certificate.
    pub upload: SalesforceUpload,
}

/// An upload of key material (BYOK).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SalesforceUpload {
    /// The key to upload: AES with 256 bits.
    pub source_key: SourceKey,
    /// The Salesforce certificate whose public key wraps the material: by exactly one of `name` and `id`.
    pub certificate: CertificateReference,
    /// What Salesforce does with the material. `PBKDF2`: derives data keys from it. `NONE`: uses it as the data key.
    /// Absent: not sent, so that CipherTrust Manager's own default holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_derivation: Option<KeyDerivation>,
}

/// A certificate of the organization, as CipherTrust Manager lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, KubeSchema)]
#[x_kube(validation = Rule::new("has(self.name) != has(self.id)")
    .message("certificate takes exactly one of name and id. Remove the other, or add one."))]
pub struct CertificateReference {
    /// Its name in Salesforce: 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// CipherTrust Manager's ID of its record: 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub id: Option<String>,
}

/// What Salesforce does with uploaded material. The words are the CCKM API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum KeyDerivation {
    /// Derives data keys from it.
    #[serde(rename = "PBKDF2")]
    Pbkdf2,
    /// Uses it as the data key.
    #[serde(rename = "NONE")]
    None,
}

impl KeyDerivation {
    /// The word in the spec and in the CCKM API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pbkdf2 => "PBKDF2",
            Self::None => "NONE",
        }
    }
}
