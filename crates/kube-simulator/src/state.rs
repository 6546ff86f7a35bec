//! All that the API server knows.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    builtin::{ADMISSION, RBAC},
    definition::Definition,
    fault::Faults,
    kinds::{Kind, Kinds},
    log::LoggedRequest,
    metadata,
    policy::Policies,
    rbac::Rights,
    refusal::{Outcome, Refusal},
    store::{Change, Key, Object, Store},
    watch::Watches,
};

/// What requests read and change, one after the other.
#[derive(Debug)]
pub(crate) struct State {
    pub kinds: Kinds,
    pub store: Store,
    pub watches: Watches,
    pub faults: Faults,
    pub log: Vec<LoggedRequest>,
    numbers: u64,
    /// What roles and bindings say, until they change.
    rights: Option<Arc<Rights>>,
    /// What admission policies say, until they change.
    policies: Option<Arc<Policies>>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            kinds: Kinds::builtin(),
            store: Store::default(),
            watches: Watches::default(),
            faults: Faults::default(),
            log: Vec::new(),
            numbers: 0,
            rights: None,
            policies: None,
        }
    }

    /// Who may do what.
    pub(crate) fn rights(&mut self) -> Arc<Rights> {
        let rights = self
            .rights
            .get_or_insert_with(|| Arc::new(Rights::read(&self.store)));
        Arc::clone(rights)
    }

    /// Which objects are taken.
    pub(crate) fn policies(&mut self) -> Arc<Policies> {
        let policies = self
            .policies
            .get_or_insert_with(|| Arc::new(Policies::read(&self.store)));
        Arc::clone(policies)
    }

    /// Tells of a change whom it concerns.
    fn tell(&mut self, change: &Change) {
        match change.resource.split_once('.').map(|(_, group)| group) {
            Some(RBAC) => self.rights = None,
            Some(ADMISSION) => self.policies = None,
            _ => {}
        }
        self.watches.tell(change);
    }

    /// A number that is given once.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// A UID that is given once.
    pub(crate) fn uid(&mut self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number())
    }

    /// Serves the kinds of a definition, which is an object as well.
    pub(crate) fn define(&mut self, definition: &Definition, now: Timestamp) -> Outcome<()> {
        for kind in &definition.kinds {
            self.kinds.add(Arc::clone(kind));
        }
        self.keep(definition.object.clone(), now)
    }

    /// Keeps an object as it is, without asking whether it may be. It takes the place of an older one.
    pub(crate) fn keep(&mut self, object: Value, now: Timestamp) -> Outcome<()> {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let kind = self
            .kinds
            .of(text("apiVersion"), text("kind"))
            .ok_or_else(|| {
                let (version, kind) = (text("apiVersion"), text("kind"));
                Refusal::bad_request(format!("there is no kind {kind} of {version}"))
            })?;
        let malformed =
            |error| Refusal::bad_request(format!("{} is malformed: {error}", kind.kind));
        let mut object = kind.form(object).map_err(malformed)?;
        let key = Key {
            namespace: metadata::text(&object, "namespace").to_owned(),
            name: metadata::text(&object, "name").to_owned(),
        };
        if key.name.is_empty() || kind.namespaced == key.namespace.is_empty() {
            return Err(Refusal::bad_request(format!(
                "{} {:?} has to have a name, and a namespace if its kind belongs to one",
                kind.kind, key.name
            )));
        }
        metadata::set(&mut object, "uid", json!(self.uid()));
        metadata::set(&mut object, "creationTimestamp", metadata::instant(now));
        if kind.counts_generations() && object["metadata"]["generation"].is_null() {
            metadata::set(&mut object, "generation", json!(1));
        }
        self.put(&kind, key, object);
        Ok(())
    }

    /// Puts an object in its place, and tells who watches.
    pub(crate) fn put(&mut self, kind: &Kind, key: Key, object: Value) -> Object {
        let change = self.store.put(&kind.resource(), key, object);
        self.tell(&change);
        change.object
    }

    /// Puts a new object in its place: readers see defaults that are not written with it.
    pub(crate) fn put_new(&mut self, kind: &Kind, key: Key, mut object: Value) -> Object {
        let whole = object.clone();
        kind.fill(&mut object);
        let partial = object != whole;
        let made = self.put(kind, key.clone(), object);
        if partial {
            self.store.is_partial(&kind.resource(), key);
        }
        made
    }

    /// Takes an object away, and tells who watches.
    pub(crate) fn remove(&mut self, kind: &Kind, key: &Key) {
        self.take(&kind.resource(), key);
    }

    /// [`Self::remove`], by the resource with its group.
    pub(crate) fn take(&mut self, resource: &str, key: &Key) {
        if let Some(change) = self.store.remove(resource, key) {
            self.tell(&change);
        }
    }
}
