//! Writing status: only what changed, and never over somebody's head.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{Patch, PatchParams},
    core::NamespaceResourceScope,
};
use lifecycle::conditions;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// How often a write is tried that may go onto any version of an object.
const TRIES: usize = 5;

/// The field manager of every write.
pub const MANAGER: &str = "cckm-operator";

/// The merge patch that turns `before` into `after`; nothing if they are the same.
pub fn difference(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return Some(after.clone());
    };
    let mut patch = Map::new();
    for (key, value) in new {
        match old.get(key) {
            None => drop(patch.insert(key.clone(), value.clone())),
            Some(earlier) => {
                if let Some(change) = difference(earlier, value) {
                    patch.insert(key.clone(), change);
                }
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(patch))
}

/// How a status write went.
#[derive(Debug)]
pub enum Written<K> {
    /// There was nothing to write.
    Unchanged,
    /// Written; the object as it is now.
    Changed(Box<K>),
    /// Somebody else wrote first: what this visit saw is old.
    Conflict,
    /// The object is no more.
    Gone,
}

/// Writes the status of an object of a namespace if it differs. `guarded`: only onto the very version that was seen; else
/// onto any, but never onto another object of the same name.
pub async fn write<K, S>(
    client: &Client,
    object: &K,
    before: &S,
    after: &S,
    guarded: bool,
) -> Result<Written<K>, kube::Error>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + std::fmt::Debug,
    S: Serialize,
{
    let api: Api<K> = Api::namespaced(client.clone(), &object.namespace().unwrap_or_default());
    write_to(&api, object, before, after, guarded).await
}

/// As [`write()`], of an object of any scope.
pub async fn write_to<K, S>(
    api: &Api<K>,
    object: &K,
    before: &S,
    after: &S,
    guarded: bool,
) -> Result<Written<K>, kube::Error>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + std::fmt::Debug,
    S: Serialize,
{
    let (before, after) = (to_value(before)?, to_value(after)?);
    let Some(change) = difference(&before, &after) else {
        return Ok(Written::Unchanged);
    };
    let name = object.name_any();
    let params = PatchParams {
        field_manager: Some(MANAGER.into()),
        ..PatchParams::default()
    };
    let mut version = object.resource_version();
    for _ in 0..TRIES {
        let patch = json!({ "metadata": { "resourceVersion": version }, "status": change });
        match api.patch_status(&name, &params, &Patch::Merge(patch)).await {
            Ok(written) => return Ok(Written::Changed(Box::new(written))),
            Err(kube::Error::Api(refusal)) if refusal.code == 404 => return Ok(Written::Gone),
            Err(kube::Error::Api(refusal)) if refusal.code == 409 && !guarded => {}
            Err(kube::Error::Api(refusal)) if refusal.code == 409 => return Ok(Written::Conflict),
            Err(error) => return Err(error),
        }
        // Only we write status, so what else changed leaves ours as it was.
        match api.get_opt(&name).await? {
            Some(present) if present.uid() == object.uid() => version = present.resource_version(),
            Some(_) | None => return Ok(Written::Gone),
        }
    }
    Ok(Written::Conflict)
}

fn to_value(status: &impl Serialize) -> Result<Value, kube::Error> {
    serde_json::to_value(status).map_err(kube::Error::SerdeError)
}

/// Conditions as the pure core reads them.
pub fn read(conditions: Option<&Vec<Condition>>) -> Vec<conditions::Condition> {
    conditions
        .into_iter()
        .flatten()
        .map(|condition| conditions::Condition {
            kind: condition.type_.clone(),
            status: condition.status == "True",
            reason: condition.reason.clone(),
            message: condition.message.clone(),
            observed_generation: condition.observed_generation.unwrap_or_default(),
            last_transition: condition.last_transition_time.0,
        })
        .collect()
}

/// Conditions as Kubernetes reads them.
pub fn render(conditions: Vec<conditions::Condition>) -> Vec<Condition> {
    conditions
        .into_iter()
        .map(|condition| Condition {
            type_: condition.kind,
            status: if condition.status { "True" } else { "False" }.into(),
            reason: condition.reason,
            message: condition.message,
            observed_generation: Some(condition.observed_generation),
            last_transition_time: time(condition.last_transition),
        })
        .collect()
}

/// A word from the remote side, safe to show: letters, digits and a few signs, at most 64 of them.
pub fn word(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_-+. ".contains(*c))
        .take(64)
        .collect()
}

/// A name that somebody chose in CipherTrust Manager, as a status takes it.
pub fn name(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(255).collect()
}

/// Tags as a status takes them.
pub fn tags(all: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let fits = |(key, value): &(String, String)| key.len() <= 256 && value.chars().count() <= 256;
    all.into_iter().filter(fits).take(64).collect()
}

/// An instant with the precision that Kubernetes keeps: whole seconds. Anything finer would differ when read back.
pub fn time(instant: Timestamp) -> Time {
    Time(Timestamp::from_second(instant.as_second()).unwrap_or(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_status_is_not_written_again() {
        let status = json!({"a": {"b": [1]}});
        assert_eq!(difference(&status, &status.clone()), None);
    }

    #[test]
    fn what_is_gone_is_removed_and_what_stays_is_not_sent() {
        let before = json!({"plan": {"steps": [1]}, "cloudId": "x", "goal": {"reached": false, "origin": "Changed"}});
        let after = json!({"cloudId": "x", "goal": {"reached": true, "origin": "Changed"}});
        assert_eq!(
            difference(&before, &after),
            Some(json!({"plan": null, "goal": {"reached": true}}))
        );
    }

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        let instant: Timestamp = "2026-10-01T00:00:00.123456789Z"
            .parse()
            .expect("an instant");
        let text = serde_json::to_value(time(instant)).expect("a value");
        assert_eq!(
            serde_json::from_value::<Time>(text).expect("a time"),
            time(instant)
        );
    }
}
