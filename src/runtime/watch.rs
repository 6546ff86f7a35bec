//! Watchers: what changes in Kubernetes becomes a visit.

use std::{fmt::Debug, sync::Arc};

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
    let (watched, listed) = (api.clone(), &listed);
    let failed = move |error: &watcher::Error| {
        let url = api.resource_url();
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
    let seen = |object: &Guarded<K>, present| Seen {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        present,
    };
    watcher::watcher(watched, config)
        .default_backoff()
        .modify(slim)
        .reflect(writer)
        .inspect_err(failed)
        .filter_map(|event| async { event.ok() })
        .for_each(|event| {
            match event {
                Event::Apply(object) | Event::InitApply(object) => {
                    let seen = seen(&object, None);
                    if object.0.is_err() {
                        // What the decoder says may quote the object.
                        tracing::error!(
                            kind,
                            namespace = seen.namespace,
                            name = seen.name,
                            "an object cannot be decoded and is left alone"
                        );
                    }
                    tell(Seen {
                        present: object.0.ok(),
                        ..seen
                    });
                }
                Event::Delete(object) => tell(seen(&object, None)),
                Event::InitDone => {
                    listed.send_replace(Listing::Listed);
                }
                Event::Init => {}
            }
            std::future::ready(())
        })
        .await;
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
