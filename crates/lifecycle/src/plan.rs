//! From the facts to the next step: `plan(facts, goal, now)`, and nothing else.

use jiff::Timestamp;

use crate::{
    action::{Action, Effect},
    goal::{DriftPolicy, Goal, Origin, Permission},
    reason::{Blocker, Reason},
    search,
    table::{By, Change, Edge, Guard, Lifecycle, Standing},
};

/// All that a plan is made from.
pub struct Input<'a, L: Lifecycle> {
    /// What is known of the key and its container.
    pub facts: &'a L::Facts,
    /// The goal as recorded, brought up to date with the spec.
    pub goal: Goal<L::Desired>,
    /// What to do about drift.
    pub drift: DriftPolicy,
    /// Whether `cckm.dev/restore` names the present generation.
    pub restore_asked: bool,
    /// The acts that were refused for the present generation: giving access back is tried once a goal.
    pub refused: &'a [Action],
    /// The time of the decision.
    pub now: Timestamp,
}

/// One act of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How bad it is, on the facts of the moment.
    pub effect: Effect,
    /// Why.
    pub reason: &'static str,
}

/// What follows from the plan now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The first step may be taken, as far as the lifecycle is concerned.
    Act(Step),
    /// Something stands in the way; its reason says whether it needs somebody.
    Wait(Blocker),
    /// The goal is reached and nothing is left to do.
    Rest(Reason, String),
}

/// Something the reader should know beside the verdict: a condition of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The condition type, which is its reason as well.
    pub condition: NoteKind,
    /// What it means here.
    pub message: String,
}

/// The information conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A newer active tenant secret of this type exists.
    Superseded,
    /// The key is further gone than asked for.
    MoreFinal,
    /// Attributes differ from the spec and are not ours to write.
    Drifted,
    /// Whether the remote value is the Secret's cannot be told.
    ValueUnverified,
    /// A change waits until the key's state accepts it.
    PendingChange,
    /// A client certificate ends soon.
    CertificateExpiring,
    /// A manager's certificate is not checked.
    InsecureSkipVerify,
}

impl NoteKind {
    /// Those that are worth a warning, at any object that is well otherwise.
    pub const WARNINGS: [Self; 2] = [Self::CertificateExpiring, Self::InsecureSkipVerify];

    /// The condition type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Superseded => "Superseded",
            Self::MoreFinal => "MoreFinal",
            Self::Drifted => "Drifted",
            Self::ValueUnverified => "ValueUnverified",
            Self::PendingChange => "PendingChange",
            Self::CertificateExpiring => "CertificateExpiring",
            Self::InsecureSkipVerify => "InsecureSkipVerify",
        }
    }
}

/// The way from the present state to the goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// All remaining steps, in order.
    pub steps: Vec<Step>,
    /// What follows now.
    pub next: Next,
    /// Whether the state is in the goal set, or in a wait that ends there by itself.
    pub reached: bool,
    /// What else there is to know.
    pub notes: Vec<Note>,
}

impl Plan {
    /// A plan of which nothing can be done for this reason.
    pub const fn waiting(blocker: Blocker) -> Self {
        Self {
            steps: Vec::new(),
            next: Next::Wait(blocker),
            reached: false,
            notes: Vec::new(),
        }
    }
}

/// For asking whether there is a way at all.
const ANYTHING: Permission = Permission {
    restore: true,
    move_on: true,
};

