//! Where a key lives, as far as the user may read it. Who writes keys often may not read managers or namespaces; a plan is
//! made without them then, and says so.

use std::{collections::BTreeMap, fmt::Debug};

use api::{CipherTrustManager, ClusterCipherTrustManager};
use cckm_operator::{
    cluster::{is_open_to, labels_of},
    manager::{Manager, ManagerObject},
    object::{Kind, ObjectRef},
    reconcile::{
        fields::{self, ContainerObject},
        kind::ContainerOf,
        preview::Previewed,
        site,
        terms::Terms,
    },
};
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::LabelSelector};
use kube::{Api, ResourceExt};
use lifecycle::reason::Blocker;
use serde::de::DeserializeOwned;

use crate::{
    cluster::{Cluster, called, refused},
    exit::Outcome,
};

/// The label that every namespace has, with its name.
const NAME: &str = "kubernetes.io/metadata.name";

type Labels = BTreeMap<String, String>;

/// A key's container and what its manager asks.
pub(crate) struct Setting<C> {
    /// The container, if it may be read.
    pub(crate) container: Option<C>,
    /// What the manager asks; if it may not be read, what it asks where it says nothing.
    pub(crate) terms: Terms,
}

/// What reading an object came to.
#[derive(Clone)]
enum Seen<T> {
    There(T),
    Missing,
    /// The user may not read it.
    Hidden,
}

