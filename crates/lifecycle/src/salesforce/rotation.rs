//! Keeping a type of tenant secret young: what a `SalesforceRotation` plans. It goes by the age of the ACTIVE secret that
//! is there, whoever made it, so that an outage misses nothing, and neither a rebuild nor a second cluster doubles
//! anything. Archived secrets beyond those that it keeps are destroyed, oldest first, each by an approval of its own: no
//! spec names them.

use jiff::{SignedDuration, Timestamp};

use super::{
    Certificate, LIVE_LIMIT,
    table::{destroy_effect, not_before},
};
use crate::{
    action::{Action, Effect},
    backup::Backup,
    plan::Note,
    reason::{Blocker, Reason},
    sync::Reading,
    table::{Awaited, By, Change, Edge, Lifecycle, Standing, always},
    undo::Deadline,
};

/// The ACTIVE secret of the type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveSecret {
    /// Salesforce's version number.
    pub version: i64,
    /// When it was made, or the latest time at which it can have been. Nothing: CM tells no date.
    pub made: Option<Timestamp>,
    /// Whether Salesforce fetches the material on demand instead of keeping it.
    pub cache_only: bool,
}

/// An ARCHIVED secret of the type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedSecret {
    /// Salesforce's version number.
    pub version: i64,
    /// The backup.
    pub backup: Backup,
    /// Whether Salesforce fetches the material on demand instead of keeping it.
    pub cache_only: bool,
    /// Whether an object stands for it, or may: then it is that object's to say what becomes of it.
    pub named: bool,
}

/// The facts of one rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The ACTIVE secret of the type; of several rows that say so the newest, for the others are stale.
    pub active: Option<ActiveSecret>,
    /// How old it may get.
    pub every: SignedDuration,
    /// Whether it is older than that now.
    pub old: bool,
    /// Whether the material comes from a source key.
    pub upload: bool,
    /// The certificate for which that is encrypted.
    pub certificate: Certificate,
    /// How many secrets of the type are ACTIVE or ARCHIVED.
    pub live: usize,
    /// The ARCHIVED ones, oldest first.
    pub archived: Vec<ArchivedSecret>,
    /// How many of them are kept; nothing: all.
    pub keep_archived: Option<usize>,
    /// When Salesforce accepts the next secret of the type.
    pub rotation_opens: Option<Timestamp>,
    /// Another object of this organization and type that is creating at the moment.
    pub other_create: Option<String>,
    /// Another rotation of this organization and type.
    pub rival: Option<String>,
    /// The last list of the organization's rows.
    pub reading: Reading,
    /// When the present first step was first planned.
    pub decided_at: Timestamp,
}

impl Facts {
    /// When the next secret is due; nothing where that cannot be told.
    pub fn due(&self) -> Option<Timestamp> {
        let made = self.active.as_ref()?.made?;
        Some(made.checked_add(self.every).unwrap_or(Timestamp::MAX))
    }

    /// The archived secret that is to be destroyed next: the oldest beyond those that are kept, which are the newest,
    /// named by an object or not.
    pub fn oldest_surplus(&self) -> Option<&ArchivedSecret> {
        let beyond = self.archived.len().saturating_sub(self.keep_archived?);
        self.archived
            .iter()
            .take(beyond)
            .find(|secret| !secret.named && !secret.cache_only)
    }

    /// Whether the secret that is due waits for room.
    fn is_full(&self) -> bool {
        self.old && self.live >= LIVE_LIMIT
    }
}

/// How the type stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// No secret of the type is ACTIVE: there is nothing to rotate.
    NeverSeen,
    /// The ACTIVE secret is young enough.
    Young,
    /// The ACTIVE secret is older than it may be.
    Old,
}

/// What can be desired: that the ACTIVE secret is young.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desired {
    /// The ACTIVE secret is young enough.
    Young,
}

/// The lifecycle of a type of tenant secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {}

static EDGES: &[Edge<Rotation>] = &[
    Edge {
        from: State::Old,
        by: By::Us(Action::Create),
        to: State::Young,
        when: |facts| !facts.upload,
        effect: |_| Effect::Safe,
        guard: may_rotate,
        reason: "the active secret is older than everyDays",
    },
    Edge {
        from: State::Old,
        by: By::Us(Action::Upload),
        to: State::Young,
        when: |facts| facts.upload,
        effect: |_| Effect::Safe,
        guard: may_rotate,
        reason: "the active secret is older than everyDays, and the source key is to be the next",
    },
    Edge {
        from: State::Young,
        by: By::TheCloud(Awaited::WaitingPeriod),
        to: State::Old,
        when: always,
        effect: |_| Effect::Safe,
        guard: crate::table::open,
        reason: "the secret gets old",
    },
];

