//! The objects of one kind, as the watchers last saw them.

use std::{fmt::Debug, sync::Arc};

use kube::{
    Api, Client, Resource, ResourceExt,
    api::ListParams,
    core::{DeserializeGuard, NamespaceResourceScope},
    runtime::reflector::{self, Store},
};
use serde::de::DeserializeOwned;

use crate::object::{Kind, ObjectRef};

/// An object that could be decoded. One that could not would stop a whole watch, so it is guarded and left out.
pub type Guarded<K> = DeserializeGuard<K>;

/// Read access to the objects of one kind in all watched namespaces.
#[derive(Clone)]
pub struct Objects<K: Resource<DynamicType = ()> + Clone + 'static> {
    stores: Vec<Store<Guarded<K>>>,
    namespaces: Vec<String>,
}

impl<K: Resource<DynamicType = ()> + Clone + 'static> Objects<K> {
    /// Over the stores of one or more watches, one a namespace; no namespaces: one watch of all.
    pub fn new(stores: Vec<Store<Guarded<K>>>, namespaces: &[String]) -> Self {
        Self {
            stores,
            namespaces: namespaces.to_vec(),
        }
    }

    /// None at all, of a kind that nothing is watched of.
    pub const fn none() -> Self {
        Self {
            stores: Vec::new(),
            namespaces: Vec::new(),
        }
    }

    /// The object of this name.
    pub fn get(&self, namespace: &str, name: &str) -> Option<K> {
        self.read(namespace, name, K::clone)
    }

    /// What is read from the object of this name, without a copy of it.
    pub fn read<T>(&self, namespace: &str, name: &str, read: impl FnOnce(&K) -> T) -> Option<T> {
        let guarded = self.find(namespace, name)?;
        guarded.0.as_ref().ok().map(read)
    }

    /// The object of this name, decoded or not. No namespace: one of the cluster.
    fn find(&self, namespace: &str, name: &str) -> Option<Arc<Guarded<K>>> {
        let mut reference = reflector::ObjectRef::new(name);
        if !namespace.is_empty() {
            reference = reference.within(namespace);
        }
        self.stores.iter().find_map(|store| store.get(&reference))
    }

    /// Whether there is such an object, or may be: one that cannot be decoded is there, and of a namespace that is not
    /// watched nothing is known.
    pub fn may_exist(&self, namespace: &str, name: &str) -> bool {
        let watched = self.namespaces.is_empty()
            || self.namespaces.iter().any(|watched| watched == namespace);
        !watched || self.find(namespace, name).is_some()
    }

    /// Whether every object that is watched can be decoded.
    pub fn all_are_known(&self) -> bool {
        let mut all = self.stores.iter().flat_map(Store::state);
        all.all(|guarded| guarded.0.is_ok())
    }

    /// All objects that fit, in the order of their namespaces and names.
    pub fn select(&self, fits: impl Fn(&K) -> bool) -> Vec<K> {
        let mut found: Vec<K> = self
            .stores
            .iter()
            .flat_map(Store::state)
            .filter_map(|guarded: Arc<Guarded<K>>| {
                guarded
                    .0
                    .as_ref()
                    .ok()
                    .filter(|object| fits(object))
                    .cloned()
            })
            .collect();
        found.sort_by_cached_key(|object| (object.namespace(), object.name_any()));
        found
    }

    /// The names of all objects, or of those in a namespace, in order.
    pub fn names(&self, kind: Kind, namespace: Option<&str>) -> Vec<ObjectRef> {
        let fits = |object: &K| {
            namespace.is_none_or(|namespace| object.meta().namespace.as_deref() == Some(namespace))
        };
        let mut names: Vec<ObjectRef> = self
            .stores
            .iter()
            .flat_map(Store::state)
            .filter_map(|guarded| {
                let object = guarded.0.as_ref().ok().filter(|object| fits(object));
                object.map(|object| ObjectRef::of(kind, object))
            })
            .collect();
        names.sort();
        names
    }

    /// All objects as the API server has them now, past the watches. An error also where one of them cannot be decoded.
    pub async fn list(&self, client: &Client) -> Result<Vec<K>, kube::Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Debug,
    {
        let everything = ListParams::default();
        if self.namespaces.is_empty() {
            let all: Api<K> = Api::all(client.clone());
            return Ok(all.list(&everything).await?.items);
        }
        let mut found = Vec::new();
        for namespace in &self.namespaces {
            let here: Api<K> = Api::namespaced(client.clone(), namespace);
            found.extend(here.list(&everything).await?.items);
        }
        Ok(found)
    }

    /// Resolves once every watch has listed its objects.
    pub async fn wait_until_ready(&self) {
        for store in &self.stores {
            // A dropped writer means that the process is ending.
            let _ = store.wait_until_ready().await;
        }
    }
}
