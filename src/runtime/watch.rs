//! Watchers: what changes in Kubernetes becomes a visit.

use std::{collections::BTreeSet, fmt::Debug, sync::Arc};

use futures::{
    StreamExt, TryStreamExt,
    future::{BoxFuture, join_all},
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Resource, ResourceExt,
    core::NamespaceResourceScope,
    runtime::{
        WatchStreamExt, reflector,
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::objects::{Guarded, Listing, Objects, Source};

/// What a watcher saw.
#[derive(Clone, Debug)]
pub struct Seen<K> {
    /// The object's namespace; empty for one of the cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its present form; nothing once it is deleted, or if it cannot be decoded.
    pub present: Option<K>,
}

impl<K> Seen<K> {
    fn place(&self) -> (String, String) {
        (self.namespace.clone(), self.name.clone())
    }
}

/// Objects that can be watched.
pub trait Watchable:
    Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug + Send + Sync + 'static
{
}

impl<K> Watchable for K where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug + Send + Sync + 'static
{
}

/// A part of the objects of a kind that is watched.
pub type Part<K> = (Api<Guarded<K>>, watcher::Config);

/// The objects in the given namespaces; none: in all.
pub fn within<K>(client: &Client, namespaces: &[String]) -> Vec<Part<K>>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let near = |namespace: &String| Api::namespaced(client.clone(), namespace);
    let apis: Vec<_> = if namespaces.is_empty() {
        vec![Api::all(client.clone())]
    } else {
        namespaces.iter().map(near).collect()
    };
    let plainly = |api| (api, watcher::Config::default());
    apis.into_iter().map(plainly).collect()
}

/// The given namespaces themselves; none: all. One watch a name, for a right may be limited to names.
pub fn of_names(client: &Client, namespaces: &[String]) -> Vec<Part<Namespace>> {
    let named = |name: &String| watcher::Config::default().fields(&format!("metadata.name={name}"));
    let configs: Vec<_> = if namespaces.is_empty() {
        vec![watcher::Config::default()]
    } else {
        namespaces.iter().map(named).collect()
    };
    let everywhere = |config| (Api::all(client.clone()), config);
    configs.into_iter().map(everywhere).collect()
}

/// Watches the given parts of one kind and tells `tell` of each change. `namespaces`: those that the parts are of.
///
/// Returns the objects and the task that has to run for as long as they are used.
pub fn watch<K: Watchable>(
    parts: Vec<Part<K>>,
    kind: &'static str,
    namespaces: &[String],
    tell: impl Fn(Seen<K>) + Send + Sync + 'static,
) -> (Objects<K>, BoxFuture<'static, ()>) {
    let tell: Arc<dyn Fn(Seen<K>) + Send + Sync> = Arc::new(tell);
    let (sources, tasks): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .map(|part| {
            let (store, writer) = reflector::store();
            let (listed, listing) = watch::channel(Listing::Awaited);
            let task = follow(part, kind, writer, listed, Arc::clone(&tell));
            (Source { store, listing }, task)
        })
        .unzip();
    let all = async move {
        join_all(tasks).await;
    };
    (Objects::new(sources, namespaces), Box::pin(all))
}

async fn follow<K: Watchable>(
    (api, config): Part<K>,
    kind: &'static str,
    writer: reflector::store::Writer<Guarded<K>>,
    listed: watch::Sender<Listing>,
    tell: Arc<dyn Fn(Seen<K>) + Send + Sync>,
) {
    let (url, listed) = (api.resource_url().to_owned(), &listed);
    let failed = move |error: &watcher::Error| {
        if is_refused(error) {
            listed.send_replace(Listing::Refused);
            tracing::warn!(
                kind,
                url,
                "the list is refused: is the namespace there, and the operator's role in it?"
            );
        } else {
            tracing::warn!(kind, url, error = %reason(error), "a watch failed and is started again");
        }
    };
    let mut news = News::default();
    watcher::watcher(api, config)
        .default_backoff()
        .modify(slim)
        .reflect(writer)
        .inspect_err(failed)
        .filter_map(|event| async { event.ok() })
        .for_each(|event| {
            let is_whole = matches!(event, Event::InitDone);
            for seen in news.of(kind, event) {
                tell(seen);
            }
            if is_whole {
                listed.send_replace(Listing::Listed);
            }
            std::future::ready(())
        })
        .await;
}

/// What there is to tell of a watch. Objects of a list are told of once it is whole: the store takes it over only then, and
/// whoever is told looks there. So are those that it does not have any more.
struct News<K> {
    present: BTreeSet<(String, String)>,
    list: Vec<Seen<K>>,
}

impl<K> Default for News<K> {
    fn default() -> Self {
        Self {
            present: BTreeSet::new(),
            list: Vec::new(),
        }
    }
}

impl<K: Watchable> News<K> {
    fn of(&mut self, kind: &'static str, event: Event<Guarded<K>>) -> Vec<Seen<K>> {
        match event {
            Event::Init => self.list.clear(),
            Event::InitApply(object) => self.list.push(seen(kind, object)),
            Event::InitDone => return self.whole(),
            Event::Apply(object) => {
                let seen = seen(kind, object);
                self.present.insert(seen.place());
                return vec![seen];
            }
            Event::Delete(object) => {
                let gone = Seen {
                    present: None,
                    ..seen(kind, object)
                };
                self.present.remove(&gone.place());
                return vec![gone];
            }
        }
        Vec::new()
    }

    fn whole(&mut self) -> Vec<Seen<K>> {
        let mut told = std::mem::take(&mut self.list);
        let present = told.iter().map(Seen::place).collect();
        let before = std::mem::replace(&mut self.present, present);
        let gone = before.difference(&self.present);
        told.extend(gone.map(|(namespace, name)| Seen {
            namespace: namespace.clone(),
            name: name.clone(),
            present: None,
        }));
        told
    }
}

fn seen<K: Watchable>(kind: &'static str, object: Guarded<K>) -> Seen<K> {
    let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
    if object.0.is_err() {
        // What the decoder says may quote the object.
        tracing::error!(
            kind,
            namespace,
            name,
            "an object cannot be decoded and is left alone"
        );
    }
    Seen {
        namespace,
        name,
        present: object.0.ok(),
    }
}

/// Drops what nobody reads and what may hold a copy of anything: managed fields and the last applied manifest.
fn slim<K: Resource<DynamicType = ()>>(object: &mut Guarded<K>) {
    object.managed_fields_mut().clear();
    object
        .annotations_mut()
        .remove("kubectl.kubernetes.io/last-applied-configuration");
}

/// Whether the right to list is lacking: then nothing is known, and that by itself may last.
fn is_refused(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::InitialListFailed(kube::Error::Api(status)) if status.code == 403)
}

