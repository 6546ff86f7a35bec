//! The transitions, in-state changes and goal sets of an Azure secret.

use jiff::Timestamp;

use super::{Facts, Record, RestoreFrom, Value};
use crate::{
    action::{Action, Effect},
    backup::{self, Backup},
    ownership::Ownership,
    plan::{Note, NoteKind},
    reason::{Blocker, Reason},
    table::{Awaited, By, Change, Edge, Lifecycle, Standing, always, open},
    undo::Deadline,
};

/// Where an Azure secret can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing recorded, nothing found.
    NeverSeen,
    /// `AVAILABLE`.
    Available,
    /// `SOFT-DELETED`: can be recovered until its retention ends.
    SoftDeleted,
    /// `DELETED`, or soft-deleted until its retention ended: not in Azure any more; CM keeps record and backup.
    Deleted,
    /// Azure does not know it any more, and it was not seen to be deleted; CM keeps record and backup.
    Vanished,
    /// Recorded once, and not even in CM any more.
    Gone,
}

/// What can be desired of an Azure secret, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desired {
    /// In use.
    Available,
    /// Deleted, recoverably where the vault allows it.
    SoftDeleted,
    /// Purged from Azure; CM keeps its backup.
    Purged,
    /// Dropped from CM too, with its backup: final.
    RemovedFromManager,
}

/// The lifecycle of an Azure secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {}

static EDGES: &[Edge<Secret>] = &[
    Edge {
        from: State::NeverSeen,
        by: By::Us(Action::Create),
        to: State::Available,
        when: |facts| facts.restore_from == RestoreFrom::NotAsked,
        effect: |_| Effect::Safe,
        guard: may_create,
        reason: "no secret of this name is in the vault",
    },
    // No create, though it makes something: Azure refuses a second one, for the name is taken then.
    Edge {
        from: State::NeverSeen,
        by: By::Us(Action::Restore),
        to: State::Available,
        when: |facts| facts.restore_from != RestoreFrom::NotAsked,
        effect: |_| Effect::Safe,
        guard: may_restore_here,
        reason: "no secret of this name is in the vault, and the backup of another vault's is to make it",
    },
    Edge {
        from: State::Available,
        by: By::Us(Action::SoftDelete),
        to: State::SoftDeleted,
        when: |facts| facts.soft_delete != Some(false),
        effect: deletion_effect,
        guard: synced_if_irreversible,
        reason: "the secret is available and is not to be",
    },
    Edge {
        from: State::Available,
        by: By::Us(Action::SoftDelete),
        to: State::Deleted,
        when: |facts| facts.soft_delete == Some(false),
        effect: |_| Effect::Irreversible,
        guard: synced_if_irreversible,
        reason: "the secret is available and is not to be; its vault has no soft-delete, so deletion is final",
    },
    Edge {
        from: State::SoftDeleted,
        by: By::Us(Action::Recover),
        to: State::Available,
        when: always,
        effect: |_| Effect::Restores,
        guard: open,
        reason: "the secret is soft-deleted and is to be available again",
    },
    Edge {
        from: State::SoftDeleted,
        by: By::Us(Action::HardDelete),
        to: State::Deleted,
        when: Facts::purgeable,
        effect: |_| Effect::Irreversible,
        guard: synced,
        reason: "the secret is soft-deleted and is to be purged",
    },
    Edge {
        from: State::SoftDeleted,
        by: By::TheCloud(Awaited::WaitingPeriod),
        to: State::Deleted,
        // The way only where purge protection leaves no other.
        when: |facts| !facts.purgeable(),
        effect: |_| Effect::Safe,
        guard: open,
        reason: "Azure purges a soft-deleted secret when its retention ends",
    },
    Edge {
        from: State::Deleted,
        by: By::Us(Action::Restore),
        to: State::Available,
        when: always,
        effect: |_| Effect::Restores,
        guard: may_restore,
        reason: "the secret is deleted and its backup is to bring it back",
    },
    Edge {
        from: State::Deleted,
        by: By::Us(Action::RemoveRecord),
        to: State::Gone,
        when: always,
        effect: |_| Effect::Irreversible,
        guard: synced,
        reason: "the secret is deleted, and CipherTrust Manager's record and backup of it are to go",
    },
    Edge {
        from: State::Vanished,
        by: By::Us(Action::RemoveRecord),
        to: State::Gone,
        when: always,
        effect: |_| Effect::Irreversible,
        guard: synced,
        reason: "Azure does not know the secret any more, and CipherTrust Manager's record and backup of it are to go",
    },
];

static CHANGES: &[Change<Secret>] = &[
    Change {
        action: Action::ClaimOwnership,
        allowed_in: &[State::Available],
        effect: |_| Effect::Safe,
        wanted: |facts| facts.ownership == Ownership::Adopted,
        guard: open,
        reason: "the secret was adopted and does not carry the owner tag yet",
    },
    Change {
        action: Action::PutValue,
        allowed_in: &[State::Available],
        effect: |_| Effect::Safe,
        wanted: Facts::value_wanted,
        guard: open,
        reason: "the value in the Secret is another one than was last written",
    },
    Change {
        action: Action::UpdateAttributes,
        allowed_in: &[State::Available],
        effect: |facts| facts.attributes.effect(),
        wanted: Facts::attributes_wanted,
        guard: open,
        reason: "attributes differ from the spec",
    },
];

