//! How one object names another. Every reference is an object of its own, so that it can grow a `namespace`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// A `CipherTrustManager` of the same namespace, or a `ClusterCipherTrustManager` that allows this namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ManagerReference {
    /// `CipherTrustManager` or `ClusterCipherTrustManager`. Absent: `CipherTrustManager`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ManagerKind>,
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::NAME_PATTERN))]
    pub name: String,
}

/// The kinds of managers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ManagerKind {
    /// Of one namespace.
    #[default]
    CipherTrustManager,
    /// Of the cluster.
    ClusterCipherTrustManager,
}

impl ManagerReference {
    /// The kind, absence filled in.
    pub fn kind(&self) -> ManagerKind {
        self.kind.unwrap_or_default()
    }
}

/// What holds the key: a `SalesforceOrganization`, `AzureVault` or `OciVault`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ContainerReference {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::NAME_PATTERN))]
    pub name: String,
    /// Its namespace. Another one than this object's only if the container's `allowedNamespaces` selects this object's.
    /// Absent: this object's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::LABEL_PATTERN))]
    pub namespace: Option<String>,
}

impl ContainerReference {
    /// To a container of the same namespace.
    pub fn near(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: None,
        }
    }
}

/// A Secret: of a `CipherTrustManager`, in its own namespace; of a `ClusterCipherTrustManager`, in the namespace it names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretReference {
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::NAME_PATTERN))]
    pub name: String,
    /// Its namespace. In the schema of `ClusterCipherTrustManager` only, which requires it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub namespace: Option<String>,
}

/// One key of a Secret of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretKeyReference {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::NAME_PATTERN))]
    pub name: String,
    /// The key in its data.
    #[schemars(length(min = 1, max = 253), regex(pattern = "^[-._a-zA-Z0-9]+$"))]
    pub key: String,
}
