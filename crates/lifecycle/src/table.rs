//! The shape of a lifecycle: transitions as data.

use std::fmt::Debug;

use jiff::Timestamp;

use crate::{
    action::{Action, Effect},
    reason::{Blocker, Reason},
};

/// Who makes a transition happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The operator, by one remote write.
    Us(Action),
    /// The cloud, on its own; the operator waits.
    TheCloud(Awaited),
}

/// What a transition that is not ours waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A transitional state settles within seconds to minutes.
    Settling,
    /// A newer tenant secret of the same type has to appear; somebody has to want one.
    Successor,
    /// A waiting period has to end.
    WaitingPeriod,
}

/// One transition.
pub struct Edge<L: Lifecycle> {
    /// The state it starts at.
    pub from: L::State,
    /// Who does it.
    pub by: By,
    /// The state it ends in.
    pub to: L::State,
    /// Whether this transition exists on these facts: a vault without soft-delete has none to a soft-deleted state.
    pub when: fn(&L::Facts) -> bool,
    /// How bad it is, on the facts of the moment.
    pub effect: fn(&L::Facts) -> Effect,
    /// Whether it may be taken now.
    pub guard: Guard<L>,
    /// Why one would take it, for the plan.
    pub reason: &'static str,
}

/// Judges on the facts and `now` whether something may be done.
pub type Guard<L> = fn(&<L as Lifecycle>::Facts, Timestamp) -> Result<(), Blocker>;

/// A change that leaves the state as it is.
pub struct Change<L: Lifecycle> {
    /// What is done.
    pub action: Action,
    /// The states in which the cloud accepts it.
    pub allowed_in: &'static [L::State],
    /// How bad it is.
    pub effect: fn(&L::Facts) -> Effect,
    /// Whether the facts call for it.
    pub wanted: fn(&L::Facts) -> bool,
    /// Whether it may be done now.
    pub guard: Guard<L>,
    /// Why one would do it, for the plan.
    pub reason: &'static str,
}

/// How the present state stands to the desired one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In the goal set. The reason is of class Ready; the message may name a date.
    Reached(Reason, String),
    /// A wait that needs nobody, ended by a date: counts as ready.
    Waits(Blocker),
    /// Not there.
    NotReached,
}

/// One cloud's lifecycle.
pub trait Lifecycle: Sized + 'static {
    /// Where a key can be, `NeverSeen` and `Gone` included.
    type State: Copy + Eq + Ord + Debug + 'static;
    /// What can be desired, in rank order: the first of the list is the least.
    type Desired: Copy + Eq + Ord + Debug + 'static;
    /// Everything that effects, guards and goal sets read.
    type Facts;

    /// The transitions, in the order in which the search prefers them.
    fn edges() -> &'static [Edge<Self>];
    /// The changes within a state, in the order in which they are made.
    fn changes() -> &'static [Change<Self>];
    /// The state that the facts put the key in; the word itself if it is not in the table.
    fn state(facts: &Self::Facts) -> Result<Self::State, String>;
    /// Never seen: nothing recorded and nothing found.
    const NEVER_SEEN: Self::State;
    /// The first of the list: the only goal for which something is made.
    const FIRST: Self::Desired;
    /// Whether the cloud does not know the key any more, and it was not seen to be deleted.
    fn is_gone(state: Self::State) -> bool;
    /// Goals of a key in use; only on the way to them are attributes changed.
    fn alive(desired: Self::Desired) -> bool;
    /// The rank of a state on the scale of the desired states; of a transitional state, that of where it leads.
    fn rank(state: Self::State) -> u8;
    /// The rank of a desired state.
    fn desired_rank(desired: Self::Desired) -> u8;
    /// Whether a state is in the goal set.
    fn in_goal(desired: Self::Desired, state: Self::State, facts: &Self::Facts) -> bool;
    /// How the present state stands to the goal, waits included.
    fn standing(
        desired: Self::Desired,
        state: Self::State,
        facts: &Self::Facts,
        now: Timestamp,
    ) -> Standing;
    /// What bars every step whatever the path: unclear identity, a foreign owner, an unproven absence.
    fn obstacle(
        desired: Self::Desired,
        state: Self::State,
        facts: &Self::Facts,
        now: Timestamp,
    ) -> Option<Blocker>;
    /// The message for a wait on the cloud.
    fn awaited(awaited: Awaited, state: Self::State, facts: &Self::Facts) -> Blocker;
    /// What else the reader should know of a key in this state.
    fn notes(
        desired: Self::Desired,
        state: Self::State,
        facts: &Self::Facts,
        now: Timestamp,
    ) -> Vec<crate::plan::Note>;
    /// Until when a `Restores` edge from this state stays open.
    fn undo_deadline(state: Self::State, facts: &Self::Facts) -> crate::undo::Deadline;
    /// Whether an action is on something that no spec names, another thing each time: then somebody has to approve it even
    /// where the manager allows its effect.
    fn needs_approval(_: Action) -> bool {
        false
    }
    /// The `fact=value` lines that an approval of this action is bound to: what its guard and effect read,
    /// never times or counters.
    fn approval_facts(action: Action, facts: &Self::Facts) -> Vec<(&'static str, String)>;
}

/// A transition or change that exists whatever the facts.
pub fn always<F>(_: &F) -> bool {
    true
}

/// A guard that always holds.
pub fn open<F>(_: &F, _: Timestamp) -> Result<(), Blocker> {
    Ok(())
}
