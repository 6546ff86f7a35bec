//! Which Secrets changed, without ever seeing what is in them.

use std::sync::Arc;

use futures::{
    StreamExt, TryStreamExt,
    future::{BoxFuture, join_all},
};
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Client, ResourceExt,
    core::PartialObjectMeta,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};

use super::watch::reason;

/// What is asked for of a Secret.
type Metadata = PartialObjectMeta<Secret>;

/// The label of the Secrets that are watched.
const WATCHED: &str = "cckm.dev/watch=true";

/// Watches the metadata of labelled Secrets in the given namespaces (none: all), and tells `tell` namespace and name of
/// each that appears, changes or goes. The API server sends no data, and nothing is kept.
///
/// Returns the task that has to run for as long as that is wanted.
pub fn watch(
    client: &Client,
    namespaces: &[String],
    tell: impl Fn(&str, &str) + Send + Sync + 'static,
) -> BoxFuture<'static, ()> {
    let apis: Vec<Api<Metadata>> = if namespaces.is_empty() {
        vec![Api::all(client.clone())]
    } else {
        namespaces
            .iter()
            .map(|namespace| Api::namespaced(client.clone(), namespace))
            .collect()
    };
    let tell = Arc::new(tell);
    let tasks: Vec<_> = apis
        .into_iter()
        .map(|api| follow(api, Arc::clone(&tell)))
        .collect();
    Box::pin(async move {
        join_all(tasks).await;
    })
}

async fn follow(api: Api<Metadata>, tell: Arc<impl Fn(&str, &str) + Send + Sync>) {
    watcher::watcher(api, watcher::Config::default().labels(WATCHED))
        .default_backoff()
        .inspect_err(|error| tracing::warn!(kind = "Secret", error = %reason(error), "a watch failed and is started again"))
        .filter_map(|event| async { event.ok() })
        .for_each(|event| {
            if let Event::Apply(secret) | Event::InitApply(secret) | Event::Delete(secret) = event {
                tell(&secret.namespace().unwrap_or_default(), &secret.name_any());
            }
            std::future::ready(())
        })
        .await;
}
