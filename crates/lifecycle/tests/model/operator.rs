//! One pass of the operator, put together as the driver does: settle the intent, plan, announce, act, record.

use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    action::{Action, Effect},
    goal::{DriftPolicy, Goal, Origin},
    intent::{self, Intent, Outcome},
    plan::{Input, Next, Plan, Step, plan},
    reason::Class,
    sync::Reading,
    table::Lifecycle,
};

use crate::world::{Cloud, DesiredOf, Mistake, Recorded, Sync, World, origin};

/// How a pass ends, if it sends something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The reply arrives.
    Well,
    /// The effect happens, and nothing is heard of it.
    ReplyLost,
    /// Nothing is heard, and a create has its effect later.
    LandsLate,
    /// The process ends between the announcement and the call.
    KilledBefore,
    /// It ends between the effect and the status.
    KilledAfter,
}

impl End {
    pub(crate) const ALL: [(&'static str, Self); 5] = [
        ("a pass", Self::Well),
        ("a pass without a reply", Self::ReplyLost),
        ("a pass whose effect lands late", Self::LandsLate),
        ("killed after announcing", Self::KilledBefore),
        ("killed after the effect", Self::KilledAfter),
    ];
}

/// So many seconds after this process saw the object.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH
        + SignedDuration::from_hours(24 * 365)
        + SignedDuration::from_secs(seconds)
}

pub(crate) const FIRST_SEEN: i64 = 0;
pub(crate) const DECIDED: i64 = 10;
pub(crate) const OPENED: i64 = 15;
pub(crate) const AGED: i64 = 680;

impl Sync {
    /// What the list after it proves.
    pub(crate) fn reading(self) -> Reading {
        let started = match self {
            Self::None => None,
            Self::Seen => Some(FIRST_SEEN),
            Self::Decided => Some(20),
            Self::Aged => Some(AGED),
        };
        Reading {
            sync_started: started.map(at),
            consistent: true,
        }
    }
}

impl<C: Cloud> World<C> {
    fn now(&self) -> Timestamp {
        at(if self.aged { AGED + 20 } else { 100 })
    }

    fn reading(&self) -> Reading {
        self.sync.reading()
    }

    fn plan(&self, goal: Goal<DesiredOf<C>>) -> Plan {
        let mut reading = self.reading();
        if self.mistake == Mistake::TrustsOldRows {
            reading.sync_started = Some(self.now());
        }
        plan::<C::Lifecycle>(&Input {
            facts: &C::facts(self, reading),
            goal,
            drift: DriftPolicy::Report,
            restore_asked: self.mistake == Mistake::RestoresUnasked,
            refused: match self.mistake {
                Mistake::NeverRestores => C::RESTORING,
                _ => &[],
            },
            now: self.now(),
        })
    }

    /// Settles the intent that a pass finds open. False: its outcome is unknown still.
    fn settle(&mut self) -> bool {
        if !self.intent || self.mistake == Mistake::ForgetsIntent {
            return true;
        }
        let intent = Intent {
            id: "i".into(),
            action: Action::Create,
            generation: 1,
            opened_at: at(OPENED),
            version_before: None,
        };
        let found = self.row != C::NOT_THERE && !self.foreign;
        let mut reading = self.reading();
        if self.mistake == Mistake::Impatient {
            reading.sync_started = reading.sync_started.map(|_| at(AGED));
        }
        if let Outcome::Unknown(_) = intent::settle(&intent, found, reading, self.now()) {
            return false;
        }
        (self.intent, self.aged) = (false, false);
        self.sync = self.sync.min(Sync::Seen);
        true
    }

    /// One pass. An error names the promise that it breaks.
    pub(crate) fn pass(&self, end: End) -> Result<Self, String> {
        let mut world = self.clone();
        if !world.settle() {
            return Ok(world);
        }
        world.recorded |= world.row != C::NOT_THERE && !world.foreign;
        let (mut goal, mut plan) = world.decide();
        let stale = world.row != C::NOT_THERE && world.row != world.truth;
        if C::REFRESHES && stale && world.may_act(&plan).is_some() {
            // The fresh read before a write shows another state.
            world.row = world.truth;
            (goal, plan) = world.decide();
        }
        let Some(step) = world.may_act(&plan) else {
            return Ok(world);
        };
        world.check(&step, goal)?;
        Ok(world.act(&step, end))
    }

    fn decide(&mut self) -> (Goal<DesiredOf<C>>, Plan) {
        let recorded = self.goal.map(|goal| Goal {
            desired: goal.desired,
            origin: origin(goal.changed),
            reached: goal.reached,
        });
        let mut goal = Goal::follow(recorded, self.desired);
        let mut plan = self.plan(goal);
        let first = plan.steps.first().map(|step| step.action);
        if first != self.planned {
            // News has to be younger than the decision.
            (self.planned, self.sync) = (first, self.sync.min(Sync::Seen));
            plan = self.plan(goal);
        }
        goal.reached |= plan.reached;
        if self.mistake == Mistake::RestsTooEarly
            && let Next::Wait(blocker) = &plan.next
        {
            goal.reached |= blocker.reason.class() == Class::Ready;
        }
        self.goal = Some(Recorded {
            desired: goal.desired,
            changed: goal.origin == Origin::Changed,
            reached: goal.reached,
        });
        (goal, plan)
    }

    fn may_act(&self, plan: &Plan) -> Option<Step> {
        let Next::Act(step) = &plan.next else {
            return None;
        };
        let approved = self.approved || self.mistake == Mistake::NeedsNoApproval;
        (step.effect != Effect::Irreversible || approved).then(|| step.clone())
    }

    /// What must never be sent. By the calls' own nature, not by the effect that the table gives them.
    fn check(&self, step: &Step, goal: Goal<DesiredOf<C>>) -> Result<(), String> {
        let wrong = |promise: &str| Err(format!("{promise} ({:?})", step.action));
        if self.foreign {
            return wrong("it writes to what is not its own");
        }
        let first = <C::Lifecycle as Lifecycle>::FIRST;
        if step.action == Action::Create && self.desired != first {
            return wrong("it creates for a destructive wish");
        }
        if C::IRREVERSIBLE.contains(&step.action) && !self.approved {
            return wrong("an irreversible act without approval");
        }
        let asked = goal.origin == Origin::Changed && !goal.reached;
        if C::RESTORING.contains(&step.action) && !asked {
            return wrong("it restores what nobody asked for");
        }
        Ok(())
    }

    fn act(mut self, step: &Step, end: End) -> Self {
        let creates = step.action == Action::Create;
        if creates {
            (self.intent, self.aged) = (true, false);
            self.sync = self.sync.min(Sync::Seen);
        }
        if end == End::KilledBefore {
            return self.restarted();
        }
        if end == End::LandsLate && creates {
            self.late = true;
            return self;
        }
        if creates {
            self.create();
        } else if let Some(place) = C::send(step.action, self.truth) {
            (self.truth, self.row) = (place, place);
        }
        match end {
            End::KilledAfter => return self.restarted(),
            End::ReplyLost | End::LandsLate => return self,
            End::Well | End::KilledBefore => {}
        }
        if creates {
            (self.intent, self.recorded) = (false, true);
        }
        if step.effect == Effect::Irreversible {
            self.approved = false;
        }
        self
    }

    /// Another process: it remembers nothing.
    fn restarted(self) -> Self {
        Self {
            sync: Sync::None,
            planned: None,
            ..self
        }
    }
}