/// Plans the way to the goal.
pub fn plan<L: Lifecycle>(input: &Input<'_, L>) -> Plan {
    let facts = input.facts;
    let desired = input.goal.desired;
    let state = match L::state(facts) {
        Ok(state) => state,
        Err(word) => return Plan::waiting(unknown_state(&word)),
    };
    if let Some(blocker) = L::obstacle(desired, state, facts, input.now) {
        return Plan::waiting(blocker);
    }
    let mut notes = L::notes(desired, state, facts, input.now);
    let (path, reached) = match standing::<L>(desired, state, facts, input.now, &mut notes) {
        Standing::Waits(blocker) => {
            return Plan {
                steps: Vec::new(),
                next: Next::Wait(blocker),
                reached: leads_there_by_itself::<L>(desired, state, facts),
                notes,
            };
        }
        Standing::Reached(reason, message) => (Vec::new(), Some((reason, message))),
        Standing::NotReached => {
            let permission = input.goal.permission(input.drift, input.restore_asked);
            match search::path::<L>(desired, state, facts, permission) {
                Some(path) => (path, None),
                None => {
                    return Plan {
                        notes,
                        ..Plan::waiting(no_path(input, state))
                    };
                }
            }
        }
    };
    let moves = moves::<L>(desired, state, facts, &path, &mut notes);
    let steps: Vec<Step> = moves
        .iter()
        .filter_map(|step| step.as_step(facts))
        .collect();
    let next = match (moves.first(), reached.clone()) {
        (None, Some((reason, message))) => Next::Rest(reason, message),
        (None, None) => Next::Wait(Blocker::new(
            Reason::WaitingForRemote,
            "Waiting for the cloud.",
        )),
        (Some(first), _) => first.next(input, state),
    };
    Plan {
        steps,
        next,
        reached: reached.is_some(),
        notes,
    }
}

/// Whether nothing is left to do for us once the wait is over. Else the goal is not reached: what is due later must
/// still be permitted.
fn leads_there_by_itself<L: Lifecycle>(
    desired: L::Desired,
    state: L::State,
    facts: &L::Facts,
) -> bool {
    search::path::<L>(desired, state, facts, ANYTHING)
        .is_some_and(|path| path.iter().all(|edge| matches!(edge.by, By::TheCloud(_))))
}

/// The standing, with "more final than asked for" counted as reached except for the first two of a list. `Gone`
/// counts only where the goal set names it: an absence that nobody can explain is no success.
fn standing<L: Lifecycle>(
    desired: L::Desired,
    state: L::State,
    facts: &L::Facts,
    now: Timestamp,
    notes: &mut Vec<Note>,
) -> Standing {
    let standing = L::standing(desired, state, facts, now);
    let rank = L::desired_rank(desired);
    if standing == Standing::NotReached && !L::is_gone(state) && rank >= 2 && L::rank(state) > rank
    {
        let message = format!("The key is {state:?}, further gone than asked for.");
        notes.push(Note {
            condition: NoteKind::MoreFinal,
            message: message.clone(),
        });
        return Standing::Reached(Reason::Reached, message);
    }
    standing
}

