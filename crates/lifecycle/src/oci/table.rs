//! The transitions, in-state changes and goal sets of an OCI key.

use jiff::{SignedDuration, Timestamp};

use super::{Facts, Record, VersionDue};
use crate::{
    action::{Action, Effect},
    backup::{self, Backup},
    ownership::Ownership,
    plan::{Note, NoteKind},
    reason::{Blocker, Reason},
    table::{Awaited, By, Change, Edge, Lifecycle, Standing, always, open},
    undo::Deadline,
};

/// With less than this left, a deletion is not cancelled any more: the request could lose the race.
const TOO_LATE: SignedDuration = SignedDuration::from_mins(5);

/// Where an OCI key can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing recorded, nothing found.
    NeverSeen,
    /// `CREATING`.
    Creating,
    /// `ENABLING`.
    Enabling,
    /// `ENABLED`.
    Enabled,
    /// `UPDATING`, `CHANGING_COMPARTMENT`, `BACKUP_IN_PROGRESS`: back to enabled or disabled soon.
    Updating,
    /// `RESTORING`.
    Restoring,
    /// `CANCELLING_DELETION`.
    CancellingDeletion,
    /// `DISABLING`.
    Disabling,
    /// `DISABLED`.
    Disabled,
    /// `SCHEDULING_DELETION`.
    SchedulingDeletion,
    /// `PENDING_DELETION`.
    PendingDeletion,
    /// `DELETING`.
    Deleting,
    /// `DELETED`, or pending until its date was over: not in OCI any more; CM keeps record and backup.
    Deleted,
    /// The same, with the backup dropped.
    DeletedWithoutBackup,
    /// OCI does not know it any more, and it was not seen to be deleted; CM keeps a record.
    Vanished,
    /// Recorded once, and not even in CM any more.
    Gone,
}

/// What can be desired of an OCI key, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desired {
    /// In use.
    Enabled,
    /// Switched off.
    Disabled,
    /// On its way out, with OCI's waiting period.
    PendingDeletion,
    /// Deleted, and CM's backup dropped: final.
    BackupDeleted,
    /// Dropped from CM too.
    RemovedFromManager,
}

/// The lifecycle of an OCI key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {}

/// A restore, to either of the states that OCI may bring the key back in.
const fn restores(to: State) -> Edge<Key> {
    Edge {
        from: State::Deleted,
        by: By::Us(Action::Restore),
        to,
        when: always,
        effect: |_| Effect::Restores,
        guard: may_restore,
        reason: "the key is deleted and its backup is to bring it back",
    }
}

const fn removes(from: State) -> Edge<Key> {
    Edge {
        from,
        by: By::Us(Action::RemoveRecord),
        to: State::Gone,
        when: always,
        effect: |_| Effect::Irreversible,
        guard: may_drop,
        reason: "the key is deleted, and CipherTrust Manager's record and backup of it are to go",
    }
}

const fn settles(from: State, to: State) -> Edge<Key> {
    Edge {
        from,
        by: By::TheCloud(Awaited::Settling),
        to,
        when: always,
        effect: |_| Effect::Safe,
        guard: |_, _| Ok(()),
        reason: "OCI is at work on the key",
    }
}

