//! What the specs of keys have in common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do about a key that reached its desired state and then left it without our doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum DriftPolicy {
    /// Report it: `Ready` turns False, `Stalled` says `Drifted`, nothing is changed.
    #[default]
    Report,
    /// Bring it back.
    Correct,
}

/// Key material in CipherTrust Manager's own vault or in a key manager that it knows, to be uploaded to a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SourceKey {
    /// Where the key is: `local` (this CipherTrust Manager), `dsm` (a connected Data Security Manager) or
    /// `hsm-luna` (a connected Luna HSM).
    pub tier: SourceKeyTier,
    /// CipherTrust Manager's ID of the key: 1 to 255 characters.
    #[schemars(length(min = 1, max = 255))]
    pub id: String,
}

/// Where a source key is. The words are the CCKM API's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKeyTier {
    /// This CipherTrust Manager.
    Local,
    /// A connected Data Security Manager.
    Dsm,
    /// A connected Luna HSM.
    HsmLuna,
}

impl SourceKeyTier {
    /// The word in the spec and in the CCKM API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Dsm => "dsm",
            Self::HsmLuna => "hsm-luna",
        }
    }
}
