//! Names of the objects that the operator looks at.

use std::fmt;

/// The kinds of `cckm.dev`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `CipherTrustManager`.
    CipherTrustManager,
    /// `ClusterCipherTrustManager`.
    ClusterCipherTrustManager,
    /// `SalesforceOrganization`.
    SalesforceOrganization,
    /// `AzureVault`.
    AzureVault,
    /// `OciVault`.
    OciVault,
    /// `SalesforceTenantSecret`.
    SalesforceTenantSecret,
    /// `SalesforceRotation`.
    SalesforceRotation,
    /// `AzureSecret`.
    AzureSecret,
    /// `OciKey`.
    OciKey,
    /// `DestructionApproval`.
    DestructionApproval,
}

impl Kind {
    /// The kind as written in manifests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CipherTrustManager => "CipherTrustManager",
            Self::ClusterCipherTrustManager => "ClusterCipherTrustManager",
            Self::SalesforceOrganization => "SalesforceOrganization",
            Self::AzureVault => "AzureVault",
            Self::OciVault => "OciVault",
            Self::SalesforceTenantSecret => "SalesforceTenantSecret",
            Self::SalesforceRotation => "SalesforceRotation",
            Self::AzureSecret => "AzureSecret",
            Self::OciKey => "OciKey",
            Self::DestructionApproval => "DestructionApproval",
        }
    }

    /// Whether keys are in it.
    pub const fn is_container(self) -> bool {
        matches!(
            self,
            Self::SalesforceOrganization | Self::AzureVault | Self::OciVault
        )
    }
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for objects of the cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// Names an object.
    pub fn new(kind: Kind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind,
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// Names an object that was read from the API server.
    pub fn of<K: kube::ResourceExt>(kind: Kind, object: &K) -> Self {
        Self::new(
            kind,
            object.namespace().unwrap_or_default(),
            object.name_any(),
        )
    }

    /// A number that is the same for this object at each start: spreads visits over time.
    pub fn seed(&self) -> u64 {
        self.to_string()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.as_str(), self.namespace, self.name)
    }
}
