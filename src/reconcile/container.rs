//! The way of one visit of a container: find its row in CipherTrust Manager, sync, sweep, wake its keys, report.

use std::{fmt::Debug, future::Future, sync::Arc};

use api::RECONCILE_ANNOTATION;
use cckm::{Client, Listing, SynchronizationJob, connections::Service};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Resource, ResourceExt, core::NamespaceResourceScope};
use lifecycle::{
    backoff,
    conditions::{self, Suspended, Verdict},
    reason::{Blocker, Reason},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    failure::{self, ActError},
    fields::{self, ContainerObject},
    registration, report,
    site::{self, Unconnected},
    status, translate,
};
use crate::{
    context::Context,
    manager::Manager,
    object::{Kind, ObjectRef},
    observe::{ContainerState, Duty, Intervals, Registry, Row, SharedContainer},
    runtime::{objects::Objects, worker::Revisit},
};

/// How seldom status counts are written, at most.
const COUNTS: SignedDuration = SignedDuration::from_secs(10);

/// What differs between the kinds of containers.
pub trait ContainerKind: Sized + Send + Sync + 'static {
    /// The custom resource.
    type Cr: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Serialize
        + Clone
        + Debug
        + ContainerObject<Status: Serialize + Clone + Default + Send + Sync>
        + Send
        + Sync
        + 'static;
    /// The rows it holds.
    type Row: Row;
    /// What CM says of the container itself.
    type Facts: Clone + PartialEq + Send + Sync + 'static;
    /// Its kind.
    const KIND: Kind;
    /// The cloud, by the word of CM's connections.
    const SERVICE: Service;

    /// The objects of this kind.
    fn objects(context: &Context) -> &Objects<Self::Cr>;
    /// The states of this kind.
    fn registry(context: &Context) -> &Registry<Self::Row, Self::Facts>;
    /// Finds the container's row in CM by its cloud identity.
    fn find(
        client: &Client,
        cr: &Self::Cr,
    ) -> impl Future<Output = Result<Found<Self::Facts>, cckm::Error>> + Send;
    /// Registers the container in CM through a connection.
    fn register(
        client: &Client,
        cr: &Self::Cr,
        connection: &str,
    ) -> impl Future<Output = Result<(), ActError>> + Send;
    /// Has CM reach the container by another connection.
    fn reconnect(
        client: &Client,
        facts: &Self::Facts,
        connection: &str,
    ) -> impl Future<Output = Result<(), cckm::Error>> + Send;
    /// The connection by which CM reaches the container.
    fn connection(facts: &Self::Facts) -> Option<&str>;
    /// CM's resource ID of the container.
    fn resource_id(facts: &Self::Facts) -> &str;
    /// Starts a sync.
    fn synchronize(
        client: &Client,
        facts: &Self::Facts,
    ) -> impl Future<Output = Result<SynchronizationJob, cckm::Error>> + Send;
    /// Asks how a sync goes.
    fn job(
        client: &Client,
        id: &str,
    ) -> impl Future<Output = Result<SynchronizationJob, cckm::Error>> + Send;
    /// Lists the rows.
    fn list(
        client: &Client,
        facts: &Self::Facts,
    ) -> impl Future<Output = Result<Listing<Self::Row>, cckm::Error>> + Send;
    /// Writes what is known into the status: facts and counts, conditions, and the answered annotation.
    fn report(
        cr: &Self::Cr,
        state: &StateOf<Self>,
        said: Said,
        status: &mut <Self::Cr as ContainerObject>::Status,
    );
    /// The cloud identity that the status records.
    fn recorded(cr: &Self::Cr) -> Option<&str>;
    /// The cloud identity that the spec names.
    fn identity(cr: &Self::Cr) -> String;
    /// Wakes the keys that a changed row concerns, and those that wait for something.
    fn wake(context: &Context, container: &ObjectRef, changed: &[Self::Row]);
}

/// The state type of a kind of container.
pub type StateOf<C> = ContainerState<<C as ContainerKind>::Row, <C as ContainerKind>::Facts>;
/// The shared state type of a kind of container.
pub type SharedState<C> = SharedContainer<<C as ContainerKind>::Row, <C as ContainerKind>::Facts>;

/// What CM has of a container.
pub enum Found<F> {
    /// Its row.
    Here(F),
    /// A row that stood for it leads to another container now, with this identity.
    Replaced(String),
    /// Nothing.
    Nowhere,
    /// Nothing, by a list that is not whole.
    Unclear,
}

impl<F> Found<F> {
    /// What a list tells in which it was found or not; `whole`: whether one may conclude from what is missing in it.
    pub fn of(found: Option<F>, whole: bool) -> Self {
        match found {
            Some(facts) => Self::Here(facts),
            None if whole => Self::Nowhere,
            None => Self::Unclear,
        }
    }
}

/// What a visit says of a container.
pub struct Said {
    /// The generation it is said of.
    pub generation: i64,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The reconcile annotation that is answered by it.
    pub handled: Option<String>,
}

