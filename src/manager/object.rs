//! A manager of either kind, as its object describes it.

use api::{
    CipherTrustManager, CipherTrustManagerSpec, CipherTrustManagerStatus, ClusterCipherTrustManager,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::{Api, Client, Resource};

use crate::{
    cluster::AllObjects,
    object::{Kind, ObjectRef},
    reconcile::wish::{self, Wish},
    runtime::objects::Objects,
};

/// A manager of either kind.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Its object.
    pub reference: ObjectRef,
    /// What the object says. References to Secrets are to be read by [`Self::namespace`] alone.
    pub spec: CipherTrustManagerSpec,
    /// The namespaces whose containers may refer to it, beside its own.
    pub allowed_namespaces: Option<LabelSelector>,
    /// What people ask of it.
    pub wish: Option<Wish>,
}

impl Manager {
    /// The namespace of a Secret or `ConfigMap` that the spec refers to. An object of a namespace never reaches another
    /// one, whatever a stale schema may have let in.
    pub fn namespace<'a>(&'a self, named: Option<&'a str>) -> &'a str {
        match self.reference.kind {
            Kind::ClusterCipherTrustManager => named.unwrap_or_default(),
            _ => &self.reference.namespace,
        }
    }
}

/// A kind of manager.
pub trait ManagerObject: Resource<DynamicType = ()> + Clone + Sized + 'static {
    /// The kind.
    const KIND: Kind;
    /// The objects of it.
    fn objects(all: &AllObjects) -> &Objects<Self>;
    /// The API server's part for an object.
    fn api(client: &Client, reference: &ObjectRef) -> Api<Self>;
    /// What an object says.
    fn manager(&self) -> Manager;
    /// Its status as last seen.
    fn status(&self) -> CipherTrustManagerStatus;
}

impl ManagerObject for CipherTrustManager {
    const KIND: Kind = Kind::CipherTrustManager;

    fn objects(all: &AllObjects) -> &Objects<Self> {
        &all.managers
    }

    fn api(client: &Client, reference: &ObjectRef) -> Api<Self> {
        Api::namespaced(client.clone(), &reference.namespace)
    }

    fn manager(&self) -> Manager {
        Manager {
            reference: ObjectRef::of(Self::KIND, self),
            spec: self.spec.clone(),
            allowed_namespaces: None,
            wish: wish::of(self),
        }
    }

    fn status(&self) -> CipherTrustManagerStatus {
        self.status.clone().unwrap_or_default()
    }
}

impl ManagerObject for ClusterCipherTrustManager {
    const KIND: Kind = Kind::ClusterCipherTrustManager;

    fn objects(all: &AllObjects) -> &Objects<Self> {
        &all.cluster_managers
    }

    fn api(client: &Client, _: &ObjectRef) -> Api<Self> {
        Api::all(client.clone())
    }

    fn manager(&self) -> Manager {
        Manager {
            reference: ObjectRef::of(Self::KIND, self),
            spec: self.spec.manager.clone(),
            allowed_namespaces: self.spec.allowed_namespaces.clone(),
            wish: wish::of(self),
        }
    }

    fn status(&self) -> CipherTrustManagerStatus {
        self.status.clone().unwrap_or_default()
    }
}
