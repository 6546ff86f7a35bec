//! The way of one visit of a key: resolve, observe, plan, announce, act, report.
//!
//! Everything that differs between the clouds is behind [`KeyKind`]; everything that is decided is decided by the
//! `lifecycle` crate. At most one remote write is sent a visit, and none that status did not announce.

use std::sync::Arc;

use jiff::SignedDuration;
use kube::{Resource, ResourceExt};
use lifecycle::{
    action::Effect,
    backoff,
    plan::Step,
    reason::{Blocker, Reason},
    table::Lifecycle as _,
};

use super::{
    announce, approval_policy,
    approvals::{self, Claim, Covered},
    budget,
    decide::{self, Decision, decide},
    failure::{self, ActError},
    fields::KeyObject,
    kind::{KeyKind, RowOf, Scene, View},
    report, revisit,
    site::{self, Unresolved},
    translate, wish,
};
use crate::{context::Context, object::ObjectRef, runtime::worker::Revisit};

/// Visits a key.
pub async fn visit<K: KeyKind>(context: Arc<Context>, object: ObjectRef) -> Revisit {
    let Some(cr) = K::objects(&context).get(&object.namespace, &object.name) else {
        context.forget(&object);
        return Revisit::WhenWoken;
    };
    let memory =
        context
            .memories
            .recall(&object, &cr.uid().unwrap_or_default(), context.clock.now());
    if context.is_behind(&object, &cr) {
        return Revisit::At(context.clock.now() + SignedDuration::from_secs(1));
    }
    let status = cr.status();
    let site = match site::resolve::<K>(&context, &cr) {
        Ok(site) => site,
        Err(Unresolved::NothingNew) => {
            context.memories.keep(&object, memory);
            let soon = context.clock.now() + backoff::jitter(revisit::POLL, object.seed());
            return Revisit::At(soon);
        }
        Err(Unresolved::Blocked(blocker)) => {
            return report::blocked::<K>(&context, &object, &cr, memory, &blocker).await;
        }
    };
    let desired = match K::resolve(&context, &cr, &site).await {
        Ok(desired) => desired,
        Err(blocker) => {
            return report::blocked::<K>(&context, &object, &cr, memory, &blocker).await;
        }
    };
    let owner = context.owner(&object);
    let (written, mut status) = (status.clone(), status);
    translate::take_as_unheard(K::Cr::common_mut(&mut status));
    if K::Cr::common(&status).cloud_id.is_none() {
        translate::pass_over_requests(&cr, K::Cr::common_mut(&mut status));
        K::pass_over_requests(&cr, &mut status);
    }
    let mut scene = Scene {
        context: Arc::clone(&context),
        object,
        written,
        cr,
        status,
        site,
        desired,
        memory,
        owner,
    };
    let revisit = walk(&mut scene).await;
    scene.memory.open_since = translate::intent(scene.common()).map(|intent| intent.opened_at);
    context.memories.keep(&scene.object, scene.memory);
    revisit
}

async fn walk<K: KeyKind>(scene: &mut Scene<K>) -> Revisit {
    let mut view = observe(scene);
    let mut decision = decide_by_present_rules(scene, &view).await;
    if decide::wants_a_look(scene, &view, &decision) {
        if let Err(blocker) = look(scene, &view).await {
            return failed(scene, &view, decision, blocker).await;
        }
        view = observe(scene);
        decision = decide(scene, &view);
    }
    let Some(step) = decision.act.clone() else {
        return report::decided(scene, &view, decision).await;
    };
    let Some(what) = K::exclusive(scene, &step) else {
        return carry_out(scene, view, decision, &step).await;
    };
    let container = Arc::clone(&scene.site.container);
    let Some(_reservation) = container.reserve(&what, &scene.object) else {
        let message = "Another object is about to make the same; one is made at a time.";
        return report::waiting(
            scene,
            &view,
            decision,
            Blocker::new(Reason::Progressing, message),
        )
        .await;
    };
    // The one before may have just finished: look at what there is now.
    let view = observe(scene);
    let decision = decide(scene, &view);
    match decision.act.clone() {
        Some(step) => carry_out(scene, view, decision, &step).await,
        None => report::decided(scene, &view, decision).await,
    }
}

/// Decides; where somebody is asked to approve, what is asked is bound to the admission policy as it is now.
async fn decide_by_present_rules<K: KeyKind>(scene: &mut Scene<K>, view: &View<K>) -> Decision {
    let decision = decide(scene, view);
    if decision.requests.is_empty() || !approval_policy::changed(&scene.context).await {
        return decision;
    }
    decide(scene, view)
}

