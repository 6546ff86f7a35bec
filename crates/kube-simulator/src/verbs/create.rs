//! Creating.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Call};
use crate::{
    kinds::Shape,
    metadata, names,
    refusal::{Outcome, Refusal},
    state::State,
    store::Key,
};

/// What the API server alone sets.
const SYSTEM_FIELDS: [&str; 6] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "resourceVersion",
    "uid",
];

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Outcome<Answer> {
    let kind = &call.kind;
    if kind.namespaced && call.route.namespace.is_empty() {
        return Err(Refusal::no_such_path());
    }
    let object = call.object()?;
    if !metadata::text(&object, "resourceVersion").is_empty() {
        return Err(Refusal::new(
            500,
            "",
            "resourceVersion should not be set on objects to be created",
        ));
    }
    let mut object = call.formed(object)?;
    in_namespace(state, call)?;
    begin(state, call, &mut object);
    let object = named(call, object)?;
    let name = metadata::text(&object, "name").to_owned();
    let wrong = kind.check_new(&object);
    if !wrong.is_empty() {
        return Err(Refusal::invalid(kind, &name, &wrong));
    }
    call.admit(state, &object, None)?;
    let key = Key {
        namespace: call.namespace().to_owned(),
        name,
    };
    if state.store.get(&kind.resource(), &key).is_some() {
        return Err(Refusal::already_exists(kind, &key.name));
    }
    if call.route.options.dry_run {
        let mut object = object;
        kind.fill(&mut object);
        return Ok(Answer::Object(201, Arc::new(object)));
    }
    Ok(Answer::Object(201, state.put_new(kind, key, object)))
}

/// Gives a new object what it has from the API server.
fn begin(state: &mut State, call: &Call<'_>, object: &mut Value) {
    if let Value::Object(metadata) = &mut object["metadata"] {
        for field in SYSTEM_FIELDS {
            metadata.remove(field);
        }
    }
    let prefix = metadata::text(object, "generateName").to_owned();
    if metadata::text(object, "name").is_empty() && !prefix.is_empty() {
        let name = names::made_up(&prefix, state.number());
        metadata::set(object, "name", json!(name));
    }
    metadata::set(object, "uid", json!(state.uid()));
    metadata::set(object, "creationTimestamp", metadata::instant(call.now));
    if call.kind.counts_generations() {
        metadata::set(object, "generation", json!(1));
    }
    if call.kind.status
        && let Value::Object(fields) = object
    {
        fields.remove("status");
    }
}

/// Some kinds label an object by its name, which it has only now.
fn named(call: &Call<'_>, object: Value) -> Outcome<Value> {
    match call.kind.shape {
        Shape::Builtin(_) => call.formed(object),
        Shape::Custom(_) => Ok(object),
    }
}

/// Objects are made only in namespaces that there are.
fn in_namespace(state: &State, call: &Call<'_>) -> Outcome<()> {
    let namespace = call.namespace();
    if namespace.is_empty() {
        return Ok(());
    }
    if state
        .store
        .get("namespaces", &Key::clustered(namespace))
        .is_some()
    {
        return Ok(());
    }
    let namespaces = state
        .kinds
        .get("", "v1", "namespaces")
        .ok_or_else(Refusal::no_such_path)?;
    Err(Refusal::not_found(&namespaces, namespace))
}
