//! Whether what a visit works on is still wanted: what it saw of Kubernetes may be minutes old by the time of the act.

use std::fmt::Debug;

use api::{CipherTrustManager, ClusterCipherTrustManager};
use kube::{Api, Client, Resource};
use lifecycle::reason::{Blocker, Reason};
use serde::de::DeserializeOwned;

use super::kind::{KeyKind, Scene};
use crate::{
    manager::ManagerObject,
    object::{Kind, ObjectRef},
};

/// Reads the object and its manager once more, past the watch: both have to be the ones that the visit began with.
/// Asked before every act that takes something away.
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
    let (Ok(key), Ok(manager)) = (key, manager) else {
        return Err(changed("could not be read once more before the act"));
    };
    let same_key = key.as_ref().and_then(of) == of(&scene.cr);
    let same_manager = manager == scene.site.manager_wish;
    if same_key && same_manager {
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
    let message = format!("The object or its manager {what}; it is looked at again.");
    Blocker::new(Reason::ProgressingWithRetry, message)
}