/// Announces, claims, acts and reports.
async fn carry_out<K: KeyKind>(
    scene: &mut Scene<K>,
    view: View<K>,
    mut decision: Decision,
    step: &Step,
) -> Revisit {
    if let Err(blocker) = budget::start(scene, step) {
        return report::waiting(scene, &view, decision, blocker).await;
    }
    let covered = decision.approval.take();
    match announce::announce(scene, &view, &decision, step).await {
        announce::Announced::Yes => {}
        announce::Announced::TryAgain(revisit) => return revisit,
    }
    let claim = match entitle(scene, &view, step, covered).await {
        Ok(claim) => claim,
        Err(blocker) => {
            // Nothing was sent.
            K::Cr::common_mut(&mut scene.status).intent = None;
            return report::waiting(scene, &view, decision, blocker).await;
        }
    };
    let result = K::act(scene, &view, step).await;
    let (outcome, failure) = settle(scene, step, result);
    budget::settled(scene, step, outcome, failure.as_ref());
    scene
        .context
        .acted(
            &scene.object,
            scene.cr.object_ref(&()),
            step.action,
            outcome,
        )
        .await;
    let view = observe(scene);
    let decision = decide_by_present_rules(scene, &view).await;
    let again = decision
        .act
        .as_ref()
        .is_some_and(|next| next.action == step.action);
    let revisit = match &failure {
        Some(failure) => failed(scene, &view, decision, failure.blocker.clone()).await,
        None if again => failed(scene, &view, decision, without_effect(step)).await,
        None => {
            scene.memory.succeeded();
            report::decided(scene, &view, decision).await
        }
    };
    // Last, so that an approval is used up only once the status tells what came of it.
    approvals::spend(scene, claim, failure.as_ref()).await;
    revisit
}

/// Makes sure, right before a step, that it may be taken: of its approval, and that what takes something away is still
/// wanted.
async fn entitle<K: KeyKind>(
    scene: &Scene<K>,
    view: &View<K>,
    step: &Step,
    covered: Option<Covered>,
) -> Result<Option<Claim>, Blocker> {
    let verified = approvals::verify(scene, covered).await?;
    if !matches!(step.effect, Effect::Safe | Effect::Restores) {
        wish::still_stands(scene).await?;
    }
    if K::Lifecycle::needs_approval(step.action) {
        K::still_wanted(scene, view).await?;
    }
    approvals::claim(scene, verified).await
}

/// What is said of a step that was answered well and would have to be taken again at once: never in a loop.
fn without_effect(step: &Step) -> Blocker {
    let message = format!(
        "{} was answered with success and had no effect; it is tried again with growing pauses.",
        step.action
    );
    Blocker::new(Reason::UnexpectedAnswer, message)
}

/// Looks at the rows, and keeps in mind since when the key's is missing.
fn observe<K: KeyKind>(scene: &mut Scene<K>) -> View<K> {
    let view = K::observe(scene);
    if view.row.is_some() || scene.common().cloud_id.is_none() {
        scene.memory.absent_since = None;
        return view;
    }
    if scene.memory.absent_since.is_none() {
        scene.memory.absent_since = Some(scene.now());
        return K::observe(scene);
    }
    view
}

async fn look<K: KeyKind>(scene: &mut Scene<K>, view: &View<K>) -> Result<(), Blocker> {
    let Err(error) = K::look(scene, view).await else {
        return Ok(());
    };
    let now = scene.now();
    if error.is_not_found() {
        // One 404 proves nothing: the next list and sync have to agree.
        scene.site.container.lock().want_sweep();
        return Err(Blocker::needs_sync(
            "The key's row is not there any more; a sync has to show what became of it.",
            now,
        ));
    }
    Err(failure::judge(&error, "Reading the key", now).blocker)
}

/// Takes the outcome of a step into the working status.
fn settle<K: KeyKind>(
    scene: &mut Scene<K>,
    step: &Step,
    result: Result<Option<RowOf<K>>, ActError>,
) -> (api::Outcome, Option<failure::Failure>) {
    let now = scene.now();
    let generation = scene.generation();
    let (outcome, failure) = match result {
        Ok(row) => {
            let mut status = scene.status.clone();
            K::acted(scene, step, row.as_ref(), &mut status);
            scene.status = status;
            if let Some(row) = row {
                scene.site.container.lock().upsert(row, now);
            }
            (api::Outcome::Succeeded, None)
        }
        Err(error) => {
            let failure = error.judge(step.action, now);
            let outcome = if failure.outcome_unknown {
                api::Outcome::Unknown
            } else {
                api::Outcome::Refused
            };
            (outcome, Some(failure))
        }
    };
    let unknown = outcome == api::Outcome::Unknown;
    let common = K::Cr::common_mut(&mut scene.status);
    if unknown && step.action.makes_something() {
        // The intent stays open: what became of it is settled by searching, never by sending again.
        return (outcome, failure);
    }
    common.intent = None;
    if outcome == api::Outcome::Refused && step.action.makes_something() {
        K::not_made(step.action, &mut scene.status);
    }
    let only_not_yet = failure
        .as_ref()
        .is_some_and(|failure| !failure.refused && !unknown);
    if !only_not_yet {
        translate::remember(
            K::Cr::common_mut(&mut scene.status),
            (step.action, step.effect),
            outcome,
            generation,
            now,
        );
    }
    (outcome, failure)
}

/// Reports a failure and comes back after a pause, unless the object changes before.
async fn failed<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    decision: Decision,
    blocker: Blocker,
) -> Revisit {
    let (now, generation) = (scene.now(), scene.generation());
    let seed = scene.object.seed();
    let until = scene
        .memory
        .hold_back(blocker.clone(), generation, now, seed);
    report::waiting(
        scene,
        view,
        decision,
        Blocker {
            until: Some(until),
            ..blocker
        },
    )
    .await
}
