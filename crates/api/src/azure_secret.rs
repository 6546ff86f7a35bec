//! `AzureSecret`: one secret of an Azure vault, with all its versions.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ContainerReference, DriftPolicy, KeyStatus, Ownership, SecretKeyReference, rules, schema,
};

/// Which secret it is, what it holds, and where on its lifecycle it has to be.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "AzureSecret",
    namespaced,
    status = "AzureSecretStatus",
    derive = "PartialEq",
    doc = "One secret of an Azure key vault, with all its versions. Deleting this object keeps the secret.",
    category = "cckm",
    shortname = "azs",
    validation = Rule::new("has(self.spec.secretName) || \
        self.metadata.name.matches('^[0-9a-zA-Z-]{1,127}$')")
        .message("Without spec.secretName the secret is called like this object, and Azure takes \
            1 to 127 letters, digits and hyphens. Set spec.secretName, or choose such a name.")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::immutable_with_presence("secretName", "secretName is immutable, and so is \
        leaving it out: it is what the secret is. Create another AzureSecret for another secret."),
    validation = Rule::new("!has(self.notBefore) || !has(self.expires) || self.notBefore < \
        self.expires")
        .message("notBefore has to be earlier than expires. To switch the secret off, set \
            enabled: false.")
)]
pub struct AzureSecretSpec {
    /// The vault that the secret is in. Immutable.
    #[x_kube(validation = rules::immutable("vaultRef is immutable. Create another AzureSecret \
        for another vault."))]
    pub vault_ref: ContainerReference,
    /// The secret's name in Azure: 1 to 127 letters, digits and hyphens; case makes no difference. Immutable. Absent:
    /// the name of this object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 127), regex(pattern = "^[0-9a-zA-Z-]{1,127}$"))]
    pub secret_name: Option<String>,
    /// true: a secret of this name that nobody owns is taken over. Absent: false; such a secret is reported as
    /// `AlreadyExists`, and neither overwritten nor recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopt_existing: Option<bool>,
    /// Where the value comes from; Azure takes at most 25 KB. A change of the value makes a new version. Absent: the
    /// value is not managed here, and a secret that does not exist cannot be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<ValueFrom>,
    /// Where a secret of the same name was deleted whose backup CipherTrust Manager keeps. While this vault has no such
    /// secret, it is restored from there instead of made from `valueFrom`: one that is this namespace's by its owner tag,
    /// or nobody's where `adoptExisting` is set. Azure restores only within one subscription and geography. Absent: it is
    /// made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_from: Option<AzureRestoreSource>,
    /// What the value is, for those who read it: at most 255 characters. Absent: not managed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub content_type: Option<String>,
    /// Tags that have to be on the secret: at most 14, with keys of 1 to 256 and values of at most 256 characters, no
    /// colon or percent sign in values. Other tags are left alone; one that was listed here and no longer is, is
    /// removed. Absent: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::azure_tags")]
    #[x_kube(
        validation = Rule::new("self.all(k, size(k) >= 1 && size(k) <= 256)")
            .message("Azure takes tag keys of 1 to 256 characters. Shorten the key."),
        validation = Rule::new("self.all(k, !self[k].contains(':') && !self[k].contains('%'))")
            .message("CipherTrust Manager takes no colon and no percent sign in values of tags. \
                Write the value without them."),
        validation = rules::owner_tag_reserved("The tag cckm-operator-owner is the operator's \
            own: it names the owner of the secret. Remove it here.")
    )]
    pub tags: BTreeMap<String, String>,
    /// Whether Azure gives the value out. Written when it changes here; a change made elsewhere is reported. Absent:
    /// not managed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Not meant to be used before this time; Azure only notes it. Removing it here does not clear it in Azure. Absent:
    /// not managed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Not meant to be used from this time on; Azure only notes it. Removing it here does not clear it in Azure.
    /// Absent: not managed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Where on its lifecycle the secret has to be. `Available`: in use. `SoftDeleted`: deleted, and recoverable while
    /// the vault keeps it. `Purged`: gone from Azure; CipherTrust Manager keeps its backup of the value, from which it
    /// can be restored. `RemovedFromManager`: record and backup are gone too, which is final. Absent: `Available`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_state: Option<AzureDesiredState>,
    /// true: the secret is observed and planned for, and nothing is changed. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What to do when somebody else moves the secret away from the desired state it had reached. `Report`: say so.
    /// `Correct`: bring it back. Absent: `Report`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift_policy: Option<DriftPolicy>,
}

