//! Watchers: what changes in Kubernetes becomes a visit.

use std::{fmt::Debug, sync::Arc};

use futures::{
    StreamExt, TryStreamExt,
    future::{BoxFuture, join_all},
};
use kube::{
    Api, Client, Resource, ResourceExt,
    core::NamespaceResourceScope,
    runtime::{
        WatchStreamExt, reflector,
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;

use super::objects::{Guarded, Objects};
use crate::object::{Kind, ObjectRef};

/// What a watcher saw.
#[derive(Clone, Debug)]
pub struct Seen<K> {
    /// The object.
    pub object: ObjectRef,
    /// Its present form; nothing once it is deleted, or if it cannot be decoded.
    pub present: Option<K>,
}

/// Watches one kind in the given namespaces (none: all) and tells `tell` of each change.
///
/// Returns the objects and the task that has to run for as long as they are used.
pub fn watch<K>(
    client: &Client,
    kind: Kind,
    namespaces: &[String],
    tell: impl Fn(Seen<K>) + Send + Sync + 'static,
) -> (Objects<K>, BoxFuture<'static, ()>)
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + Debug
        + Send
        + Sync
        + 'static,
{
    let apis: Vec<Api<Guarded<K>>> = if namespaces.is_empty() {
        vec![Api::all(client.clone())]
    } else {
        namespaces
            .iter()
            .map(|namespace| Api::namespaced(client.clone(), namespace))
            .collect()
    };
    let tell: Arc<dyn Fn(Seen<K>) + Send + Sync> = Arc::new(tell);
    let (stores, tasks): (Vec<_>, Vec<_>) = apis
        .into_iter()
        .map(|api| {
            let (store, writer) = reflector::store();
            (store, follow(api, kind, writer, Arc::clone(&tell)))
        })
        .unzip();
    let all = async move {
        join_all(tasks).await;
    };
    (Objects::new(stores, namespaces), Box::pin(all))
}

async fn follow<K>(
    api: Api<Guarded<K>>,
    kind: Kind,
    writer: reflector::store::Writer<Guarded<K>>,
    tell: Arc<dyn Fn(Seen<K>) + Send + Sync>,
) where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + Debug
        + Send
        + Sync
        + 'static,
{
    watcher::watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(slim)
        .reflect(writer)
        .inspect_err(|error| tracing::warn!(kind = kind.as_str(), error = %reason(error), "a watch failed and is started again"))
        .filter_map(|event| async { event.ok() })
        .for_each(|event| {
            match event {
                Event::Apply(object) | Event::InitApply(object) => {
                    let reference = ObjectRef::of(kind, &object);
                    if object.0.is_err() {
                        // What the decoder says may quote the object.
                        tracing::error!(object = %reference, "an object cannot be decoded and is left alone");
                    }
                    tell(Seen { object: reference, present: object.0.ok() });
                }
                Event::Delete(object) => tell(Seen { object: ObjectRef::of(kind, &object), present: None }),
                Event::Init | Event::InitDone => {}
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