/// Why a container is not ready, if it needs somebody.
pub fn stalled<C: ContainerKind>(cr: &C::Cr) -> Option<String> {
    let current = cr.observed_generation() == cr.meta().generation;
    let stalled = cr
        .conditions()?
        .iter()
        .find(|condition| condition.type_ == "Stalled")?;
    (current && stalled.status == "True").then(|| stalled.reason.clone())
}

/// Visits a container.
pub async fn visit<C: ContainerKind>(context: Arc<Context>, object: ObjectRef) -> Revisit {
    let Some(cr) = C::objects(&context).get(&object.namespace, &object.name) else {
        C::registry(&context).forget(&object);
        context.forget(&object);
        C::wake(&context, &object, &[]);
        return Revisit::WhenWoken;
    };
    let state = C::registry(&context).get(&object);
    let asked = cr.annotations().get(RECONCILE_ANNOTATION).cloned();
    if let Some(request) = translate::unanswered(&cr, cr.last_handled()) {
        state.lock().request(request, context.clock.now());
    }
    let manager_ref = fields::manager_of(&cr);
    let manager = context.objects.manager_for(&object.namespace, &manager_ref);
    if let Some(manager) = &manager {
        let mut state = state.lock();
        state.belong_to(&about::<C>(&cr, manager));
        state.follow(cr.meta().generation);
    }
    let frozen = manager
        .as_ref()
        .is_some_and(|manager| manager.spec.suspended());
    let rival = rival::<C>(&context, &cr).map(|other| already_managed::<C>(&other));
    let connection = site::connection(&context, &manager_ref, manager.as_ref());
    let outcome = match rival.map_or(connection, |rival| Err(Unconnected::Blocked(rival))) {
        Ok(connection) => {
            let site = Visit {
                context: &context,
                client: &connection.client,
                object: &object,
                cr: &cr,
                state: &state,
                frozen,
            };
            work::<C>(&site).await
        }
        Err(Unconnected::NotVisited) => return Revisit::WhenWoken,
        Err(Unconnected::Blocked(blocker)) => Err(blocker),
    };
    report::<C>(&context, &object, &cr, &state, outcome, asked).await
}

/// Which container, through which manager: what is read of one says nothing of another.
pub fn about<C: ContainerKind>(cr: &C::Cr, manager: &Manager) -> String {
    let domain = manager.spec.domain.as_deref().unwrap_or_default();
    format!(
        "{}|{}|{}|{domain}",
        cr.uid().unwrap_or_default(),
        C::identity(cr),
        manager.spec.url
    )
}

/// Another object for the same cloud container, unless only this one has recorded it. One whose manager is not there for
/// it stands for nothing.
pub fn rival<C: ContainerKind>(context: &Context, cr: &C::Cr) -> Option<String> {
    let recorded = |cr: &C::Cr| C::recorded(cr).is_some();
    let rivals = C::objects(context).select(|other| {
        other.uid() != cr.uid()
            && C::identity(other) == C::identity(cr)
            && (recorded(other) || !recorded(cr))
            && context
                .objects
                .manager_for(
                    &other.namespace().unwrap_or_default(),
                    &fields::manager_of(other),
                )
                .is_some()
    });
    rivals.first().map(report::place)
}

fn already_managed<C: ContainerKind>(other: &str) -> Blocker {
    let message = format!(
        "{} {other} stands for the same container. Remove one of the two objects.",
        C::KIND.as_str()
    );
    Blocker::new(Reason::AlreadyManaged, message)
}

/// What a visit works on.
pub(super) struct Visit<'a, C: ContainerKind> {
    pub(super) context: &'a Context,
    pub(super) client: &'a Client,
    pub(super) object: &'a ObjectRef,
    pub(super) cr: &'a C::Cr,
    pub(super) state: &'a SharedState<C>,
    /// Whether the manager holds back every change.
    pub(super) frozen: bool,
}

/// Does what is due, one remote call after the other. Returns when something is due next.
async fn work<C: ContainerKind>(site: &Visit<'_, C>) -> Result<Timestamp, Blocker> {
    let (sweep, sync) = site.cr.intervals();
    let intervals = Intervals {
        sweep,
        sync,
        seed: site.object.seed(),
    };
    loop {
        let now = site.context.clock.now();
        let duty = site.state.lock().duty(now, intervals);
        let result = match duty {
            Duty::Rest(until) => {
                let lock = site.state.lock();
                return match lock.trouble() {
                    Some(trouble) => Err(Blocker {
                        until: Some(until),
                        ..trouble.clone()
                    }),
                    None => Ok(until),
                };
            }
            Duty::StartSync => start::<C>(site, now).await,
            Duty::PollSync(id) => poll::<C>(site, &id).await,
            Duty::Sweep => sweep_rows::<C>(site).await,
        };
        if let Err(blocker) = result {
            let now = site.context.clock.now();
            site.state.lock().failed(now, site.object.seed(), blocker);
        }
    }
}

