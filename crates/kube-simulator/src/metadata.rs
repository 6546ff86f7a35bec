//! `metadata`: what every object has.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Map, Value, json};

use crate::refusal::{Outcome, Refusal};

/// Reads the metadata of an object and writes it back as it is kept: known fields of their types alone, nothing that
/// is empty. Who manages which field is not kept.
pub(crate) fn normalize(object: &mut Value) -> Outcome<ObjectMeta> {
    let metadata = object.get("metadata").cloned().unwrap_or(json!({}));
    let metadata = if metadata.is_null() {
        json!({})
    } else {
        metadata
    };
    let mut metadata: ObjectMeta = serde_json::from_value(metadata).map_err(|error| {
        Refusal::bad_request(format!("metadata of the object is malformed: {error}"))
    })?;
    metadata.managed_fields = None;
    metadata.self_link = None;
    let empty = |text: &String| text.is_empty();
    metadata.name.take_if(|name| empty(name));
    metadata.generate_name.take_if(|prefix| empty(prefix));
    metadata.namespace.take_if(|namespace| empty(namespace));
    metadata.uid.take_if(|uid| empty(uid));
    metadata.resource_version.take_if(|version| empty(version));
    metadata.labels.take_if(|labels| labels.is_empty());
    metadata
        .annotations
        .take_if(|annotations| annotations.is_empty());
    metadata
        .finalizers
        .take_if(|finalizers| finalizers.is_empty());
    metadata
        .owner_references
        .take_if(|references| references.is_empty());
    put(object, &metadata);
    Ok(metadata)
}

/// Gives an object its metadata.
pub(crate) fn put(object: &mut Value, metadata: &ObjectMeta) {
    object["metadata"] = serde_json::to_value(metadata).unwrap_or_default();
}

/// A text of an object's metadata; empty if there is none.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

/// The field of an object's metadata, which may be made.
pub(crate) fn set(object: &mut Value, field: &str, value: Value) {
    if let Value::Object(metadata) = &mut object["metadata"] {
        metadata.insert(field.to_owned(), value);
    }
}

/// An instant as metadata has it: in whole seconds.
pub(crate) fn instant(now: Timestamp) -> Value {
    json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// An object without its metadata.
pub(crate) fn without(object: &Value) -> Map<String, Value> {
    let mut fields = object.as_object().cloned().unwrap_or_default();
    fields.remove("metadata");
    fields
}