static EDGES: &[Edge<Key>] = &[
    Edge {
        from: State::NeverSeen,
        by: By::Us(Action::Create),
        to: State::Enabled,
        when: |facts| !facts.upload,
        effect: |_| Effect::Safe,
        guard: may_create,
        reason: "no key with our owner tag is in the vault",
    },
    Edge {
        from: State::NeverSeen,
        by: By::Us(Action::Upload),
        to: State::Enabled,
        when: |facts| facts.upload,
        effect: |_| Effect::Safe,
        guard: may_create,
        reason: "no key with our owner tag is in the vault",
    },
    settles(State::Creating, State::Enabled),
    settles(State::Enabling, State::Enabled),
    settles(State::Updating, State::Enabled),
    settles(State::Restoring, State::Enabled),
    settles(State::CancellingDeletion, State::Enabled),
    settles(State::CancellingDeletion, State::Disabled),
    settles(State::Disabling, State::Disabled),
    settles(State::SchedulingDeletion, State::PendingDeletion),
    settles(State::Deleting, State::Deleted),
    Edge {
        from: State::Enabled,
        by: By::Us(Action::Disable),
        to: State::Disabled,
        when: always,
        effect: |_| Effect::Disruptive,
        guard: primary,
        reason: "the key is enabled and is to be disabled",
    },
    Edge {
        from: State::Disabled,
        by: By::Us(Action::Enable),
        to: State::Enabled,
        when: always,
        effect: |_| Effect::Restores,
        guard: primary,
        reason: "the key is disabled and is to be enabled",
    },
    Edge {
        from: State::Enabled,
        by: By::Us(Action::ScheduleDeletion),
        to: State::PendingDeletion,
        when: always,
        effect: |_| Effect::Expiring,
        guard: may_schedule,
        reason: "the key is enabled and is to be deleted after its waiting period",
    },
    Edge {
        from: State::Disabled,
        by: By::Us(Action::ScheduleDeletion),
        to: State::PendingDeletion,
        when: always,
        effect: |_| Effect::Expiring,
        guard: may_schedule,
        reason: "the key is disabled and is to be deleted after its waiting period",
    },
    Edge {
        from: State::PendingDeletion,
        by: By::Us(Action::CancelDeletion),
        to: State::Enabled,
        when: always,
        effect: |_| Effect::Restores,
        guard: may_cancel,
        reason: "the key's deletion is pending and the key is to stay",
    },
    Edge {
        from: State::PendingDeletion,
        by: By::Us(Action::CancelDeletion),
        to: State::Disabled,
        when: always,
        effect: |_| Effect::Restores,
        guard: may_cancel,
        reason: "the key's deletion is pending and the key is to stay",
    },
    Edge {
        from: State::PendingDeletion,
        by: By::TheCloud(Awaited::WaitingPeriod),
        to: State::Deleted,
        when: always,
        effect: |_| Effect::Safe,
        guard: open,
        reason: "OCI deletes a key when its waiting period ends",
    },
    restores(State::Enabled),
    restores(State::Disabled),
    Edge {
        from: State::Deleted,
        by: By::Us(Action::DeleteBackup),
        to: State::DeletedWithoutBackup,
        when: always,
        effect: |_| Effect::Irreversible,
        guard: may_drop,
        reason: "the key is deleted and its backup is to go",
    },
    removes(State::Deleted),
    removes(State::DeletedWithoutBackup),
    removes(State::Vanished),
];

static CHANGES: &[Change<Key>] = &[
    Change {
        action: Action::ClaimOwnership,
        allowed_in: &[State::Enabled],
        effect: |_| Effect::Safe,
        wanted: |facts| facts.ownership == Ownership::Adopted,
        guard: primary,
        reason: "the key was adopted and does not carry the owner tag yet",
    },
    Change {
        action: Action::UpdateAttributes,
        allowed_in: &[State::Enabled],
        effect: |_| Effect::Safe,
        wanted: |facts| !facts.attributes.to_write.is_empty(),
        guard: primary,
        reason: "name or tags differ from the spec",
    },
    Change {
        action: Action::ChangeCompartment,
        allowed_in: &[State::Enabled],
        // The policies of another compartment decide who may use the key.
        effect: |_| Effect::Disruptive,
        wanted: |facts| facts.attributes.compartment_id.is_some(),
        guard: primary,
        reason: "the key is in another compartment than the spec says",
    },
    Change {
        action: Action::NewVersion,
        allowed_in: &[State::Enabled],
        effect: |_| Effect::Safe,
        wanted: |facts| facts.version.is_certain(),
        guard: primary,
        reason: "the current version is older than the rotation allows, or its source key is another one now",
    },
];

fn may_create(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    facts.reading.permits_making(
        facts.first_seen.max(facts.decided_at),
        now,
        "Before a key is made, a sync has to show that none carries our owner tag.",
    )
}

fn primary(facts: &Facts, _: Timestamp) -> Result<(), Blocker> {
    if facts.primary == Some(false) {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "The key is a replica, which OCI keeps read-only. Manage the primary instead.",
        ));
    }
    Ok(())
}

fn may_schedule(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    primary(facts, now)?;
    if facts.days < facts.minimum_days {
        return Err(Blocker::new(
            Reason::PendingDeletionTooShort,
            format!(
                "pendingDeletionDays is {}, and the manager allows no fewer than {}. Raise it.",
                facts.days, facts.minimum_days
            ),
        ));
    }
    Ok(())
}

