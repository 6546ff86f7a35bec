//! `DestructionApproval`: somebody's word that an action may be taken.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApprovalRequest, Outcome, rules, schema};

/// What is approved, by whom and until when.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "DestructionApproval",
    namespaced,
    status = "DestructionApprovalStatus",
    derive = "PartialEq",
    doc = "Approves planned actions on one key, exactly as its status.plan.approvals lists them. Deleting it withdraws the approval.",
    category = "cckm",
    shortname = "dapp"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::immutable("An approval is immutable. Delete it to withdraw it, and \
        create another one."),
    validation = Rule::new("self.actions.all(a, a.action in (self.targetRef.kind == \
        'SalesforceTenantSecret' ? ['Destroy', 'DeleteBackup'] : (self.targetRef.kind == \
        'SalesforceRotation' ? ['Destroy'] : (self.targetRef.kind == \
        'AzureSecret' ? ['SoftDelete', 'HardDelete', 'RemoveRecord', 'UpdateAttributes'] : \
        ['ScheduleDeletion', 'Disable', 'DeleteBackup', 'RemoveRecord', 'ChangeCompartment']))))")
        .message("No key of this kind has such an action. Copy the entries of \
            status.plan.approvals of the key.")
)]
pub struct DestructionApprovalSpec {
    /// The key, of the same namespace.
    pub target_ref: ApprovalTarget,
    /// What is approved: 1 or 2 entries, copied from `status.plan.approvals` of the key.
    #[schemars(length(min = 1, max = 2), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["token"]))]
    pub actions: Vec<ApprovalRequest>,
    /// Why, for those who ask later, such as the number of a change: 1 to 1024 characters.
    #[schemars(length(min = 1, max = 1024))]
    pub reason: String,
    /// Until when the actions may be begun: at most 7 days after the creation of this object, which counts where this
    /// is later. Absent: 24 hours after the creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// The user who creates this object, as the API server knows them: 1 to 1024 characters.
    #[schemars(length(min = 1, max = 1024))]
    pub approved_by: String,
}

/// A key, of the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ApprovalTarget {
    /// Its kind.
    pub kind: ApprovalTargetKind,
    /// Its name.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::NAME_PATTERN))]
    pub name: String,
}

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ApprovalTargetKind {
    /// A `SalesforceTenantSecret`.
    SalesforceTenantSecret,
    /// An `AzureSecret`.
    AzureSecret,
    /// An `OciKey`.
    OciKey,
    /// A `SalesforceRotation`: what it would destroy.
    SalesforceRotation,
}

impl ApprovalTargetKind {
    /// The kind's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SalesforceTenantSecret => "SalesforceTenantSecret",
            Self::AzureSecret => "AzureSecret",
            Self::OciKey => "OciKey",
            Self::SalesforceRotation => "SalesforceRotation",
        }
    }
}

/// What became of the approval.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct DestructionApprovalStatus {
    /// The generation that this status was computed from; -1 until the operator first saw the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready: whether it matches a planned action (`Accepted`) or has done its work (`Spent`). Else it is Stalled as well, and
    /// says why: `NoMatch`, `Expired`, `ApprovalPolicyMissing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Option<Vec<Condition>>,
    /// What became of each action that was begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["token"]))]
    pub actions: Vec<ApprovalActionStatus>,
}

/// What became of one approved action.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ApprovalActionStatus {
    /// The token of the entry in `spec.actions`.
    #[schemars(length(min = 35, max = 35), regex(pattern = schema::TOKEN_PATTERN))]
    pub token: String,
    /// `Claimed`: begun, and good for repeating that one step. `Spent`: its outcome is known. `Stale`: the facts
    /// changed before the outcome was known.
    pub state: ApprovalActionState,
    /// Since when it is so, by the operator's clock.
    pub at: Time,
    /// How the action ended. Absent until it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// How far an approved action has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ApprovalActionState {
    /// Begun, and good for repeating that one step.
    Claimed,
    /// Its outcome is known: it is used up.
    Spent,
    /// The facts changed before the outcome was known.
    Stale,
}
