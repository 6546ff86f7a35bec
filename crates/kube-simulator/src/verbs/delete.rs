//! Deleting, of an object or of a namespace with all that is in it.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Call};
use crate::{
    metadata,
    refusal::{Outcome, Refusal},
    state::State,
    store::Object,
};

/// `DeleteOptions`, as far as they are simulated.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    dry_run: Vec<String>,
    preconditions: Preconditions,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Outcome<Answer> {
    let options: Options = if call.body.is_empty() {
        Options::default()
    } else {
        serde_json::from_slice(call.body).map_err(|error| {
            Refusal::bad_request(format!("DeleteOptions are malformed: {error}"))
        })?
    };
    let dry_run = call.route.options.dry_run || options.dry_run.iter().any(|word| word == "All");
    let old = state
        .store
        .get(&call.kind.resource(), &call.key())
        .ok_or_else(|| Refusal::not_found(&call.kind, &call.route.name))?;
    hold(call, &options.preconditions, &old)?;
    if call.kind.group.is_empty() && call.kind.plural == "namespaces" {
        return Ok(end_namespace(state, call, &old, dry_run));
    }
    if !old["metadata"]["finalizers"].is_null() {
        return Ok(finalize(state, call, &old, dry_run));
    }
    if !dry_run {
        state.remove(&call.kind, &call.key());
    }
    let mut details = json!({
        "name": call.route.name,
        "kind": call.kind.plural,
        "uid": metadata::text(&old, "uid"),
    });
    if !call.kind.group.is_empty() {
        details["group"] = json!(call.kind.group);
    }
    Ok(Answer::ok(json!({
        "apiVersion": "v1",
        "kind": "Status",
        "metadata": {},
        "status": "Success",
        "details": details,
    })))
}

fn hold(call: &Call<'_>, preconditions: &Preconditions, old: &Value) -> Outcome<()> {
    let conditions = [
        (
            &preconditions.uid,
            "uid",
            "UID",
            "deleted and then recreated",
        ),
        (
            &preconditions.resource_version,
            "resourceVersion",
            "ResourceVersion",
            "modified",
        ),
    ];
    for (wanted, field, name, otherwise) in conditions {
        let present = metadata::text(old, field);
        if let Some(wanted) = wanted
            && wanted != present
        {
            let why = format!(
                "the {name} in the precondition ({wanted}) does not match the {name} in record ({present}). The object might have been {otherwise}"
            );
            return Err(Refusal::precondition(&call.kind, &call.route.name, &why));
        }
    }
    Ok(())
}

/// Marks an object whose end others have to agree to.
fn finalize(state: &mut State, call: &Call<'_>, old: &Object, dry_run: bool) -> Answer {
    if !metadata::text(old, "deletionTimestamp").is_empty() {
        return Answer::Object(200, Arc::clone(old));
    }
    let mut marked = Value::clone(old);
    metadata::set(
        &mut marked,
        "deletionTimestamp",
        metadata::instant(call.now),
    );
    metadata::set(&mut marked, "deletionGracePeriodSeconds", json!(0));
    if let Some(generation) = old["metadata"]["generation"].as_i64() {
        metadata::set(&mut marked, "generation", json!(generation + 1));
    }
    if dry_run {
        return Answer::ok(marked);
    }
    Answer::Object(200, state.put(&call.kind, call.key(), marked))
}

/// A namespace goes at once with all that is in it, whatever finalizers that has.
fn end_namespace(state: &mut State, call: &Call<'_>, old: &Object, dry_run: bool) -> Answer {
    let mut last = Value::clone(old);
    metadata::set(&mut last, "deletionTimestamp", metadata::instant(call.now));
    last["status"]["phase"] = json!("Terminating");
    if !dry_run {
        for (resource, key) in state.store.inside(&call.route.name) {
            state.take(&resource, &key);
        }
        state.remove(&call.kind, &call.key());
    }
    Answer::ok(last)
}