/// Finds the container anew before each sync, for CM may have renumbered it, and starts the sync.
async fn start<C: ContainerKind>(site: &Visit<'_, C>, now: Timestamp) -> Result<(), Blocker> {
    let facts = match registration::find::<C>(site, now).await {
        Ok(facts) => facts,
        Err(unfound) => {
            if unfound.is_absent {
                site.state.lock().facts = None;
            }
            return Err(unfound.blocker);
        }
    };
    let job = C::synchronize(site.client, &facts)
        .await
        .map_err(|error| failure::judge(&error, "Starting a sync", now).blocker)?;
    let mut state = site.state.lock();
    state.facts = Some(facts);
    state.sync_started(job.id, now);
    Ok(())
}

async fn poll<C: ContainerKind>(site: &Visit<'_, C>, id: &str) -> Result<(), Blocker> {
    let result = C::job(site.client, id).await;
    let now = site.context.clock.now();
    let seed = site.object.seed();
    let mut state = site.state.lock();
    let container = state
        .facts
        .as_ref()
        .map(|facts| C::resource_id(facts).to_owned())
        .unwrap_or_default();
    match result {
        Ok(job) if !job.is_finished() && state.sync_is_endless(now) => {
            state.sync_failed(now, seed, endless_sync());
        }
        Ok(job) if !job.is_finished() => state.sync_runs(now),
        Ok(job) if job.ok_for(&container) => state.sync_completed(now),
        Ok(_) => state.sync_failed(now, seed, failed_sync()),
        Err(error) if error.is_not_found() => state.sync_failed(now, seed, failed_sync()),
        Err(error) => return Err(failure::judge(&error, "Polling a sync", now).blocker),
    }
    Ok(())
}

fn failed_sync() -> Blocker {
    Blocker::new(
        Reason::ProgressingWithRetry,
        "CipherTrust Manager's sync of the container failed; another is started with growing pauses. See its synchronization jobs.",
    )
}

fn endless_sync() -> Blocker {
    Blocker::new(
        Reason::ProgressingWithRetry,
        "CipherTrust Manager's sync of the container has not ended for half an hour; another is started with growing pauses. See its synchronization jobs.",
    )
}

async fn sweep_rows<C: ContainerKind>(site: &Visit<'_, C>) -> Result<(), Blocker> {
    let asked_at = site.context.clock.now();
    let facts = site.state.lock().facts.clone();
    let Some(facts) = facts else { return Ok(()) };
    let listing = C::list(site.client, &facts)
        .await
        .map_err(|error| failure::judge(&error, "Listing the container", asked_at).blocker)?;
    let (changed, news) = {
        let mut state = site.state.lock();
        let before = state.reading();
        let changed = state.swept(listing, asked_at);
        (changed, before != state.reading())
    };
    if news || !changed.is_empty() {
        C::wake(site.context, site.object, &changed);
    }
    Ok(())
}

async fn report<C: ContainerKind>(
    context: &Context,
    object: &ObjectRef,
    cr: &C::Cr,
    state: &SharedState<C>,
    outcome: Result<Timestamp, Blocker>,
    asked: Option<String>,
) -> Revisit {
    let now = context.clock.now();
    let (read, waits_for_sync) = {
        let state = state.lock();
        (state.is_read(), state.awaits_sync())
    };
    let (verdict, until) = match outcome {
        Err(blocker) => (verdict(blocker.reason, &blocker.message), blocker.until),
        Ok(until) if read => (verdict(Reason::Reached, "Synced and listed."), Some(until)),
        // At a restart, what was said before stands until this process knows better.
        Ok(until) if cr.observed_generation() == cr.meta().generation => return Revisit::At(until),
        Ok(until) => (
            verdict(Reason::WaitingForSync, "Its first sync is under way."),
            Some(until),
        ),
    };
    let generation = cr.meta().generation.unwrap_or_default();
    let earlier = status::read(cr.conditions());
    let (conditions, again) = conditions::conditions(&earlier, &verdict, generation, now);
    let before = cr.status();
    let mut after = before.clone();
    let handled = if waits_for_sync { None } else { asked };
    let said = Said {
        generation,
        conditions: status::render(conditions.clone()),
        handled,
    };
    C::report(cr, &state.lock(), said, &mut after);
    let at = until.unwrap_or(now + backoff::jitter(SignedDuration::from_secs(20), object.seed()));
    let at = again.map_or(at, |again| again.min(at));
    // Counts may change with every sweep; what people wait for is written at once.
    let ready = earlier
        .iter()
        .find(|condition| condition.kind == "Ready")
        .map(|ready| ready.reason.as_str());
    let urgent =
        ready != Some(verdict.reason.as_str()) || cr.observed_generation() != Some(generation);
    if !urgent && context.written_lately(object, COUNTS) {
        return Revisit::At(at.min(now + COUNTS));
    }
    match status::write(&context.client, cr, &before, &after, false).await {
        Ok(status::Written::Changed(written)) => {
            context.status_written(object, &*written);
            let reference = cr.object_ref(&());
            context
                .tell(object, &reference, &earlier, &conditions)
                .await;
        }
        Ok(_) => {}
        Err(error) => return context.unwritten(object, &error),
    }
    Revisit::At(at)
}

fn verdict(reason: Reason, message: &str) -> Verdict {
    Verdict {
        reason,
        message: message.to_owned(),
        suspended: Suspended::No,
        notes: Vec::new(),
    }
}
