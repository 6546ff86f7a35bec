//! Containers and the objects of their keys, read from the API server; and the containers' rows in CipherTrust Manager.

use std::fmt::Debug;

use cckm_operator::{
    object::ObjectRef,
    reconcile::{
        container::{ContainerKind, Found},
        fields::{self, KeyObject},
    },
};
use kube::{Api, Resource, ResourceExt, api::ListParams, core::NamespaceResourceScope};
use serde::de::DeserializeOwned;

use super::{manifest::Place, remote, sorted::Sorted, standing::Standing};
use crate::{
    cluster::{Cluster, refused},
    exit::{Failure, Outcome},
};

/// How many objects are asked for at once.
const PAGE: u32 = 500;

/// A kind of container whose keys can be imported.
pub(crate) trait Importable: ContainerKind {
    /// The kind of its keys' objects.
    type Key: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + KeyObject
        + DeserializeOwned
        + Clone
        + Debug;

    /// Sorts a container's rows. Pure.
    fn sort(container: &Self::Cr, rows: Vec<Self::Row>, standing: &Standing) -> Sorted;
    /// The key that an object of that container names in its spec, as `status.cloudId` has it.
    fn identity_of(key: &Self::Key, container: &Self::Cr) -> Option<String>;
    /// The key that an object has found.
    fn recorded_by(key: &Self::Key) -> Option<&str>;

    /// Where a container is.
    fn place(container: &Self::Cr) -> Place {
        Place {
            kind: Self::KIND.as_str(),
            namespace: container.namespace().unwrap_or_default(),
            container: container.name_any(),
        }
    }
}

/// The container of that name.
pub(crate) async fn chosen<K: Importable>(cluster: &Cluster, name: &str) -> Outcome<K::Cr> {
    let (kind, namespace) = (K::KIND.as_str(), &cluster.namespace);
    let containers: Api<K::Cr> = Api::namespaced(cluster.client.clone(), namespace);
    let what = format!("read {kind} {name} in namespace {namespace}");
    let found = containers.get_opt(name).await;
    found.map_err(|error| refused(&what, &error))?.ok_or_else(|| {
        Failure::failed(format!(
            "there is no {kind} {name} in namespace {namespace}. Name another one, or its namespace by -n"
        ))
    })
}

/// The containers of the namespace that refer to a manager, by name.
pub(crate) async fn of_manager<K: Importable>(
    cluster: &Cluster,
    manager: &ObjectRef,
) -> Outcome<Vec<K::Cr>> {
    let mut containers: Vec<K::Cr> = Vec::new();
    each(cluster, |container: K::Cr| {
        if fields::manager_of(&container) == *manager {
            containers.push(container);
        }
    })
    .await?;
    containers.sort_by_key(ResourceExt::name_any);
    Ok(containers)
}

/// Hands over every object of a kind in the namespace, page by page.
pub(crate) async fn each<T>(cluster: &Cluster, mut take: impl FnMut(T)) -> Outcome
where
    T: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + Debug,
{
    let objects: Api<T> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let what = format!("list {} in namespace {}", T::plural(&()), cluster.namespace);
    pages(&objects, &what, &mut take).await
}

/// Hands over every object of a kind in all namespaces, page by page.
pub(crate) async fn everywhere<T>(cluster: &Cluster, mut take: impl FnMut(T)) -> Outcome
where
    T: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug,
{
    let what = format!("list {} in all namespaces", T::plural(&()));
    pages(&Api::all(cluster.client.clone()), &what, &mut take).await
}

async fn pages<T>(objects: &Api<T>, what: &str, take: &mut impl FnMut(T)) -> Outcome
where
    T: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug,
{
    let mut page = ListParams::default().limit(PAGE);
    loop {
        let list = objects.list(&page).await;
        let list = list.map_err(|error| refused(what, &error))?;
        let more = list.metadata.continue_.filter(|token| !token.is_empty());
        list.items.into_iter().for_each(&mut *take);
        match more {
            Some(token) => page = page.continue_token(&token),
            None => return Ok(()),
        }
    }
}

/// What CipherTrust Manager says of a container.
pub(crate) async fn find<K: Importable>(
    client: &cckm::Client,
    container: &K::Cr,
) -> Outcome<K::Facts> {
    let place = K::place(container);
    let found = K::find(client, container).await;
    match found.map_err(|error| remote::failure(&place.to_string(), &error))? {
        Found::Here(facts) => Ok(facts),
        Found::Replaced(other) => Err(Failure::failed(format!(
            "CipherTrust Manager's record of {place} leads to {other:?} now. Create a container for that, and import it"
        ))),
        Found::Unclear => Err(Failure::failed(format!(
            "CipherTrust Manager's list of containers contradicts its own total, so {place} was not found. Run this again"
        ))),
        Found::Nowhere => Err(Failure::failed(format!(
            "{place} is not registered in its CipherTrust Manager, or this login does not see it. Register it there, or log in as somebody who sees it"
        ))),
    }
}
