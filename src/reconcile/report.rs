//! Saying what was found and done: status if it changed, events on transitions, and when to come back.

use jiff::Timestamp;
use kube::Resource;
use lifecycle::{
    conditions::{self, Suspended, Verdict},
    plan::{Next, Note},
    reason::{Blocker, Reason},
};

use super::{
    container::ContainerKind,
    decide::Decision,
    fields::KeyObject,
    kind::{KeyKind, Scene, StatusOf, View},
    memory::Memory,
    revisit, status, translate, wake,
};
use crate::{context::Context, object::ObjectRef, runtime::worker::Revisit};

/// Reports a decision as it is.
pub async fn decided<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    decision: Decision,
) -> Revisit {
    let revisit = revisit::revisit(scene, view, &decision);
    report(scene, view, &decision, revisit).await
}

/// Reports a decision that `blocker` keeps from being carried out.
pub async fn waiting<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    decision: Decision,
    blocker: Blocker,
) -> Revisit {
    let decision = Decision {
        act: None,
        wait: Some(blocker),
        ..decision
    };
    decided(scene, view, decision).await
}

async fn report<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    decision: &Decision,
    revisit: Revisit,
) -> Revisit {
    let now = scene.now();
    let mut next = scene.status.clone();
    if !scene.recorded_elsewhere() {
        K::record(scene, view, &mut next);
    }
    let common = K::Cr::common_mut(&mut next);
    common.plan = translate::plan(decision);
    common.undo = translate::undo::<K>(view, now);
    let verdict = verdict(scene, decision);
    let (conditions, again) = conditions::conditions(
        &status::read(common.conditions.as_ref()),
        &verdict,
        scene.generation(),
        now,
    );
    common.conditions = Some(status::render(conditions.clone()));
    common.observed_generation = Some(scene.generation());
    translate::answer_requests(&scene.cr, common);
    let before = status::read(K::Cr::common(&scene.written).conditions.as_ref());
    match status::write(
        &scene.context.client,
        &scene.cr,
        &scene.written,
        &next,
        false,
    )
    .await
    {
        Ok(status::Written::Changed(cr)) => {
            scene.context.status_written(&scene.object, &*cr);
            let reference = scene.cr.object_ref(&());
            scene
                .context
                .tell(&scene.object, &reference, &before, &conditions)
                .await;
            if requests::<K>(&scene.written) != requests::<K>(&next) {
                // Which approvals match is another question now.
                wake::approvals(&scene.context, &scene.object);
            }
        }
        Ok(status::Written::Unchanged) => {}
        Ok(status::Written::Conflict | status::Written::Gone) => return Revisit::WhenWoken,
        Err(error) => return unwritten(scene, &error),
    }
    earlier(revisit, again)
}

/// The tokens that approvals are held against.
fn requests<K: KeyKind>(status: &StatusOf<K>) -> Vec<&str> {
    let plan = K::Cr::common(status).plan.iter();
    plan.flat_map(|plan| &plan.approvals)
        .map(|request| request.token.as_str())
        .collect()
}

/// What a decision reads like.
fn verdict<K: KeyKind>(scene: &Scene<K>, decision: &Decision) -> Verdict {
    let suspended = scene.cr.suspended() || scene.site.terms.suspended;
    let suspended = match (suspended, decision.suspended) {
        (true, true) => Suspended::Holding,
        (true, false) => Suspended::Idle,
        (false, _) => Suspended::No,
    };
    let notes = decision.plan.notes.clone();
    let (reason, message) = match (&decision.wait, &decision.plan.next) {
        (Some(wait), _) | (None, Next::Wait(wait)) => (wait.reason, waits_for(scene, wait)),
        (None, Next::Rest(reason, message)) => (*reason, message.clone()),
        (None, Next::Act(step)) => (
            Reason::Progressing,
            format!("Next is {}: {}.", step.action, step.reason),
        ),
    };
    Verdict {
        reason,
        message,
        suspended,
        notes,
    }
}

/// What is waited for: if that is news of a container that cannot be read, where to look.
fn waits_for<K: KeyKind>(scene: &Scene<K>, wait: &Blocker) -> String {
    let container = scene.site.container.lock();
    match container.trouble() {
        Some(trouble) if wait.needs_sync_after.is_some() => format!(
            "{} {} {} cannot be read: {}.",
            wait.message,
            K::Container::KIND.as_str(),
            scene.site.container_ref.name,
            trouble.reason.as_str()
        ),
        Some(_) | None => wait.message.clone(),
    }
}

/// Reports that an object cannot be looked at; its plan and facts stay as they were last seen.
pub async fn blocked<K: KeyKind>(
    context: &Context,
    object: &ObjectRef,
    cr: &K::Cr,
    memory: Memory,
    blocker: &Blocker,
) -> Revisit {
    let now = context.clock.now();
    context.memories.keep(object, memory);
    let before = cr.status();
    let mut next = before.clone();
    let generation = cr.meta().generation.unwrap_or_default();
    let again = say::<K>(
        &mut next,
        generation,
        blocker.reason,
        &blocker.message,
        &[],
        now,
    );
    let said = status::read(K::Cr::common(&before).conditions.as_ref());
    let says = status::read(K::Cr::common(&next).conditions.as_ref());
    match status::write(&context.client, cr, &before, &next, false).await {
        Ok(status::Written::Changed(written)) => {
            context.status_written(object, &*written);
            context
                .tell(object, &cr.object_ref(&()), &said, &says)
                .await;
        }
        Ok(_) => {}
        Err(error) => return context.unwritten(object, &error),
    }
    let rest = now + lifecycle::backoff::jitter(revisit::POLL, object.seed());
    earlier(
        Revisit::At(blocker.until.map_or(rest, |until| until.min(rest))),
        again,
    )
}

/// Writes a reason into the conditions of a status. Returns when it has to be judged again.
pub fn say<K: KeyKind>(
    next: &mut StatusOf<K>,
    generation: i64,
    reason: Reason,
    message: &str,
    notes: &[Note],
    now: Timestamp,
) -> Option<Timestamp> {
    let verdict = Verdict {
        reason,
        message: message.to_owned(),
        suspended: Suspended::No,
        notes: notes.to_vec(),
    };
    let common = K::Cr::common_mut(next);
    let (conditions, again) = conditions::conditions(
        &status::read(common.conditions.as_ref()),
        &verdict,
        generation,
        now,
    );
    common.conditions = Some(status::render(conditions));
    common.observed_generation = Some(generation);
    again
}

/// The API server refused a status write, or did not answer.
pub fn unwritten<K: KeyKind>(scene: &Scene<K>, error: &kube::Error) -> Revisit {
    scene.context.unwritten(&scene.object, error)
}

fn earlier(revisit: Revisit, again: Option<Timestamp>) -> Revisit {
    match (revisit, again) {
        (Revisit::At(at), Some(again)) => Revisit::At(at.min(again)),
        (Revisit::WhenWoken, Some(again)) => Revisit::At(again),
        (revisit, _) => revisit,
    }
}

/// Namespace and name of an object, for messages.
pub fn place<K: Resource<DynamicType = ()>>(object: &K) -> String {
    let meta = object.meta();
    format!(
        "{}/{}",
        meta.namespace.as_deref().unwrap_or_default(),
        meta.name.as_deref().unwrap_or_default()
    )
}
