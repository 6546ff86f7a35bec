//! Sees every request to CipherTrust Manager before it is sent, and what the objects say at that moment.

use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use kube::{Api, Client, api::ListParams};
use serde_json::Value;

use playground::world::object::resource;

use crate::world::KEYS;

/// Looks over the operator's shoulder.
#[derive(Clone)]
pub(crate) struct Witness {
    client: Client,
    broken: Arc<Mutex<Vec<String>>>,
}

impl Witness {
    /// With the eyes of somebody who may see everything.
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            broken: Arc::default(),
        }
    }

    /// Promises that were broken.
    pub(crate) fn broken(&self) -> Vec<String> {
        self.broken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A request is about to be sent.
    pub(crate) async fn see(&self, method: &Method, path: &str) {
        let Some(meant) = actions(method, path) else {
            return;
        };
        let mut announced = Vec::new();
        for kind in KEYS {
            for object in self.objects(kind).await {
                announced.extend(first_step(kind, &object, meant, path));
            }
        }
        let complaint = if announced.is_empty() {
            "no status announces it"
        } else {
            "no claimed approval covers it"
        };
        for step in announced {
            if !step.irreversible || self.is_claimed(&step).await {
                return;
            }
        }
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.push(format!("{method} {path} was sent, and {complaint}"));
    }

    async fn is_claimed(&self, step: &Announced) -> bool {
        let approvals = self.objects("DestructionApproval").await;
        approvals.iter().any(|approval| {
            let target = &approval["spec"]["targetRef"];
            let claimed = approval["status"]["actions"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|action| action["state"] == "Claimed");
            claimed && target["kind"] == step.kind && target["name"] == step.name.as_str()
        })
    }

    async fn objects(&self, kind: &str) -> Vec<Value> {
        let api = Api::<kube::core::DynamicObject>::all_with(self.client.clone(), &resource(kind));
        let listed = api.list(&ListParams::default()).await;
        let objects = listed.map(|list| list.items).unwrap_or_default();
        objects
            .iter()
            .filter_map(|object| serde_json::to_value(object).ok())
            .collect()
    }
}

/// The first step of a plan in a status.
struct Announced {
    kind: &'static str,
    name: String,
    irreversible: bool,
}

/// The first step of an object's plan, if this request could be it.
fn first_step(kind: &'static str, object: &Value, meant: &[&str], path: &str) -> Option<Announced> {
    let status = &object["status"];
    let step = &status["plan"]["steps"][0];
    let action = step["action"].as_str()?;
    let makes = matches!(action, "Create" | "Upload" | "PutValue");
    let addressed = if makes {
        status["intent"]["action"] == action
    } else {
        let id = status["resourceId"].as_str()?;
        path.split('/').any(|part| part == id)
    };
    (meant.contains(&action) && addressed).then(|| Announced {
        kind,
        name: object["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        irreversible: step["effect"] == "Irreversible",
    })
}

/// Which actions a request can be; nothing for one that changes no key.
fn actions(method: &Method, path: &str) -> Option<&'static [&'static str]> {
    let rest = path.strip_prefix("/api/v1/cckm/")?;
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    if method == Method::DELETE {
        return Some(&["RemoveRecord"]);
    }
    if method == Method::PATCH {
        return Some(&["UpdateAttributes", "ClaimOwnership"]);
    }
    if method != Method::POST {
        return None;
    }
    Some(match (parts.first().copied()?, parts.last().copied()?) {
        (_, "synchronization-jobs" | "refresh") => return None,
        ("azure", "secrets") => &["Create", "PutValue"],
        (_, "keys") => &["Create"],
        (_, "upload" | "upload-key") => &["Upload"],
        (_, "soft-delete") => &["SoftDelete"],
        (_, "recover") => &["Recover"],
        (_, "hard-delete") => &["HardDelete"],
        (_, "restore") => &["Restore"],
        (_, "destroy") => &["Destroy"],
        (_, "import") => &["Import"],
        (_, "delete-backup") => &["DeleteBackup"],
        (_, "enable") => &["Enable"],
        (_, "disable") => &["Disable"],
        (_, "schedule-deletion") => &["ScheduleDeletion"],
        (_, "cancel-deletion") => &["CancelDeletion"],
        (_, "change-compartment") => &["ChangeCompartment"],
        // Whatever else it is, nobody can have announced it.
        _ => &[],
    })
}
