//! What is kept: the objects, and how they came to be as they are.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde_json::{Value, json};

use crate::metadata;

/// An object as it is at one time.
pub(crate) type Object = Arc<Value>;

/// How many changes can be watched afterwards; a watch from before them is told that it comes too late.
const REMEMBERED: usize = 16_384;

/// The place of an object among those of its resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Empty where the kind belongs to no namespace.
    pub namespace: String,
    pub name: String,
}

impl Key {
    /// Of an object that is in no namespace.
    pub(crate) fn clustered(name: &str) -> Self {
        Self {
            namespace: String::new(),
            name: name.to_owned(),
        }
    }
}

/// A change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub revision: u64,
    /// With its group.
    pub resource: String,
    pub key: Key,
    pub before: Option<Object>,
    /// As it is then; if it is gone, as it was last, with the revision of its end.
    pub object: Object,
    pub gone: bool,
}

/// All objects and the changes that are remembered.
#[derive(Debug)]
pub(crate) struct Store {
    revision: u64,
    /// The changes up to this one are forgotten.
    compacted: u64,
    objects: BTreeMap<String, BTreeMap<Key, Object>>,
    /// Objects that have defaults for readers which were never written.
    partial: BTreeSet<(String, Key)>,
    changes: VecDeque<Change>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            revision: 1,
            compacted: 0,
            objects: BTreeMap::new(),
            partial: BTreeSet::new(),
            changes: VecDeque::new(),
        }
    }
}

impl Store {
    /// The number of the last change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The first change that can't be watched any more, if it is later than `revision`.
    pub(crate) fn forgotten_since(&self, revision: u64) -> Option<u64> {
        (revision < self.compacted).then_some(self.compacted)
    }

    /// Forgets all changes so far.
    pub(crate) fn compact(&mut self) {
        self.compacted = self.revision;
        self.changes.clear();
    }

    /// The changes after `revision`.
    pub(crate) fn changes_after(&self, revision: u64) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .skip_while(move |change| change.revision <= revision)
    }

    pub(crate) fn get(&self, resource: &str, key: &Key) -> Option<Object> {
        self.objects.get(resource)?.get(key).cloned()
    }

    /// The objects of a resource in the order of their namespaces and names; in one namespace, or in all if it is
    /// empty.
    pub(crate) fn list<'a>(
        &'a self,
        resource: &str,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Object)> {
        self.objects
            .get(resource)
            .into_iter()
            .flatten()
            .filter(move |(key, _)| namespace.is_empty() || key.namespace == namespace)
    }

    /// What is in a namespace: resources and keys.
    pub(crate) fn inside(&self, namespace: &str) -> Vec<(String, Key)> {
        let mut inside = Vec::new();
        for (resource, objects) in &self.objects {
            let keys = objects.keys().filter(|key| key.namespace == namespace);
            inside.extend(keys.map(|key| (resource.clone(), key.clone())));
        }
        inside
    }

    /// Whether an object was written with all that readers see of it. If not, the next write changes it in any case.
    pub(crate) fn is_whole(&self, resource: &str, key: &Key) -> bool {
        !self.partial.contains(&(resource.to_owned(), key.clone()))
    }

    /// Notes that readers see more of an object than was written.
    pub(crate) fn is_partial(&mut self, resource: &str, key: Key) {
        self.partial.insert((resource.to_owned(), key));
    }

    /// Puts an object in its place, as the next revision.
    pub(crate) fn put(&mut self, resource: &str, key: Key, mut object: Value) -> Change {
        self.revision += 1;
        metadata::set(
            &mut object,
            "resourceVersion",
            json!(self.revision.to_string()),
        );
        let object = Arc::new(object);
        self.partial.remove(&(resource.to_owned(), key.clone()));
        let objects = self.objects.entry(resource.to_owned()).or_default();
        let before = objects.insert(key.clone(), Arc::clone(&object));
        self.remember(Change {
            revision: self.revision,
            resource: resource.to_owned(),
            key,
            before,
            object,
            gone: false,
        })
    }

    /// Takes an object away, as the next revision; nothing if there is none.
    pub(crate) fn remove(&mut self, resource: &str, key: &Key) -> Option<Change> {
        let before = self.objects.get_mut(resource)?.remove(key)?;
        self.revision += 1;
        let mut last = Value::clone(&before);
        metadata::set(
            &mut last,
            "resourceVersion",
            json!(self.revision.to_string()),
        );
        Some(self.remember(Change {
            revision: self.revision,
            resource: resource.to_owned(),
            key: key.clone(),
            before: Some(before),
            object: Arc::new(last),
            gone: true,
        }))
    }

    fn remember(&mut self, change: Change) -> Change {
        self.changes.push_back(change.clone());
        if self.changes.len() > REMEMBERED
            && let Some(oldest) = self.changes.pop_front()
        {
            self.compacted = oldest.revision;
        }
        change
    }
}
