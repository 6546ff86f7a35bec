//! The status that all keys have: what the operator saw, what it is about to do, and what it did.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Action, DestructiveAction, Effect, schema};

/// The fields that the status of every kind of key has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyStatus {
    /// The generation that this status was computed from; -1 until the operator first saw the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What the key is, for good: `sfdc:<organization>:<type>:<version>`, `azure:<subscription>/<vault>/<name>`, or
    /// the OCID of an OCI key. Absent until the key is found or made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub cloud_id: Option<String>,
    /// The cloud's version of the key. Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub cloud_version: Option<String>,
    /// CipherTrust Manager's ID of its record of the key. It may change while `cloudId` stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub resource_id: Option<String>,
    /// The state that CipherTrust Manager last reported, in its own word. An open list: the cloud may add words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub remote_state: Option<String>,
    /// The goal that the operator follows, and how it came to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<GoalStatus>,
    /// Whether CipherTrust Manager holds a backup from which the key can be brought back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// What is about to be done. Absent when there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// The record that a call is about to be sent. There only until its outcome is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentStatus>,
    /// The action that would give access to the key back, and until when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoStatus>,
    /// The last actions, oldest first: at most 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    pub history: Vec<HistoryEntry>,
    /// Ready, and what else is to be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Option<Vec<Condition>>,
    /// The value of the annotation `reconcile.fluxcd.io/requestedAt` that was last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_reconcile_at: Option<String>,
    /// The value of the annotation `cckm.dev/restore` that was last acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_restore: Option<String>,
}

/// The goal that the operator follows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoalStatus {
    /// The desired state, also where `spec.desiredState` is absent.
    #[schemars(length(max = 64))]
    pub desired_state: String,
    /// `FirstSeen`: it was desired from the start, so nobody asked to give access back. `Changed`: somebody changed
    /// the desired state to it.
    pub origin: GoalOrigin,
    /// Whether the goal was ever reached. Turns true once.
    pub reached: bool,
}

/// How a goal came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum GoalOrigin {
    /// Desired when the object was first seen.
    FirstSeen,
    /// Changed to by somebody.
    Changed,
}

/// Whether CipherTrust Manager holds a backup of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Backup {
    /// It does.
    Present,
    /// It was deleted, as seen or as done by the operator.
    Deleted,
    /// Not known: nothing is concluded from it.
    Unknown,
}

/// What is about to be done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct PlanStatus {
    /// The actions, in order: at most 8. The first is the next to be done, unless a condition says what it waits for.
    #[schemars(length(min = 1, max = 8))]
    pub steps: Vec<PlanStep>,
    /// The approvals that the next action waits for: each is copied into `spec.actions` of a `DestructionApproval`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    pub approvals: Vec<ApprovalRequest>,
}

/// One action of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct PlanStep {
    /// What is done.
    pub action: Action,
    /// What it does to those who use the key, judged on the facts of the moment. `Safe`: takes nothing away.
    /// `Restores`: gives access back. `Disruptive`: takes service away, with no deadline for undoing it. `Expiring`:
    /// can be undone until a date. `Irreversible`: cannot be undone.
    pub effect: Effect,
    /// Why it is done.
    #[schemars(length(max = 1024))]
    pub reason: String,
}

/// What somebody has to approve, exactly. Any change of the facts makes another token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRequest {
    /// What is done to the key.
    pub action: DestructiveAction,
    /// What the key is: `status.cloudId`.
    #[schemars(length(min = 1, max = 512))]
    pub cloud_id: String,
    /// The cloud's version of the key: `status.cloudVersion`. Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub cloud_version: Option<String>,
    /// Stands for the facts on which the action was planned.
    #[schemars(length(min = 35, max = 35), regex(pattern = schema::TOKEN_PATTERN))]
    pub token: String,
}

/// The record of a call: as long as it is there, the call's outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntentStatus {
    /// Tells this call from any other.
    #[schemars(length(min = 1, max = 64))]
    pub id: String,
    /// The call.
    pub action: Action,
    /// The generation for which it was made.
    pub generation: i64,
    /// When it was recorded, by the operator's clock: before the call.
    pub opened_at: Time,
    /// The cloud's version of the key before the call. Absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub version_before: Option<String>,
}

/// The action that would give access to the key back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct UndoStatus {
    /// The action.
    pub action: Action,
    /// `Never`: there is no deadline. `At`: until the time in `until`. `Unknown`: nobody knows until when, or whether at all.
    pub deadline: Deadline,
    /// Until when, where `deadline` is `At`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// Whether an undo has a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Deadline {
    /// None.
    Never,
    /// The time in `until`.
    At,
    /// Nobody knows until when, or whether at all: CM does not tell of a backup, or the cloud of a date.
    Unknown,
}

/// One action that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct HistoryEntry {
    /// The action.
    pub action: Action,
    /// When its outcome became known, by the operator's clock.
    pub at: Time,
    /// `Succeeded`, `Refused` by CipherTrust Manager or the cloud, or `Unknown` for lack of an answer.
    pub outcome: Outcome,
    /// The generation for which it was taken.
    pub generation: i64,
    /// How bad it was, on the facts of its moment. The manager's limit of destructive actions counts by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Outcome {
    /// Done.
    Succeeded,
    /// Refused by CipherTrust Manager or the cloud: nothing was changed.
    Refused,
    /// No answer: it may have been done.
    Unknown,
}

/// Whose key it is, by the owner tag in the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Ownership {
    /// The tag names this object.
    Ours,
    /// The spec claims the key, which has no tag of another owner.
    Adopted,
    /// There is no tag.
    Unowned,
    /// The tag names another object.
    Foreign,
}
