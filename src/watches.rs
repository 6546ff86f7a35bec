//! What of Kubernetes the operator follows, and how urgent a change of it is.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client, Resource, ResourceExt,
    core::{ClusterResourceScope, NamespaceResourceScope},
    runtime::watcher::Config,
};

use crate::{
    cluster::AllObjects,
    object::{Kind, ObjectRef},
    runtime::{
        objects::Objects,
        queue::Lane,
        secrets,
        watch::{self as watcher, Part, Seen, Watchable},
        worker::SharedQueue,
    },
};

/// Watches being set up.
pub struct Watches<'a> {
    client: &'a Client,
    namespaces: &'a [String],
    queue: &'a Arc<SharedQueue>,
    tasks: Vec<BoxFuture<'static, ()>>,
}

impl<'a> Watches<'a> {
    /// In these namespaces (none: all), telling the queue of changes. Returns the objects, and the tasks that have to
    /// run for as long as they are used. `secrets`: whether labelled Secrets are watched too.
    pub fn start(
        client: &'a Client,
        namespaces: &'a [String],
        secrets: bool,
        queue: &'a Arc<SharedQueue>,
    ) -> (AllObjects, Vec<BoxFuture<'static, ()>>) {
        let mut watches = Self {
            client,
            namespaces,
            queue,
            tasks: Vec::new(),
        };
        let objects = AllObjects {
            managers: watches.near(Kind::CipherTrustManager),
            cluster_managers: watches.far(Kind::ClusterCipherTrustManager),
            organizations: watches.near(Kind::SalesforceOrganization),
            azure_vaults: watches.near(Kind::AzureVault),
            oci_vaults: watches.near(Kind::OciVault),
            tenant_secrets: watches.near(Kind::SalesforceTenantSecret),
            rotations: watches.near(Kind::SalesforceRotation),
            azure_secrets: watches.near(Kind::AzureSecret),
            oci_keys: watches.near(Kind::OciKey),
            approvals: watches.near(Kind::DestructionApproval),
            namespaces: Objects::none(),
        };
        let objects = watches.follow_namespaces(objects);
        if secrets {
            watches.follow_secrets(&objects);
        }
        (objects, watches.tasks)
    }

    /// Whoever names a Secret is visited when it changes.
    fn follow_secrets(&mut self, objects: &AllObjects) {
        let queue = Arc::clone(self.queue);
        let objects = objects.clone();
        let tell = move |namespace: &str, name: &str| {
            for object in named_by(&objects, namespace, name) {
                queue.push(object, Lane::User);
            }
        };
        self.tasks
            .push(secrets::watch(self.client, self.namespaces, tell));
    }

    /// Objects of namespaces.
    fn near<K>(&mut self, kind: Kind) -> Objects<K>
    where
        K: Watchable + Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        self.follow(kind, watcher::within(self.client, self.namespaces))
    }

    /// Objects of the cluster. Who watches chosen namespaces has no rights there.
    fn far<K>(&mut self, kind: Kind) -> Objects<K>
    where
        K: Watchable + Resource<DynamicType = (), Scope = ClusterResourceScope>,
    {
        let everywhere = self.namespaces.is_empty();
        let parts = everywhere.then(|| (Api::all(self.client.clone()), Config::default()));
        self.follow(kind, parts.into_iter().collect())
    }

    /// Whoever is in a namespace is visited when its labels change: they decide what may be referred to from there.
    fn follow_namespaces(&mut self, objects: AllObjects) -> AllObjects {
        let queue = Arc::clone(self.queue);
        let known: Mutex<BTreeMap<String, BTreeMap<String, String>>> = Mutex::default();
        let all = objects.clone();
        let tell = move |seen: Seen<Namespace>| {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let labels = seen
                .present
                .map(|namespace| namespace.metadata.labels.unwrap_or_default());
            let before = match &labels {
                Some(labels) => known.insert(seen.name.clone(), labels.clone()),
                None => known.remove(&seen.name),
            };
            if before != labels {
                for object in all.names(Some(&seen.name)) {
                    queue.push(object, Lane::Wake);
                }
            }
        };
        let parts = watcher::of_names(self.client, self.namespaces);
        let (namespaces, task) = watcher::watch(parts, "Namespace", &[], tell);
        self.tasks.push(task);
        AllObjects {
            namespaces,
            ..objects
        }
    }

    /// A change by a person is urgent, a change of status alone is not.
    fn follow<K: Watchable>(&mut self, kind: Kind, parts: Vec<Part<K>>) -> Objects<K> {
        let queue = Arc::clone(self.queue);
        let known: Mutex<BTreeMap<ObjectRef, Asked>> = Mutex::default();
        let tell = move |seen: Seen<K>| {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let reference = ObjectRef::new(kind, seen.namespace, seen.name);
            let lane = if let Some(object) = &seen.present {
                let asked = Asked::of(object);
                let before = known.insert(reference.clone(), asked.clone());
                if before.is_some_and(|before| before == asked) {
                    Lane::Wake
                } else {
                    Lane::User
                }
            } else {
                known.remove(&reference);
                Lane::User
            };
            queue.push(reference, lane);
        };
        let (objects, task) = watcher::watch(parts, kind.as_str(), self.namespaces, tell);
        self.tasks.push(task);
        objects
    }
}

/// The objects that name this Secret: keys for their value, managers for their login.
fn named_by(objects: &AllObjects, namespace: &str, name: &str) -> Vec<ObjectRef> {
    let is_near = |object: Option<String>| object.as_deref() == Some(namespace);
    let keys = objects.azure_secrets.select(|cr| {
        let value = cr.spec.value_from.as_ref();
        is_near(cr.namespace()) && value.is_some_and(|value| value.secret_key_ref.name == name)
    });
    let managers = objects.managers.select(|cr| {
        is_near(cr.namespace()) && cr.spec.secrets().any(|(_, secret)| secret == name)
    });
    let cluster_managers = objects.cluster_managers.select(|cr| {
        let mut secrets = cr.spec.manager.secrets();
        secrets.any(|secret| secret == (Some(namespace), name))
    });
    let keys = keys.iter().map(|cr| ObjectRef::of(Kind::AzureSecret, cr));
    let managers = managers
        .iter()
        .map(|cr| ObjectRef::of(Kind::CipherTrustManager, cr));
    let cluster_managers = cluster_managers
        .iter()
        .map(|cr| ObjectRef::of(Kind::ClusterCipherTrustManager, cr));
    keys.chain(managers).chain(cluster_managers).collect()
}

/// What people asked of an object: another one is another wish.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    uid: Option<String>,
    generation: Option<i64>,
    annotations: BTreeMap<String, String>,
}

impl Asked {
    fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        Self {
            uid: object.uid(),
            generation: object.meta().generation,
            annotations: object.annotations().clone(),
        }
    }
}
