//! Which differences between the sides are noticed.

use serde_json::{from_value, json};

use super::*;

const KEY: Object = Object {
    kind: "OciKey",
    name: "one",
};

fn promise(reason: Option<&'static str>) -> Promise {
    let key = KeyPromise {
        state: "ENABLED",
        cloud: "ENABLED",
        facts: &[("/freeform_tags/team", "payments")],
        backup: None,
    };
    Promise {
        object: KEY,
        reason,
        key: Some(key),
    }
}

fn as_promised() -> Sides {
    let status = json!({
        "observedGeneration": 1,
        "remoteState": "ENABLED",
        "conditions": [{"type": "Ready", "status": "True", "reason": "Reached", "message": ""}],
    });
    Sides {
        object: from_value(json!({"metadata": {"name": "one", "generation": 1}, "status": status}))
            .unwrap(),
        record: json!({"id": "7", "seen": {"lifecycle": {"state": "ENABLED"}}}),
        cloud: json!({"lifecycle": {"state": "ENABLED"}, "freeform_tags": {"team": "payments"}}),
    }
}

#[test]
fn each_side_can_break_a_promise_by_itself() {
    let reached = promise(Some("Reached"));
    assert_eq!(as_promised().differs(&reached), None);
    let broken = |change: fn(&mut Sides)| {
        let mut sides = as_promised();
        change(&mut sides);
        sides.differs(&reached).expect("the change is noticed")
    };
    assert!(broken(|sides| sides.object = None).contains("no such object"));
    assert!(
        broken(|sides| sides.record["seen"]["lifecycle"]["state"] = json!("DISABLED"))
            .contains("CM's record")
    );
    assert!(broken(|sides| sides.cloud = Value::Null).contains("gone"));
    assert!(
        broken(|sides| sides.cloud["freeform_tags"] = json!({})).contains("/freeform_tags/team")
    );
    let change = |pointer: &'static str, value: Value| {
        let mut sides = as_promised();
        let object = sides.object.as_mut().unwrap();
        *object.data.pointer_mut(pointer).unwrap() = value;
        sides.differs(&reached)
    };
    assert!(change("/status/remoteState", json!("DISABLED")).is_some());
    assert!(change("/status/observedGeneration", json!(0)).is_some());
    assert!(change("/status/conditions/0/reason", json!("Progressing")).is_some());
}

#[test]
fn a_deleted_object_has_to_be_gone_and_its_key_to_be_there() {
    let deleted = promise(None);
    assert!(as_promised().differs(&deleted).is_some());
    let mut sides = as_promised();
    sides.object = None;
    assert_eq!(sides.differs(&deleted), None);
    sides.cloud = Value::Null;
    assert!(sides.differs(&deleted).is_some());
}

#[test]
fn a_key_is_found_in_the_clouds_by_what_it_is() {
    let truth = json!({
        "azure": {"vaults": {"billing": {"secrets": {"db": {"name": "DB", "deleted": null, "versions": []}}}}},
        "salesforce": {"organizations": {"00D": {"tenant_secrets": [{"version": 20, "status": "ACTIVE"}]}}},
        "oci": {"keys": [{"key_id": "ocid1.key.a", "lifecycle": {"state": "DISABLED"}}]},
    });
    let state = |kind: &str, cloud_id: &str| {
        let identity = Identity {
            cloud_id: cloud_id.to_owned(),
            resource_id: String::new(),
        };
        let sides = Sides {
            object: None,
            record: Value::Null,
            cloud: in_cloud(kind, &truth, &identity),
        };
        sides.cloud_state().to_owned()
    };
    assert_eq!(state("AzureSecret", "azure:260e/billing/DB"), "AVAILABLE");
    assert_eq!(state("AzureSecret", "azure:260e/billing/other"), GONE);
    assert_eq!(
        state("SalesforceTenantSecret", "sfdc:00D:Data:20"),
        "ACTIVE"
    );
    assert_eq!(state("SalesforceTenantSecret", "sfdc:00D:Data:2"), GONE);
    assert_eq!(state("OciKey", "ocid1.key.a"), "DISABLED");
    assert_eq!(state("OciKey", ""), GONE);
}