fn may_cancel(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    primary(facts, now)?;
    let over = |end: Timestamp| end.checked_sub(TOO_LATE).is_ok_and(|last| now >= last);
    match facts.time_of_deletion.filter(|end| over(*end)) {
        None => Ok(()),
        Some(_) if facts.backup == Backup::Deleted => Err(Blocker::new(
            Reason::CannotUndo,
            "The waiting period is over, or ends within five minutes; OCI deletes the key, and its backup is dropped.",
        )),
        // The date itself wakes nobody: OCI takes its time, and says so when it has deleted the key.
        Some(_) => Err(Blocker::new(
            Reason::WaitingForRemote,
            "The waiting period is over, or ends within five minutes. Once OCI has deleted the key it is restored from CipherTrust Manager's backup.",
        )),
    }
}

fn may_restore(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    primary(facts, now)?;
    backup::may_restore(facts.backup, facts.restore_sent, facts.reading, now)
}

/// What cannot be undone needs the key as OCI has it now. CM refuses while a version is still there.
fn may_drop(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    primary(facts, now)?;
    if !facts.reading.shows(facts.decided_at) {
        return Err(Blocker::needs_sync(
            "Before an act that cannot be undone, a sync has to show the key as it is.",
            facts.decided_at,
        ));
    }
    match facts.versions_left {
        Some(0) => Ok(()),
        Some(_) => Err(Blocker::new(
            Reason::WaitingForRemote,
            "OCI has not deleted all versions of the key yet.",
        )),
        None => Err(Blocker::new(
            Reason::WaitingForRemote,
            "The versions of the key have to be read first.",
        )),
    }
}

impl Lifecycle for Key {
    type State = State;
    type Desired = Desired;
    type Facts = Facts;

    const NEVER_SEEN: State = State::NeverSeen;
    const FIRST: Desired = Desired::Enabled;

