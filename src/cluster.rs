//! The objects of all kinds, as last seen, and which of them may refer to which.

use std::collections::BTreeMap;

use api::{
    AzureSecret, AzureVault, CipherTrustManager, ClusterCipherTrustManager, DestructionApproval,
    OciKey, OciVault, SalesforceOrganization, SalesforceRotation, SalesforceTenantSecret,
};
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::LabelSelector};
use kube::{
    Resource,
    core::{NamespaceResourceScope, Selector, SelectorExt},
};

use crate::{
    manager::{Manager, ManagerObject},
    object::{Kind, ObjectRef},
    reconcile::fields::{self, ContainerObject, KeyObject},
    runtime::objects::Objects,
};

/// The objects of all kinds, as last seen.
#[derive(Clone)]
pub struct AllObjects {
    /// `CipherTrustManager`.
    pub managers: Objects<CipherTrustManager>,
    /// `ClusterCipherTrustManager`; none where chosen namespaces are watched.
    pub cluster_managers: Objects<ClusterCipherTrustManager>,
    /// `SalesforceOrganization`.
    pub organizations: Objects<SalesforceOrganization>,
    /// `AzureVault`.
    pub azure_vaults: Objects<AzureVault>,
    /// `OciVault`.
    pub oci_vaults: Objects<OciVault>,
    /// `SalesforceTenantSecret`.
    pub tenant_secrets: Objects<SalesforceTenantSecret>,
    /// `SalesforceRotation`.
    pub rotations: Objects<SalesforceRotation>,
    /// `AzureSecret`.
    pub azure_secrets: Objects<AzureSecret>,
    /// `OciKey`.
    pub oci_keys: Objects<OciKey>,
    /// `DestructionApproval`.
    pub approvals: Objects<DestructionApproval>,
    /// The namespaces themselves, for their labels.
    pub namespaces: Objects<Namespace>,
}

impl AllObjects {
    /// Resolves once the watches have listed all objects.
    pub async fn wait_until_ready(&self) {
        self.managers.wait_until_ready().await;
        self.cluster_managers.wait_until_ready().await;
        self.organizations.wait_until_ready().await;
        self.azure_vaults.wait_until_ready().await;
        self.oci_vaults.wait_until_ready().await;
        self.tenant_secrets.wait_until_ready().await;
        self.rotations.wait_until_ready().await;
        self.azure_secrets.wait_until_ready().await;
        self.oci_keys.wait_until_ready().await;
        self.approvals.wait_until_ready().await;
        self.namespaces.wait_until_ready().await;
    }

    /// Names all of them, or those in a namespace.
    pub fn names(&self, namespace: Option<&str>) -> Vec<ObjectRef> {
        [
            self.managers.names(Kind::CipherTrustManager, namespace),
            self.cluster_managers
                .names(Kind::ClusterCipherTrustManager, namespace),
            self.organizations
                .names(Kind::SalesforceOrganization, namespace),
            self.azure_vaults.names(Kind::AzureVault, namespace),
            self.oci_vaults.names(Kind::OciVault, namespace),
            self.tenant_secrets
                .names(Kind::SalesforceTenantSecret, namespace),
            self.rotations.names(Kind::SalesforceRotation, namespace),
            self.azure_secrets.names(Kind::AzureSecret, namespace),
            self.oci_keys.names(Kind::OciKey, namespace),
            self.approvals.names(Kind::DestructionApproval, namespace),
        ]
        .concat()
    }
}

/// Who may refer to whom.
impl AllObjects {
    /// The manager of that name, if containers of this namespace may refer to it.
    pub fn manager_for(&self, namespace: &str, reference: &ObjectRef) -> Option<Manager> {
        let name = &reference.name;
        let manager = match reference.kind {
            Kind::ClusterCipherTrustManager => {
                self.cluster_managers.read("", name, ManagerObject::manager)
            }
            _ => self
                .managers
                .read(&reference.namespace, name, ManagerObject::manager),
        };
        manager.filter(|manager| {
            let selector = manager.allowed_namespaces.as_ref();
            is_open_to(namespace, &reference.namespace, selector, || {
                self.labels(namespace)
            })
        })
    }

    /// The container of that name, if keys of this namespace may be in it.
    pub fn container_for<C>(
        &self,
        containers: &Objects<C>,
        namespace: &str,
        reference: &ObjectRef,
    ) -> Option<C>
    where
        C: ContainerObject + Resource<DynamicType = ()> + Clone,
    {
        self.if_open(containers, namespace, reference, C::clone)
    }

    /// Whether keys of this namespace may be in the container of that name.
    pub fn is_open<C>(
        &self,
        containers: &Objects<C>,
        namespace: &str,
        reference: &ObjectRef,
    ) -> bool
    where
        C: ContainerObject + Resource<DynamicType = ()> + Clone,
    {
        self.if_open(containers, namespace, reference, |_| ())
            .is_some()
    }

