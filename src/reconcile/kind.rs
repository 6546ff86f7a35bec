//! What differs between the kinds of keys, and what one visit of a key works on.

use std::{fmt::Debug, future::Future, sync::Arc};

use api::KeyStatus;
use jiff::Timestamp;
use kube::{Resource, core::NamespaceResourceScope};
use lifecycle::action::Action;
use lifecycle::{ownership::Owner, plan::Step, reason::Blocker, sync::Reading, table::Lifecycle};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    container::ContainerKind, failure::ActError, fields::KeyObject, memory::Memory, site::Site,
};
use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    runtime::objects::Objects,
};

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
    /// The cloud identity of what a step is done to: the key, but for objects that stand for more than one.
    fn target(_: &Scene<Self>, view: &View<Self>, _: &Step) -> Option<String> {
        view.cloud_id.clone()
    }
    /// Makes sure once more, past the watch, that nobody has come meanwhile who wants to keep what a step is done to. Asked
    /// of steps on what no spec names.
    fn still_wanted(
        _: &Scene<Self>,
        _: &View<Self>,
    ) -> impl Future<Output = Result<(), Blocker>> + Send {
        std::future::ready(Ok(()))
    }
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
    /// Whether the status records a key of another container than the one that is meant now: a refreshed sandbox, say.
    fn recorded_elsewhere(_: &Self::Cr, _: &StatusOf<Self>, _: &ContainerOf<Self>) -> bool {
        false
    }
    /// What a step makes that two objects could make at the same time, such as an Azure secret of one name. One object
    /// at a time may; nothing: they cannot.
    fn exclusive(_: &Scene<Self>, _: &Step) -> Option<String> {
        None
    }
    /// Takes requests of this kind for answered that were there before the key was recorded.
    fn pass_over_requests(_: &Self::Cr, _: &mut StatusOf<Self>) {}
    /// Whether something that the plan depends on was not read yet.
    fn is_unread(_: &Scene<Self>, _: &View<Self>) -> bool {
        false
    }
    /// An open intent turned out to have made nothing.
    fn not_made(action: Action, status: &mut StatusOf<Self>);
    /// What a view says in the status.
    fn record(scene: &Scene<Self>, view: &View<Self>, status: &mut StatusOf<Self>);
}

/// The row type of a key's container.
pub type RowOf<K> = <<K as KeyKind>::Container as ContainerKind>::Row;
/// The container object of a kind of key.
pub type ContainerOf<K> = <<K as KeyKind>::Container as ContainerKind>::Cr;
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
    /// Whether the status records a key of another container than the one that is meant now.
    pub fn recorded_elsewhere(&self) -> bool {
        K::recorded_elsewhere(&self.cr, &self.status, &self.site.container_cr)
    }

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

    /// When an act noted at `noted` may have been sent, at the latest: the one who noted it may have had another clock,
    /// or this one was set since.
    pub fn sent_by(&self, noted: Timestamp) -> Timestamp {
        let known = noted.max(self.memory.first_seen);
        self.context
            .clock
            .jumped_at()
            .map_or(known, |jumped| known.max(jumped))
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
    /// What an intent keeps of the situation before its call, so that what came of the call can be told.
    pub version_before: Option<String>,
    /// What the list proves.
    pub reading: Reading,
    /// For an open intent to make something: whether that is there.
    pub made: bool,
}
