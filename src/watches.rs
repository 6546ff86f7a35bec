//! What of Kubernetes the operator follows, and how urgent a change of it is.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::BoxFuture;
use kube::{Client, Resource, ResourceExt, core::NamespaceResourceScope};
use serde::de::DeserializeOwned;

use crate::{
    context::AllObjects,
    object::{Kind, ObjectRef},
    runtime::{
        objects::Objects,
        queue::Lane,
        secrets,
        watch::{self as watcher, Seen},
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
            managers: watches.follow(Kind::CipherTrustManager),
            organizations: watches.follow(Kind::SalesforceOrganization),
            azure_vaults: watches.follow(Kind::AzureVault),
            oci_vaults: watches.follow(Kind::OciVault),
            tenant_secrets: watches.follow(Kind::SalesforceTenantSecret),
            rotations: watches.follow(Kind::SalesforceRotation),
            azure_secrets: watches.follow(Kind::AzureSecret),
            oci_keys: watches.follow(Kind::OciKey),
            approvals: watches.follow(Kind::DestructionApproval),
        };
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

    /// A change by a person is urgent, a change of status alone is not.
    fn follow<K>(&mut self, kind: Kind) -> Objects<K>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + DeserializeOwned
            + Clone
            + Debug
            + Send
            + Sync
            + 'static,
    {
        let queue = Arc::clone(self.queue);
        let known: Mutex<BTreeMap<ObjectRef, Asked>> = Mutex::default();
        let tell = move |seen: Seen<K>| {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let lane = if let Some(object) = &seen.present {
                let asked = Asked::of(object);
                let before = known.insert(seen.object.clone(), asked.clone());
                if before.is_some_and(|before| before == asked) {
                    Lane::Wake
                } else {
                    Lane::User
                }
            } else {
                known.remove(&seen.object);
                Lane::User
            };
            queue.push(seen.object, lane);
        };
        let (objects, task) = watcher::watch(self.client, kind, self.namespaces, tell);
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
        is_near(cr.namespace()) && cr.spec.secret_names().any(|secret| secret == name)
    });
    let keys = keys.iter().map(|cr| ObjectRef::of(Kind::AzureSecret, cr));
    let managers = managers
        .iter()
        .map(|cr| ObjectRef::of(Kind::CipherTrustManager, cr));
    keys.chain(managers).collect()
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