    fn edges() -> &'static [Edge<Self>] {
        EDGES
    }

    fn changes() -> &'static [Change<Self>] {
        CHANGES
    }

    fn state(facts: &Facts) -> Result<State, String> {
        let (state, gone) = match &facts.record {
            Record::Absent if facts.recorded => return Ok(State::Gone),
            Record::Absent => return Ok(State::NeverSeen),
            Record::Row { state, gone } => (state.as_str(), *gone),
        };
        let state = match state {
            // OCI forgets deleted keys; CM may keep the state that it last saw.
            "PENDING_DELETION" | "DELETING" if gone => "DELETED",
            "DELETED" => state,
            _ if gone => return Ok(State::Vanished),
            _ => state,
        };
        Ok(match state {
            "CREATING" => State::Creating,
            "ENABLING" => State::Enabling,
            "ENABLED" => State::Enabled,
            "UPDATING" | "CHANGING_COMPARTMENT" | "BACKUP_IN_PROGRESS" => State::Updating,
            "RESTORING" => State::Restoring,
            "CANCELLING_DELETION" => State::CancellingDeletion,
            "DISABLING" => State::Disabling,
            "DISABLED" => State::Disabled,
            "SCHEDULING_DELETION" => State::SchedulingDeletion,
            "PENDING_DELETION" => State::PendingDeletion,
            "DELETING" => State::Deleting,
            "DELETED" if facts.backup == Backup::Deleted => State::DeletedWithoutBackup,
            "DELETED" => State::Deleted,
            other => return Err(other.to_owned()),
        })
    }

    fn alive(desired: Desired) -> bool {
        matches!(desired, Desired::Enabled | Desired::Disabled)
    }

    fn is_gone(state: State) -> bool {
        matches!(state, State::Vanished | State::Gone)
    }

    fn rank(state: State) -> u8 {
        match state {
            State::NeverSeen
            | State::Creating
            | State::Enabling
            | State::Enabled
            | State::Updating => 0,
            State::Restoring | State::CancellingDeletion | State::Disabling | State::Disabled => 1,
            State::SchedulingDeletion | State::PendingDeletion => 2,
            State::Deleting | State::Deleted | State::DeletedWithoutBackup | State::Vanished => 3,
            State::Gone => 4,
        }
    }

    fn desired_rank(desired: Desired) -> u8 {
        match desired {
            Desired::Enabled => 0,
            Desired::Disabled => 1,
            Desired::PendingDeletion => 2,
            Desired::BackupDeleted => 3,
            Desired::RemovedFromManager => 4,
        }
    }

    fn in_goal(desired: Desired, state: State, facts: &Facts) -> bool {
        match desired {
            Desired::Enabled => state == State::Enabled,
            Desired::Disabled => state == State::Disabled,
            Desired::PendingDeletion => {
                matches!(
                    state,
                    State::PendingDeletion
                        | State::Deleting
                        | State::Deleted
                        | State::DeletedWithoutBackup
                        | State::Vanished
                        | State::Gone
                )
            }
            Desired::BackupDeleted => {
                state == State::DeletedWithoutBackup
                    || (Self::is_gone(state) && facts.backup == Backup::Deleted)
            }
            // A sync may bring the record back; the backup does not come back with it.
            Desired::RemovedFromManager => {
                state == State::Gone || (facts.removed_by_us && Self::rank(state) == 3)
            }
        }
    }

    fn standing(desired: Desired, state: State, facts: &Facts, now: Timestamp) -> Standing {
        let drops = matches!(
            desired,
            Desired::BackupDeleted | Desired::RemovedFromManager
        );
        if drops && matches!(state, State::PendingDeletion | State::Deleting) {
            return Standing::Waits(waiting_period(facts, now));
        }
        if !Self::in_goal(desired, state, facts) {
            return Standing::NotReached;
        }
        match (state, facts.time_of_deletion) {
            (State::PendingDeletion, Some(end)) => Standing::Reached(
                Reason::DeletionScheduled,
                format!(
                    "OCI deletes the key at {end}; until then, desiredState: Enabled or Disabled brings it back."
                ),
            ),
            (State::PendingDeletion, None) => Standing::Reached(
                Reason::DeletionScheduled,
                "OCI deletes the key when its waiting period ends.".into(),
            ),
            _ => Standing::Reached(Reason::Reached, format!("The key is {}.", words(state))),
        }
    }

    fn obstacle(desired: Desired, state: State, facts: &Facts, _: Timestamp) -> Option<Blocker> {
        if let Some(ocid) = &facts.restored_as
            && Self::alive(desired)
        {
            return Some(Blocker::new(
                Reason::RestoredElsewhere,
                format!(
                    "A restore brought the key back as {ocid}. Delete this object, and name that key in spec.keyId of a new one."
                ),
            ));
        }
        if let Some(since) = facts.absent_since
            && facts.recorded
            && !facts.removed_by_us
            && !facts.reading.proves_absence(since)
        {
            return Some(Blocker::needs_sync(
                "The key's row is missing; a sync has to show whether it is gone.",
                since,
            ));
        }
        if let Some(other) = &facts.managed_by {
            return Some(Blocker::new(
                Reason::AlreadyManaged,
                format!("{other} stands for the same key. Remove one of the two objects."),
            ));
        }
        if facts.rotated_elsewhere && Self::alive(desired) {
            return Some(Blocker::new(
                Reason::RotatedElsewhere,
                "CipherTrust Manager rotates this key by itself. Switch its auto-rotation off there, or remove spec.rotation.",
            ));
        }
        if state == State::NeverSeen {
            return not_found(facts);
        }
        match &facts.ownership {
            Ownership::Foreign(owner) => {
                return Some(Blocker::new(
                    Reason::AlreadyManaged,
                    format!(
                        "The key belongs to {owner} by its owner tag. Remove one of the two objects."
                    ),
                ));
            }
            Ownership::Unowned => {
                return Some(Blocker::new(
                    Reason::AlreadyExists,
                    "The key is not ours; it is left alone. Name it in spec.keyId to take it over.",
                ));
            }
            Ownership::Ours | Ownership::Adopted => {}
        }
        (!facts.mismatch.is_empty()).then(|| {
            Blocker::new(
                Reason::InvalidSpec,
                format!("{} cannot be changed and differ from the key. Set them to what the key has, or leave them out.", facts.mismatch.join(", ")),
            )
        })
    }

    fn awaited(_: Awaited, state: State, _: &Facts) -> Blocker {
        // A waiting period is a standing of its own before it is ever awaited.
        Blocker::new(
            Reason::WaitingForRemote,
            format!("OCI is still at work: the key is {}.", words(state)),
        )
    }

    fn notes(desired: Desired, state: State, facts: &Facts, _: Timestamp) -> Vec<Note> {
        if Self::alive(desired) && facts.version == VersionDue::Unknown {
            return vec![Note {
                condition: NoteKind::PendingChange,
                message: "CipherTrust Manager does not say when the current version was made, so nobody can tell when the next one is due.".into(),
            }];
        }
        if Self::alive(desired) || facts.attributes.to_write.is_empty() || state == State::NeverSeen
        {
            return Vec::new();
        }
        let message = format!(
            "{} differ from the spec; a key on its way out is not changed.",
            facts.attributes.to_write.join(", ")
        );
        vec![Note {
            condition: NoteKind::PendingChange,
            message,
        }]
    }

    fn undo_deadline(state: State, facts: &Facts) -> Deadline {
        match (state, facts.time_of_deletion) {
            (State::PendingDeletion, Some(end)) => Deadline::At(end),
            (State::PendingDeletion, None) => Deadline::Unknown,
            _ => Deadline::Never,
        }
    }

    fn approval_facts(action: Action, facts: &Facts) -> Vec<(&'static str, String)> {
        let state = match &facts.record {
            Record::Row { state, .. } => state.clone(),
            Record::Absent => String::new(),
        };
        let mut bound = vec![
            ("backup", format!("{:?}", facts.backup)),
            ("state", state),
            ("primary", format!("{:?}", facts.primary)),
        ];
        if action == Action::ScheduleDeletion {
            bound.push(("days", facts.days.to_string()));
        }
        bound
    }
}

