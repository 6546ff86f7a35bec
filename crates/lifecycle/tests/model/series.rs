//! Something of which there is ever another: the secrets of one type, the versions of one key. Another is made when the newest
//! gets old, while others make some too. Where the older ones are archived, one of them is kept; objects come to name one
//! and cease to, and people approve what is destroyed.

use std::{collections::BTreeSet, fmt::Debug, marker::PhantomData};

use jiff::Timestamp;
use lifecycle::{
    action::Action,
    intent::{self, Intent, Outcome},
    plan::{Next, Plan},
    sync::Reading,
};

use crate::{
    explore::{Situation, assert_found, at_rest, explore},
    operator::{AGED, End, OPENED, at},
    world::{Mistake, Sync},
};

/// The rules of one series.
pub(crate) trait Series: Clone + Ord + Debug {
    /// Whether the cloud refuses another one soon after the last.
    const FENCED: bool;
    /// Whether older ones are archived, and may be destroyed.
    const ARCHIVES: bool;
    /// Whether a fresh read of CM reads the cloud.
    const REFRESHES: bool;

    /// The operator's plan.
    fn plan(world: &World<Self>) -> Plan;
    /// The archived one that it would destroy next.
    fn oldest_surplus(_: &World<Self>) -> Option<i64> {
        None
    }
}

/// How many archived ones are kept.
pub(crate) const KEEP: usize = 1;
/// The archived one that an object may name.
pub(crate) const NAMED: i64 = 1;
/// How far the world goes.
const LAST: i64 = 5;

/// How old the newest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// Where there is a fence, it takes no other yet.
    Fresh,
    /// It would take another, and none is due.
    Young,
    /// Another one is due.
    Old,
}

/// All there are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct All {
    pub(crate) newest: i64,
    pub(crate) age: Age,
    pub(crate) archived: BTreeSet<i64>,
}

impl All {
    fn rotate(&mut self) {
        self.archived.insert(self.newest);
        self.newest += 1;
        self.age = Age::Fresh;
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact that is true or not whatever the others are"
)]
pub(crate) struct World<S> {
    series: PhantomData<S>,
    pub(crate) mistake: Mistake,
    truth: All,
    pub(crate) row: All,
    /// Whether the newest is of our making.
    ours: bool,
    /// One was made although the newest was young.
    doubled: bool,
    /// A create is under way whose sender has gone.
    late: bool,
    pub(crate) named: bool,
    /// The one whose destruction is approved.
    approved: Option<i64>,
    /// The status: the newest version when the open intent was written, and whether the goal was reached.
    intent: Option<i64>,
    aged: bool,
    pub(crate) reached: bool,
    /// The process's memory.
    sync: Sync,
    planned: Option<Action>,
}

impl<S: Series> World<S> {
    pub(crate) fn start(mistake: Mistake) -> Self {
        let all = All {
            newest: 3,
            age: Age::Old,
            archived: [1, 2].into(),
        };
        Self {
            series: PhantomData,
            mistake,
            truth: all.clone(),
            row: all,
            ours: false,
            doubled: false,
            late: false,
            named: true,
            approved: None,
            intent: None,
            aged: false,
            reached: false,
            sync: Sync::None,
            planned: None,
        }
    }

    /// What the last list proves.
    pub(crate) fn reading(&self) -> Reading {
        let mut reading = self.sync.reading();
        if self.mistake == Mistake::TrustsOldRows {
            reading.sync_started = Some(self.now());
        }
        reading
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(if self.aged { AGED + 20 } else { 100 })
    }