/// Why a watch failed, in words that hold nothing of the objects.
pub(super) fn reason(error: &watcher::Error) -> &'static str {
    match error {
        watcher::Error::InitialListFailed(_) => "the list failed",
        watcher::Error::WatchStartFailed(_) => "the watch could not be started",
        watcher::Error::WatchError(_) => "the watch was ended by the server",
        watcher::Error::WatchFailed(_) => "the watch broke off",
        watcher::Error::NoResourceVersion => "the list has no resource version",
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::core::DeserializeGuard;

    use super::*;

    fn object(name: &str) -> Guarded<ConfigMap> {
        let mut map = ConfigMap::default();
        map.metadata.name = Some(name.to_owned());
        DeserializeGuard(Ok(map))
    }

    /// What is told of these events, each name with whether it is there.
    fn told(events: Vec<Event<Guarded<ConfigMap>>>) -> Vec<(String, bool)> {
        let mut news = News::default();
        let told = events
            .into_iter()
            .flat_map(|event| news.of("ConfigMap", event));
        told.map(|seen| (seen.name, seen.present.is_some()))
            .collect()
    }

    #[test]
    fn nobody_is_told_of_a_list_before_it_is_whole() {
        let mut events = vec![Event::Init, Event::InitApply(object("a"))];
        assert_eq!(told(events.clone()), vec![]);
        events.push(Event::InitDone);
        assert_eq!(told(events), vec![("a".to_owned(), true)]);
    }

    #[test]
    fn what_went_while_a_watch_was_down_is_told_of() {
        let events = vec![
            Event::Init,
            Event::InitApply(object("a")),
            Event::InitDone,
            Event::Apply(object("b")),
            Event::Init,
            Event::InitApply(object("b")),
            Event::InitDone,
        ];
        let last = told(events).split_off(2);
        assert_eq!(last, vec![("b".to_owned(), true), ("a".to_owned(), false)]);
    }

    #[test]
    fn a_list_that_broke_off_is_not_told_of() {
        let events = vec![
            Event::Init,
            Event::InitApply(object("a")),
            Event::Init,
            Event::InitApply(object("b")),
            Event::InitDone,
        ];
        assert_eq!(told(events), vec![("b".to_owned(), true)]);
    }
}
