//! What a request to CM does to a key, and whether a status announces it: the plan is the deed.

use serde_json::Value;

/// The actions of a plan that a request can be; nothing for one that changes no key.
pub fn actions(method: &str, path: &str) -> Option<&'static [&'static str]> {
    let path = path.split('?').next().unwrap_or_default();
    let rest = path.strip_prefix("/api/v1/cckm/")?;
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    if let [_, of_containers, ..] = parts.as_slice()
        && (["vaults", "organizations"].contains(of_containers)
            || ["get-", "add-"]
                .iter()
                .any(|verb| of_containers.starts_with(verb)))
    {
        return None;
    }
    match method {
        "DELETE" => return Some(&["RemoveRecord"]),
        "PATCH" => return Some(&["UpdateAttributes", "ClaimOwnership"]),
        "POST" => {}
        _ => return None,
    }
    Some(match (parts.first().copied()?, parts.last().copied()?) {
        (_, "synchronization-jobs" | "refresh") => return None,
        ("azure", "secrets") => &["Create", "PutValue"],
        (_, "keys") => &["Create"],
        (_, "versions") => &["NewVersion"],
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

/// The first step of the plan in an object's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    kind: String,
    name: String,
    /// Whether it needs an approval.
    pub needs_approval: bool,
}

impl Announced {
    /// What an object announces, if a request to that path, which is one of the actions `meant`, could be it.
    pub fn by(object: &Value, meant: &[&str], path: &str) -> Option<Self> {
        let status = &object["status"];
        let step = &status["plan"]["steps"][0];
        let action = step["action"].as_str()?;
        let rotation = object["kind"] == "SalesforceRotation";
        let makes = matches!(action, "Create" | "Upload" | "PutValue" | "NewVersion");
        let addressed = if makes {
            status["intent"]["action"] == action
        } else {
            let id = if rotation {
                archived(status)?
            } else {
                // What another vault's backup is to make has no record of its own yet.
                let made_of = status["observed"]["restores"].as_str();
                status["resourceId"].as_str().or(made_of)?
            };
            path.split(['/', '?']).any(|part| part == id)
        };
        (meant.contains(&action) && addressed).then(|| Self {
            kind: text(&object["kind"]),
            name: text(&object["metadata"]["name"]),
            needs_approval: step["effect"] == "Irreversible" || (rotation && !makes),
        })
    }

    /// Whether this `DestructionApproval` is for its object and claimed.
    pub fn is_claimed_by(&self, approval: &Value) -> bool {
        let target = &approval["spec"]["targetRef"];
        let actions = approval["status"]["actions"].as_array();
        let mut actions = actions.into_iter().flatten();
        target["kind"] == self.kind.as_str()
            && target["name"] == self.name.as_str()
            && actions.any(|action| action["state"] == "Claimed")
    }
}

/// The record of the archived secret that a rotation asks to destroy.
fn archived(status: &Value) -> Option<&str> {
    let cloud_id = status["plan"]["approvals"][0]["cloudId"].as_str()?;
    let (_, version) = cloud_id.rsplit_once(':')?;
    let version: i64 = version.parse().ok()?;
    let mut archived = status["observed"]["archived"].as_array()?.iter();
    let meant = archived.find(|secret| secret["version"] == version)?;
    meant["resourceId"].as_str()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PURGE: &str = "/api/v1/cckm/azure/secrets/7/hard-delete";

    fn secret(action: &str, id: &str) -> Value {
        json!({
            "kind": "AzureSecret", "metadata": {"name": "db"},
            "status": {"resourceId": id, "plan": {"steps": [{"action": action, "effect": "Irreversible"}]}},
        })
    }

    #[test]
    fn reads_logins_and_syncs_change_no_key() {
        assert_eq!(actions("GET", "/api/v1/cckm/oci/keys/7"), None);
        assert_eq!(actions("POST", "/api/v1/auth/tokens/"), None);
        let sync = "/api/v1/cckm/azure/secrets/synchronization-jobs";
        assert_eq!(actions("POST", sync), None);
        assert_eq!(
            actions("POST", "/api/v1/cckm/oci/keys/7/replicate"),
            Some([].as_slice())
        );
    }

    #[test]
    fn a_request_is_announced_by_the_first_step_of_the_key_that_it_is_to() {
        let meant = actions("POST", PURGE).unwrap();
        assert!(Announced::by(&secret("HardDelete", "7"), meant, PURGE).is_some());
        assert_eq!(
            Announced::by(&secret("SoftDelete", "7"), meant, PURGE),
            None
        );
        assert_eq!(
            Announced::by(&secret("HardDelete", "8"), meant, PURGE),
            None
        );
    }

    #[test]
    fn what_a_rotation_destroys_is_the_archived_secret_that_it_asks_to_destroy() {
        let rotation = json!({
            "kind": "SalesforceRotation", "metadata": {"name": "data"},
            "status": {"resourceId": "9", "observed": {"archived": [{"version": 1, "resourceId": "5"}, {"version": 2, "resourceId": "7"}]},
                "plan": {"steps": [{"action": "Destroy", "effect": "Disruptive"}], "approvals": [{"cloudId": "sfdc:00D:Data:2"}]}},
        });
        let announced = |id: &str| {
            let path = format!("/api/v1/cckm/sfdc/keys/{id}/destroy");
            Announced::by(&rotation, actions("POST", &path).unwrap(), &path)
        };
        assert!(announced("7").unwrap().needs_approval);
        assert_eq!(announced("5"), None);
        assert_eq!(announced("9"), None);
    }

    #[test]
    fn a_create_is_announced_by_an_open_intent_alone() {
        let path = "/api/v1/cckm/oci/keys";
        let mut key =
            json!({"status": {"plan": {"steps": [{"action": "Create", "effect": "Safe"}]}}});
        let meant = actions("POST", path).unwrap();
        assert_eq!(Announced::by(&key, meant, path), None);
        key["status"]["intent"] = json!({"action": "Create"});
        assert!(Announced::by(&key, meant, path).is_some());
    }

    #[test]
    fn only_a_claimed_approval_of_the_same_object_covers_a_step() {
        let meant = actions("POST", PURGE).unwrap();
        let step = Announced::by(&secret("HardDelete", "7"), meant, PURGE).unwrap();
        let approval = |name: &str, state: &str| {
            json!({"spec": {"targetRef": {"kind": "AzureSecret", "name": name}},
                "status": {"actions": [{"state": state}]}})
        };
        assert!(step.needs_approval && step.is_claimed_by(&approval("db", "Claimed")));
        assert!(!step.is_claimed_by(&approval("db", "Spent")));
        assert!(!step.is_claimed_by(&approval("other", "Claimed")));
    }
}
