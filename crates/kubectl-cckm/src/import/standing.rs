//! The objects that stand for keys already.

use std::collections::BTreeSet;

use kube::ResourceExt;

use super::containers::{Importable, each};
use crate::{cluster::Cluster, exit::Outcome};

/// The objects of one kind of key in a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Their names.
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
        if standing.unsettled > 0 {
            eprintln!(
                "warning: {} objects have not found their keys yet; where one of them means a key that is imported now, remove one of the two objects",
                standing.unsettled
            );
        }
        Ok(standing)
    }

    /// Takes an object in. Pure.
    pub(crate) fn note<K: Importable>(&mut self, key: &K::Key, containers: &[K::Cr]) {
        self.names.insert(key.name_any());
        let of_key = |container: &&K::Cr| container.name_any() == K::container_of(key);
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
