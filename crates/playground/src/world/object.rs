//! Reading an object of any of our kinds, as a person reads `kubectl get -o yaml`.

use kube::{
    api::ApiResource,
    core::{DynamicObject, GroupVersionKind},
};
use serde_json::Value;

/// A condition of a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// `True`, `False` or `Unknown`.
    pub status: &'a str,
    /// One word.
    pub reason: &'a str,
    /// A sentence.
    pub message: &'a str,
}

/// One of our kinds, a Secret or a `ConfigMap`. All plurals of them end in s.
pub fn resource(kind: &str) -> ApiResource {
    let kind_of_group = match kind {
        "Secret" | "ConfigMap" => GroupVersionKind::gvk("", "v1", kind),
        ours => GroupVersionKind::gvk("cckm.dev", "v1alpha1", ours),
    };
    ApiResource::from_gvk_with_plural(&kind_of_group, &format!("{}s", kind.to_lowercase()))
}

/// A part of the status, by JSON pointer, such as `/remoteState`; null where there is none.
pub fn status<'a>(object: &'a DynamicObject, pointer: &str) -> &'a Value {
    let found = object.data.pointer(&format!("/status{pointer}"));
    found.unwrap_or(&Value::Null)
}

/// A text of the status, by JSON pointer; empty where there is none.
pub fn text<'a>(object: &'a DynamicObject, pointer: &str) -> &'a str {
    status(object, pointer).as_str().unwrap_or_default()
}

/// The condition of that type.
pub fn condition<'a>(object: &'a DynamicObject, type_: &str) -> Option<Condition<'a>> {
    let conditions = status(object, "/conditions").as_array()?;
    let found = conditions
        .iter()
        .find(|condition| condition["type"] == type_)?;
    let field = |name: &str| found[name].as_str().unwrap_or_default();
    Some(Condition {
        status: field("status"),
        reason: field("reason"),
        message: field("message"),
    })
}

/// Whether the operator has answered to the present generation.
pub fn is_observed(object: &DynamicObject) -> bool {
    let observed = status(object, "/observedGeneration").as_i64();
    observed.is_some() && observed == object.metadata.generation
}

/// Whether it is Ready, in its present generation.
pub fn is_ready(object: &DynamicObject) -> bool {
    is_observed(object) && condition(object, "Ready").is_some_and(|ready| ready.status == "True")
}

/// How it stands, in a line for people.
pub fn summary(object: &DynamicObject) -> String {
    let Some(ready) = condition(object, "Ready") else {
        return "it has no condition Ready yet".to_owned();
    };
    let stale = if is_observed(object) {
        ""
    } else {
        " (of an earlier generation)"
    };
    let state = text(object, "/remoteState");
    format!(
        "Ready={} {}{stale}, remoteState {state:?}: {}",
        ready.status, ready.reason, ready.message
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn object(generation: i64, observed: i64, ready: &str) -> DynamicObject {
        from_value(json!({
            "metadata": {"name": "a", "generation": generation},
            "status": {
                "observedGeneration": observed,
                "remoteState": "AVAILABLE",
                "conditions": [{"type": "Ready", "status": ready, "reason": "Reached", "message": "There."}],
            },
        }))
        .unwrap()
    }

    #[test]
    fn ready_for_an_earlier_generation_is_not_ready() {
        assert!(is_ready(&object(2, 2, "True")));
        assert!(!is_ready(&object(2, 1, "True")));
        assert!(!is_ready(&object(2, 2, "False")));
        assert!(summary(&object(2, 1, "True")).contains("earlier generation"));
    }

    #[test]
    fn what_a_status_lacks_reads_as_empty() {
        let object = object(1, 1, "True");
        assert_eq!(text(&object, "/remoteState"), "AVAILABLE");
        assert_eq!(text(&object, "/plan/approvals/0/token"), "");
        assert_eq!(condition(&object, "Stalled"), None);
    }
}
