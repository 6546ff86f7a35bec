//! All that the API server knows.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
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
        let Some(kind) = self.kinds.get("", "v1", "namespaces") else {
            return;
        };
        let object = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "uid": self.uid(), "creationTimestamp": metadata::instant(now)},
        });
        if let Ok(object) = kind.form(object) {
            self.put(&kind, Key::clustered(name), object);
        }
    }

    /// Puts an object in its place, and tells who watches.
    pub(crate) fn put(&mut self, kind: &Kind, key: Key, object: Value) -> Object {
        let change = self.store.put(&kind.resource(), key, object);
        self.watches.tell(&change);
        change.object
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