static CHANGES: &[Change<Rotation>] = &[
    // Only where there would be no room: what is due does not wait for somebody's approval else.
    Change {
        action: Action::Destroy,
        allowed_in: &[State::Old],
        effect: effect_on_oldest,
        wanted: |facts| is_surplus(facts) && facts.is_full(),
        guard: may_destroy,
        reason: "there is no room for the secret that is due, and more secrets are archived than keepArchived says",
    },
    Change {
        action: Action::Destroy,
        allowed_in: &[State::Young],
        effect: effect_on_oldest,
        wanted: |facts| is_surplus(facts) && !facts.is_full(),
        guard: may_destroy,
        reason: "more secrets are archived than keepArchived says, and no object names this one",
    },
];

fn is_surplus(facts: &Facts) -> bool {
    facts.oldest_surplus().is_some()
}

fn effect_on_oldest(facts: &Facts) -> Effect {
    destroy_effect(facts.oldest_surplus().map(|secret| secret.backup))
}

/// Always by news: which one is the oldest that is too many depends on all the others.
fn may_destroy(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    facts.reading.permits_making(
        facts.decided_at,
        now,
        "Before data becomes unreadable, a sync has to show the secrets of this type as they are.",
    )
}

fn may_rotate(facts: &Facts, now: Timestamp) -> Result<(), Blocker> {
    not_before(
        facts.live,
        facts.rotation_opens,
        facts.other_create.as_deref(),
        now,
    )?;
    facts.certificate.usable(now)?;
    facts.reading.permits_making(
        facts.decided_at,
        now,
        "Before a secret is made, a sync has to show that there is no newer one.",
    )
}

impl Lifecycle for Rotation {
    type State = State;
    type Desired = Desired;
    type Facts = Facts;

    const NEVER_SEEN: State = State::NeverSeen;
    const FIRST: Desired = Desired::Young;

    fn edges() -> &'static [Edge<Self>] {
        EDGES
    }

    fn changes() -> &'static [Change<Self>] {
        CHANGES
    }

    fn state(facts: &Facts) -> Result<State, String> {
        Ok(match &facts.active {
            None => State::NeverSeen,
            Some(_) if facts.old => State::Old,
            Some(_) => State::Young,
        })
    }

    fn is_gone(_: State) -> bool {
        false
    }

    fn alive(_: Desired) -> bool {
        true
    }

    fn needs_approval(action: Action) -> bool {
        action == Action::Destroy
    }

    fn rank(_: State) -> u8 {
        0
    }

    fn desired_rank(_: Desired) -> u8 {
        0
    }

    fn in_goal(_: Desired, state: State, _: &Facts) -> bool {
        state == State::Young
    }

    fn standing(_: Desired, state: State, facts: &Facts, _: Timestamp) -> Standing {
        match (state, &facts.active, facts.due()) {
            (State::Young, Some(active), Some(due)) => {
                let message = format!(
                    "Version {} is ACTIVE; the next is due at {due}.",
                    active.version
                );
                if is_surplus(facts) {
                    return Standing::Reached(Reason::Reached, message);
                }
                Standing::Waits(Blocker::until(Reason::Reached, message, due))
            }
            _ => Standing::NotReached,
        }
    }

    fn obstacle(_: Desired, _: State, facts: &Facts, _: Timestamp) -> Option<Blocker> {
        if let Some(rival) = &facts.rival {
            let message = format!(
                "{rival} rotates the same type of the same organization. Remove one of the two objects."
            );
            return Some(Blocker::new(Reason::AlreadyManaged, message));
        }
        let Some(active) = &facts.active else {
            return Some(if facts.reading.proves_absence(facts.decided_at) {
                Blocker::new(
                    Reason::NotFound,
                    "The organization has no ACTIVE secret of this type, so there is nothing to rotate. Make the first one, with a SalesforceTenantSecret.",
                )
            } else {
                Blocker::needs_sync(
                    "A sync has to show whether there is an ACTIVE secret of this type.",
                    facts.decided_at,
                )
            });
        };
        if active.cache_only {
            return Some(Blocker::new(
                Reason::InvalidSpec,
                "The ACTIVE secret is cache-only: Salesforce fetches it where it is needed, and rotates it by itself. Remove this object.",
            ));
        }
        if active.made.is_none() {
            let message = format!(
                "CipherTrust Manager does not tell when version {} was made, so nobody knows when the next is due.",
                active.version
            );
            return Some(Blocker::new(Reason::UnexpectedAnswer, message));
        }
        None
    }

    fn awaited(_: Awaited, _: State, _: &Facts) -> Blocker {
        Blocker::new(Reason::Progressing, "The secret is to get older first.")
    }

    fn notes(_: Desired, _: State, facts: &Facts, now: Timestamp) -> Vec<Note> {
        facts.certificate.note(now).into_iter().collect()
    }

    fn undo_deadline(_: State, _: &Facts) -> Deadline {
        Deadline::Unknown
    }

    fn approval_facts(_: Action, facts: &Facts) -> Vec<(&'static str, String)> {
        let backup = facts.oldest_surplus().map(|secret| secret.backup);
        vec![
            ("status", "ARCHIVED".to_owned()),
            ("backup", format!("{backup:?}")),
        ]
    }
}
