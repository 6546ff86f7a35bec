//! The objects that stand for keys already.

use std::collections::BTreeSet;

use cckm_operator::{
    object::ObjectRef,
    reconcile::fields::{self, ContainerObject},
};
use kube::ResourceExt;

use super::containers::{Importable, each, everywhere};
use crate::{
    cluster::Cluster,
    exit::{Code, Outcome},
};

/// The objects of one kind of key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The names of those in the containers' namespace.
    pub(crate) names: BTreeSet<String>,
    /// The keys that they stand for: those that they have found, and those that they name.
    pub(crate) identities: BTreeSet<String>,
    /// How many have not found theirs yet, and don't name it either.
    pub(crate) unsettled: usize,
}

impl Standing {
    /// Reads them, for these containers.
    pub(crate) async fn read<K: Importable>(
        cluster: &Cluster,
        containers: &[K::Cr],
    ) -> Outcome<Self> {
        let mut standing = Self::default();
        each(cluster, |key: K::Key| standing.note::<K>(&key, containers)).await?;
        if containers
            .iter()
            .any(|container| container.allowed_namespaces().is_some())
        {
            standing.look_elsewhere::<K>(cluster, containers).await?;
        }
        if standing.unsettled > 0 {
            eprintln!(
                "warning: {} objects have not found their keys yet; where one of them means a key that is imported now, remove one of the two objects",
                standing.unsettled
            );
        }
        Ok(standing)
    }

    /// Takes the objects of other namespaces in, which may have keys in these containers too.
    async fn look_elsewhere<K: Importable>(
        &mut self,
        cluster: &Cluster,
        containers: &[K::Cr],
    ) -> Outcome {
        let elsewhere = |key: &K::Key| key.namespace().as_ref() != Some(&cluster.namespace);
        let note = |key: K::Key| {
            if elsewhere(&key) {
                self.note::<K>(&key, containers);
            }
        };
        match everywhere(cluster, note).await {
            Err(failure) if failure.code == Code::NotAllowed => {
                eprintln!(
                    "warning: keys of other namespaces may be in these containers, and you may not list them there; where one of them stands for a key that is imported now, the import reads AlreadyManaged"
                );
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Takes an object in. Pure.
    pub(crate) fn note<K: Importable>(&mut self, key: &K::Key, containers: &[K::Cr]) {
        // A name that another namespace has is free in this one.
        let is_near = |container: &K::Cr| container.namespace() == key.namespace();
        if containers.iter().any(is_near) {
            self.names.insert(key.name_any());
        }
        let named = fields::container_of(key);
        let of_key = |container: &&K::Cr| ObjectRef::of(K::KIND, *container) == named;
        let Some(container) = containers.iter().find(of_key) else {
            self.identities
                .extend(K::recorded_by(key).map(str::to_owned));
            return;
        };
        let recorded = K::recorded_by(key).map(str::to_owned);
        let named = K::identity_of(key, container);
        if recorded.is_none() && named.is_none() {
            self.unsettled += 1;
        }
        self.identities.extend(recorded.into_iter().chain(named));
    }
}
