//! The manifest of a key. Pure.

use std::fmt;

use api::{AzureSecret, OciKey, SalesforceTenantSecret};
use kube::{Resource, ResourceExt};
use serde::Serialize;

use super::sorted::{Found, Spec, shown};
use crate::exit::{Failure, Outcome};

/// Where a container is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its kind.
    pub(crate) kind: &'static str,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) container: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.container)
    }
}

/// The name of the file, which no key of another kind has.
pub(crate) fn file_name(found: &Found, name: &str) -> String {
    let kind = match &found.spec {
        Spec::TenantSecret(_) => "salesforcetenantsecret",
        Spec::AzureSecret(_) => "azuresecret",
        Spec::OciKey(_) => "ocikey",
    };
    format!("{kind}-{name}.yaml")
}

/// The manifest, as YAML.
pub(crate) fn manifest(place: &Place, found: &Found, name: &str) -> Outcome<String> {
    let object = match &found.spec {
        Spec::TenantSecret(spec) => yaml(SalesforceTenantSecret::new(name, *spec.clone()), place),
        Spec::AzureSecret(spec) => yaml(AzureSecret::new(name, *spec.clone()), place),
        Spec::OciKey(spec) => yaml(OciKey::new(name, *spec.clone()), place),
    }?;
    Ok(format!(
        "# {}, {} when it was imported from {place}.\n# Applied, it changes nothing. Remove suspend once its status shows no plan.\n{object}",
        shown(&found.cloud_id),
        shown(&found.state),
    ))
}

fn yaml<K: Resource<DynamicType = ()> + Serialize>(
    mut object: K,
    place: &Place,
) -> Outcome<String> {
    object.meta_mut().namespace = Some(place.namespace.clone());
    let name = object.name_any();
    serde_saphyr::to_string(&object)
        .map_err(|error| Failure::failed(format!("{name} cannot be written as YAML: {error}")))
}