fn may_create(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    if facts.value == Value::NotManaged {
        return Err(Blocker::new(
            Reason::ValueRequired,
            "There is no secret of this name, and making one needs a value: set spec.valueFrom.secretKeyRef.",
        ));
    }
    // One that was to be restored from elsewhere may still land.
    backup::settled(facts.restore_sent, facts.reading, now)?;
    facts.reading.permits_making(
        facts.first_seen.max(facts.decided_at),
        now,
        "Before a secret is made, a sync has to show that there is none of this name.",
    )
}

fn may_restore_here(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    let backup = match &facts.restore_from {
        RestoreFrom::NotAsked => Backup::Unknown,
        RestoreFrom::Unknown(blocker) => return Err(blocker.clone()),
        RestoreFrom::Absent => {
            return Err(Blocker::new(
                Reason::NotFound,
                "The vault that spec.restoreFrom names has no deleted secret of this name in CipherTrust Manager. Correct the spec.",
            ));
        }
        RestoreFrom::NotDeleted(status) => {
            let message = format!(
                "The secret of this name in the vault that spec.restoreFrom names is {status}, and only a DELETED one can be restored elsewhere. Purge it there first, or take restoreFrom out."
            );
            return Err(Blocker::new(Reason::InvalidSpec, message));
        }
        RestoreFrom::Deleted(backup) => *backup,
    };
    facts.reading.permits_making(
        facts.first_seen.max(facts.decided_at),
        now,
        "Before a secret is restored here, a sync has to show that there is none of this name.",
    )?;
    backup::may_restore(backup, facts.restore_sent, facts.reading, now)
}

fn may_restore(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    backup::may_restore(facts.backup, facts.restore_sent, facts.reading, now)
}

fn deletion_effect(facts: &Facts) -> Effect {
    if facts.deletes_recoverably() {
        Effect::Expiring
    } else {
        Effect::Irreversible
    }
}

fn synced_if_irreversible(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    if facts.deletes_recoverably() {
        Ok(())
    } else {
        synced(facts, now)
    }
}

fn synced(facts: &Facts, _: Timestamp) -> Result<(), Blocker> {
    if facts.reading.shows(facts.decided_at) {
        Ok(())
    } else {
        Err(Blocker::needs_sync(
            "Before an act that cannot be undone, a sync has to show the secret as it is.",
            facts.decided_at,
        ))
    }
}

impl Lifecycle for Secret {
    type State = State;
    type Desired = Desired;
    type Facts = Facts;

    const NEVER_SEEN: State = State::NeverSeen;
    const FIRST: Desired = Desired::Available;

