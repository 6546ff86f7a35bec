//! Whether what a visit works on is still wanted: what it saw of Kubernetes may be minutes old by the time of the act.

use std::fmt::Debug;

use api::{CipherTrustManager, ClusterCipherTrustManager};
use kube::{Api, Client, Resource};
use lifecycle::reason::{Blocker, Reason};
use serde::de::DeserializeOwned;

use super::{
    container::ContainerKind,
    kind::{KeyKind, Scene},
    site,
};
use crate::{
    manager::ManagerObject,
    object::{Kind, ObjectRef},
};

/// Reads the object, its container and its manager once more, past the watch: all have to be the ones that the visit began
/// with, and the container still open to the object. Asked before every act that takes something away.
pub async fn still_stands<K: KeyKind>(scene: &Scene<K>) -> Result<(), Blocker> {
    let client = &scene.context.client;
    let keys: Api<K::Cr> = Api::namespaced(client.clone(), &scene.object.namespace);
    let key = keys.get_opt(&scene.object.name).await;
    let manager_ref = &scene.site.manager_ref;
    let manager = match manager_ref.kind {
        Kind::ClusterCipherTrustManager => {
            of_manager::<ClusterCipherTrustManager>(client, manager_ref).await
        }
        _ => of_manager::<CipherTrustManager>(client, manager_ref).await,
    };
    let container_ref = &scene.site.container_ref;
    let containers: Api<<K::Container as ContainerKind>::Cr> =
        Api::namespaced(client.clone(), &container_ref.namespace);
    let container = containers.get_opt(&container_ref.name).await;
    let (Ok(key), Ok(container), Ok(manager)) = (key, container, manager) else {
        return Err(changed("could not be read once more before the act"));
    };
    let same_key = key.as_ref().and_then(of) == of(&scene.cr);
    let same_manager = manager == scene.site.manager_wish;
    let same_container = container.as_ref().and_then(of) == of(&scene.site.container_cr);
    let is_open = site::is_in::<K>(&scene.context, &scene.cr, container_ref);
    if same_key && same_container && same_manager && is_open {
        return Ok(());
    }
    Err(changed("was changed before the act"))
}

/// What people ask of a manager now.
async fn of_manager<M>(client: &Client, reference: &ObjectRef) -> Result<Option<Wish>, kube::Error>
where
    M: ManagerObject + DeserializeOwned + Debug,
{
    let manager = M::api(client, reference).get_opt(&reference.name).await?;
    Ok(manager.as_ref().and_then(of))
}

/// What people asked of an object: another uid or generation is another wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    uid: Option<String>,
    generation: Option<i64>,
}

/// What people ask of an object; nothing of one that is being deleted.
pub fn of<K: Resource>(object: &K) -> Option<Wish> {
    let metadata = object.meta();
    metadata.deletion_timestamp.is_none().then(|| Wish {
        uid: metadata.uid.clone(),
        generation: metadata.generation,
    })
}

fn changed(what: &str) -> Blocker {
    let message =
        format!("The object, its container or its manager {what}; it is looked at again.");
    Blocker::new(Reason::ProgressingWithRetry, message)
}
