//! The transitions and goal sets of a tenant secret. Salesforce knows no changes within a state.

use jiff::{SignedDuration, Timestamp};

use super::{Facts, Identity, LIVE_LIMIT};
use crate::{
    action::{Action, Effect},
    backup::Backup,
    plan::{Note, NoteKind},
    reason::{Blocker, Reason},
    table::{Awaited, By, Change, Edge, Lifecycle, Standing, always},
    undo::Deadline,
};

/// No secret is made sooner than this after `createdAfter`: clocks differ, and a secret that Salesforce dated
/// before `createdAfter` would not be found again.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(10);

/// How long after the end of Salesforce's minimum interval the next secret is made: clocks differ, and the dates of
/// secrets come without fractions of a second. A refusal would cost a try, and read as if somebody had to act.
const NOT_TOO_EARLY: SignedDuration = SignedDuration::from_mins(1);

/// Where a tenant secret can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing recorded, nothing found.
    NeverSeen,
    /// `ACTIVE`: encrypts and decrypts.
    Active,
    /// `ARCHIVED`: decrypts only.
    Archived,
    /// `DESTROYED`: neither; comes back from CipherTrust Manager's backup.
    Destroyed,
    /// `DESTROYED`, and the backup is dropped: final.
    DestroyedWithoutBackup,
    /// Recorded once, and not there any more.
    Gone,
}

/// What can be desired of a tenant secret, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desired {
    /// In use: ACTIVE, or ARCHIVED once a newer one is.
    Active,
    /// Decrypting only.
    Archived,
    /// Its material destroyed in Salesforce.
    Destroyed,
    /// The backup dropped too: final.
    BackupDeleted,
}

/// The lifecycle of a tenant secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantSecret {}

static EDGES: &[Edge<TenantSecret>] = &[
    Edge {
        from: State::NeverSeen,
        by: By::Us(Action::Create),
        to: State::Active,
        when: |facts| !facts.upload,
        effect: |_| Effect::Safe,
        guard: may_create,
        reason: "no secret of this type was made since createdAfter",
    },
    Edge {
        from: State::NeverSeen,
        by: By::Us(Action::Upload),
        to: State::Active,
        when: |facts| facts.upload,
        effect: |_| Effect::Safe,
        guard: may_create,
        reason: "no secret of this type was uploaded since createdAfter",
    },
    Edge {
        from: State::Active,
        by: By::TheCloud(Awaited::Successor),
        to: State::Archived,
        when: always,
        effect: |_| Effect::Safe,
        guard: |_, _| Ok(()),
        reason: "Salesforce archives a secret when a newer one appears",
    },
    Edge {
        from: State::Archived,
        by: By::Us(Action::Destroy),
        to: State::Destroyed,
        when: always,
        effect: |facts| destroy_effect(facts.secret.as_ref().map(|secret| secret.backup)),
        guard: may_destroy,
        reason: "the secret is archived and is to be destroyed",
    },
    Edge {
        from: State::Destroyed,
        by: By::Us(Action::Import),
        to: State::Archived,
        when: always,
        effect: |_| Effect::Restores,
        guard: may_import,
        reason: "the secret is destroyed and its backup is to bring it back",
    },
    Edge {
        from: State::Destroyed,
        by: By::Us(Action::DeleteBackup),
        to: State::DestroyedWithoutBackup,
        when: always,
        effect: |_| Effect::Irreversible,
        guard: synced,
        reason: "the secret is destroyed and its backup is to go",
    },
];

fn may_create(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    let Some(created_after) = facts.created_after else {
        return Err(Blocker::new(
            Reason::NotFound,
            "No secret is made without spec.createdAfter.",
        ));
    };
    let due = created_after.checked_add(SKEW).unwrap_or(Timestamp::MAX);
    if now < due {
        let message = format!(
            "A secret is made ten minutes after createdAfter, at {due}, so that clock differences cannot make two."
        );
        return Err(Blocker::until(Reason::RotationWindow, message, due));
    }
    not_before(
        facts.live,
        facts.rotation_opens,
        facts.other_create.as_deref(),
        now,
    )?;
    facts.certificate.usable(now)?;
    facts.reading.permits_making(
        facts.first_seen.max(created_after).max(facts.decided_at),
        now,
        "Before a secret is made, a sync has to show that none matches.",
    )
}