    fn edges() -> &'static [Edge<Self>] {
        EDGES
    }

    fn changes() -> &'static [Change<Self>] {
        CHANGES
    }

    fn state(facts: &Facts) -> Result<State, String> {
        match &facts.record {
            Record::Absent if facts.recorded => Ok(State::Gone),
            Record::Absent => Ok(State::NeverSeen),
            Record::Row { status, gone } => {
                match (status.as_str(), *gone && facts.ownership.is_ours()) {
                    // Its retention ended, or somebody purged it.
                    ("DELETED", _) | ("SOFT-DELETED", true) => Ok(State::Deleted),
                    (_, true) => Ok(State::Vanished),
                    ("AVAILABLE", _) => Ok(State::Available),
                    ("SOFT-DELETED", _) => Ok(State::SoftDeleted),
                    (other, _) => Err(other.to_owned()),
                }
            }
        }
    }

    fn alive(desired: Desired) -> bool {
        desired == Desired::Available
    }

    fn is_gone(state: State) -> bool {
        matches!(state, State::Vanished | State::Gone)
    }

    fn rank(state: State) -> u8 {
        match state {
            State::NeverSeen | State::Available => 0,
            State::SoftDeleted => 1,
            State::Deleted | State::Vanished => 2,
            State::Gone => 3,
        }
    }

    fn desired_rank(desired: Desired) -> u8 {
        match desired {
            Desired::Available => 0,
            Desired::SoftDeleted => 1,
            Desired::Purged => 2,
            Desired::RemovedFromManager => 3,
        }
    }

    fn in_goal(desired: Desired, state: State, facts: &Facts) -> bool {
        let deleted = matches!(state, State::Deleted | State::Vanished | State::Gone);
        match desired {
            Desired::Available => state == State::Available,
            Desired::SoftDeleted => state == State::SoftDeleted || deleted,
            Desired::Purged => deleted,
            // A sync may bring the record back; the backup does not come back with it.
            Desired::RemovedFromManager => state == State::Gone || (deleted && facts.removed_by_us),
        }
    }

    fn standing(desired: Desired, state: State, facts: &Facts, now: Timestamp) -> Standing {
        if Self::in_goal(desired, state, facts) {
            return Standing::Reached(Reason::Reached, format!("The secret is {}.", words(state)));
        }
        let purges = matches!(desired, Desired::Purged | Desired::RemovedFromManager);
        if purges && state == State::SoftDeleted && !facts.purgeable() {
            let message = match facts.retained_until {
                Some(until) => format!("Purge protection is on; Azure purges the secret by itself about {until}."),
                None => "Purge protection is on; Azure purges the secret by itself when its retention ends.".into(),
            };
            let over = facts.retained_until.filter(|until| *until <= now);
            return Standing::Waits(Blocker {
                until: facts.retained_until.filter(|_| over.is_none()),
                // The retention is over: a sync has to show what Azure did.
                needs_sync_after: over,
                ..Blocker::new(Reason::PurgesOnExpiry, message)
            });
        }
        Standing::NotReached
    }

    fn obstacle(desired: Desired, state: State, facts: &Facts, _: Timestamp) -> Option<Blocker> {
        if let Some(since) = facts.absent_since
            && facts.recorded
            && !facts.removed_by_us
            && !facts.reading.proves_absence(since)
        {
            return Some(Blocker::needs_sync(
                "The secret's row is missing; a sync has to show whether it is gone.",
                since,
            ));
        }
        if let Some(other) = &facts.managed_by {
            return Some(Blocker::new(
                Reason::AlreadyManaged,
                format!(
                    "{other} stands for the same secret. Remove one of the two objects, or choose another secretName."
                ),
            ));
        }
        match (&facts.record, &facts.ownership) {
            (Record::Row { .. }, Ownership::Foreign(owner)) => Some(Blocker::new(
                Reason::AlreadyManaged,
                format!(
                    "The secret belongs to {owner} by its owner tag. Remove one of the two objects, or choose another secretName."
                ),
            )),
            (Record::Row { status, gone }, Ownership::Unowned) if *gone || status == "DELETED" => {
                Some(Blocker::new(
                    Reason::RecordBlocksName,
                    "CipherTrust Manager keeps the record and backup of a deleted secret of this name, which is not ours. Restore or remove that record in CipherTrust Manager, or choose another secretName.",
                ))
            }
            (Record::Row { .. }, Ownership::Unowned) => Some(Blocker::new(
                Reason::AlreadyExists,
                "A secret of this name is in the vault and is not ours; it is left alone. Set spec.adoptExisting: true to take it over, or choose another secretName.",
            )),
            _ => match &facts.value {
                Value::Unavailable(blocker)
                    if desired == Desired::Available
                        && matches!(state, State::NeverSeen | State::Available) =>
                {
                    Some(blocker.clone())
                }
                _ => None,
            },
        }
    }

    fn awaited(_: Awaited, _: State, _: &Facts) -> Blocker {
        Blocker::new(
            Reason::WaitingForRemote,
            "Azure is still at work on the secret.",
        )
    }

    fn notes(desired: Desired, state: State, facts: &Facts, _: Timestamp) -> Vec<Note> {
        let mut notes = Vec::new();
        if state != State::Available || desired != Desired::Available {
            return notes;
        }
        if !facts.attributes.drifted.is_empty() {
            let message = format!(
                "{} differ from the spec by somebody else's doing and are left alone. Change the spec to write them again.",
                facts.attributes.drifted.join(", ")
            );
            notes.push(Note {
                condition: NoteKind::Drifted,
                message,
            });
        }
        if facts.value == Value::Unverified && !facts.push {
            let message = "Whether the secret holds the Secret's value cannot be told; nothing is written until the Secret changes. Annotate cckm.dev/push-value with a new value to write it now.";
            notes.push(Note {
                condition: NoteKind::ValueUnverified,
                message: message.into(),
            });
        }
        notes
    }

    fn undo_deadline(state: State, facts: &Facts) -> Deadline {
        if state == State::Deleted {
            // As long as CM has its backup.
            return Deadline::Never;
        }
        facts.retained_until.map_or(Deadline::Unknown, Deadline::At)
    }

    fn approval_facts(action: Action, facts: &Facts) -> Vec<(&'static str, String)> {
        let status = match &facts.record {
            Record::Row { status, .. } => status.clone(),
            Record::Absent => String::new(),
        };
        let mut bound = vec![
            ("status", status),
            (
                "recoveryLevel",
                facts.recovery_level.clone().unwrap_or_default(),
            ),
            ("ownership", format!("{:?}", facts.ownership)),
        ];
        if action == Action::RemoveRecord {
            bound.push(("backup", format!("{:?}", facts.backup)));
        }
        if action == Action::SoftDelete {
            bound.push(("softDelete", format!("{:?}", facts.soft_delete)));
        }
        bound
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::NeverSeen => "not there",
        State::Available => "available",
        State::SoftDeleted => "soft-deleted",
        State::Deleted => "deleted; CipherTrust Manager keeps its backup",
        State::Vanished => "not in Azure any more; CipherTrust Manager keeps its record",
        State::Gone => "gone",
    }
}
