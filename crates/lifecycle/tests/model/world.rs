//! The cloud's truth, CM's row of it, and the operator's status and memory.

use std::fmt::Debug;

use lifecycle::{action::Action, goal::Origin, sync::Reading, table::Lifecycle};

use crate::{
    explore::{Situation, assert_found, at_rest, explore},
    operator::End,
};

/// The rules of one cloud, as its pages tell them.
pub(crate) trait Cloud: Clone + Ord + Debug {
    type Lifecycle: Lifecycle;
    /// Where a key is.
    type Place: Copy + Ord + Debug;
    const NOT_THERE: Self::Place;
    /// Where a new key is.
    const NEW: Self::Place;
    const WISHES: &'static [DesiredOf<Self>];
    /// The calls that nothing undoes.
    const IRREVERSIBLE: &'static [Action];
    /// The calls that give access back.
    const RESTORING: &'static [Action];
    /// Whether a key can be there that is somebody else's by its tag.
    const TAGS: bool;
    /// Whether a fresh read of CM reads the cloud.
    const REFRESHES: bool;

    /// Whether a create is refused while a key is at this place.
    fn refuses_create(place: Self::Place) -> bool;
    /// Where a call leads; nothing where it is refused.
    fn send(action: Action, place: Self::Place) -> Option<Self::Place>;
    /// What other hands and time can do.
    fn elsewhere(place: Self::Place) -> Vec<(&'static str, Self::Place)>;
    /// Whether a wish for the first desired state brings the key back from here.
    fn can_come_back(place: Self::Place) -> bool;
    /// Whether it is back.
    fn is_back(place: Self::Place) -> bool;
    /// Whether a key here is what is wished for.
    fn fulfils(desired: DesiredOf<Self>, place: Self::Place) -> bool;
    /// Whether a changed wish can be fulfilled from here, given all approvals and time.
    fn within_reach(desired: DesiredOf<Self>, place: Self::Place) -> bool;
    /// Where time alone takes a key.
    fn later(place: Self::Place) -> Self::Place;
    /// What the operator's guards read.
    fn facts(world: &World<Self>, reading: Reading) -> FactsOf<Self>;
}

pub(crate) type DesiredOf<C> = <<C as Cloud>::Lifecycle as Lifecycle>::Desired;
pub(crate) type FactsOf<C> = <<C as Cloud>::Lifecycle as Lifecycle>::Facts;

/// How new the newest sync is whose list this process has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sync {
    /// None since this process saw the object.
    None,
    /// Started after that, but not after the present decision.
    Seen,
    /// Started after the present decision, or after the intent was opened.
    Decided,
    /// Started ten minutes after the intent was opened.
    Aged,
}

/// A mistake that is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mistake {
    Nothing,
    /// Sends again when the outcome is unknown.
    ForgetsIntent,
    /// Concludes "not made" without waiting for what lands late.
    Impatient,
    /// Takes any list for proof that there is none.
    TrustsOldRows,
    /// Needs no approval.
    NeedsNoApproval,
    /// Gives access back although nobody asked.
    RestoresUnasked,
    /// Takes over what is not its own.
    Grabs,
    /// Never gives access back.
    NeverRestores,
    /// Takes a waiting period that needs nobody for the goal.
    RestsTooEarly,
}

/// A goal in status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Recorded<D> {
    pub(crate) desired: D,
    pub(crate) changed: bool,
    pub(crate) reached: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact that is true or not whatever the others are"
)]
pub(crate) struct World<C: Cloud> {
    pub(crate) mistake: Mistake,
    pub(crate) desired: DesiredOf<C>,
    pub(crate) truth: C::Place,
    /// How many keys our creates made, or versions where the cloud takes a create for a new version.
    pub(crate) made: u8,
    /// A create is under way whose sender has gone.
    pub(crate) late: bool,
    /// Whether somebody else made the key, and our tag is not on it.
    pub(crate) foreign: bool,
    pub(crate) row: C::Place,
    /// The status: whether it records the identity, the goal, and an open intent.
    pub(crate) recorded: bool,
    pub(crate) goal: Option<Recorded<DesiredOf<C>>>,
    pub(crate) intent: bool,
    /// Whether ten minutes have passed since it was opened.
    pub(crate) aged: bool,
    /// An approval of what the plan waits for.
    pub(crate) approved: bool,
    /// The process's memory.
    pub(crate) sync: Sync,
    pub(crate) planned: Option<Action>,
}

impl<C: Cloud> World<C> {
    pub(crate) fn start(mistake: Mistake, desired: DesiredOf<C>, foreign: bool) -> Self {
        Self {
            mistake,
            desired,
            truth: if foreign { C::NEW } else { C::NOT_THERE },
            made: 0,
            late: false,
            foreign,
            // CM has not read the cloud yet.
            row: C::NOT_THERE,
            recorded: false,
            goal: None,
            intent: false,
            aged: false,
            approved: false,
            sync: Sync::None,
            planned: None,
        }
    }

    fn synced(&self) -> Self {
        let sync = if self.intent && self.aged {
            Sync::Aged
        } else {
            Sync::Decided
        };
        Self {
            row: self.truth,
            sync,
            ..self.clone()
        }
    }

    fn landed(&self) -> Self {
        let mut world = self.clone();
        if world.late {
            world.late = false;
            world.create();
        }
        world
    }

