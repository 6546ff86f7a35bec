//! All that the API server knows.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    definition::Definition,
    kinds::{Kind, Kinds},
    metadata,
    store::{Key, Object, Store},
    watch::Watches,
};

/// What requests read and change, one after the other.
#[derive(Debug)]
pub(crate) struct State {
    pub kinds: Kinds,
    pub store: Store,
    pub watches: Watches,
    numbers: u64,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            kinds: Kinds::builtin(),
            store: Store::default(),
            watches: Watches::default(),
            numbers: 0,
        }
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

    /// Makes a namespace that is there from the beginning.
    pub(crate) fn add_namespace(&mut self, name: &str, now: Timestamp) {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.add("", "v1", "namespaces", object, now);
    }

    /// Serves the kinds of a definition, which is an object as well.
    pub(crate) fn define(&mut self, definition: &Definition, now: Timestamp) {
        for kind in &definition.kinds {
            self.kinds.add(Arc::clone(kind));
        }
        let object = definition.object.clone();
        let (group, plural) = ("apiextensions.k8s.io", "customresourcedefinitions");
        self.add(group, "v1", plural, object, now);
    }

    /// Keeps an object that nobody asked for.
    fn add(&mut self, group: &str, version: &str, plural: &str, object: Value, now: Timestamp) {
        let Some(kind) = self.kinds.get(group, version, plural) else {
            return;
        };
        let Ok(mut object) = kind.form(object) else {
            return;
        };
        metadata::set(&mut object, "uid", json!(self.uid()));
        metadata::set(&mut object, "creationTimestamp", metadata::instant(now));
        let key = Key::clustered(metadata::text(&object, "name"));
        self.put(&kind, key, object);
    }

    /// Puts an object in its place, and tells who watches.
    pub(crate) fn put(&mut self, kind: &Kind, key: Key, object: Value) -> Object {
        let change = self.store.put(&kind.resource(), key, object);
        self.watches.tell(&change);
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
            self.watches.tell(&change);
        }
    }
}
