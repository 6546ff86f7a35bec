//! The way of one visit of a key: resolve, observe, plan, announce, act, report.
//!
//! Everything that differs between the clouds is behind [`KeyKind`]; everything that is decided is decided by the
//! `lifecycle` crate. At most one remote write is sent a visit, and none that status did not announce.

use std::{fmt::Debug, future::Future, sync::Arc};

use api::KeyStatus;
use jiff::{SignedDuration, Timestamp};
use kube::{Resource, ResourceExt, core::NamespaceResourceScope};
use lifecycle::{
    action::{Action, Effect},
    approval::Offer,
    backoff,
    goal::Goal,
    intent::{self, Outcome as IntentOutcome},
    ownership::Owner,
    plan::{Input, Next, Plan, Step, plan},
    reason::{Blocker, Reason},
    sync::Reading,
    table::Lifecycle,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    announce, approvals,
    container::ContainerKind,
    failure::{self, ActError},
    fields::KeyObject,
    memory::Memory,
    report,
    site::{self, Site, Unresolved},
    translate,
};
use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    runtime::{objects::Objects, worker::Revisit},
};

/// How often a key at rest is looked at, without a remote call.
const REST: SignedDuration = SignedDuration::from_hours(1);

/// How often something that is missing is looked for.
pub const POLL: SignedDuration = SignedDuration::from_secs(20);

/// What differs between the kinds of keys.
pub trait KeyKind: Sized + Send + Sync + 'static {
    /// The custom resource.
    type Cr: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Serialize
        + Clone
        + Debug
        + KeyObject<Status: Serialize + Clone + Default + Send + Sync>
        + Send
        + Sync
        + 'static;
    /// The kind of its container.
    type Container: ContainerKind;
    /// Its lifecycle.
    type Lifecycle: Lifecycle<Desired: Send + Sync, State: Send + Sync, Facts: Send + Sync>;
    /// Spec and referenced objects, validated.
    type Desired: Send + Sync;
    /// Its kind.
    const KIND: Kind;

    /// The objects of this kind.
    fn objects(context: &Context) -> &Objects<Self::Cr>;
    /// `desiredState`, absence filled in.
    fn desired_state(cr: &Self::Cr) -> <Self::Lifecycle as Lifecycle>::Desired;
    /// The desired states by their words in the API.
    fn words() -> &'static [(&'static str, <Self::Lifecycle as Lifecycle>::Desired)];

    /// Reads what the spec refers to.
    fn resolve(
        context: &Context,
        cr: &Self::Cr,
        site: &Site<Self>,
    ) -> impl Future<Output = Result<Self::Desired, Blocker>> + Send;
    /// Finds the key's row among the container's, and the facts that follow. Pure.
    fn observe(scene: &Scene<Self>) -> View<Self>;
    /// Reads the key's row anew, or what could be it, into the container's state.
    fn look(
        scene: &Scene<Self>,
        view: &View<Self>,
    ) -> impl Future<Output = Result<(), cckm::Error>> + Send;
    /// Sends one step. Returns the row that CipherTrust Manager answered with.
    fn act(
        scene: &Scene<Self>,
        view: &View<Self>,
        step: &Step,
    ) -> impl Future<Output = Result<Option<RowOf<Self>>, ActError>> + Send;
    /// What goes into the status ahead of a step: what the step is about to make ours.
    fn announce(scene: &Scene<Self>, view: &View<Self>, step: &Step, status: &mut StatusOf<Self>);
    /// What a successful step leaves in the status; `row` is what CM answered with.
    fn acted(
        scene: &Scene<Self>,
        step: &Step,
        row: Option<&RowOf<Self>>,
        status: &mut StatusOf<Self>,
    );
    /// What a step makes that two objects could make at the same time, such as an Azure secret of one name. One object
    /// at a time may; nothing: they cannot.
    fn exclusive(_: &Scene<Self>, _: &Step) -> Option<String> {
        None
    }
    /// An open intent turned out to have made nothing.
    fn not_made(action: Action, status: &mut StatusOf<Self>);
    /// What a view says in the status.
    fn record(scene: &Scene<Self>, view: &View<Self>, status: &mut StatusOf<Self>);
}

/// The row type of a key's container.
pub type RowOf<K> = <<K as KeyKind>::Container as ContainerKind>::Row;
/// The status type of a kind of key.
pub type StatusOf<K> = <<K as KeyKind>::Cr as KeyObject>::Status;
/// The facts of a key.
pub type FactsOf<K> = <<K as KeyKind>::Lifecycle as Lifecycle>::Facts;

