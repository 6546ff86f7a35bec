//! Saying what is about to be done, before it is done.

use jiff::SignedDuration;
use lifecycle::{plan::Step, reason::Reason};

use super::{
    decide::Decision,
    fields::KeyObject,
    kind::{KeyKind, Scene, View},
    report, status, translate,
};
use crate::runtime::worker::Revisit;

/// Whether a step stands announced in the object's status.
pub enum Announced {
    /// It does.
    Yes,
    /// It does not: what this visit saw is old, or the API server did not answer.
    TryAgain(Revisit),
}

/// Announces `step` with an intent, in a write that succeeds only onto the very version of the object that was seen. An
/// intent that a later visit finds tells that the call may have been sent, and that nothing of it was heard.
pub async fn announce<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    decision: &Decision,
    step: &Step,
) -> Announced {
    let now = scene.now();
    let generation = scene.generation();
    let mut next = scene.status.clone();
    K::announce(scene, view, step, &mut next);
    let common = K::Cr::common_mut(&mut next);
    common.plan = translate::plan(decision);
    common.intent = Some(translate::new_intent(
        step.action,
        generation,
        view.version_before.clone(),
        now,
    ));
    K::record(scene, view, &mut next);
    let message = format!("{} is being carried out: {}.", step.action, step.reason);
    report::say::<K>(
        &mut next,
        scene.generation(),
        Reason::Progressing,
        &message,
        &decision.plan.notes,
        now,
    );
    match status::write(
        &scene.context.client,
        &scene.cr,
        &scene.written,
        &next,
        true,
    )
    .await
    {
        Ok(status::Written::Changed(cr)) => {
            scene.context.status_written(&scene.object, &*cr);
            scene.written = cr.status();
            scene.cr = *cr;
            scene.status = next;
            Announced::Yes
        }
        Ok(status::Written::Unchanged) => Announced::Yes,
        Ok(status::Written::Conflict) => {
            Announced::TryAgain(Revisit::At(now + SignedDuration::from_secs(1)))
        }
        Ok(status::Written::Gone) => Announced::TryAgain(Revisit::WhenWoken),
        Err(error) => Announced::TryAgain(report::unwritten(scene, &error)),
    }
}