/// Salesforce's own limits on making one more secret of a type.
pub(super) fn not_before(
    live: usize,
    rotation_opens: Option<Timestamp>,
    other_create: Option<&str>,
    now: Timestamp,
) -> Result<(), Blocker> {
    if live >= LIVE_LIMIT {
        let message = format!(
            "Salesforce allows {LIVE_LIMIT} active and archived secrets of one type. Destroy one that is not needed any more."
        );
        return Err(Blocker::new(Reason::LimitReached, message));
    }
    if let Some(opens) = rotation_opens {
        let due = opens.checked_add(NOT_TOO_EARLY).unwrap_or(Timestamp::MAX);
        if now < due {
            let message = format!(
                "Salesforce accepts the next secret of this type at {opens}; it is made a minute later, for clocks differ."
            );
            return Err(Blocker::until(Reason::RotationWindow, message, due));
        }
    }
    match other_create {
        Some(other) => Err(Blocker::new(
            Reason::Progressing,
            format!(
                "{other} is making a secret of this organization and type; one is made at a time."
            ),
        )),
        None => Ok(()),
    }
}

/// How bad it is to destroy a secret of which that is known of a backup.
pub(super) fn destroy_effect(backup: Option<Backup>) -> Effect {
    match backup {
        Some(Backup::Present) => Effect::Disruptive,
        Some(Backup::Deleted | Backup::Unknown) | None => Effect::Irreversible,
    }
}

fn may_destroy(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    if facts
        .secret
        .as_ref()
        .is_some_and(|secret| secret.cache_only)
    {
        return Err(Blocker::new(
            Reason::InvalidSpec,
            "A cache-only secret is not driven: Salesforce switches it by itself. Set desiredState to what it is.",
        ));
    }
    synced(facts, now)?;
    if facts.superseded_by.is_none() {
        return Err(Blocker::new(
            Reason::WaitingForSuccessor,
            "No newer ACTIVE secret of this type is there, so data would be left without one. Make a successor first.",
        ));
    }
    Ok(())
}

fn may_import(facts: &Facts, _: Timestamp) -> Result<(), Blocker> {
    if let Some(secret) = &facts.secret {
        secret.backup.needed()?;
    }
    if facts.live >= LIVE_LIMIT {
        return Err(Blocker::new(
            Reason::LimitReached,
            format!(
                "Salesforce allows {LIVE_LIMIT} active and archived secrets of one type. Destroy one that is not needed any more."
            ),
        ));
    }
    Ok(())
}

fn synced(facts: &Facts, _: Timestamp) -> Result<(), Blocker> {
    if facts.reading.shows(facts.decided_at) {
        Ok(())
    } else {
        Err(Blocker::needs_sync(
            "Before data becomes unreadable, a sync has to show the secret as it is.",
            facts.decided_at,
        ))
    }
}

impl Lifecycle for TenantSecret {
    type State = State;
    type Desired = Desired;
    type Facts = Facts;

    const NEVER_SEEN: State = State::NeverSeen;
    const FIRST: Desired = Desired::Active;

