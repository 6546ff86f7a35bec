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

/// Announces `step`. A call that makes something is announced with an intent, in a write that succeeds only onto the
/// very version of the object that was seen; anything else is written only if status does not say it already.
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
    if step.action.makes_something() {
        common.intent = Some(translate::new_intent(
            step.action,
            generation,
            view.version_before.clone(),
            now,
        ));
    }
    let (said, says) = (K::Cr::common(&scene.written), K::Cr::common(&next));
    let announced = said.observed_generation == Some(generation)
        && (&said.plan, &said.goal, &said.intent) == (&says.plan, &says.goal, &says.intent);
    if announced {
        scene.status = next;
        return Announced::Yes;
    }
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