/// What a wish for more than the deletion waits for. It counts as ready: nobody has to do anything.
fn waiting_period(facts: &Facts, now: Timestamp) -> Blocker {
    let message = match facts.time_of_deletion {
        Some(end) => format!(
            "OCI deletes the key at {end}; what is left of it in CipherTrust Manager is asked for after that."
        ),
        None => "OCI deletes the key when its waiting period ends; what is left of it in CipherTrust Manager is asked for after that.".into(),
    };
    let over = facts.time_of_deletion.filter(|end| *end <= now);
    Blocker {
        until: facts.time_of_deletion.filter(|_| over.is_none()),
        // The date is past: a sync has to show what OCI did.
        needs_sync_after: over,
        ..Blocker::new(Reason::DeletionScheduled, message)
    }
}

/// What bars a create: candidates that may be meant, or a named key that is not there.
fn not_found(facts: &Facts) -> Option<Blocker> {
    if let Some(owner) = &facts.candidates_owner {
        return Some(Blocker::new(
            Reason::AlreadyManaged,
            format!(
                "A key of this display name is in the vault and belongs to {owner} by its owner tag: {}. Choose another displayName; or, if that object is gone and was of this install, set spec.keyId to take the key over.",
                facts.candidates.join(", ")
            ),
        ));
    }
    if !facts.candidates.is_empty() {
        return Some(Blocker::new(
            Reason::AlreadyExists,
            format!(
                "Keys of this display name are in the vault: {}. Set spec.keyId to the one that is meant, or choose another displayName.",
                facts.candidates.join(", ")
            ),
        ));
    }
    if !facts.key_named {
        return None;
    }
    Some(if facts.reading.proves_absence(facts.first_seen) {
        Blocker::new(
            Reason::NotFound,
            "The key that spec.keyId names is not in this vault. Correct spec.keyId or spec.vaultRef.",
        )
    } else {
        Blocker::needs_sync(
            "The key that spec.keyId names is not known yet.",
            facts.first_seen,
        )
    })
}

fn words(state: State) -> &'static str {
    match state {
        State::NeverSeen => "not there",
        State::Creating => "CREATING",
        State::Enabling => "ENABLING",
        State::Enabled => "ENABLED",
        State::Updating => "UPDATING",
        State::Restoring => "RESTORING",
        State::CancellingDeletion => "CANCELLING_DELETION",
        State::Disabling => "DISABLING",
        State::Disabled => "DISABLED",
        State::SchedulingDeletion => "SCHEDULING_DELETION",
        State::PendingDeletion => "PENDING_DELETION",
        State::Deleting => "DELETING",
        State::Deleted => "DELETED",
        State::DeletedWithoutBackup => "DELETED and without backup",
        State::Vanished => "not in OCI any more; CipherTrust Manager keeps its record",
        State::Gone => "gone",
    }
}