    fn edges() -> &'static [Edge<Self>] {
        EDGES
    }

    fn changes() -> &'static [Change<Self>] {
        &[]
    }

    fn state(facts: &Facts) -> Result<State, String> {
        let Some(secret) = &facts.secret else {
            return Ok(if facts.recorded {
                State::Gone
            } else {
                State::NeverSeen
            });
        };
        match (secret.status.as_str(), secret.backup) {
            ("ACTIVE", _) => Ok(State::Active),
            ("ARCHIVED", _) => Ok(State::Archived),
            ("DESTROYED", Backup::Deleted) => Ok(State::DestroyedWithoutBackup),
            ("DESTROYED", Backup::Present | Backup::Unknown) => Ok(State::Destroyed),
            (other, _) => Err(other.to_owned()),
        }
    }

    fn alive(_: Desired) -> bool {
        false
    }

    fn is_gone(state: State) -> bool {
        state == State::Gone
    }

    fn rank(state: State) -> u8 {
        match state {
            State::NeverSeen | State::Active => 0,
            State::Archived => 1,
            State::Destroyed => 2,
            State::DestroyedWithoutBackup => 3,
            State::Gone => 4,
        }
    }

    fn desired_rank(desired: Desired) -> u8 {
        match desired {
            Desired::Active => 0,
            Desired::Archived => 1,
            Desired::Destroyed => 2,
            Desired::BackupDeleted => 3,
        }
    }

    fn in_goal(desired: Desired, state: State, facts: &Facts) -> bool {
        match desired {
            Desired::Active => {
                state == State::Active
                    || (state == State::Archived && facts.superseded_by.is_some())
            }
            Desired::Archived => state == State::Archived,
            Desired::Destroyed => matches!(state, State::Destroyed | State::DestroyedWithoutBackup),
            Desired::BackupDeleted => {
                state == State::DestroyedWithoutBackup
                    || (state == State::Gone && facts.backup_dropped_by_us)
            }
        }
    }

    fn standing(desired: Desired, state: State, facts: &Facts, now: Timestamp) -> Standing {
        if let (State::NeverSeen, Desired::Active, Some(due)) =
            (state, desired, facts.created_after)
            && now < due
        {
            let message = format!("A secret is made after {due}.");
            return Standing::Waits(Blocker::until(Reason::NotDueYet, message, due));
        }
        if !Self::in_goal(desired, state, facts) {
            return Standing::NotReached;
        }
        match (desired, state, facts.superseded_by) {
            (Desired::Active, State::Archived, Some(newer)) => Standing::Reached(
                Reason::Superseded,
                format!("Version {newer} is ACTIVE now; this one decrypts only."),
            ),
            _ => Standing::Reached(Reason::Reached, format!("The secret is {}.", words(state))),
        }
    }

    fn obstacle(_: Desired, state: State, facts: &Facts, _: Timestamp) -> Option<Blocker> {
        if let Some(since) = facts.absent_since
            && facts.recorded
            && !facts.backup_dropped_by_us
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
                    "{other} stands for the same secret. Remove one of the two objects, or give each its own createdAfter or version."
                ),
            ));
        }
        if facts.made_too_early {
            return Some(Blocker::new(
                Reason::ClockSkew,
                "The secret that was made is dated before createdAfter: the clocks differ by more than ten minutes. Correct them, and set spec.version to the secret's version.",
            ));
        }
        if state != State::NeverSeen {
            return None;
        }
        if let Identity::Ambiguous(versions) = &facts.identity {
            let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
            return Some(Blocker::new(
                Reason::OwnershipAmbiguous,
                format!(
                    "Which secret is the first since createdAfter cannot be told; candidates are versions {}. Set spec.version to the one that is meant.",
                    versions.join(", ")
                ),
            ));
        }
        if facts.version_named {
            return Some(if facts.reading.proves_absence(facts.first_seen) {
                Blocker::new(
                    Reason::NotFound,
                    "No secret of this version and type is in the organization. Correct spec.version.",
                )
            } else {
                Blocker::needs_sync(
                    "The version that spec.version names is not known yet.",
                    facts.first_seen,
                )
            });
        }
        None
    }

    fn awaited(_: Awaited, _: State, facts: &Facts) -> Blocker {
        if facts.active_rows > 1 {
            return Blocker::needs_sync(
                "Two secrets of one type read as ACTIVE; a sync has to show which one is.",
                facts.decided_at,
            );
        }
        Blocker::new(
            Reason::WaitingForSuccessor,
            "The secret is the ACTIVE one of its type, and Salesforce archives it only when a newer one appears. Make a successor: it is never made unasked.",
        )
    }

    fn notes(_: Desired, state: State, facts: &Facts, now: Timestamp) -> Vec<Note> {
        match facts.superseded_by {
            Some(newer) if state != State::NeverSeen => {
                vec![Note {
                    condition: NoteKind::Superseded,
                    message: format!("Version {newer} of this type is ACTIVE."),
                }]
            }
            _ if state == State::NeverSeen => facts.certificate.note(now).into_iter().collect(),
            Some(_) | None => Vec::new(),
        }
    }

    fn undo_deadline(_: State, facts: &Facts) -> Deadline {
        match facts.secret.as_ref().map(|secret| secret.backup) {
            Some(Backup::Present) => Deadline::Never,
            // Whether there is a backup to import is not known either.
            Some(Backup::Unknown | Backup::Deleted) | None => Deadline::Unknown,
        }
    }

    fn approval_facts(_: Action, facts: &Facts) -> Vec<(&'static str, String)> {
        let (status, backup) = facts
            .secret
            .as_ref()
            .map(|secret| (secret.status.clone(), secret.backup))
            .unzip();
        vec![
            ("status", status.unwrap_or_default()),
            ("backup", format!("{backup:?}")),
            ("superseded", facts.superseded_by.is_some().to_string()),
        ]
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::NeverSeen => "not there",
        State::Active => "ACTIVE",
        State::Archived => "ARCHIVED",
        State::Destroyed => "DESTROYED",
        State::DestroyedWithoutBackup => "DESTROYED and without backup",
        State::Gone => "gone with its backup",
    }
}
