//! Changing what is there: replacements, merge patches and server-side applies, of the object or of its status.
//!
//! Who manages which field is not kept, so an apply takes no field away.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Answer, Call};
use crate::{
    field::{FieldError, Wrong},
    metadata, patch,
    refusal::{Outcome, Refusal},
    route::Route,
    state::State,
    store::Object,
};

const MODIFIED: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

const MERGE_PATCH: &str = "application/merge-patch+json";
const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// What can't be changed, though it may be left out.
const IMMUTABLE: [&str; 5] = [
    "name",
    "namespace",
    "uid",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Outcome<Answer> {
    if call.route.name.is_empty() {
        return Err(Refusal::bad_request("name must be provided"));
    }
    let patching = call.route.verb == "patch";
    let applying = patching && call.media_type == APPLY_PATCH;
    if patching && call.media_type != MERGE_PATCH && !applying {
        return Err(Refusal::unsupported_patch(MERGE_PATCH));
    }
    if applying {
        let is_there = state.store.get(&call.kind.resource(), &call.key());
        call.named(&call.object()?)?;
        if is_there.is_none() && call.route.subresource.is_empty() {
            // Unlike any other create it is for a name, and rights may be limited to that.
            let create = Route {
                verb: "create",
                ..call.route.clone()
            };
            super::authorize(state, &create, call.user)?;
            return super::create::create(state, call);
        }
    }
    let replacement = if patching { None } else { Some(whole(call)?) };
    let kind = &call.kind;
    let old = state
        .store
        .get(&kind.resource(), &call.key())
        .ok_or_else(|| Refusal::not_found(kind, &call.route.name))?;
    let new = match replacement {
        Some(object) => {
            same_uid(call, &object, &old)?;
            object
        }
        None => patched(call, &old)?,
    };
    let mut new = call.formed(new)?;
    current(call, &mut new, &old)?;
    prepare(call, &mut new, &old);
    let mut wrong: Vec<_> = finalizers(&new, &old).into_iter().collect();
    wrong.extend(immutable(&new, &old));
    let status = call.route.subresource == "status";
    wrong.extend(kind.check_change(&new, &old, status));
    if !wrong.is_empty() {
        return Err(Refusal::invalid(kind, &call.route.name, &wrong));
    }
    call.admit(state, &new, Some(&old))?;
    let ended = !metadata::text(&new, "deletionTimestamp").is_empty()
        && new["metadata"]["finalizers"].is_null();
    let same = new == *old && state.store.is_whole(&kind.resource(), &call.key());
    if call.route.options.dry_run || same {
        return Ok(Answer::ok(new));
    }
    if ended {
        state.remove(kind, &call.key());
        return Ok(Answer::ok(new));
    }
    Ok(Answer::Object(200, state.put(kind, call.key(), new)))
}

/// The object of the body, which has to be the one of the path.
fn whole(call: &Call<'_>) -> Outcome<Value> {
    let object = call.object()?;
    call.named(&object)?;
    Ok(object)
}

fn patched(call: &Call<'_>, old: &Object) -> Outcome<Value> {
    let patch = call.json()?;
    if !patch.is_object() {
        return Err(Refusal::bad_request(
            "error decoding patch: it is no object",
        ));
    }
    let mut new = Value::clone(old);
    patch::merge(&mut new, &patch);
    call.named(&new)?;
    if (&new["apiVersion"], &new["kind"]) != (&old["apiVersion"], &old["kind"]) {
        return Err(Refusal::other_kind(&call.kind, &new));
    }
    Ok(new)
}

/// A replacement that names the object of another UID is for one that is no more.
fn same_uid(call: &Call<'_>, new: &Value, old: &Value) -> Outcome<()> {
    let (given, present) = (metadata::text(new, "uid"), metadata::text(old, "uid"));
    if given.is_empty() || given == present {
        return Ok(());
    }
    let why =
        format!("Precondition failed: UID in precondition: {given}, UID in object meta: {present}");
    Err(Refusal::conflict(&call.kind, &call.route.name, &why))
}

/// A change names the version that it was made from, or is for whatever version there is.
fn current(call: &Call<'_>, new: &mut Value, old: &Value) -> Outcome<()> {
    let kind = &call.kind;
    let present = metadata::text(old, "resourceVersion");
    match metadata::text(new, "resourceVersion") {
        "" if kind.unconditional => {
            metadata::set(new, "resourceVersion", json!(present));
            Ok(())
        }
        "" => {
            let wrong = FieldError::invalid(
                "metadata.resourceVersion",
                json!(0),
                "must be specified for an update",
            );
            Err(Refusal::invalid_resource(kind, &call.route.name, &[wrong]))
        }
        given if given == present => Ok(()),
        _ => Err(Refusal::conflict(kind, &call.route.name, MODIFIED)),
    }
}

/// Takes what the request is not for from the old object.
fn prepare(call: &Call<'_>, new: &mut Value, old: &Value) {
    if call.route.subresource == "status" {
        let status = new.get("status").cloned();
        new.clone_from(old);
        set(new, "status", status);
        return;
    }
    if call.kind.status {
        set(new, "status", old.get("status").cloned());
    }
    for field in ["creationTimestamp", "generation"] {
        keep(new, old, field);
    }
    if !old["metadata"]["deletionTimestamp"].is_null() {
        keep(new, old, "deletionTimestamp");
    }
    for field in ["uid", "deletionGracePeriodSeconds"] {
        if new["metadata"][field].is_null() {
            keep(new, old, field);
        }
    }
    if call.kind.counts_generations() && metadata::without(new) != metadata::without(old) {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or_default() + 1;
        metadata::set(new, "generation", json!(generation));
    }
}

fn set(object: &mut Value, field: &str, value: Option<Value>) {
    let Value::Object(fields) = object else {
        return;
    };
    match value {
        Some(value) => drop(fields.insert(field.to_owned(), value)),
        None => drop(fields.remove(field)),
    }
}

fn keep(new: &mut Value, old: &Value, field: &str) {
    let value = old["metadata"].get(field).cloned();
    if let Some(metadata) = new.get_mut("metadata") {
        set(metadata, field, value);
    }
}

/// Nobody else can hold on to an object that is being deleted.
fn finalizers(new: &Value, old: &Value) -> Option<FieldError> {
    let list = |object: &Value| -> BTreeSet<String> {
        let list = object["metadata"]["finalizers"].as_array();
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let (before, now) = (list(old), list(new));
    let added: Vec<_> = now.difference(&before).collect();
    if added.is_empty() || metadata::text(old, "deletionTimestamp").is_empty() {
        return None;
    }
    let quoted: Vec<_> = added.iter().map(|name| format!("{name:?}")).collect();
    let detail = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        quoted.join(", ")
    );
    Some(FieldError::new(
        Wrong::Forbidden,
        "metadata.finalizers",
        detail,
    ))
}

fn immutable(new: &Value, old: &Value) -> Vec<FieldError> {
    IMMUTABLE
        .into_iter()
        .filter(|&field| new["metadata"][field] != old["metadata"][field])
        .map(|field| {
            let value = new["metadata"][field].clone();
            FieldError::invalid(format!("metadata.{field}"), value, "field is immutable")
        })
        .collect()
}