    /// Ten minutes later. CM works for at most eight after the connection died.
    fn older(&self) -> Self {
        Self {
            aged: self.intent,
            ..self.landed()
        }
    }

    pub(crate) fn create(&mut self) {
        if !C::refuses_create(self.truth) {
            (self.truth, self.row) = (C::NEW, C::NEW);
            self.made += 1;
        }
    }

    fn wish(&self, desired: DesiredOf<C>) -> Self {
        Self {
            desired,
            // It was bound to the generation.
            approved: false,
            ..self.clone()
        }
    }

    /// Nobody disturbs any more, everything is approved, and waiting periods end.
    fn in_the_end(&self) -> Result<Self, String> {
        let mut world = self.clone();
        for _ in 0..40 {
            let approved = Self {
                approved: true,
                ..world.pass(End::Well)?.older()
            };
            let acted = approved.synced().pass(End::Well)?;
            let next = Self {
                truth: C::later(acted.truth),
                ..acted
            };
            if next == world {
                break;
            }
            world = next;
        }
        Ok(world)
    }

    /// Nobody disturbs any more: passes and syncs alternate until nothing changes.
    fn at_rest(&self) -> Result<Self, String> {
        at_rest(self, |world| {
            world.pass(End::Well)?.older().synced().pass(End::Well)
        })
    }
}

impl<C: Cloud> Situation for World<C> {
    fn moves(&self) -> Vec<(&'static str, Result<Self, String>)> {
        let mut moves = End::ALL.map(|(name, end)| (name, self.pass(end))).to_vec();
        moves.extend([
            ("a sync", Ok(self.synced())),
            ("the late effect", Ok(self.landed())),
            ("ten minutes", Ok(self.older())),
        ]);
        for wish in C::WISHES.iter().filter(|wish| **wish != self.desired) {
            moves.push(("another wish", Ok(self.wish(*wish))));
        }
        if !self.approved {
            let approved = Self {
                approved: true,
                // What was read before the approval does not count for it.
                sync: self.sync.min(Sync::Seen),
                ..self.clone()
            };
            moves.push(("an approval", Ok(approved)));
        }
        moves.extend(C::elsewhere(self.truth).into_iter().map(|(name, truth)| {
            let world = Self {
                truth,
                ..self.clone()
            };
            (name, Ok(world))
        }));
        moves
    }

    fn judge(&self) -> Result<(), String> {
        let rest = self.at_rest()?;
        if self.made > 1 || rest.made > 1 {
            return Err("more than one was made".into());
        }
        let first = <C::Lifecycle as Lifecycle>::FIRST;
        let pursued = self
            .goal
            .is_some_and(|goal| goal.desired != first && goal.desired == self.desired);
        let known = self.row == self.truth && !self.late && !self.intent && !self.foreign;
        if known && pursued && C::can_come_back(self.truth) {
            let back = self.wish(first).at_rest()?;
            if !C::is_back(back.truth) {
                return Err(format!("a revert ends at {:?}", back.truth));
            }
        }
        let asked = self
            .goal
            .is_some_and(|goal| goal.desired == self.desired && goal.changed && !goal.reached);
        if known && asked && C::within_reach(self.desired, self.truth) {
            let end = self.in_the_end()?;
            if !C::fulfils(self.desired, end.truth) {
                return Err(format!(
                    "{:?} is never fulfilled and ends at {:?}",
                    self.desired, end.truth
                ));
            }
        }
        Ok(())
    }
}

/// The goal as the planner reads it.
pub(crate) fn origin(changed: bool) -> Origin {
    if changed {
        Origin::Changed
    } else {
        Origin::FirstSeen
    }
}

/// How many situations there are, or the way to a broken promise.
pub(crate) fn explored<C: Cloud>(mistake: Mistake) -> Result<usize, String> {
    let foreign: &[bool] = if C::TAGS { &[false, true] } else { &[false] };
    let starts = C::WISHES.iter().flat_map(|wish| {
        foreign
            .iter()
            .map(|foreign| World::<C>::start(mistake, *wish, *foreign))
    });
    explore(starts.collect())
}

/// Asserts that the planted mistake breaks that promise.
#[track_caller]
pub(crate) fn finds<C: Cloud>(mistake: Mistake, promise: &str) {
    assert_found(explored::<C>(mistake), mistake, promise);
}

/// The tests of one cloud.
macro_rules! promises {
    ($cloud:ty, $floor:literal) => {
        use $crate::world::{Mistake, explored, finds};

        #[test]
        fn every_promise_holds_in_every_situation() {
            let situations = explored::<$cloud>(Mistake::Nothing).unwrap();
            println!("{}: {situations} situations", module_path!());
            assert!(situations > $floor, "hardly anything was visited");
        }

        #[test]
        fn an_operator_that_sends_again_when_it_heard_nothing_is_found() {
            finds::<$cloud>(Mistake::ForgetsIntent, "more than one was made");
        }

        #[test]
        fn an_operator_that_does_not_wait_for_what_lands_late_is_found() {
            finds::<$cloud>(Mistake::Impatient, "more than one was made");
        }

        #[test]
        fn an_operator_that_gives_access_back_unasked_is_found() {
            finds::<$cloud>(
                Mistake::RestoresUnasked,
                "it restores what nobody asked for",
            );
        }

        #[test]
        fn an_operator_that_never_undoes_is_found() {
            finds::<$cloud>(Mistake::NeverRestores, "a revert ends at");
        }
    };
}
pub(crate) use promises;