    fn if_open<C, T>(
        &self,
        containers: &Objects<C>,
        namespace: &str,
        reference: &ObjectRef,
        read: impl FnOnce(&C) -> T,
    ) -> Option<T>
    where
        C: ContainerObject + Resource<DynamicType = ()> + Clone,
    {
        let read = |container: &C| {
            let selector = container.allowed_namespaces();
            let open = is_open_to(namespace, &reference.namespace, selector, || {
                self.labels(namespace)
            });
            open.then(|| read(container))
        };
        containers
            .read(&reference.namespace, &reference.name, read)
            .flatten()
    }

    fn labels(&self, namespace: &str) -> Option<BTreeMap<String, String>> {
        self.namespaces.read("", namespace, labels_of)
    }
}

/// The labels of a namespace.
pub fn labels_of(namespace: &Namespace) -> BTreeMap<String, String> {
    namespace.metadata.labels.clone().unwrap_or_default()
}

/// Whether what is in the namespace `home`, and allows those that `selector` selects, is open to a namespace of these
/// labels. What cannot be read selects nothing, and is nothing that is selected.
pub fn is_open_to(
    namespace: &str,
    home: &str,
    selector: Option<&LabelSelector>,
    labels: impl FnOnce() -> Option<BTreeMap<String, String>>,
) -> bool {
    let selected = |selector| labels().is_some_and(|labels| selects(selector, &labels));
    home == namespace || selector.is_some_and(selected)
}

/// Whether a selector selects what has these labels; an empty one selects all.
fn selects(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    Selector::try_from(selector.clone()).is_ok_and(|selector| selector.matches(labels))
}

impl AllObjects {
    /// Objects of one kind that depend on the same manager wait for each other; see
    /// [`crate::runtime::queue`].
    pub fn group(&self, object: &ObjectRef) -> ObjectRef {
        let (namespace, name) = (&object.namespace, &object.name);
        let manager = match object.kind {
            Kind::CipherTrustManager | Kind::ClusterCipherTrustManager => Some(object.clone()),
            Kind::SalesforceOrganization => manager_of(&self.organizations, namespace, name),
            Kind::AzureVault => manager_of(&self.azure_vaults, namespace, name),
            Kind::OciVault => manager_of(&self.oci_vaults, namespace, name),
            Kind::SalesforceTenantSecret => {
                manager_of_key(&self.tenant_secrets, &self.organizations, namespace, name)
            }
            Kind::SalesforceRotation => {
                manager_of_key(&self.rotations, &self.organizations, namespace, name)
            }
            Kind::AzureSecret => {
                manager_of_key(&self.azure_secrets, &self.azure_vaults, namespace, name)
            }
            Kind::OciKey => manager_of_key(&self.oci_keys, &self.oci_vaults, namespace, name),
            Kind::DestructionApproval => None,
        };
        match manager {
            Some(manager) => ObjectRef::new(object.kind, manager.namespace, manager.name),
            // Nothing remote is waited for.
            None => ObjectRef::new(object.kind, namespace, ""),
        }
    }
}

fn manager_of<C>(containers: &Objects<C>, namespace: &str, name: &str) -> Option<ObjectRef>
where
    C: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + ContainerObject,
{
    containers.read(namespace, name, fields::manager_of)
}

/// The manager of a key, by way of its container.
fn manager_of_key<K, C>(
    keys: &Objects<K>,
    containers: &Objects<C>,
    namespace: &str,
    name: &str,
) -> Option<ObjectRef>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + KeyObject,
    C: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + ContainerObject,
{
    let container = keys.read(namespace, name, fields::container_of)?;
    manager_of(containers, &container.namespace, &container.name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn selected(selector: Value) -> bool {
        let selector = serde_json::from_value(selector).unwrap();
        let labels = [
            ("team", "payments"),
            ("kubernetes.io/metadata.name", "shop"),
        ];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        selects(&selector, &labels.into())
    }

    #[test]
    fn a_namespace_is_allowed_by_its_labels() {
        assert!(selected(json!({})));
        assert!(selected(json!({"matchLabels": {"team": "payments"}})));
        assert!(!selected(json!({"matchLabels": {"team": "billing"}})));
        let name = |operator: &str| json!({"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": operator, "values": ["shop"]}]});
        assert!(selected(name("In")));
        assert!(!selected(name("NotIn")));
    }

    #[test]
    fn a_selector_that_cannot_be_read_allows_nothing() {
        let unknown =
            json!({"matchExpressions": [{"key": "team", "operator": "Like", "values": ["p"]}]});
        assert!(!selected(unknown));
    }
}
