//! The kinds that every API server has, as far as the operator and those around it use them.

use k8s_openapi::{
    api::{
        admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
        coordination::v1::Lease,
        core::v1::{ConfigMap, Namespace, Secret, ServiceAccount},
        events::v1::Event,
        rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Resource,
    core::{ClusterResourceScope, NamespaceResourceScope},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    kinds::{Kind, Shape},
    names::Names,
    policy::{Binding, Policy},
};

/// Brings an object into the form in which it is kept, without what its kind doesn't know, or says why it is none of
/// its kind.
pub(crate) type Form = fn(Value) -> Result<Value, serde_json::Error>;

/// The group of roles and their bindings.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// The group of admission policies and their bindings.
pub(crate) const ADMISSION: &str = "admissionregistration.k8s.io";

/// The label that every namespace has.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

pub(crate) fn kinds() -> Vec<Kind> {
    let cluster_role = Kind {
        names: Names::PathSegment,
        ..clustered::<ClusterRole>()
    };
    let cluster_role_binding = Kind {
        names: Names::PathSegment,
        ..clustered::<ClusterRoleBinding>()
    };
    vec![
        Kind {
            shape: Shape::Builtin(secret),
            ..namespaced::<Secret>()
        },
        namespaced::<ConfigMap>(),
        namespaced::<ServiceAccount>(),
        Kind {
            names: Names::Label,
            shape: Shape::Builtin(namespace),
            ..clustered::<Namespace>()
        },
        Kind {
            shape: Shape::Builtin(event),
            ..namespaced::<Event>()
        },
        Kind {
            unconditional: false,
            ..namespaced::<Lease>()
        },
        Kind {
            names: Names::PathSegment,
            ..namespaced::<Role>()
        },
        Kind {
            names: Names::PathSegment,
            ..namespaced::<RoleBinding>()
        },
        cluster_role,
        cluster_role_binding,
        Kind {
            shape: Shape::Builtin(policy),
            ..clustered::<ValidatingAdmissionPolicy>()
        },
        Kind {
            shape: Shape::Builtin(policy_binding),
            ..clustered::<ValidatingAdmissionPolicyBinding>()
        },
        clustered::<CustomResourceDefinition>(),
    ]
}

fn namespaced<K>() -> Kind
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Serialize + DeserializeOwned,
{
    Kind {
        namespaced: true,
        ..clustered_or_not::<K>()
    }
}

fn clustered<K>() -> Kind
where
    K: Resource<DynamicType = (), Scope = ClusterResourceScope> + Serialize + DeserializeOwned,
{
    clustered_or_not::<K>()
}

fn clustered_or_not<K: Resource<DynamicType = ()> + Serialize + DeserializeOwned>() -> Kind {
    Kind {
        group: K::group(&()).into_owned(),
        version: K::version(&()).into_owned(),
        plural: K::plural(&()).into_owned(),
        kind: K::kind(&()).into_owned(),
        namespaced: false,
        status: false,
        unconditional: true,
        names: Names::Subdomain,
        selectable: vec![],
        shape: Shape::Builtin(formed::<K>),
    }
}

/// Fields that the type doesn't have are dropped.
fn formed<K: Serialize + DeserializeOwned>(object: Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_value::<K>(object)?)
}

/// What can't be simulated of a policy is an error, so that no policy is taken for enforced that isn't.
fn policy(object: Value) -> Result<Value, serde_json::Error> {
    Policy::read(&object)?;
    formed::<ValidatingAdmissionPolicy>(object)
}

fn policy_binding(object: Value) -> Result<Value, serde_json::Error> {
    Binding::read(&object)?;
    formed::<ValidatingAdmissionPolicyBinding>(object)
}

fn secret(object: Value) -> Result<Value, serde_json::Error> {
    let mut secret: Secret = serde_json::from_value(object)?;
    for (key, text) in secret.string_data.take().into_iter().flatten() {
        let data = secret.data.get_or_insert_default();
        data.insert(key, k8s_openapi::ByteString(text.into_bytes()));
    }
    secret.type_.get_or_insert_with(|| "Opaque".to_owned());
    serde_json::to_value(secret)
}

fn namespace(object: Value) -> Result<Value, serde_json::Error> {
    let mut namespace = serde_json::to_value(serde_json::from_value::<Namespace>(object)?)?;
    let name = namespace["metadata"]["name"].clone();
    if !name.is_null() {
        namespace["metadata"]["labels"][NAME_LABEL] = name;
    }
    namespace["spec"] = json!({"finalizers": ["kubernetes"]});
    namespace["status"] = json!({"phase": "Active"});
    Ok(namespace)
}

/// Events have fields of an older version that can't be left out.
fn event(object: Value) -> Result<Value, serde_json::Error> {
    let mut event = formed::<Event>(object)?;
    for (field, absent) in [
        ("deprecatedFirstTimestamp", Value::Null),
        ("deprecatedLastTimestamp", Value::Null),
        ("deprecatedSource", json!({})),
    ] {
        if event[field].is_null() {
            event[field] = absent;
        }
    }
    Ok(event)
}
