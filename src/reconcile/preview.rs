//! What would be done, planned from an object and its status alone: by the same planner as in a visit, on what was last
//! seen. It needs no login, so anybody who may read the objects can ask.

use jiff::{SignedDuration, Timestamp};
use kube::Resource;
use lifecycle::{
    backup::Backup,
    goal::Goal,
    ownership::Ownership,
    plan::{self, Input, Plan},
    sync::Reading,
};

use super::{
    container::ContainerKind,
    fields::KeyObject,
    kind::{FactsOf, KeyKind},
    translate,
};

/// A kind whose facts can be read from its status.
pub trait Previewed: KeyKind {
    /// The facts, going by what was last seen. The newest list is taken to be news.
    fn facts(
        cr: &Self::Cr,
        status: &<Self::Cr as KeyObject>::Status,
        container: &<Self::Container as ContainerKind>::Cr,
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
}

/// Plans for an object as it is, or as it would be: then its spec is changed and its status is the present one.
pub fn preview<K: Previewed>(
    cr: &K::Cr,
    container: &<K::Container as ContainerKind>::Cr,
    now: Timestamp,
) -> Plan {
    let status = cr.status();
    let common = K::Cr::common(&status);
    let generation = cr.meta().generation.unwrap_or_default();
    let known = Known {
        now,
        reading: Reading {
            sync_started: Some(now),
            consistent: true,
        },
        since: now.checked_sub(SignedDuration::from_secs(1)).unwrap_or(now),
        generation,
    };
    let facts = K::facts(cr, &status, container, &known);
    plan::plan::<K::Lifecycle>(&Input {
        facts: &facts,
        goal: Goal::follow(translate::goal::<K>(common), K::desired_state(cr)),
        drift: cr.drift_policy(),
        restore_asked: translate::restore_asked(cr, common),
        refused: &translate::refused(common, generation),
        now,
    })
}

/// How a key stands to its object, as far as a status says; `asked`: the spec asks to adopt it.
pub(super) fn ownership(observed: Option<api::Ownership>, asked: bool) -> Ownership {
    match observed {
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