/// A transition or a change within a state, in the order of doing.
enum Move<L: Lifecycle> {
    Edge(&'static Edge<L>),
    Change(&'static Change<L>),
}

impl<L: Lifecycle> Move<L> {
    fn as_step(&self, facts: &L::Facts) -> Option<Step> {
        match self {
            Self::Edge(edge) => match edge.by {
                By::Us(action) => Some(Step {
                    action,
                    effect: (edge.effect)(facts),
                    reason: edge.reason,
                }),
                By::TheCloud(_) => None,
            },
            Self::Change(change) => Some(Step {
                action: change.action,
                effect: (change.effect)(facts),
                reason: change.reason,
            }),
        }
    }

    fn guard(&self) -> Guard<L> {
        match self {
            Self::Edge(edge) => edge.guard,
            Self::Change(change) => change.guard,
        }
    }

    fn next(&self, input: &Input<'_, L>, state: L::State) -> Next {
        if let Self::Edge(Edge {
            by: By::TheCloud(awaited),
            ..
        }) = self
        {
            return Next::Wait(L::awaited(*awaited, state, input.facts));
        }
        let Some(step) = self.as_step(input.facts) else {
            return Next::Wait(Blocker::new(
                Reason::WaitingForRemote,
                "Waiting for the cloud.",
            ));
        };
        if step.effect == Effect::Restores && input.refused.contains(&step.action) {
            return Next::Wait(Blocker::new(
                Reason::CannotUndo,
                format!(
                    "{} was refused; the key stays {state:?}. Change desiredState, or see the events.",
                    step.action
                ),
            ));
        }
        match (self.guard())(input.facts, input.now) {
            Ok(()) => Next::Act(step),
            Err(blocker) => Next::Wait(blocker),
        }
    }
}

/// The path with the wanted changes put in at the first state that accepts them. None is made on the way to a
/// dead goal, and a key is never moved just to apply one: it waits as `PendingChange`.
fn moves<L: Lifecycle>(
    desired: L::Desired,
    state: L::State,
    facts: &L::Facts,
    path: &[&'static Edge<L>],
    notes: &mut Vec<Note>,
) -> Vec<Move<L>> {
    let mut wanted: Vec<&'static Change<L>> = Vec::new();
    if L::alive(desired) && state != L::NEVER_SEEN {
        wanted = L::changes()
            .iter()
            .filter(|change| (change.wanted)(facts))
            .collect();
    }
    let claims_only = path.is_empty()
        && wanted
            .iter()
            .all(|change| change.action == Action::ClaimOwnership);
    if claims_only {
        return Vec::new();
    }
    let mut moves = Vec::new();
    let mut at = state;
    for edge in path.iter().map(Some).chain([None]) {
        let (now, later): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .partition(|change| change.allowed_in.contains(&at));
        moves.extend(now.into_iter().map(Move::Change));
        wanted = later;
        if let Some(edge) = edge {
            moves.push(Move::Edge(edge));
            at = edge.to;
        }
    }
    if !wanted.is_empty() {
        let waiting: Vec<&str> = wanted.iter().map(|change| change.action.as_str()).collect();
        let message = format!(
            "{} waits: the cloud refuses changes of a key that is {state:?}.",
            waiting.join(", ")
        );
        notes.push(Note {
            condition: NoteKind::PendingChange,
            message,
        });
    }
    moves
}

fn unknown_state(word: &str) -> Blocker {
    let word: String = word
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_- ".contains(*c))
        .take(40)
        .collect();
    Blocker::new(
        Reason::UnknownRemoteState,
        format!(
            "The cloud reports the state \"{word}\", which this version does not know; nothing is done. Upgrade the operator."
        ),
    )
}

/// Why there is no permitted way.
fn no_path<L: Lifecycle>(input: &Input<'_, L>, state: L::State) -> Blocker {
    let desired = input.goal.desired;
    if L::is_gone(state) {
        return Blocker::new(
            Reason::Gone,
            "The key is not there any more, and is never made again silently. To make a new one, create a new object under another name.",
        );
    }
    if state == L::NEVER_SEEN {
        return Blocker::new(
            Reason::NothingToDestroy,
            format!(
                "There is no such key, so there is nothing to bring to {desired:?}. Correct the identity in spec, or delete this object."
            ),
        );
    }
    if search::path::<L>(desired, state, input.facts, ANYTHING).is_none() {
        return Blocker::new(
            Reason::CannotUndo,
            format!(
                "The key is {state:?}, and there is no way from there to {desired:?}. Set desiredState to what it is."
            ),
        );
    }
    if input.goal.reached {
        return Blocker::new(
            Reason::Drifted,
            format!(
                "The key was {desired:?} and is {state:?} now, by somebody else's doing. Set desiredState to what it is, or set driftPolicy: Correct, or annotate cckm.dev/restore with the present generation."
            ),
        );
    }
    debug_assert!(input.goal.origin == Origin::FirstSeen);
    Blocker::new(
        Reason::RestoreNotAsked,
        format!(
            "The key was {state:?} when this object was first seen, and nobody asked to restore it. Set desiredState to what it is, or annotate cckm.dev/restore with the present generation."
        ),
    )
}
