//! What would be done, planned from objects and their status alone: by the same planner as in a visit, on what was last
//! seen. It needs no login, so anybody who may read the objects can ask.

use jiff::{SignedDuration, Timestamp};
use kube::Resource;
use lifecycle::{
    approval::{self, Rule},
    backup::Backup,
    goal::Goal,
    ownership::Ownership,
    plan::{self, Input, Plan},
    reason::Blocker,
    sync::Reading,
};

use super::{
    decide,
    fields::KeyObject,
    kind::{ContainerOf, FactsOf, KeyKind, StatusOf},
    stance::Stance,
    terms::Terms,
    translate,
};

/// A kind whose facts can be read from its status.
pub trait Previewed: KeyKind {
    /// The facts, going by what was last seen. The newest list is taken to be news. Without a container nothing is known
    /// of what it allows.
    fn facts(
        cr: &Self::Cr,
        status: &StatusOf<Self>,
        container: Option<&ContainerOf<Self>>,
        known: &Known,
    ) -> FactsOf<Self>;
}

/// What a process would know besides.
pub struct Known {
    /// The time to plan for.
    pub now: Timestamp,
    /// The list that is taken to be read.
    pub reading: Reading,
    /// Since when everything is decided.
    pub since: Timestamp,
    /// The object's generation.
    pub generation: i64,
    /// What the manager asks of acts.
    pub terms: Terms,
}

/// What would be done, and what stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The plan.
    pub plan: Plan,
    /// What the manager says of each of its steps.
    pub rules: Vec<Rule>,
    /// How the plan stands. That an approval is required is no obstacle here: whether there is one is not asked.
    pub stance: Stance,
}

/// Plans for an object as it is, or as it would be: then its spec is changed and its status is the present one.
pub fn preview<K: Previewed>(
    cr: &K::Cr,
    container: Option<&ContainerOf<K>>,
    terms: Terms,
    now: Timestamp,
) -> Preview {
    let status = cr.status();
    let common = K::Cr::common(&status);
    let elsewhere = |container| K::recorded_elsewhere(cr, &status, container);
    let plan = if container.is_some_and(elsewhere) {
        Plan::waiting(decide::replaced())
    } else {
        planned::<K>(cr, &status, container, terms, now)
    };
    let rules: Vec<Rule> = plan
        .steps
        .iter()
        .map(|step| terms.rule::<K::Lifecycle>(step))
        .collect();
    let denied = plan
        .steps
        .first()
        .zip(rules.first())
        .filter(|(_, rule)| **rule == Rule::Deny)
        .map(|(step, _)| approval::denied(step.action));
    let held = cr.suspended() || terms.suspended;
    let done = translate::done(common);
    Preview {
        stance: Stance::of::<K::Lifecycle>(&plan, denied.as_ref(), held, &done, now),
        plan,
        rules,
    }
}

/// Says of an object whose container is not there for it that it waits.
pub fn blocked(blocker: Blocker) -> Preview {
    Preview {
        plan: Plan::waiting(blocker.clone()),
        rules: Vec::new(),
        stance: Stance {
            act: None,
            wait: Some(blocker),
            suspended: false,
        },
    }
}

fn planned<K: Previewed>(
    cr: &K::Cr,
    status: &StatusOf<K>,
    container: Option<&ContainerOf<K>>,
    terms: Terms,
    now: Timestamp,
) -> Plan {
    let common = K::Cr::common(status);
    let generation = cr.meta().generation.unwrap_or_default();
    let known = Known {
        now,
        reading: Reading {
            sync_started: Some(now),
            consistent: true,
        },
        since: now.checked_sub(SignedDuration::from_secs(1)).unwrap_or(now),
        generation,
        terms,
    };
    let facts = K::facts(cr, status, container, &known);
    plan::plan::<K::Lifecycle>(&Input {
        facts: &facts,
        goal: Goal::follow(translate::goal::<K>(common), K::desired_state(cr)),
        drift: cr.drift_policy(),
        restore_asked: translate::restore_asked(cr, common),
        refused: &translate::refused(common, generation),
        now,
    })
}

/// How a key stands to its object, as far as a status says; `asked`: the spec asks to adopt it. A key that is recorded and
/// has no row any more is still the object's.
pub(super) fn ownership(
    observed: Option<api::Ownership>,
    status: &api::KeyStatus,
    asked: bool,
) -> Ownership {
    match observed {
        None if status.cloud_id.is_some() => Ownership::Ours,
        Some(api::Ownership::Ours) => Ownership::Ours,
        Some(api::Ownership::Adopted) => Ownership::Adopted,
        Some(api::Ownership::Foreign) => Ownership::Foreign("another object".to_owned()),
        Some(api::Ownership::Unowned) | None if asked => Ownership::Adopted,
        Some(api::Ownership::Unowned) | None => Ownership::Unowned,
    }
}

/// CM's backup, as a status has it.
pub(super) fn backup(status: Option<api::Backup>) -> Backup {
    match status {
        Some(api::Backup::Present) => Backup::Present,
        Some(api::Backup::Deleted) => Backup::Deleted,
        Some(api::Backup::Unknown) | None => Backup::Unknown,
    }
}

/// Another object that stands for the key: a status tells of it by its reason alone.
pub(super) fn managed_by(status: &api::KeyStatus) -> Option<String> {
    let mut conditions = status.conditions.iter().flatten();
    let taken = conditions
        .any(|condition| condition.type_ == "Stalled" && condition.reason == "AlreadyManaged");
    taken.then(|| "another object".to_owned())
}