    /// Settles the intent that a pass finds open. False: its outcome is unknown still.
    fn settle(&mut self) -> bool {
        let Some(before) = self.intent else {
            return true;
        };
        if self.mistake == Mistake::ForgetsIntent {
            return true;
        }
        let intent = Intent {
            id: "i".into(),
            action: Action::Create,
            generation: 1,
            opened_at: at(OPENED),
            version_before: None,
        };
        let mut reading = self.reading();
        if self.mistake == Mistake::Impatient {
            reading.sync_started = reading.sync_started.map(|_| at(AGED));
        }
        let found = self.row.newest > before;
        if let Outcome::Unknown(_) = intent::settle(&intent, found, reading, self.now()) {
            return false;
        }
        (self.intent, self.aged) = (None, false);
        self.sync = self.sync.min(Sync::Seen);
        true
    }

    fn pass(&self, end: End) -> Result<Self, String> {
        let mut world = self.clone();
        if !world.settle() {
            return Ok(world);
        }
        let mut plan = world.decide();
        let looks = S::REFRESHES && world.mistake != Mistake::TrustsOldRows;
        if looks && matches!(plan.next, Next::Act(_)) {
            world.row = world.truth.clone();
            plan = world.decide();
        }
        let Next::Act(step) = &plan.next else {
            return Ok(world);
        };
        if step.action.makes_something() {
            return Ok(world.create(end));
        }
        let oldest = S::oldest_surplus(&world);
        let asks = world.mistake != Mistake::NeedsNoApproval;
        match oldest {
            Some(version) if !asks || world.approved == oldest => world.destroy(version, end),
            _ => Ok(world),
        }
    }

    fn decide(&mut self) -> Plan {
        let mut plan = S::plan(self);
        let first = plan.steps.first().map(|step| step.action);
        if first != self.planned {
            (self.planned, self.sync) = (first, self.sync.min(Sync::Seen));
            plan = S::plan(self);
        }
        self.reached |= plan.reached;
        plan
    }

    fn create(mut self, end: End) -> Self {
        (self.intent, self.aged) = (Some(self.row.newest), false);
        self.sync = self.sync.min(Sync::Seen);
        match end {
            End::KilledBefore => return self.restarted(),
            End::LandsLate => {
                self.late = true;
                return self;
            }
            End::Well | End::ReplyLost | End::KilledAfter => self.land(),
        }
        match end {
            End::KilledAfter => self.restarted(),
            End::Well => {
                self.row = self.truth.clone();
                self.intent = None;
                self
            }
            _ => self,
        }
    }

    /// A create has its effect. What lands on somebody else's fresh one is refused, or could not be known.
    fn land(&mut self) {
        match self.truth.age {
            Age::Fresh if !self.ours && S::FENCED => return,
            Age::Old => {}
            Age::Fresh if !self.ours => {}
            Age::Fresh | Age::Young => self.doubled = true,
        }
        self.truth.rotate();
        self.ours = true;
    }

    fn destroy(mut self, version: i64, end: End) -> Result<Self, String> {
        if self.approved != Some(version) {
            return Err("a secret is destroyed that nobody approved".into());
        }
        if self.named && version == NAMED {
            return Err("a secret is destroyed that an object names".into());
        }
        let newer = self.truth.archived.iter().filter(|other| **other > version);
        if newer.count() < KEEP {
            return Err("a secret is destroyed that is to be kept".into());
        }
        if end == End::KilledBefore {
            return Ok(self.restarted());
        }
        self.truth.archived.remove(&version);
        if end != End::Well {
            return Ok(self.restarted());
        }
        self.row.archived.remove(&version);
        self.approved = None;
        Ok(self)
    }

    fn restarted(self) -> Self {
        Self {
            sync: Sync::None,
            planned: None,
            ..self
        }
    }

    fn synced(&self) -> Self {
        let aged = self.intent.is_some() && self.aged;
        Self {
            row: self.truth.clone(),
            sync: if aged { Sync::Aged } else { Sync::Decided },
            ..self.clone()
        }
    }

    /// Ten minutes later. CM works for at most eight after the connection died.
    fn older(&self) -> Self {
        let mut world = self.clone();
        if std::mem::take(&mut world.late) {
            world.land();
        }
        world.aged = world.intent.is_some();
        world
    }

