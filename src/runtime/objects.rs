//! The objects of one kind, as the watchers last saw them.

use std::{fmt::Debug, sync::Arc};

use futures::future::select_all;
use kube::{
    Api, Client, Resource, ResourceExt,
    api::ListParams,
    core::{DeserializeGuard, NamespaceResourceScope},
    runtime::reflector::{self, Store},
};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::object::{Kind, ObjectRef};

/// An object that could be decoded. One that could not would stop a whole watch, so it is guarded and left out.
pub type Guarded<K> = DeserializeGuard<K>;

/// How far a watch has come with its list of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// No answer yet.
    Awaited,
    /// The objects are known.
    Listed,
    /// The API server refused the list: the namespace is gone, and its Role with it, or nobody gave the right.
    Refused,
}

/// One watch, of a namespace or of all.
pub struct Source<K: Resource<DynamicType = ()> + Clone + 'static> {
    /// What it has seen.
    pub store: Store<Guarded<K>>,
    /// How far it has come.
    pub listing: watch::Receiver<Listing>,
}

// Derived, it would ask for more than is needed.
impl<K: Resource<DynamicType = ()> + Clone + 'static> Clone for Source<K> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            listing: self.listing.clone(),
        }
    }
}

impl<K: Resource<DynamicType = ()> + Clone + 'static> Source<K> {
    fn is_listed(&self) -> bool {
        *self.listing.borrow() == Listing::Listed
    }
}

/// Read access to the objects of one kind in all watched namespaces.
#[derive(Clone)]
pub struct Objects<K: Resource<DynamicType = ()> + Clone + 'static> {
    sources: Vec<Source<K>>,
    namespaces: Vec<String>,
}

impl<K: Resource<DynamicType = ()> + Clone + 'static> Objects<K> {
    /// Over one or more watches, one a namespace in the order of `namespaces`; no namespaces: one watch of all.
    pub fn new(sources: Vec<Source<K>>, namespaces: &[String]) -> Self {
        Self {
            sources,
            namespaces: namespaces.to_vec(),
        }
    }

    /// None at all, of a kind that nothing is watched of.
    pub const fn none() -> Self {
        Self {
            sources: Vec::new(),
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
        let mut sources = self.sources.iter();
        sources.find_map(|source| source.store.get(&reference))
    }

    /// All objects, decoded or not.
    fn all(&self) -> impl Iterator<Item = Arc<Guarded<K>>> {
        self.sources.iter().flat_map(|source| source.store.state())
    }

    /// Whether there is such an object, or may be: one that cannot be decoded is there, and of a namespace that is not
    /// watched, or may not be read, nothing is known.
    pub fn may_exist(&self, namespace: &str, name: &str) -> bool {
        let source = match self.namespaces.as_slice() {
            [] => self.sources.first(),
            some => {
                let mut pairs = some.iter().zip(&self.sources);
                let here = pairs.find(|(watched, _)| *watched == namespace);
                here.map(|(_, source)| source)
            }
        };
        !source.is_some_and(Source::is_listed) || self.find(namespace, name).is_some()
    }

    /// Whether all objects that should be watched are known and can be decoded.
    pub fn all_are_known(&self) -> bool {
        self.sources.iter().all(Source::is_listed) && self.all().all(|guarded| guarded.0.is_ok())
    }

    /// Shows each object; nothing for one that cannot be decoded.
    pub fn for_each(&self, mut show: impl FnMut(Option<&K>)) {
        self.all().for_each(|guarded| show(guarded.0.as_ref().ok()));
    }

    /// All objects that fit, in the order of their namespaces and names.
    pub fn select(&self, fits: impl Fn(&K) -> bool) -> Vec<K> {
        let mut found: Vec<K> = self
            .all()
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
            .all()
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

    /// Resolves once every watch has listed its objects, or may not: a namespace that was deleted, and its Role with it,
    /// holds up no other. Where none may list, somebody forgot a role, and this waits.
    pub async fn wait_until_ready(&self) {
        let listings = self.sources.iter().map(|source| source.listing.clone());
        let mut listings: Vec<_> = listings.collect();
        for listing in &mut listings {
            // A dropped sender means that the process is ending.
            let _ = listing
                .wait_for(|listing| *listing != Listing::Awaited)
                .await;
        }
        let listed = listings.iter_mut().map(|listing| {
            Box::pin(async {
                listing
                    .wait_for(|listing| *listing == Listing::Listed)
                    .await
                    .is_ok()
            })
        });
        let listed: Vec<_> = listed.collect();
        if !listed.is_empty() {
            select_all(listed).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::runtime::{reflector::store::Writer, watcher::Event};

    use super::*;

    /// Watches of `shop` and `bank`.
    struct Watched {
        writers: Vec<Writer<Guarded<ConfigMap>>>,
        tell: Vec<watch::Sender<Listing>>,
        objects: Objects<ConfigMap>,
    }

    fn watched() -> Watched {
        let (mut writers, mut tell, mut sources) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..2 {
            let (store, writer) = reflector::store();
            let (sender, listing) = watch::channel(Listing::Awaited);
            writers.push(writer);
            tell.push(sender);
            sources.push(Source { store, listing });
        }
        let objects = Objects::new(sources, &["shop".to_owned(), "bank".to_owned()]);
        Watched {
            writers,
            tell,
            objects,
        }
    }

    impl Watched {
        fn list(&mut self, which: usize, name: &str) {
            let namespace = ["shop", "bank"][which];
            let mut map = ConfigMap::default();
            map.metadata.name = Some(name.to_owned());
            map.metadata.namespace = Some(namespace.to_owned());
            let writer = &mut self.writers[which];
            writer.apply_watcher_event(&Event::Init);
            writer.apply_watcher_event(&Event::InitApply(DeserializeGuard(Ok(map))));
            writer.apply_watcher_event(&Event::InitDone);
            self.tell[which].send_replace(Listing::Listed);
        }

        fn is_ready(&self) -> bool {
            self.objects.wait_until_ready().now_or_never().is_some()
        }
    }

    #[test]
    fn a_namespace_that_may_not_be_read_holds_up_no_other() {
        let mut watched = watched();
        watched.list(0, "there");
        assert!(!watched.is_ready());
        watched.tell[1].send_replace(Listing::Refused);
        assert!(watched.is_ready());
        assert!(watched.objects.get("shop", "there").is_some());
    }

    #[test]
    fn where_nothing_may_be_read_nobody_is_ready() {
        let mut watched = watched();
        watched.tell[0].send_replace(Listing::Refused);
        watched.tell[1].send_replace(Listing::Refused);
        assert!(!watched.is_ready());
        watched.list(1, "there");
        assert!(watched.is_ready());
    }

    #[test]
    fn of_a_namespace_that_may_not_be_read_nothing_is_known() {
        let mut watched = watched();
        watched.list(0, "there");
        watched.list(1, "there");
        assert!(watched.objects.all_are_known());
        assert!(!watched.objects.may_exist("bank", "another"));
        watched.tell[1].send_replace(Listing::Refused);
        assert!(!watched.objects.all_are_known());
        assert!(watched.objects.may_exist("bank", "another"));
        assert!(!watched.objects.may_exist("shop", "another"));
        assert!(watched.objects.may_exist("unwatched", "another"));
    }
}
