//! `SalesforceTenantSecret`: one object is one tenant secret.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ContainerReference, DriftPolicy, KeyStatus, SalesforceSource, rules};

/// Which tenant secret it is, and where on its lifecycle it has to be.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "SalesforceTenantSecret",
    namespaced,
    status = "SalesforceTenantSecretStatus",
    derive = "PartialEq",
    doc = "One tenant secret of a Salesforce organization, made by Salesforce or uploaded to it. Deleting this object keeps the secret.",
    category = "cckm",
    shortname = "sfts"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.createdAfter) || has(self.version)")
        .message("A tenant secret needs createdAfter (the earliest one made from then on, else a \
            new one) or version (an existing one). Add one of them."),
    validation = rules::immutable_once_set("createdAfter", "createdAfter is immutable once set. \
        To rotate, create another SalesforceTenantSecret with a later createdAfter."),
    validation = rules::immutable_once_set("version", "version is immutable once set. Create \
        another SalesforceTenantSecret for another version."),
    validation = rules::immutable_with_presence("source", "source is immutable, and so is \
        leaving it out: it is part of what the secret is. To rotate to another source, create \
        another SalesforceTenantSecret with a later createdAfter.")
)]
pub struct SalesforceTenantSecretSpec {
    /// The organization that the secret is of. Immutable.
    #[x_kube(validation = rules::immutable("organizationRef is immutable. Create another \
        SalesforceTenantSecret for another organization."))]
    pub organization_ref: ContainerReference,
    /// What Salesforce encrypts with it. Immutable.
    #[serde(rename = "type")]
    #[x_kube(validation = rules::immutable("type is immutable. Create another \
        SalesforceTenantSecret for another type."))]
    pub type_: TenantSecretType,
    /// Names the secret by its age: the earliest one of this organization, type and source that was made at or after
    /// this time. If there is none, one is made, ten minutes after this time at the soonest: beware that writing the
    /// present time rotates a production key. Immutable once set. Absent: `version` names the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_after: Option<Time>,
    /// Names an existing secret by Salesforce's version number, from 1 on; wins over `createdAfter`. May be added
    /// once, then it is immutable. Absent: `createdAfter` names the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub version: Option<i64>,
    /// Where the material comes from. Immutable. Absent: Salesforce makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SalesforceSource>,
    /// Where on its lifecycle the secret has to be. `Active`: in use, also as an archived secret that a newer one
    /// follows. `Archived`: only decrypts; Salesforce does that to the active secret when a newer one is made, so
    /// nothing is done before there is one. `Destroyed`: decrypts nothing, and can be brought back from
    /// CipherTrust Manager's backup. `BackupDeleted`: gone for good. Absent: `Active`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_state: Option<SalesforceDesiredState>,
    /// true: the secret is observed and planned for, and nothing is changed. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What to do when somebody else moves the secret away from the desired state it had reached. `Report`: say so.
    /// `Correct`: bring it back. Absent: `Report`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift_policy: Option<DriftPolicy>,
}

impl SalesforceTenantSecretSpec {
    /// The desired state, absence filled in.
    pub fn desired_state(&self) -> SalesforceDesiredState {
        self.desired_state.unwrap_or_default()
    }

    /// Whether nothing may be changed.
    pub fn suspended(&self) -> bool {
        self.suspend.unwrap_or(false)
    }

    /// The drift policy, absence filled in.
    pub fn drift_policy(&self) -> DriftPolicy {
        self.drift_policy.unwrap_or_default()
    }
}

/// What Salesforce encrypts with a tenant secret. The words are the CCKM API's.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema,
)]
pub enum TenantSecretType {
    /// Fields and files.
    Data,
    /// Event bus messages.
    EventBus,
    /// Search index files.
    SearchIndex,
    /// Fields that are encrypted so that they can be filtered by.
    DeterministicData,
    /// CRM Analytics data.
    Analytics,
}

impl TenantSecretType {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Data,
        Self::EventBus,
        Self::SearchIndex,
        Self::DeterministicData,
        Self::Analytics,
    ];

    /// The word in the spec and in the CCKM API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::EventBus => "EventBus",
            Self::SearchIndex => "SearchIndex",
            Self::DeterministicData => "DeterministicData",
            Self::Analytics => "Analytics",
        }
    }
}

/// Where on its lifecycle a tenant secret has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SalesforceDesiredState {
    /// In use; also as an archived secret that a newer one follows.
    #[default]
    Active,
    /// Only decrypts.
    Archived,
    /// Decrypts nothing; can be brought back from CipherTrust Manager's backup.
    Destroyed,
    /// Destroyed, and the backup deleted.
    BackupDeleted,
}

impl SalesforceDesiredState {
    /// The word in the spec.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Archived => "Archived",
            Self::Destroyed => "Destroyed",
            Self::BackupDeleted => "BackupDeleted",
        }
    }
}

/// What the operator knows of the secret.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct SalesforceTenantSecretStatus {
    /// The fields that every kind of key has.
    #[serde(flatten)]
    pub common: KeyStatus,
    /// What was last seen of the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<SalesforceObserved>,
}

/// What was last seen of a tenant secret, beside its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SalesforceObserved {
    /// `Native`: Salesforce made the material. `Uploaded`: it was uploaded. `CacheOnly`: Salesforce fetches it where
    /// it is needed; such secrets are reported, not driven. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SecretSource>,
    /// When Salesforce made the record. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<Time>,
    /// Salesforce's version number. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Salesforce's ID of the record (`02G…`). Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub salesforce_id: Option<String>,
    /// The version of the active secret of this type, where it is newer. Absent: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<i64>,
    /// The versions of the secrets of which one may be meant, where that is not certain: at most 10. To choose, add
    /// `spec.version`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub candidates: Vec<i64>,
    /// How many secrets of this type are ACTIVE or ARCHIVED: Salesforce takes 50. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub type_count: Option<i32>,
}

/// Where a tenant secret's material came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SecretSource {
    /// Salesforce made it.
    Native,
    /// It was uploaded.
    Uploaded,
    /// Salesforce fetches it where it is needed.
    CacheOnly,
}