/// Another vault, out of whose deleted secret this one is restored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureRestoreSource {
    /// The vault that the secret was deleted in: an `AzureVault` of the same manager.
    pub vault_ref: ContainerReference,
}

impl AzureSecret {
    /// The secret's name in Azure, absence filled in.
    pub fn secret_name(&self) -> &str {
        let object = self.metadata.name.as_deref();
        self.spec
            .secret_name
            .as_deref()
            .or(object)
            .unwrap_or_default()
    }
}

impl AzureSecretSpec {
    /// Whether a secret that nobody owns is taken over.
    pub fn adopt_existing(&self) -> bool {
        self.adopt_existing.unwrap_or(false)
    }

    /// The desired state, absence filled in.
    pub fn desired_state(&self) -> AzureDesiredState {
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

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueFrom {
    /// A key of a Secret of the same namespace.
    pub secret_key_ref: SecretKeyReference,
}

/// Where on its lifecycle an Azure secret has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum AzureDesiredState {
    /// In use.
    #[default]
    Available,
    /// Deleted, and recoverable while the vault keeps it.
    SoftDeleted,
    /// Gone from Azure.
    Purged,
    /// Gone from CipherTrust Manager too, with its backup.
    RemovedFromManager,
}

impl AzureDesiredState {
    /// The word in the spec.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::SoftDeleted => "SoftDeleted",
            Self::Purged => "Purged",
            Self::RemovedFromManager => "RemovedFromManager",
        }
    }
}

/// What the operator knows of the secret.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct AzureSecretStatus {
    /// The fields that every kind of key has.
    #[serde(flatten)]
    pub common: KeyStatus,
    /// What the operator last wrote, and may therefore take back. Absent until it wrote something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<AzureApplied>,
    /// What was last seen of the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<AzureObserved>,
    /// The value of the annotation `cckm.dev/push-value` that was last acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_push_value: Option<String>,
}

/// What the operator last wrote to an Azure secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureApplied {
    /// The keys of the tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 15), inner(length(max = 256)))]
    pub tag_keys: Vec<String>,
    /// The content type.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub content_type: Option<String>,
    /// The enabled flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The time in `spec.notBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// The time in `spec.expires`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// Stands for the value, so that a change of it is noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_mac: Option<ValueMac>,
}

/// Stands for a value without telling anything about it: an HMAC under a key that only the operator reads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValueMac {
    /// Which key it was computed with.
    #[schemars(length(min = 1, max = 128))]
    pub key_id: String,
    /// The HMAC. Empty: of a value that was announced and then not written, so that it differs from every other.
    #[schemars(length(max = 128))]
    pub mac: String,
}

/// What was last seen of an Azure secret, beside its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureObserved {
    /// Whose it is, by its owner tag. `Ours`: this object's. `Adopted`: nobody's, and claimed by `adoptExisting`.
    /// `Unowned`: nobody's. `Foreign`: another object's. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// Azure's recovery level, in its own word: who may purge the secret once it is deleted. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub recovery_level: Option<String>,
    /// true: a sync found that it is not in the cloud any more; CipherTrust Manager keeps a record. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<bool>,
    /// What the value is, for those who read it. Absent: not set, or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub content_type: Option<String>,
    /// All of its tags: at most 64, with values of at most 256 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::observed_tags")]
    pub tags: BTreeMap<String, String>,
    /// Whether Azure gives the value out. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Not meant to be used before. Absent: not set, or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// Not meant to be used from then on. Absent: not set, or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    /// The names of the spec's fields from which the secret differs: at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 320)))]
    pub differences: Vec<String>,
    /// When it was soft-deleted: by the operator's own act, else as it was first seen so. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_deleted_at: Option<Time>,
    /// CipherTrust Manager's ID of the deleted secret in the vault that `restoreFrom` names, while this one is to be
    /// restored from it. Absent: it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub restores: Option<String>,
    /// How many versions of it CipherTrust Manager has. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub version_count: Option<i32>,
    /// The newest of them, newest first: at most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["resourceId"]))]
    pub versions: Vec<AzureVersion>,
}

/// One version of an Azure secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureVersion {
    /// CipherTrust Manager's ID of its record.
    #[schemars(length(max = 128))]
    pub resource_id: String,
    /// Azure's name of the version: 32 hexadecimal digits. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub version: Option<String>,
    /// When Azure made it. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Time>,
}
