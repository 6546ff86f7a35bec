//! Holding back what takes something away to as many acts an hour as the manager allows. What was done is in the
//! histories of the keys; what this process has started and not recorded yet is remembered here.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use kube::{Resource, core::NamespaceResourceScope};
use lifecycle::{
    action::Action,
    budget::{self, PERIOD},
    plan::Step,
    reason::Blocker,
    table::Lifecycle as _,
};

use super::{
    azure::AzureSecretKind,
    container::ContainerKind,
    failure::Failure,
    fields::{self, KeyObject},
    kind::{KeyKind, Scene},
    oci::OciKeyKind,
    salesforce::{RotationKind, TenantSecretKind},
    translate,
};
use crate::{context::Context, object::ObjectRef};

/// One start of this process.
#[derive(Clone, Debug)]
struct Start {
    action: Action,
    generation: i64,
    at: Timestamp,
    /// Whether its outcome is still to come: the same step tried again is no other start.
    open: bool,
}

impl Start {
    /// Whether it is this very step, still without an outcome.
    fn is(&self, step: &Step, generation: i64) -> bool {
        self.open && (self.action, self.generation) == (step.action, generation)
    }

    /// Whether it still takes a place. Tried again after that, it takes another.
    fn counts(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < PERIOD
    }
}

type Starts = BTreeMap<ObjectRef, Vec<Start>>;

/// What this process has started, by key.
#[derive(Debug, Default)]
pub struct Budget(Mutex<Starts>);

impl Budget {
    fn lock(&self) -> MutexGuard<'_, Starts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What holds a step back, if its manager's budget does. A step that takes nothing away needs none.
pub fn hold<K: KeyKind>(scene: &Scene<K>, step: &Step) -> Option<Blocker> {
    held(scene, step, &scene.context.budget.lock())
}

/// Takes a place in the manager's budget for a step, or says when there is one.
pub fn start<K: KeyKind>(scene: &Scene<K>, step: &Step) -> Result<(), Blocker> {
    if !budget::counts(step.effect) {
        return Ok(());
    }
    let (now, generation) = (scene.now(), scene.generation());
    let mut started = scene.context.budget.lock();
    started.retain(|_, starts| {
        starts.retain(|start| start.counts(now));
        !starts.is_empty()
    });
    if let Some(blocker) = held(scene, step, &started) {
        return Err(blocker);
    }
    let starts = started.entry(scene.object.clone()).or_default();
    if !starts.iter().any(|start| start.is(step, generation)) {
        starts.push(Start {
            action: step.action,
            generation,
            at: now,
            open: true,
        });
    }
    Ok(())
}

fn held<K: KeyKind>(scene: &Scene<K>, step: &Step, started: &Starts) -> Option<Blocker> {
    if !budget::counts(step.effect) {
        return None;
    }
    let begun = |starts: &Vec<Start>| {
        let mut counting = starts.iter().filter(|start| start.counts(scene.now()));
        counting.any(|start| start.is(step, scene.generation()))
    };
    if started.get(&scene.object).is_some_and(begun) {
        return None;
    }
    let (context, manager) = (&scene.context, &scene.site.manager_ref);
    let mut all = starts_of::<AzureSecretKind>(context, manager, started);
    all.extend(starts_of::<TenantSecretKind>(context, manager, started));
    all.extend(starts_of::<OciKeyKind>(context, manager, started));
    all.extend(starts_of::<RotationKind>(context, manager, started));
    budget::hold(
        &all,
        scene.site.terms.destructive_actions_per_hour,
        scene.now(),
    )
}

/// Ends a start at a known outcome; what was refused, or not even sent, gives its place back.
pub fn settled<K: KeyKind>(
    scene: &Scene<K>,
    step: &Step,
    outcome: api::Outcome,
    failure: Option<&Failure>,
) {
    let mut started = scene.context.budget.lock();
    let Some(starts) = started.get_mut(&scene.object) else {
        return;
    };
    let generation = scene.generation();
    let once = K::Lifecycle::needs_approval(step.action);
    match outcome {
        api::Outcome::Succeeded => close(starts, step, generation),
        // One that goes to another thing each time is never the same step again.
        api::Outcome::Unknown if once => close(starts, step, generation),
        api::Outcome::Refused if failure.is_some_and(|failure| failure.refused) => {
            starts.retain(|start| !start.is(step, generation));
        }
        // Asked again later: the place is kept for it.
        api::Outcome::Refused | api::Outcome::Unknown => {}
    }
}

fn close(starts: &mut [Start], step: &Step, generation: i64) {
    for start in starts.iter_mut().filter(|start| start.is(step, generation)) {
        start.open = false;
    }
}

/// The starts of all keys of one kind that a manager reaches. Of a key's history and what this process remembers the
/// longer one counts: they tell of the same acts, and either may lack the newest.
fn starts_of<K: KeyKind>(context: &Context, manager: &ObjectRef, started: &Starts) -> Vec<Timestamp>
where
    K::Cr: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let now = context.clock.now();
    let mut starts = Vec::new();
    K::objects(context).for_each(|cr| {
        let Some(cr) = cr else { return };
        let mut recorded = cr.recorded().map_or_else(Vec::new, translate::destructive);
        recorded.retain(|at| now.duration_since(*at) < PERIOD);
        let remembered = started
            .get(&ObjectRef::of(K::KIND, cr))
            .into_iter()
            .flatten();
        let remembered: Vec<Timestamp> = remembered.map(|start| start.at).collect();
        // Most keys have neither, and only then is it worth a look whose they are.
        let of_key = if remembered.len() > recorded.len() {
            remembered
        } else {
            recorded
        };
        if of_key.is_empty() {
            return;
        }
        let container = fields::container_of(cr);
        let (namespace, name) = (&container.namespace, &container.name);
        let of_manager = K::Container::objects(context).read(namespace, name, fields::manager_of);
        if of_manager.as_ref() == Some(manager) {
            starts.extend(of_key);
        }
    });
    starts
}
