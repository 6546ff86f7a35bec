//! `OciKey`: one key of an OCI vault.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ContainerReference, DriftPolicy, OciKeyStatus, SourceKey, rules, schema};

/// Which key it is, what it is like, and where on its lifecycle it has to be.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "OciKey",
    namespaced,
    status = "OciKeyStatus",
    derive = "PartialEq",
    doc = "One key of an OCI vault, made by OCI or uploaded to it. Deleting this object keeps the key.",
    category = "cckm",
    shortname = "ocik"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.keyId) ? !(has(self.keyShape) && has(self.source)) : \
        has(self.keyShape) != has(self.source)")
        .message("A key needs exactly one of keyShape (OCI makes it) and source (it is \
            uploaded); one that exists needs only keyId. Add or remove one of them."),
    validation = rules::immutable_once_set("keyId", "keyId is immutable once set. Create another \
        OciKey for another key."),
    validation = rules::immutable_with_presence("keyShape", "keyShape is immutable, and so is \
        leaving it out: OCI cannot change what a key is. Create another OciKey for a key of \
        another shape."),
    validation = Rule::new("has(self.source) == has(oldSelf.source)")
        .message("Whether a key is uploaded is immutable; only the source key may change. Create \
            another OciKey for the other kind of key."),
    validation = Rule::new("!(has(self.rotation) && has(self.source))")
        .message("An uploaded key gets a new version when source.upload.sourceKey is another one, \
            not by its age. Remove rotation."),
    validation = rules::immutable_with_presence("protectionMode", "protectionMode is immutable, and so \
        is leaving it out, which means HSM. Create another OciKey for another protection.")
)]
pub struct OciKeySpec {
    /// The vault that the key is in. Immutable.
    #[x_kube(validation = rules::immutable("vaultRef is immutable. Create another OciKey for \
        another vault."))]
    pub vault_ref: ContainerReference,
    /// The OCID of an existing key. May be added once, then it is immutable. Absent: the key that carries this
    /// object's owner tag, else a new one if the vault has no key of this display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255), regex(pattern = schema::KEY_OCID_PATTERN))]
    pub key_id: Option<String>,
    /// The OCID of the compartment that the key has to be in; a tenancy's OCID is its root compartment. A key that is
    /// elsewhere is moved. Absent: the vault's compartment when the key is made, and not managed afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255), regex(pattern = schema::COMPARTMENT_OCID_PATTERN))]
    pub compartment_id: Option<String>,
    /// The key's name for people: 1 to 255 characters. Absent: the name of this object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub display_name: Option<String>,
    /// What kind of key OCI makes. Immutable. Absent: the key is uploaded, or `keyId` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_shape: Option<KeyShape>,
    /// Where the material comes from: AES or RSA. Whether there is one is immutable. Absent: OCI makes the material.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<OciSource>,
    /// When the key gets a new version, made by OCI; earlier versions go on decrypting. Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<OciRotation>,
    /// Where the key is used. `HSM`: inside a hardware security module only. `SOFTWARE`: by OCI's servers. Immutable.
    /// Absent: `HSM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection_mode: Option<ProtectionMode>,
    /// Freeform tags that have to be on the key: at most 9, with keys of 1 to 100 and values of at most 256 characters,
    /// no space or full stop in keys. Other tags are left alone; one that was listed here and no longer is, is removed.
    /// Absent: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::freeform_tags")]
    #[x_kube(
        validation = rules::oci_tag_keys(schema::OCI_TAG_KEYS),
        validation = rules::owner_tag_reserved("The tag cckm-operator-owner is the operator's \
            own: it names the owner of the key. Remove it here.")
    )]
    pub freeform_tags: BTreeMap<String, String>,
    /// Defined tags that have to be on the key, by namespace and key: at most 16 namespaces of at most 64 keys, with
    /// values of at most 256 characters. OCI has to know the namespaces and keys. Others are left alone; one that was
    /// listed here and no longer is, is removed. Absent: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::defined_tags")]
    #[x_kube(validation = rules::oci_tag_keys("OCI takes tag namespaces of 1 to 100 characters, \
        without full stop and space. Write the namespace so."))]
    pub defined_tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Where on its lifecycle the key has to be. `Enabled`: in use. `Disabled`: exists and can't be used.
    /// `PendingDeletion`: OCI deletes it at the end of the deletion period; until then it can be brought back, and
    /// afterwards as long as CipherTrust Manager has its backup. `BackupDeleted`: deleted, and the backup dropped, which
    /// is final. `RemovedFromManager`: CipherTrust Manager's record is gone too. Absent: `Enabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_state: Option<OciDesiredState>,
    /// Days from `PendingDeletion` to the deletion: 7 to 30, and not less than the manager allows. A change while the
    /// key is pending is reported, not carried out. Absent: 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 7, max = 30))]
    pub pending_deletion_days: Option<i32>,
    /// true: the key is observed and planned for, and nothing is changed. Absent: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    /// What to do when somebody else moves the key away from the desired state it had reached. `Report`: say so.
    /// `Correct`: bring it back. Absent: `Report`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift_policy: Option<DriftPolicy>,
}