/// One visit: everything that was resolved for it.
pub struct Scene<K: KeyKind> {
    /// The operator.
    pub context: Arc<Context>,
    /// The object's name.
    pub object: ObjectRef,
    /// The object as seen.
    pub cr: K::Cr,
    /// The status as last written.
    pub written: StatusOf<K>,
    /// The status as this visit changes it.
    pub status: StatusOf<K>,
    /// Manager and container.
    pub site: Site<K>,
    /// Spec and referenced objects.
    pub desired: K::Desired,
    /// What this process remembers.
    pub memory: Memory,
    /// Who we are on an owner tag.
    pub owner: Owner,
}

impl<K: KeyKind> Scene<K> {
    /// The object's generation.
    pub fn generation(&self) -> i64 {
        self.cr.meta().generation.unwrap_or_default()
    }

    /// The common part of the status.
    pub fn common(&self) -> &KeyStatus {
        K::Cr::common(&self.status)
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.context.clock.now()
    }
}

/// What the container's rows say of a key.
pub struct View<K: KeyKind> {
    /// The key's row.
    pub row: Option<RowOf<K>>,
    /// The facts that follow.
    pub facts: FactsOf<K>,
    /// What the key is: `cloudId`, where it is known.
    pub cloud_id: Option<String>,
    /// The cloud's version of it.
    pub cloud_version: Option<String>,
    /// What the list proves.
    pub reading: Reading,
    /// For an open intent to make something: whether that is there.
    pub made: bool,
}

/// What is to be done, and how that reads.
pub struct Decision {
    /// The plan.
    pub plan: Plan,
    /// The step to take now, if one may be taken.
    pub act: Option<Step>,
    /// What stands in the way else.
    pub wait: Option<Blocker>,
    /// The approval that the step stands on.
    pub approval: Option<Offer>,
    /// Approvals that the first step waits for.
    pub requests: Vec<api::ApprovalRequest>,
    /// Whether `suspend` holds the step back.
    pub suspended: bool,
}

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
    let status = cr.status();
    let site = match site::resolve::<K>(&context, &cr) {
        Ok(site) => site,
        Err(Unresolved::NothingNew) => return Revisit::WhenWoken,
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
    let mut scene = Scene {
        context: Arc::clone(&context),
        object,
        written: status.clone(),
        cr,
        status,
        site,
        desired,
        memory,
        owner,
    };
    let revisit = walk(&mut scene).await;
    context.memories.keep(&scene.object, scene.memory);
    revisit
}