/// Reads settings, every manager and namespace once.
pub(crate) struct Reader<'a> {
    /// The API server.
    pub(crate) cluster: &'a Cluster,
    managers: BTreeMap<ObjectRef, Seen<Manager>>,
    namespaces: BTreeMap<String, Seen<Labels>>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Nothing is read yet.
    pub(crate) fn new(cluster: &'a Cluster) -> Self {
        Self {
            cluster,
            managers: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// What could not be taken into account, and why.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The setting of a key, or why there is none: in the operator's words, and by its rules.
    pub(crate) async fn setting<K: Previewed>(
        &mut self,
        key: &K::Cr,
    ) -> Outcome<Result<Setting<ContainerOf<K>>, Blocker>> {
        let namespace = key.namespace().unwrap_or_default();
        let container_ref = fields::container_of(key);
        let client = self.cluster.client.clone();
        let containers: Api<ContainerOf<K>> = Api::namespaced(client, &container_ref.namespace);
        let missing = || Ok(Err(site::no_container(&namespace, &container_ref)));
        let container = match seen(&containers, &container_ref).await? {
            Seen::There(container) => container,
            Seen::Missing => return missing(),
            Seen::Hidden => {
                self.warn(format!(
                    "you may not read {}: whether it is open to namespace {namespace}, what it allows and its manager are not taken into account, and effects are shown at their worst",
                    called(&container_ref)
                ));
                return Ok(Ok(Setting {
                    container: None,
                    terms: Terms::default(),
                }));
            }
        };
        let selector = container.allowed_namespaces();
        if !self.is_open(&namespace, &container_ref, selector).await? {
            return missing();
        }
        let manager_ref = fields::manager_of(&container);
        let terms = match self.manager(&manager_ref).await? {
            Seen::There(manager) => {
                let selector = manager.allowed_namespaces.as_ref();
                let home = &container_ref.namespace;
                self.is_open(home, &manager_ref, selector)
                    .await?
                    .then(|| Terms::of(&manager.spec))
            }
            Seen::Missing => None,
            Seen::Hidden => {
                self.warn(format!(
                    "you may not read {}: its approvals, limits and suspend are not taken into account",
                    called(&manager_ref)
                ));
                Some(Terms::default())
            }
        };
        Ok(terms
            .map(|terms| Setting {
                container: Some(container),
                terms,
            })
            .ok_or_else(|| site::no_manager(&manager_ref)))
    }

    /// Whether an object is open to a namespace; taken to be so if the namespace's labels decide and may not be read.
    async fn is_open(
        &mut self,
        namespace: &str,
        object: &ObjectRef,
        selector: Option<&LabelSelector>,
    ) -> Outcome<bool> {
        let home = &object.namespace;
        let Some(selector) = selector.filter(|_| home != namespace) else {
            return Ok(is_open_to(namespace, home, None, || None));
        };
        let labels = match self.labels(namespace).await? {
            Seen::There(labels) => Some(labels),
            Seen::Missing => None,
            Seen::Hidden if asks_only_for_the_name(selector) => {
                Some(Labels::from([(NAME.to_owned(), namespace.to_owned())]))
            }
            Seen::Hidden => {
                self.warn(format!(
                    "you may not read namespace {namespace}: whether allowedNamespaces of {} selects it is not taken into account",
                    called(object)
                ));
                return Ok(true);
            }
        };
        Ok(is_open_to(namespace, home, Some(selector), || labels))
    }

    async fn labels(&mut self, namespace: &str) -> Outcome<Seen<Labels>> {
        if let Some(known) = self.namespaces.get(namespace) {
            return Ok(known.clone());
        }
        let namespaces: Api<Namespace> = Api::all(self.cluster.client.clone());
        let what = format!("read namespace {namespace}");
        let labels = read(&namespaces, namespace, &what)
            .await?
            .map(|namespace| labels_of(&namespace));
        self.namespaces.insert(namespace.to_owned(), labels.clone());
        Ok(labels)
    }

    async fn manager(&mut self, reference: &ObjectRef) -> Outcome<Seen<Manager>> {
        if let Some(known) = self.managers.get(reference) {
            return Ok(known.clone());
        }
        let manager = match reference.kind {
            Kind::ClusterCipherTrustManager => {
                self.manager_of::<ClusterCipherTrustManager>(reference)
                    .await?
            }
            _ => self.manager_of::<CipherTrustManager>(reference).await?,
        };
        self.managers.insert(reference.clone(), manager.clone());
        Ok(manager)
    }

    async fn manager_of<M>(&self, reference: &ObjectRef) -> Outcome<Seen<Manager>>
    where
        M: ManagerObject + DeserializeOwned + Debug,
    {
        let managers = M::api(&self.cluster.client, reference);
        Ok(seen(&managers, reference)
            .await?
            .map(|manager| manager.manager()))
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

impl<T> Seen<T> {
    fn map<U>(self, of: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::There(object) => Seen::There(of(object)),
            Self::Missing => Seen::Missing,
            Self::Hidden => Seen::Hidden,
        }
    }
}

async fn seen<T>(objects: &Api<T>, reference: &ObjectRef) -> Outcome<Seen<T>>
where
    T: DeserializeOwned + Clone + Debug,
{
    let what = format!("read {}", called(reference));
    read(objects, &reference.name, &what).await
}

async fn read<T>(objects: &Api<T>, name: &str, what: &str) -> Outcome<Seen<T>>
where
    T: DeserializeOwned + Clone + Debug,
{
    match objects.get_opt(name).await {
        Ok(Some(object)) => Ok(Seen::There(object)),
        Ok(None) => Ok(Seen::Missing),
        Err(kube::Error::Api(status)) if status.is_forbidden() => Ok(Seen::Hidden),
        Err(error) => Err(refused(what, &error)),
    }
}

/// Whether a selector can be judged by a namespace's name alone.
fn asks_only_for_the_name(selector: &LabelSelector) -> bool {
    let labels = selector.match_labels.iter().flat_map(BTreeMap::keys);
    let expressions = selector.match_expressions.iter().flatten();
    let mut keys = labels.chain(expressions.map(|expression| &expression.key));
    keys.all(|key| key == NAME)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn by_name(selector: Value) -> bool {
        asks_only_for_the_name(&serde_json::from_value(selector).unwrap())
    }

    #[test]
    fn a_selector_by_name_needs_no_labels_and_another_does() {
        let name = json!({"key": NAME, "operator": "In", "values": ["shop"]});
        let team = json!({"key": "team", "operator": "Exists"});
        assert!(by_name(json!({})));
        assert!(by_name(
            json!({"matchLabels": {NAME: "shop"}, "matchExpressions": [name]})
        ));
        assert!(!by_name(json!({"matchLabels": {"team": "shop"}})));
        assert!(!by_name(
            json!({"matchLabels": {NAME: "shop"}, "matchExpressions": [team]})
        ));
    }
}
