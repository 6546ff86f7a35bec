//! The custom resources of cckm.dev: what users write and read back.
//!
//! Every `spec` field that may be absent has a documented meaning when it is. No schema default fills it in, and the
//! operator never writes it: a default that appears in the stored object is a difference from git for ever. The
//! methods on the specs say what absence means.
#![allow(
    unreachable_pub,
    reason = "the KubeSchema derive copies structs with their visibility into functions"
)]

mod actions;
pub mod approval_policy;
mod azure_secret;
mod azure_vault;
mod cipher_trust_manager;
mod cluster_cipher_trust_manager;
mod conditions;
mod container;
mod definition;
mod destruction_approval;
mod durations;
mod key_status;
mod keys;
mod manager_policy;
mod oci_key;
mod oci_key_status;
mod oci_vault;
mod reasons;
mod references;
mod rules;
mod salesforce_organization;
mod salesforce_rotation;
mod salesforce_tenant_secret;
mod salesforce_upload;
mod schema;

pub use actions::{Action, DestructiveAction, Effect};
pub use azure_secret::{
    AzureApplied, AzureDesiredState, AzureObserved, AzureRestoreSource, AzureSecret,
    AzureSecretSpec, AzureSecretStatus, AzureVersion, ValueFrom, ValueMac,
};
pub use azure_vault::{AzureVault, AzureVaultSpec, AzureVaultStatus};
pub use cipher_trust_manager::{
    CaKind, CaReference, CipherTrustManager, CipherTrustManagerSpec, CipherTrustManagerStatus,
    ClientCertificateCredentials, Credentials, PasswordCredentials, Tls,
};
pub use cluster_cipher_trust_manager::{ClusterCipherTrustManager, ClusterCipherTrustManagerSpec};
pub use conditions::ConditionType;
pub use container::{StateCount, SyncPolicy};
pub use definition::{all_crds, to_yaml};
pub use destruction_approval::{
    ApprovalActionState, ApprovalActionStatus, ApprovalTarget, ApprovalTargetKind,
    DestructionApproval, DestructionApprovalSpec, DestructionApprovalStatus,
};
pub use durations::{Duration, InvalidDuration};
pub use key_status::{
    ApprovalRequest, Backup, Deadline, GoalOrigin, GoalStatus, HistoryEntry, IntentStatus,
    KeyStatus, Outcome, Ownership, PlanStatus, PlanStep, UndoStatus,
};
pub use keys::{DriftPolicy, SourceKey, SourceKeyTier};
pub use manager_policy::{ApprovalPolicy, ApprovalRule, IrreversibleRule, Limits};
pub use oci_key::{
    KeyAlgorithm, KeyCurve, KeyShape, OciDesiredState, OciKey, OciKeySpec, OciRotation, OciSource,
    OciUpload, ProtectionMode,
};
pub use oci_key_status::{OciApplied, OciKeyStatus, OciObserved};
pub use oci_vault::{OciBucket, OciVault, OciVaultSpec, OciVaultStatus};
pub use reasons::{ApprovalReason, ReadyReason, ReconcilingReason, StalledReason};
pub use references::{
    ContainerReference, ManagerKind, ManagerReference, SecretKeyReference, SecretReference,
};
pub use salesforce_organization::{
    OrganizationEnvironment, OrganizationIdForm, SalesforceOrganization,
    SalesforceOrganizationSpec, SalesforceOrganizationStatus, SalesforceTypeStatus,
};
pub use salesforce_rotation::{
    RotationArchived, RotationObserved, SalesforceRotation, SalesforceRotationSpec,
    SalesforceRotationStatus,
};
pub use salesforce_tenant_secret::{
    SalesforceDesiredState, SalesforceObserved, SalesforceTenantSecret, SalesforceTenantSecretSpec,
    SalesforceTenantSecretStatus, SecretSource, TenantSecretType,
};
pub use salesforce_upload::{
    CertificateReference, KeyDerivation, SalesforceSource, SalesforceUpload,
};

/// The API group of all kinds.
pub const GROUP: &str = "cckm.dev";
/// The version of all kinds.
pub const VERSION: &str = "v1alpha1";
/// Asks for a fresh read now; its value is answered in `status.lastHandledReconcileAt`. The word is Flux's.
pub const RECONCILE_ANNOTATION: &str = "reconcile.fluxcd.io/requestedAt";
/// Asks to write an Azure secret's value; acted on once per distinct value, answered in
/// `status.lastHandledPushValue`.
pub const PUSH_VALUE_ANNOTATION: &str = "cckm.dev/push-value";
/// Asks to give access to a key back; names the generation it is meant for, acted on once per distinct value,
/// answered in `status.lastHandledRestore`.
pub const RESTORE_ANNOTATION: &str = "cckm.dev/restore";
/// The tag on an Azure secret or OCI key that names its owner. Reserved: users can't list it.
pub const OWNER_TAG: &str = "cckm-operator-owner";