impl OciKey {
    /// The key's name for people, absence filled in.
    pub fn display_name(&self) -> &str {
        let object = self.metadata.name.as_deref();
        self.spec
            .display_name
            .as_deref()
            .or(object)
            .unwrap_or_default()
    }
}

impl OciKeySpec {
    /// Where the key is used, absence filled in.
    pub fn protection_mode(&self) -> ProtectionMode {
        self.protection_mode.unwrap_or_default()
    }

    /// The desired state, absence filled in.
    pub fn desired_state(&self) -> OciDesiredState {
        self.desired_state.unwrap_or_default()
    }

    /// The deletion period in days, absence filled in.
    pub fn pending_deletion_days(&self) -> i32 {
        self.pending_deletion_days.unwrap_or(30)
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

/// What kind of key it is, in OCI's words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
#[x_kube(
    validation = Rule::new("self.algorithm != 'AES' || (has(self.length) && self.length in [16, \
        24, 32])")
        .message("AES needs a length of 16, 24 or 32. OCI counts bytes: 256 bits are 32."),
    validation = Rule::new("self.algorithm != 'RSA' || (has(self.length) && self.length in [256, \
        384, 512])")
        .message("RSA needs a length of 256, 384 or 512. OCI counts bytes: 2048 bits are 256."),
    validation = Rule::new("(self.algorithm == 'ECDSA') == has(self.curveId)")
        .message("ECDSA needs curveId, and no other algorithm takes one. Add or remove it."),
    validation = Rule::new("!has(self.curveId) || !has(self.length) || self.length == \
        (self.curveId == 'NIST_P256' ? 32 : (self.curveId == 'NIST_P384' ? 48 : 66))")
        .message("The length does not fit curveId: NIST_P256 has 32 bytes, NIST_P384 48, \
            NIST_P521 66. Leave length out.")
)]
pub struct KeyShape {
    /// `AES`, `RSA` or `ECDSA`.
    pub algorithm: KeyAlgorithm,
    /// Length in bytes: 16, 24 or 32 for AES; 256, 384 or 512 for RSA. Absent: for ECDSA only, as `curveId` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 16, max = 512))]
    pub length: Option<i32>,
    /// The curve: `NIST_P256`, `NIST_P384` or `NIST_P521`. Absent: not an ECDSA key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curve_id: Option<KeyCurve>,
}

/// An algorithm, in OCI's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyAlgorithm {
    /// AES.
    Aes,
    /// RSA.
    Rsa,
    /// ECDSA.
    Ecdsa,
}

impl KeyAlgorithm {
    /// OCI's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes => "AES",
            Self::Rsa => "RSA",
            Self::Ecdsa => "ECDSA",
        }
    }
}

/// A curve, in OCI's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum KeyCurve {
    /// NIST P-256.
    #[serde(rename = "NIST_P256")]
    NistP256,
    /// NIST P-384.
    #[serde(rename = "NIST_P384")]
    NistP384,
    /// NIST P-521.
    #[serde(rename = "NIST_P521")]
    NistP521,
}

impl KeyCurve {
    /// OCI's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NistP256 => "NIST_P256",
            Self::NistP384 => "NIST_P384",
            Self::NistP521 => "NIST_P521",
        }
    }

    /// The length of a key on this curve, in bytes.
    pub const fn length(self) -> i32 {
        match self {
            Self::NistP256 => 32,
            Self::NistP384 => 48,
            Self::NistP521 => 66,
        }
    }
}

/// When an OCI key gets a new version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OciRotation {
    /// The age in days of the current version at which the next one is made: 1 to 3650.
    #[schemars(range(min = 1, max = 3650))]
    pub every_days: i32,
}

/// Where an OCI key's material comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct OciSource {
    /// From a key of CipherTrust Manager.
    pub upload: OciUpload,
}

/// An upload of key material (BYOK).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OciUpload {
    /// The key to upload: AES or RSA. Another one makes a new version of the key.
    pub source_key: SourceKey,
}

/// Where a key is used, in OCI's word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProtectionMode {
    /// Inside a hardware security module only.
    #[default]
    Hsm,
    /// By OCI's servers.
    Software,
}

impl ProtectionMode {
    /// OCI's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hsm => "HSM",
            Self::Software => "SOFTWARE",
        }
    }
}

/// Where on its lifecycle an OCI key has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OciDesiredState {
    /// In use.
    #[default]
    Enabled,
    /// Exists and can't be used.
    Disabled,
    /// To be deleted by OCI at the end of the deletion period.
    PendingDeletion,
    /// Deleted by OCI, and CipherTrust Manager's backup dropped.
    BackupDeleted,
    /// Gone from CipherTrust Manager too.
    RemovedFromManager,
}

impl OciDesiredState {
    /// The word in the spec.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion => "PendingDeletion",
            Self::BackupDeleted => "BackupDeleted",
            Self::RemovedFromManager => "RemovedFromManager",
        }
    }
}
