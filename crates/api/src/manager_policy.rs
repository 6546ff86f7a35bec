//! What may be done through a manager, and how much of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a manager is asked, and what it is never asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Requests a second, on average: 1 to 1000. Absent: 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub requests_per_second: Option<i32>,
    /// Requests that may come at once after a quiet time: 1 to 1000. Absent: 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub burst: Option<i32>,
    /// Requests on the way at the same time: 1 to 64. Absent: 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 64))]
    pub concurrent_requests: Option<i32>,
    /// Actions of all keys of this manager that are started within an hour and take something away (their effect is
    /// `Disruptive`, `Expiring` or `Irreversible`): 1 to 10000. What is more waits. Absent: 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000))]
    pub destructive_actions_per_hour: Option<i32>,
    /// Days: the shortest deletion period that an `OciKey` may ask for, 7 to 30. Absent: 7.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 7, max = 30))]
    pub minimum_pending_deletion_days: Option<i32>,
}

impl Limits {
    /// Requests a second, absence filled in.
    pub fn requests_per_second(&self) -> i32 {
        self.requests_per_second.unwrap_or(10)
    }

    /// Requests that may come at once, absence filled in.
    pub fn burst(&self) -> i32 {
        self.burst.unwrap_or(20)
    }

    /// Requests on the way at the same time, absence filled in.
    pub fn concurrent_requests(&self) -> i32 {
        self.concurrent_requests.unwrap_or(8)
    }

    /// Destructive actions in an hour, absence filled in.
    pub fn destructive_actions_per_hour(&self) -> i32 {
        self.destructive_actions_per_hour.unwrap_or(5)
    }

    /// The shortest deletion period in days, absence filled in.
    pub fn minimum_pending_deletion_days(&self) -> i32 {
        self.minimum_pending_deletion_days.unwrap_or(7)
    }
}

/// Which actions need a `DestructionApproval`, by their effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct ApprovalPolicy {
    /// Actions that cannot be undone. `Require`: only with an approval. `Deny`: never. Absent: `Require`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<IrreversibleRule>,
    /// Actions that can be undone until a date and then become final by themselves. `Allow`: without approval.
    /// `Require`: only with one. `Deny`: never. Absent: `Allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiring: Option<ApprovalRule>,
    /// Actions that take service away and can be undone at any time. `Allow`: without approval. `Require`: only with
    /// one. `Deny`: never. Absent: `Allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disruptive: Option<ApprovalRule>,
}

impl ApprovalPolicy {
    /// The rule for irreversible actions, absence filled in.
    pub fn irreversible(&self) -> IrreversibleRule {
        self.irreversible.unwrap_or_default()
    }

    /// The rule for expiring actions, absence filled in.
    pub fn expiring(&self) -> ApprovalRule {
        self.expiring.unwrap_or_default()
    }

    /// The rule for disruptive actions, absence filled in.
    pub fn disruptive(&self) -> ApprovalRule {
        self.disruptive.unwrap_or_default()
    }
}

/// What is said of irreversible actions: they are never done without approval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum IrreversibleRule {
    /// Only with an approval.
    #[default]
    Require,
    /// Never.
    Deny,
}

/// What is said of actions that can be undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ApprovalRule {
    /// Without approval.
    #[default]
    Allow,
    /// Only with an approval.
    Require,
    /// Never.
    Deny,
}
