//! What a manager asks of acts on its keys.

use api::{ApprovalPolicy, CipherTrustManagerSpec, Limits};
use lifecycle::{
    approval::{Policy, Rule},
    plan::Step,
    table::Lifecycle,
};

use super::translate;

/// What a manager asks of acts on its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What needs approval.
    pub approvals: Policy,
    /// How many acts that take something away it allows in an hour.
    pub destructive_actions_per_hour: usize,
    /// The fewest days a deletion has to be pending.
    pub minimum_pending_deletion_days: i32,
    /// Whether it holds back every change.
    pub suspended: bool,
}

impl Terms {
    /// Those of a manager.
    pub fn of(spec: &CipherTrustManagerSpec) -> Self {
        Self::new(&spec.approvals(), &spec.limits(), spec.suspended())
    }

    /// What it asks of a step; more of one on something that no spec names.
    pub fn rule<L: Lifecycle>(&self, step: &Step) -> Rule {
        match self.approvals.rule(step.effect) {
            Rule::Allow if L::needs_approval(step.action) => Rule::Require,
            rule => rule,
        }
    }

    fn new(approvals: &ApprovalPolicy, limits: &Limits, suspended: bool) -> Self {
        Self {
            approvals: translate::policy(approvals),
            destructive_actions_per_hour: usize::try_from(limits.destructive_actions_per_hour())
                .unwrap_or_default(),
            minimum_pending_deletion_days: limits.minimum_pending_deletion_days(),
            suspended,
        }
    }
}

/// Those of a manager that says nothing of them.
impl Default for Terms {
    fn default() -> Self {
        Self::new(&ApprovalPolicy::default(), &Limits::default(), false)
    }
}
