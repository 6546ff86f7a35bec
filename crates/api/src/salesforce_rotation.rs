//! `SalesforceRotation`: keeps a type of tenant secret young.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Backup, ContainerReference, KeyStatus, SalesforceSource, SecretSource, TenantSecretType, rules,
};

/// Which type of which organization is rotated, and how often.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "SalesforceRotation",
    namespaced,
    status = "SalesforceRotationStatus",
    derive = "PartialEq",
    doc = "Keeps a type of tenant secret young: when the active one is older than everyDays, another is made; with keepArchived the oldest archived ones are destroyed, each once it is approved. Deleting this object keeps all secrets.",
    category = "cckm",
    shortname = "sfrot"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!(self.type in ['EventBus', 'SearchIndex']) || self.everyDays >= 7")
        .message("Salesforce takes a new secret of this type once in 7 days. Set everyDays to 7 or more.")
)]
pub struct SalesforceRotationSpec {
    /// The organization whose secrets are rotated. Immutable.
    #[x_kube(validation = rules::immutable("organizationRef is immutable. Create another \
        SalesforceRotation for another organization."))]
    pub organization_ref: ContainerReference,
    /// What Salesforce encrypts with the secrets. Immutable. One rotation of a type and organization counts.
    #[serde(rename = "type")]
    #[x_kube(validation = rules::immutable("type is immutable. Create another SalesforceRotation \
        for another type."))]
    pub type_: TenantSecretType,
    /// How old the active secret may get, in days: 1 to 3650, and at least 7 for `EventBus` and `SearchIndex`. It is
    /// told by Salesforce's date of the secret, whoever made it, so that nothing is missed after an outage and
    /// nothing is doubled after a rebuild.
    #[schemars(range(min = 1, max = 3650))]
    pub every_days: i32,
    /// Where the material of new secrets comes from; a change counts for the next one. Absent: Salesforce makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SalesforceSource>,
    /// How many ARCHIVED secrets of the type are kept, the newest of them: 0 to 48. Older ones are destroyed in
    /// Salesforce, oldest first, each only once a `DestructionApproval` for this object names it, whatever the manager
    /// allows. A secret that a `SalesforceTenantSecret` of the watched namespaces stands for, whether it may use the
    /// organization or not, is never destroyed by this, and CipherTrust Manager's backups stay. Absent: all are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 48))]
    pub keep_archived: Option<i32>,
    /// true: what is due is planned and reported, and nothing is made or destroyed. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

impl SalesforceRotationSpec {
    /// Whether nothing may be made or destroyed.
    pub fn suspended(&self) -> bool {
        self.suspend.unwrap_or(false)
    }
}

/// What the operator knows of the rotation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct SalesforceRotationStatus {
    /// The fields that every kind of key has; `cloudId`, `resourceId` and `remoteState` are those of the active
    /// secret, `backup` is that of the secret that would be destroyed next.
    #[serde(flatten)]
    pub common: KeyStatus,
    /// What was last seen of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<RotationObserved>,
}

/// What was last seen of a type of tenant secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotationObserved {
    /// Salesforce's version number of the active secret. Absent: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_version: Option<i64>,
    /// Where its material comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_source: Option<SecretSource>,
    /// When the active secret was made, or the latest time at which it can have been. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_since: Option<Time>,
    /// When the next secret is due. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// How many secrets of this type are ACTIVE or ARCHIVED: Salesforce takes 50. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub type_count: Option<i32>,
    /// Until when the certificate is good that `source.upload` names; read once a day. Absent: not known, or none is
    /// named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_ends: Option<Time>,
    /// The ARCHIVED secrets of this type, oldest first: `keepArchived` counts them. Absent: there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["version"]))]
    pub archived: Vec<RotationArchived>,
}

/// An ARCHIVED secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotationArchived {
    /// Salesforce's version number.
    pub version: i64,
    /// CipherTrust Manager's ID of its record.
    #[schemars(length(max = 128))]
    pub resource_id: String,
    /// Whether CipherTrust Manager has its backup, from which it could be imported once it is destroyed.
    pub backup: Backup,
    /// Whether `keepArchived` leaves it alone: a `SalesforceTenantSecret` stands for it, or may, or it is cache-only.
    /// Absent: false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exempt: bool,
}
