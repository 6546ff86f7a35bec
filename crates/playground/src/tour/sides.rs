//! How a key is on each side: in Kubernetes, in CM's records, and in the cloud itself.

use kube::core::DynamicObject;
use serde_json::Value;

use super::steps::{GONE, KeyPromise, Object, Promise};
use crate::{
    Error,
    world::{
        World,
        object::{condition, is_observed, status, summary, text},
    },
};

/// What a key is: remembered, because a deleted object tells no more.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    /// `status.cloudId`.
    pub(super) cloud_id: String,
    /// `status.resourceId`.
    pub(super) resource_id: String,
}

/// One object and what it stands for, as they are at one moment.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub(super) object: Option<DynamicObject>,
    /// CM's record of the key; null where there is none.
    pub(super) record: Value,
    /// The cloud's record of the key; null where there is none.
    pub(super) cloud: Value,
}

impl Sides {
    /// Reads all three.
    pub(super) async fn read(
        world: &World<'_>,
        object: Object,
        known: Option<&Identity>,
    ) -> Result<Self, Error> {
        let found = world.get(object.kind, object.name).await?;
        let identity = found
            .as_ref()
            .map(identity)
            .filter(|identity| !identity.cloud_id.is_empty())
            .or_else(|| known.cloned())
            .unwrap_or_default();
        let rows = world.simulator.rows().await?;
        let truth = world.simulator.truth().await?;
        Ok(Self {
            object: found,
            record: record(object.kind, &rows, &identity),
            cloud: in_cloud(object.kind, &truth, &identity),
        })
    }

    /// What the key is, if the object says.
    pub(super) fn identity(&self) -> Option<Identity> {
        let identity = self.object.as_ref().map(identity);
        identity.filter(|identity| !identity.cloud_id.is_empty())
    }

    /// How it reads in Kubernetes.
    pub(super) fn in_kubernetes(&self) -> String {
        let Some(object) = &self.object else {
            return "no object".to_owned();
        };
        let reason = condition(object, "Ready").map_or("", |ready| ready.reason);
        format!("{} ({reason})", text(object, "/remoteState"))
    }

    /// CM's word for the key's state.
    pub(super) fn recorded_state(&self) -> &str {
        word(
            &self.record,
            &["/status", "/seen/status", "/seen/lifecycle/state"],
        )
    }

    /// The cloud's word for the key's state.
    pub(super) fn cloud_state(&self) -> &str {
        if self.cloud.is_null() {
            return GONE;
        }
        // An Azure secret has no word for its state, only a deletion or none; these words are CM's.
        match self.cloud.get("deleted") {
            Some(Value::Null) => "AVAILABLE",
            Some(_) => "SOFT-DELETED",
            None => word(&self.cloud, &["/status", "/lifecycle/state"]),
        }
    }

    /// Nothing where it is as promised, else what differs.
    pub(super) fn differs(&self, promise: &Promise) -> Option<String> {
        let in_kubernetes = match (&self.object, promise.reason) {
            (None, None) => None,
            (Some(_), None) => Some("the object is still there".to_owned()),
            (None, Some(_)) => Some("there is no such object".to_owned()),
            (Some(object), Some(reason)) => object_differs(object, reason),
        };
        in_kubernetes.or_else(|| self.key_differs(promise.key.as_ref()?))
    }

    fn key_differs(&self, promise: &KeyPromise) -> Option<String> {
        let states = [
            (
                "status.remoteState",
                self.object
                    .as_ref()
                    .map(|object| text(object, "/remoteState")),
                promise.state,
            ),
            ("CM's record", Some(self.recorded_state()), promise.state),
            ("the cloud", Some(self.cloud_state()), promise.cloud),
        ];
        for (side, says, promised) in states {
            if let Some(says) = says.filter(|says| *says != promised) {
                return Some(format!("{side} says {says:?} instead of {promised:?}"));
            }
        }
        for (pointer, promised) in promise.facts {
            let says = plain(self.cloud.pointer(pointer).unwrap_or(&Value::Null));
            if says != *promised {
                return Some(format!(
                    "{pointer} in the cloud is {says:?} instead of {promised:?}"
                ));
            }
        }
        let backup = !self.record["backup"].is_null();
        let other_backup = promise.backup.filter(|promised| *promised != backup);
        other_backup.map(|_| format!("CM has a backup: {backup}"))
    }
}

fn object_differs(object: &DynamicObject, reason: &str) -> Option<String> {
    let ready = condition(object, "Ready");
    let annotations = object.metadata.annotations.as_ref();
    let asked = annotations.and_then(|all| all.get("reconcile.fluxcd.io/requestedAt"));
    let answered = asked.is_none_or(|asked| text(object, "/lastHandledReconcileAt") == asked);
    // Something under way is not the end of a step, whatever the conditions say.
    let settled = status(object, "/intent").is_null() && is_observed(object) && answered;
    let same = ready.is_some_and(|ready| ready.reason == reason);
    (!(settled && same)).then(|| summary(object))
}

fn identity(object: &DynamicObject) -> Identity {
    Identity {
        cloud_id: text(object, "/cloudId").to_owned(),
        resource_id: text(object, "/resourceId").to_owned(),
    }
}

/// CM's record, by its own ID.
fn record(kind: &str, rows: &Value, identity: &Identity) -> Value {
    let table = match kind {
        "AzureSecret" => "azure_secrets",
        "SalesforceTenantSecret" => "tenant_secrets",
        _ => "oci_keys",
    };
    find(&rows[table], |row| {
        row["id"] == identity.resource_id.as_str()
    })
}

/// The cloud's record, by what the key is.
fn in_cloud(kind: &str, truth: &Value, identity: &Identity) -> Value {
    let id = identity.cloud_id.as_str();
    match kind {
        "AzureSecret" => {
            let mut parts = id.rsplit('/');
            let (name, vault) = (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            );
            truth["azure"]["vaults"][vault]["secrets"][name.to_ascii_lowercase()].clone()
        }
        "SalesforceTenantSecret" => {
            let mut parts = id.split(':').skip(1);
            let organization = parts.next().unwrap_or_default();
            let version = parts.nth(1).and_then(|version| version.parse::<i64>().ok());
            let secrets = &truth["salesforce"]["organizations"][organization]["tenant_secrets"];
            find(secrets, |secret| {
                version.is_some() && secret["version"].as_i64() == version
            })
        }
        _ => find(&truth["oci"]["keys"], |key| key["key_id"] == id),
    }
}

fn find(list: &Value, is_it: impl Fn(&Value) -> bool) -> Value {
    let mut all = list.as_array().into_iter().flatten();
    all.find(|one| is_it(one)).cloned().unwrap_or(Value::Null)
}

/// The first of these that is a text.
fn word<'a>(record: &'a Value, pointers: &[&str]) -> &'a str {
    let mut texts = pointers
        .iter()
        .filter_map(|pointer| record.pointer(pointer)?.as_str());
    texts.next().unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
