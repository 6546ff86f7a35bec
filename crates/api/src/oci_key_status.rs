//! The status of an `OciKey`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{KeyStatus, Ownership, schema};

/// What the operator knows of the key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct OciKeyStatus {
    /// The fields that every kind of key has.
    #[serde(flatten)]
    pub common: KeyStatus,
    /// What the operator last wrote, and may therefore take back. Absent until it wrote something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<OciApplied>,
    /// What was last seen of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<OciObserved>,
}

/// What the operator last wrote to an OCI key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OciApplied {
    /// The keys of the freeform tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(max = 100)))]
    pub tag_keys: Vec<String>,
    /// The defined tags, as `namespace.key`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1024), inner(length(max = 201)))]
    pub defined_tag_keys: Vec<String>,
    /// The source key that the current version was uploaded from, as `tier/id`; empty: a version of another one was
    /// announced and not made. Absent: not uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub source_key: Option<String>,
}

/// What was last seen of an OCI key, beside its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OciObserved {
    /// Whose it is, by its owner tag. `Ours`: this object's. `Adopted`: nobody's, and claimed by `keyId`. `Unowned`:
    /// nobody's. `Foreign`: another object's. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
    /// The OCID of the vault that the key is in. Absent: the key was not found yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub vault_id: Option<String>,
    /// Whether it is the key itself; false: a replica in another region, which is never changed. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
    /// true: a sync found that it is not in the cloud any more; CipherTrust Manager keeps a record. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<bool>,
    /// Its name for people. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub display_name: Option<String>,
    /// The OCID of its compartment. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub compartment_id: Option<String>,
    /// All of its freeform tags: at most 64, with values of at most 256 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::observed_tags")]
    pub freeform_tags: BTreeMap<String, String>,
    /// All of its defined tags, as `namespace.key`: at most 64, with values of at most 256 characters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::observed_tags")]
    pub defined_tags: BTreeMap<String, String>,
    /// Its algorithm, in OCI's word. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub algorithm: Option<String>,
    /// Its length in bytes: 0 to 65536. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65_536))]
    pub length: Option<i32>,
    /// Its curve, in OCI's word. Absent: not an ECDSA key, or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub curve_id: Option<String>,
    /// Where it is used, in OCI's word. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub protection_mode: Option<String>,
    /// Whether CipherTrust Manager rotates the key by itself. Absent: not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_rotate: Option<bool>,
    /// When OCI deletes the key, by OCI's own word. Absent: no deletion is pending, or it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_of_deletion: Option<Time>,
    /// How many versions of a deleted key are not deleted yet: 0 to 10000. Absent: not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub versions_left: Option<i32>,
    /// When the current version was made, by OCI's own word. Absent: not read, which is done where the spec asks for a
    /// rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version_created: Option<Time>,
    /// The OCID under which a restore brought the key back, where that is another one. Name it in `spec.keyId` of a
    /// new object. Absent: it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub restored_as: Option<String>,
    /// The names of the spec's fields from which the key differs: at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 320)))]
    pub differences: Vec<String>,
    /// The OCIDs of the keys of which one may be meant, where that is not certain: at most 10. To choose, add
    /// `spec.keyId`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(max = 255)))]
    pub candidates: Vec<String>,
}