    /// Days later: rows and news are of days ago.
    fn days_later(&self) -> Self {
        let mut world = self.older();
        world.sync = world.sync.min(Sync::Seen);
        world.truth.age = match world.truth.age {
            Age::Fresh => Age::Young,
            Age::Young | Age::Old => Age::Old,
        };
        world
    }

    fn rotated_elsewhere(&self) -> Self {
        let mut world = self.clone();
        world.truth.rotate();
        world.ours = false;
        world
    }

    /// What people do about the archived ones.
    fn archival(&self) -> Vec<(&'static str, Result<Self, String>)> {
        let names = Self {
            named: !self.named,
            ..self.clone()
        };
        let approved = |version: &i64| Self {
            approved: Some(*version),
            ..self.clone()
        };
        let approvals = self.truth.archived.iter().map(approved);
        let approvals = approvals.map(|world| ("an approval", Ok(world)));
        [("an object comes or goes", Ok(names))]
            .into_iter()
            .chain(approvals)
            .collect()
    }

    fn at_rest(&self) -> Result<Self, String> {
        at_rest(self, |world| {
            world.pass(End::Well)?.older().synced().pass(End::Well)
        })
    }
}

impl<S: Series> Situation for World<S> {
    fn moves(&self) -> Vec<(&'static str, Result<Self, String>)> {
        let mut moves = End::ALL.map(|(name, end)| (name, self.pass(end))).to_vec();
        moves.extend([
            ("a sync", Ok(self.synced())),
            ("ten minutes", Ok(self.older())),
        ]);
        if self.truth.newest < LAST {
            moves.push(("days", Ok(self.days_later())));
            if self.truth.age != Age::Fresh {
                moves.push(("somebody makes one", Ok(self.rotated_elsewhere())));
            }
        }
        if S::ARCHIVES {
            moves.extend(self.archival());
        }
        moves
    }

    fn judge(&self) -> Result<(), String> {
        let mut rest = self.at_rest()?;
        if self.doubled || rest.doubled {
            return Err("one was made too early".into());
        }
        if rest.truth.age == Age::Old {
            return Err("what is due is not made".into());
        }
        for _ in 0..LAST {
            let Some(oldest) = S::oldest_surplus(&rest) else {
                return Ok(());
            };
            rest.approved = Some(oldest);
            rest = rest.at_rest()?;
        }
        Err("what is approved is not destroyed".into())
    }
}

/// How many situations there are, or the way to a broken promise.
pub(crate) fn explored<S: Series>(mistake: Mistake) -> Result<usize, String> {
    explore(vec![World::<S>::start(mistake)])
}

/// Asserts that the planted mistake breaks that promise.
#[track_caller]
pub(crate) fn finds<S: Series>(mistake: Mistake, promise: &str) {
    assert_found(explored::<S>(mistake), mistake, promise);
}

/// The tests of one series.
macro_rules! never_doubled {
    ($series:ty, $floor:literal) => {
        use $crate::{
            series::{explored, finds},
            world::Mistake,
        };

        #[test]
        fn every_promise_holds_in_every_situation() {
            let situations = explored::<$series>(Mistake::Nothing).unwrap();
            println!("{}: {situations} situations", module_path!());
            assert!(situations > $floor, "hardly anything was visited");
        }

        #[test]
        fn an_operator_that_sends_again_when_it_heard_nothing_is_found() {
            finds::<$series>(Mistake::ForgetsIntent, "one was made too early");
        }

        #[test]
        fn an_operator_that_does_not_wait_for_what_lands_late_is_found() {
            finds::<$series>(Mistake::Impatient, "one was made too early");
        }

        #[test]
        fn an_operator_that_takes_old_rows_for_news_is_found() {
            finds::<$series>(Mistake::TrustsOldRows, "one was made too early");
        }
    };
}
pub(crate) use never_doubled;
