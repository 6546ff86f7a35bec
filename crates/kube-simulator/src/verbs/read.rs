//! Reading: get, list and watch.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Call};
use crate::{
    kinds::Shape,
    refusal::{Outcome, Refusal},
    selection::Selection,
    state::State,
    watch::Watch,
};

pub(super) fn get(state: &State, call: &Call<'_>) -> Outcome<Answer> {
    state
        .store
        .get(&call.kind.resource(), &call.key())
        .map(|object| Answer::Object(200, object))
        .ok_or_else(|| Refusal::not_found(&call.kind, &call.route.name))
}

fn selection(call: &Call<'_>) -> Outcome<Selection> {
    let options = &call.route.options;
    Selection::read(&options.labels, &options.fields).fits(&call.kind)
}

pub(super) fn list(state: &State, call: &Call<'_>) -> Outcome<Answer> {
    let selection = selection(call)?;
    let builtin = matches!(call.kind.shape, Shape::Builtin(_));
    let items: Vec<Value> = state
        .store
        .list(&call.kind.resource(), call.namespace())
        .filter(|(_, object)| selection.selects(object))
        .map(|(_, object)| item(object, builtin))
        .collect();
    let mut metadata = json!({"resourceVersion": state.store.revision().to_string()});
    if !builtin {
        metadata["continue"] = json!("");
    }
    Ok(Answer::ok(json!({
        "apiVersion": call.kind.api_version(),
        "kind": format!("{}List", call.kind.kind),
        "metadata": metadata,
        "items": items,
    })))
}

/// The items of a list of a builtin kind don't say what they are.
fn item(object: &Value, builtin: bool) -> Value {
    let mut item = object.clone();
    if builtin && let Value::Object(fields) = &mut item {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    item
}

/// Tells what changed since a resource version, and goes on; without one, or from 0, it begins with all that is there.
pub(super) fn watch(state: &mut State, call: &Call<'_>) -> Outcome<Answer> {
    let selection = selection(call)?;
    let (watch, news) = Watch::new(&call.kind, call.namespace(), selection);
    let since = &call.route.options.resource_version;
    let since: u64 = if since.is_empty() {
        0
    } else {
        since.parse().map_err(|_| {
            let why = format!("strconv.ParseUint: parsing {since:?}: invalid syntax");
            let message = format!("resourceVersion: Invalid value: {since:?}: {why}");
            Refusal::new(500, "", message)
        })?
    };
    if since == 0 {
        for (_, object) in state.store.list(&watch.resource, &watch.namespace) {
            if watch.selection.selects(object) {
                watch.send("ADDED", object);
            }
        }
    } else if let Some(oldest) = state.store.forgotten_since(since) {
        let refusal = Refusal::expired(&format!("too old resource version: {since} ({oldest})"));
        watch.send("ERROR", &refusal.body());
        // Nobody adds to it, so it ends with this word.
        return Ok(Answer::Watch(Arc::clone(&call.kind), news));
    } else {
        for change in state.store.changes_after(since) {
            watch.tell(change);
        }
    }
    state.watches.add(watch);
    Ok(Answer::Watch(Arc::clone(&call.kind), news))
}
