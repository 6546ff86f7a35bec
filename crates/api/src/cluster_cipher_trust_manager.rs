//! `ClusterCipherTrustManager`: a CipherTrust Manager for several namespaces.

use std::borrow::Cow;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{CipherTrustManagerSpec, CipherTrustManagerStatus, schema};

/// As of a `CipherTrustManager`, and for which namespaces.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "ClusterCipherTrustManager",
    status = "CipherTrustManagerStatus",
    derive = "PartialEq",
    doc = "A CipherTrust Manager for containers of several namespaces: as a CipherTrustManager, with Secrets of the namespaces that it names.",
    category = "cckm",
    shortname = "cctm"
)]
#[serde(rename_all = "camelCase")]
pub struct ClusterCipherTrustManagerSpec {
    /// What it has in common with a `CipherTrustManager`.
    #[serde(flatten)]
    pub manager: CipherTrustManagerSpec,
    /// The namespaces whose containers may refer to it. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<LabelSelector>,
}

/// Where the references to Secrets and the like are in the schema.
const REFERENCES: [&str; 3] = [
    "/properties/credentials/properties/password/properties/secretRef",
    "/properties/credentials/properties/clientCertificate/properties/secretRef",
    "/properties/tls/properties/caRef",
];

/// The schema of a `CipherTrustManager`, whose references name a namespace besides.
impl JsonSchema for ClusterCipherTrustManagerSpec {
    fn schema_name() -> Cow<'static, str> {
        "ClusterCipherTrustManagerSpec".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut selector = schema::namespace_selector(generator);
        selector.insert(
            "description".into(),
            "The namespaces whose containers may refer to it, by their labels; `{}` selects all. Absent: none, so that nobody uses it.".into(),
        );
        let mut schema = CipherTrustManagerSpec::json_schema(generator);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert("allowedNamespaces".into(), selector.to_value());
        }
        for path in REFERENCES {
            name_namespace(schema.pointer_mut(path));
        }
        schema
    }
}

/// Makes a reference take a namespace, and insist on it.
fn name_namespace(reference: Option<&mut Value>) {
    let Some(reference) = reference else { return };
    reference["properties"]["namespace"] = json!({
        "description": "Its namespace.",
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": schema::LABEL_PATTERN,
    });
    if let Some(required) = reference["required"].as_array_mut() {
        required.push("namespace".into());
    }
}