async fn walk<K: KeyKind>(scene: &mut Scene<K>) -> Revisit {
    let mut view = observe(scene);
    let mut decision = decide(scene, &view);
    if wants_a_look(scene, &view, &decision) {
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

/// Announces, claims, acts and reports.
async fn carry_out<K: KeyKind>(
    scene: &mut Scene<K>,
    view: View<K>,
    mut decision: Decision,
    step: &Step,
) -> Revisit {
    let offer = decision.approval.take();
    match announce::announce(scene, &view, &decision, step).await {
        announce::Announced::Yes => {}
        announce::Announced::TryAgain(revisit) => return revisit,
    }
    let claim = match approvals::claim(scene, offer).await {
        Ok(claim) => claim,
        Err(blocker) => return report::waiting(scene, &view, decision, blocker).await,
    };
    let result = K::act(scene, &view, step).await;
    let (outcome, failure) = settle(scene, step, result);
    scene
        .context
        .acted(
            &scene.object,
            scene.cr.object_ref(&()),
            step.action,
            outcome,
        )
        .await;
    approvals::spend(scene, claim, failure.as_ref()).await;
    let view = observe(scene);
    let decision = decide(scene, &view);
    match failure {
        Some(failure) => failed(scene, &view, decision, failure.blocker).await,
        None if decision
            .act
            .as_ref()
            .is_some_and(|next| next.action == step.action) =>
        {
            failed(scene, &view, decision, without_effect(step)).await
        }
        None => report::decided(scene, &view, decision).await,
    }
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

/// Plans, and judges what of the plan may be done now. Changes the working status where an open intent settles.
fn decide<K: KeyKind>(scene: &mut Scene<K>, view: &View<K>) -> Decision {
    let now = scene.now();
    if let Some(wait) = settle_intent(scene, view, now) {
        let plan = Plan {
            steps: Vec::new(),
            next: Next::Wait(wait.clone()),
            reached: false,
            notes: Vec::new(),
        };
        return Decision {
            plan,
            act: None,
            wait: Some(wait),
            approval: None,
            requests: Vec::new(),
            suspended: false,
        };
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
    let goal = Goal {
        reached: goal.reached || plan.reached,
        ..goal
    };
    K::Cr::common_mut(&mut scene.status).goal = Some(translate::goal_status::<K>(goal));
    let (mut act, mut wait) = match &plan.next {
        Next::Act(step) => (Some(step.clone()), None),
        Next::Wait(blocker) => (None, Some(blocker.clone())),
        Next::Rest(..) => (None, None),
    };
    let gate = approvals::gate(scene, view, &plan);
    let mut suspended = false;
    if act.is_some() {
        suspended = scene.cr.suspended() || scene.site.suspended;
        let held = scene.memory.held_back(scene.generation(), now);
        let unreachable = scene.site.connection.as_ref().err().cloned();
        let stale = unsynced_since_approval(scene, view, act.as_ref(), gate.offer.as_ref(), now);
        if let Some(blocker) = gate.missing.or(stale).or(held).or(unreachable) {
            wait = Some(blocker);
        }
        if suspended || wait.is_some() {
            act = None;
        }
    }
    Decision {
        plan,
        act,
        wait,
        approval: gate.offer,
        requests: gate.requests,
        suspended,
    }
}

/// An act that cannot be undone stands on news younger than its approval: between plan and approval days may lie.
fn unsynced_since_approval<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    step: Option<&Step>,
    offer: Option<&Offer>,
    now: Timestamp,
) -> Option<Blocker> {
    let offer = offer.filter(|_| step.is_some_and(|step| step.effect == Effect::Irreversible))?;
    let approved_at = scene.memory.approved_at(&offer.token, now);
    let message = "Approved; a sync has to show that the key is still as it was.";
    (!view.reading.shows(approved_at)).then(|| Blocker::needs_sync(message, approved_at))
}

/// Settles an open intent by what the rows show, or says what it waits for.
fn settle_intent<K: KeyKind>(
    scene: &mut Scene<K>,
    view: &View<K>,
    now: Timestamp,
) -> Option<Blocker> {
    let open = translate::intent(scene.common())?;
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
fn wants_a_look<K: KeyKind>(scene: &Scene<K>, view: &View<K>, decision: &Decision) -> bool {
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
        || (in_motion && view.row.is_some() && scene.memory.may_look(scene.now()))
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
            scene.memory.succeeded();
            let mut status = scene.status.clone();
            K::acted(scene, step, row.as_ref(), &mut status);
            scene.status = status;
            if let Some(row) = row {
                scene.site.container.lock().upsert(row);
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
            step.action,
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

/// When a key is looked at again, given what it waits for.
pub fn revisit<K: KeyKind>(scene: &mut Scene<K>, view: &View<K>, decision: &Decision) -> Revisit {
    let now = scene.now();
    let rest = now + backoff::jitter(REST, scene.object.seed());
    if decision.act.is_some() {
        return Revisit::Now;
    }
    let Some(wait) = &decision.wait else {
        scene.memory.settled();
        return Revisit::At(rest);
    };
    if let Some(instant) = wait.needs_sync_after {
        let mut container = scene.site.container.lock();
        if !container.want_sync(instant) {
            // Synced, but the list disagreed with itself: read it once more.
            container.want_sweep();
        }
        drop(container);
        scene.context.wake(&scene.site.container_ref);
    }
    if wait.reason == Reason::WaitingForRemote && wait.until.is_none() && view.row.is_some() {
        let at = match scene.memory.look_at() {
            Some(at) if at > now => at,
            Some(_) | None => scene.memory.looked(now),
        };
        return Revisit::At(at.min(rest));
    }
    // No watch tells of these, so they are looked for.
    let polled = [
        Reason::SecretNotFound,
        Reason::ValueInvalid,
        Reason::NotFound,
        Reason::ProgressingWithRetry,
        Reason::Progressing,
    ];
    let latest = if polled.contains(&wait.reason) {
        now + POLL
    } else {
        rest
    };
    Revisit::At(wait.until.map_or(latest, |until| until.clamp(now, rest)))
}
