//! Kinds as people write them: `azuresecret/db`, `AzureSecret db`, `azs/db`, `azuresecrets.cckm.dev/db`.

use api::{
    ApprovalTargetKind, AzureSecret, AzureVault, CipherTrustManager, ClusterCipherTrustManager,
    ManagerKind, OciKey, OciVault, SalesforceOrganization, SalesforceRotation,
    SalesforceTenantSecret,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinitionNames as Names;
use kube::{
    CustomResourceExt,
    core::{ApiResource, GroupVersionKind},
};

use crate::exit::{Code, Failure, Outcome};

/// A kind of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContainerKind {
    /// A `SalesforceOrganization`.
    Organization,
    /// An `AzureVault`.
    AzureVault,
    /// An `OciVault`.
    OciVault,
}

/// A kind with all its names.
pub(crate) struct Named<T> {
    /// The kind.
    pub(crate) kind: T,
    /// Whether its objects are of a namespace.
    pub(crate) namespaced: bool,
    names: Names,
}

/// The kinds of keys, rotations among them.
pub(crate) fn keys() -> [Named<ApprovalTargetKind>; 4] {
    [
        named::<SalesforceTenantSecret, _>(ApprovalTargetKind::SalesforceTenantSecret),
        named::<AzureSecret, _>(ApprovalTargetKind::AzureSecret),
        named::<OciKey, _>(ApprovalTargetKind::OciKey),
        named::<SalesforceRotation, _>(ApprovalTargetKind::SalesforceRotation),
    ]
}

/// The kinds of containers.
pub(crate) fn containers() -> [Named<ContainerKind>; 3] {
    [
        named::<SalesforceOrganization, _>(ContainerKind::Organization),
        named::<AzureVault, _>(ContainerKind::AzureVault),
        named::<OciVault, _>(ContainerKind::OciVault),
    ]
}

/// The kinds of managers.
pub(crate) fn managers() -> [Named<ManagerKind>; 2] {
    [
        named::<CipherTrustManager, _>(ManagerKind::CipherTrustManager),
        named::<ClusterCipherTrustManager, _>(ManagerKind::ClusterCipherTrustManager),
    ]
}

fn named<K: CustomResourceExt, T>(kind: T) -> Named<T> {
    let spec = K::crd().spec;
    Named {
        kind,
        namespaced: spec.scope == "Namespaced",
        names: spec.names,
    }
}

impl<T> Named<T> {
    /// Whether this is one of its names, as kubectl takes them: of any case, with or without the group.
    fn is_called(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        let word = word
            .strip_suffix(".cckm.dev")
            .map_or(word.as_str(), |word| word.trim_end_matches(".v1alpha1"));
        word == self.names.kind.to_ascii_lowercase()
            || word == self.names.plural
            || self.names.singular.as_deref() == Some(word)
            || self.short_names().any(|name| name == word)
    }

    /// The name that pages use.
    pub(crate) fn singular(&self) -> &str {
        self.names.singular.as_deref().unwrap_or(&self.names.plural)
    }

    /// All names that need no group.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        [self.singular(), &self.names.plural, &self.names.kind]
            .into_iter()
            .chain(self.short_names())
    }

    /// Where the API server has its objects.
    pub(crate) fn resource(&self) -> ApiResource {
        let kind = GroupVersionKind::gvk("cckm.dev", "v1alpha1", &self.names.kind);
        ApiResource::from_gvk_with_plural(&kind, &self.names.plural)
    }

    fn short_names(&self) -> impl Iterator<Item = &str> {
        self.names.short_names.iter().flatten().map(String::as_str)
    }

    /// As a list of kinds shows it.
    fn listed(&self) -> String {
        let names: Vec<&str> = [self.names.plural.as_str()]
            .into_iter()
            .chain(self.short_names())
            .collect();
        format!("{} ({})", self.names.kind, names.join(", "))
    }
}

/// The kind that a word means.
pub(crate) fn called<'a, T>(word: &str, kinds: &'a [Named<T>]) -> Option<&'a Named<T>> {
    kinds.iter().find(|named| named.is_called(word))
}

/// The object that `KIND/NAME` or `KIND NAME` names.
pub(crate) fn target<T: Copy>(words: &[String], kinds: &[Named<T>]) -> Outcome<(T, String)> {
    let usage = |message: String| Failure::new(Code::Usage, message);
    let (kind, name) = match words {
        [both] => both.split_once('/').ok_or_else(|| {
            usage(format!(
                "\"{both}\" names no object: write KIND/NAME or KIND NAME"
            ))
        })?,
        [kind, name] if !kind.contains('/') && !name.contains('/') => {
            (kind.as_str(), name.as_str())
        }
        _ => return Err(usage("name one object, as KIND/NAME or KIND NAME".into())),
    };
    if name.is_empty() || name.contains('/') {
        return Err(usage(
            "the name is missing: write KIND/NAME or KIND NAME".into(),
        ));
    }
    let found = called(kind, kinds);
    let known = || kinds.iter().map(Named::listed).collect::<Vec<_>>();
    found
        .map(|named| (named.kind, name.to_owned()))
        .ok_or_else(|| {
            usage(format!(
                "\"{kind}\" is none of the kinds that this is for: {}",
                known().join(", ")
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_kind_is_known_by_every_name_that_kubectl_takes() {
        for text in [
            "AzureSecret/db",
            "azuresecret/db",
            "azuresecrets/db",
            "azs/db",
            "AZS db",
            "azuresecrets.cckm.dev/db",
            "azuresecrets.v1alpha1.cckm.dev db",
        ] {
            let found = target(&words(text), &keys()).unwrap();
            assert_eq!(
                found,
                (ApprovalTargetKind::AzureSecret, "db".to_owned()),
                "{text}"
            );
        }
        let found = target(&words("ociv/payments"), &containers()).unwrap();
        assert_eq!(found, (ContainerKind::OciVault, "payments".to_owned()));
    }

    #[test]
    fn a_kind_that_is_misspelt_is_answered_with_those_there_are() {
        let failure = target(&words("azuresecrte/db"), &keys()).unwrap_err();
        assert_eq!(failure.code, Code::Usage);
        assert_eq!(
            failure.message,
            "\"azuresecrte\" is none of the kinds that this is for: SalesforceTenantSecret (salesforcetenantsecrets, sfts), AzureSecret (azuresecrets, azs), OciKey (ocikeys, ocik), SalesforceRotation (salesforcerotations, sfrot)"
        );
    }

    #[test]
    fn what_names_no_object_is_refused() {
        for text in [
            "db",
            "azs/",
            "azs/a/b",
            "azs/db other",
            "azs a b",
            "azs/a azs/b",
        ] {
            assert_eq!(
                target(&words(text), &keys()).unwrap_err().code,
                Code::Usage,
                "{text}"
            );
        }
    }
}
