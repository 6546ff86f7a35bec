//! What is to be done, and whether it may be done now: the plan, held against approvals, suspension and failures.

use jiff::Timestamp;
use lifecycle::{
    action::Effect,
    approval::Offer,
    goal::Goal,
    intent::{self, Intent, Outcome as IntentOutcome},
    plan::{Input, Next, Plan, Step, plan},
    reason::{Blocker, Reason},
    sync::NEWS,
};

use super::{
    approvals::{self, Covered},
    budget,
    fields::KeyObject,
    kind::{FactsOf, KeyKind, Scene, View},
    stance::Stance,
    translate,
};

/// What is to be done, and how that reads.
pub struct Decision {
    /// The plan.
    pub plan: Plan,
    /// The step to take now, if one may be taken.
    pub act: Option<Step>,
    /// What stands in the way else.
    pub wait: Option<Blocker>,
    /// The approval that the step stands on.
    pub approval: Option<Covered>,
    /// Approvals that the first step waits for.
    pub requests: Vec<api::ApprovalRequest>,
    /// Whether `suspend` holds the step back.
    pub suspended: bool,
}

impl Decision {
    /// Nothing can be planned for this reason.
    fn waits(wait: Blocker) -> Self {
        Self {
            plan: Plan::waiting(wait.clone()),
            act: None,
            wait: Some(wait),
            approval: None,
            requests: Vec::new(),
            suspended: false,
        }
    }
}

/// Plans, and judges what of the plan may be done now. Changes the working status where an open intent settles.
pub fn decide<K: KeyKind>(scene: &mut Scene<K>, view: &View<K>) -> Decision {
    let now = scene.now();
    let replaced = scene.recorded_elsewhere().then(replaced);
    if let Some(wait) = replaced.or_else(|| settle_intent(scene, view, now)) {
        return Decision::waits(wait);
    }
    let goal = Goal::follow(
        translate::goal::<K>(scene.common()),
        K::desired_state(&scene.cr),
    );
    let refused = translate::refused(scene.common(), scene.generation());
    let drift = scene.cr.drift_policy();
    let restore_asked = translate::restore_asked(&scene.cr, scene.common());
    let plan_on = |facts: &FactsOf<K>| {
        plan::<K::Lifecycle>(&Input {
            facts,
            goal,
            drift,
            restore_asked,
            refused: &refused,
            now,
        })
    };
    let mut plan = plan_on(&view.facts);
    let first = plan.steps.first().map(|step| step.action);
    let generation = scene.generation();
    if scene.memory.decide(first, generation, now) {
        plan = plan_on(&K::observe(scene).facts);
    }
    if let Some(blocker) = unheard(scene, view, now).filter(|_| plan.steps.is_empty()) {
        // What the rows show may be from before an act that still takes effect: nothing is reached by that.
        plan.next = Next::Wait(blocker);
        plan.reached = false;
    }
    let goal = Goal {
        reached: goal.reached || plan.reached,
        ..goal
    };
    K::Cr::common_mut(&mut scene.status).goal = Some(translate::goal_status::<K>(goal));
    let gate = approvals::gate(scene, view, &plan);
    let held = scene.cr.suspended() || scene.site.terms.suspended;
    if held {
        // What is decided when that ends needs news from then.
        scene.memory.undecide();
    }
    let done = translate::done(scene.common());
    let Stance {
        act,
        mut wait,
        suspended,
    } = Stance::of::<K::Lifecycle>(&plan, gate.missing.as_ref(), held, &done, now);
    if let Next::Act(step) = &plan.next {
        let offer = gate.covered.as_ref().map(|covered| &covered.offer);
        let stale = unsynced_since_approval(scene, view, step, offer, now);
        let spent = budget::hold(scene, step);
        let held = scene.memory.held_back(scene.generation(), now);
        let unreachable = scene.site.connection.as_ref().err().cloned();
        wait = wait.or(spent).or(stale).or(held).or(unreachable);
    }
    Decision {
        act: act.filter(|_| wait.is_none()),
        plan,
        wait,
        approval: gate.covered,
        requests: gate.requests,
        suspended,
    }
}

/// Says that a status records a key of another container than the one that is meant.
pub fn replaced() -> Blocker {
    let message = "Status records a key of another container than the reference leads to now. Restore the container that was meant, or create a new object for a key of this one.";
    Blocker::new(Reason::ContainerReplaced, message)
}

/// An act that cannot be undone stands on news younger than its approval, and never on old news.
fn unsynced_since_approval<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    step: &Step,
    offer: Option<&Offer>,
    now: Timestamp,
) -> Option<Blocker> {
    let offer = offer.filter(|_| step.effect == Effect::Irreversible)?;
    let since = scene.memory.approved_at(offer, now).max(now - NEWS);
    let message = "Approved; a sync has to show that the key is still as it was.";
    (!view.reading.shows(since)).then(|| Blocker::needs_sync(message, since))
}

/// The newest act, if it was for another generation, nothing was heard of it, and it may still take effect.
fn unheard<K: KeyKind>(scene: &Scene<K>, view: &View<K>, now: Timestamp) -> Option<Blocker> {
    let newest = scene.common().history.last()?;
    if newest.outcome != api::Outcome::Unknown || newest.generation == scene.generation() {
        return None;
    }
    let action = translate::action(newest.action);
    let sent_at = scene.sent_by(newest.at.0);
    intent::unheard(action, sent_at, view.reading, now)
}

/// Settles an open intent by what the rows show, or says what it waits for.
fn settle_intent<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    now: Timestamp,
) -> Option<Blocker> {
    let noted = translate::intent(scene.common())?;
    let open = Intent {
        opened_at: scene.sent_by(noted.opened_at),
        ..noted
    };
    let outcome = match intent::settle(&open, view.made, view.reading, now) {
        IntentOutcome::Unknown(blocker) => return Some(blocker),
        IntentOutcome::Made => api::Outcome::Succeeded,
        IntentOutcome::NotMade => {
            K::not_made(open.action, &mut scene.status);
            api::Outcome::Unknown
        }
    };
    translate::close_intent(K::Cr::common_mut(&mut scene.status), &open, outcome, now);
    None
}

/// Whether the row has to be read anew: before every write, while the cloud moves the key, and on request.
pub fn wants_a_look<K: KeyKind>(scene: &Scene<K>, view: &View<K>, decision: &Decision) -> bool {
    if scene.site.connection.is_err()
        || scene
            .memory
            .held_back(scene.generation(), scene.now())
            .is_some()
    {
        return false;
    }
    let in_motion = decision
        .wait
        .as_ref()
        .is_some_and(|wait| wait.reason == Reason::WaitingForRemote);
    let asked = view.row.is_some() && translate::look_asked(&scene.cr, scene.common());
    decision.act.is_some()
        || asked
        || K::is_unread(scene, view)
        || (in_motion && view.row.is_some() && scene.memory.may_look(scene.now()))
}
