use api::{ApprovalTargetKind, DestructionApproval, PlanStatus};
use jiff::Timestamp;
use kube::core::DynamicObject;
use serde_json::{Value, from_value, json};

use super::{
    approval::{approval, covers, end, expires_in},
    ask::asked,
    confirm::{answer, is_yes, prompt},
    key::Key,
    outcome::told,
    refusal::forbidden,
    words,
};
use crate::{exit::Code, golden::golden};

const AZURE: &str = "azure:260ecbe7-777b-4d3c-84ea-678820490000/acme-billing/db-password";
const OCID: &str = "ocid1.key.oc1.iad.bzqg5zzlaabcs.abuwcljrexample7h4rqz2k";

fn key(kind: ApprovalTargetKind, object: Value) -> Key {
    let mut object: DynamicObject = from_value(object).unwrap();
    object.metadata.namespace = Some("shop".into());
    object.metadata.generation.get_or_insert(4);
    Key::from_object(kind, &object).unwrap()
}

fn token(digit: &str) -> String {
    format!("v1:{}", digit.repeat(32))
}

/// A secret whose purge is asked for, after which its record is to go too.
fn purge() -> Key {
    key(
        ApprovalTargetKind::AzureSecret,
        json!({"metadata": {"name": "billing-db-password", "generation": 4}, "status": {
            "observedGeneration": 4,
            "cloudId": AZURE,
            "cloudVersion": "2977f6df41c078b9e2fbcfbec098c6e8",
            "remoteState": "SOFT-DELETED",
            "backup": "Present",
            "undo": {"action": "Recover", "deadline": "At", "until": "2026-12-24T08:00:00Z"},
            "plan": {
                "steps": [
                    {"action": "HardDelete", "effect": "Irreversible", "reason": "the secret is soft-deleted and is to be purged"},
                    {"action": "RemoveRecord", "effect": "Irreversible", "reason": "the secret is deleted, and CipherTrust Manager's record and backup of it are to go"},
                ],
                "approvals": [{"action": "HardDelete", "cloudId": AZURE, "cloudVersion": "2977f6df41c078b9e2fbcfbec098c6e8", "token": token("a")}],
            },
            "conditions": [{"type": "Ready", "status": "False", "reason": "AwaitingApproval", "message": "HardDelete waits for an approval.", "lastTransitionTime": "2026-11-01T00:00:00Z"}],
        }}),
    )
}

fn waiting(
    kind: ApprovalTargetKind,
    name: &str,
    cloud_id: &str,
    backup: &str,
    steps: Value,
) -> Key {
    let mut object = json!({"metadata": {"name": name}, "status": {
        "observedGeneration": 4,
        "cloudId": cloud_id,
        "backup": backup,
        "plan": {"approvals": [{"action": steps[0]["action"], "cloudId": cloud_id, "token": token("b")}]},
    }});
    object["status"]["plan"]["steps"] = steps;
    key(kind, object)
}

fn destroy() -> Key {
    let steps = json!([
        {"action": "Destroy", "effect": "Irreversible", "reason": "the secret is archived and is to be destroyed"},
        {"action": "DeleteBackup", "effect": "Irreversible", "reason": "the secret is destroyed and its backup is to go"},
    ]);
    let cloud_id = "sfdc:00DB000000040bIMAQ:Data:2191";
    waiting(
        ApprovalTargetKind::SalesforceTenantSecret,
        "data-2024",
        cloud_id,
        "Unknown",
        steps,
    )
}

fn schedule() -> Key {
    let steps = json!([{"action": "ScheduleDeletion", "effect": "Expiring", "reason": "the key is disabled and is to be deleted after its waiting period"}]);
    waiting(ApprovalTargetKind::OciKey, "master", OCID, "Present", steps)
}

fn delete_backup() -> Key {
    let steps = json!([{"action": "DeleteBackup", "effect": "Irreversible", "reason": "the key is deleted and its backup is to go"}]);
    waiting(ApprovalTargetKind::OciKey, "master", OCID, "Present", steps)
}

fn said(key: &Key) -> String {
    let plan = asked(key).unwrap();
    format!(
        "{}{}\n",
        words::asks(key, plan),
        prompt(key.kind, &answer(plan))
    )
}

#[test]
fn what_is_asked_what_is_lost_and_what_brings_it_back_is_said_in_plain_words() {
    golden("approve-azure-purge.txt", &said(&purge()));
    let mut held = destroy();
    held.status.conditions = from_value(
        json!([{"type": "Suspended", "status": "True", "reason": "Suspended", "message": "",
        "lastTransitionTime": "2026-11-01T00:00:00Z"}]),
    )
    .unwrap();
    golden("approve-salesforce-destroy.txt", &said(&held));
    golden("approve-oci-schedule-deletion.txt", &said(&schedule()));
    golden("approve-oci-delete-backup.txt", &said(&delete_backup()));
}

#[test]
fn what_cannot_be_undone_takes_the_key_s_name_in_the_cloud_and_no_mere_yes() {
    for (key, right, wrong) in [
        (purge(), "db-password", "billing-db-password"),
        (destroy(), "Data:2191", "data-2024"),
        (delete_backup(), "7h4rqz2k", "master"),
    ] {
        let plan: &PlanStatus = asked(&key).unwrap();
        assert!(is_yes(&answer(plan), right), "{right}");
        for typed in [wrong, "y", "yes", ""] {
            assert!(!is_yes(&answer(plan), typed), "{typed}");
        }
    }
    let key = schedule();
    let answer = answer(asked(&key).unwrap());
    assert!(is_yes(&answer, "y") && !is_yes(&answer, "") && !is_yes(&answer, "n"));
}

#[test]
fn an_approval_repeats_what_the_status_asks_to_the_letter() {
    let key = purge();
    let requests = &asked(&key).unwrap().approvals;
    let now: Timestamp = "2026-11-26T04:00:00.75Z".parse().unwrap();
    let expires = end(now, expires_in("1h30m").unwrap());
    let approval = approval(&key, requests, "alice@example.com", "CHG-4711", expires);
    golden(
        "approval.yaml",
        &serde_saphyr::to_string(&approval).unwrap(),
    );
    assert_eq!(&approval.spec.actions, requests);
}

#[test]
fn an_approval_lasts_at_most_a_week() {
    for text in ["0s", "500ms", "169h", "soon", "-1h", ""] {
        assert!(expires_in(text).is_err(), "{text}");
    }
    assert!(expires_in("168h").is_ok());
}

/// Why nothing is approved, with another status or spec.
fn refused(change: impl FnOnce(&mut Key)) -> String {
    let mut key = purge();
    change(&mut key);
    let failure = asked(&key).unwrap_err();
    assert_eq!(failure.code, Code::NotApproved);
    format!("{failure}\n")
}

#[test]
fn where_nothing_is_asked_for_it_is_said_what_the_key_waits_for_instead() {
    let ready = |status: &str, reason: &str, message: &str| {
        from_value(
            json!([{"type": "Ready", "status": status, "reason": reason, "message": message,
            "lastTransitionTime": "2026-11-01T00:00:00Z"}]),
        )
        .unwrap()
    };
    let texts = [
        refused(|key| key.status = api::KeyStatus::default()),
        refused(|key| key.status.observed_generation = Some(-1)),
        refused(|key| key.generation = 5),
        refused(|key| key.suspended = true),
        refused(|key| {
            key.status.plan = None;
            key.status.conditions = ready("True", "Reached", "The secret is available.");
        }),
        refused(|key| {
            key.status.plan.as_mut().unwrap().approvals.clear();
            key.status.conditions = ready(
                "False",
                "ApprovalDenied",
                "The manager refuses HardDelete, whoever approves it.",
            );
        }),
        refused(|key| {
            key.status.plan = None;
            key.status.conditions = None;
        }),
    ];
    golden("nothing-to-approve.txt", &texts.concat());
}

#[test]
fn who_may_not_approve_is_told_which_verb_is_missing_and_who_may() {
    let policy = "destructionapprovals.cckm.dev \"db-x7\" is forbidden: ValidatingAdmissionPolicy";
    let key = purge();
    let texts = [
        "destructionapprovals.cckm.dev is forbidden: User \"bob\" cannot create resource \"destructionapprovals\" in API group \"cckm.dev\" in the namespace \"shop\"".to_owned(),
        format!("{policy} 'cckm-destruction-approval' with binding 'cckm-destruction-approval' denied request: The user has to be allowed the verb approve on the key that spec.targetRef names."),
        format!("{policy} 'cckm-destruction-approval-strict' with binding 'cckm-destruction-approval-strict' denied request: The user may make or change the key that spec.targetRef names. Somebody who may not has to approve."),
        "quota is used up".to_owned(),
    ]
    .map(|message| forbidden(&key, "bob", &message) + "\n");
    golden("may-not-approve.txt", &texts.concat());
}

fn answered(reason: &str, status: &str, actions: Value) -> DestructionApproval {
    let key = purge();
    let mut made = approval(
        &key,
        &asked(&key).unwrap().approvals,
        "alice",
        "CHG-4711",
        None,
    );
    let mut answer = json!({"conditions": [{"type": "Ready", "status": status, "reason": reason,
        "message": format!("{reason}, says the operator."), "lastTransitionTime": "2026-11-01T00:00:00Z"}]});
    answer["actions"] = actions;
    made.status = from_value(answer).unwrap();
    made
}

#[test]
fn what_came_of_an_approval_is_told_in_the_operator_s_words() {
    let spent = |outcome: &str| json!([{"token": token("a"), "state": "Spent", "at": "2026-11-01T00:00:00Z", "outcome": outcome}]);
    let texts = [
        answered("Accepted", "True", json!([])),
        answered("Spent", "True", spent("Succeeded")),
        answered("Spent", "True", spent("Refused")),
        answered("NoMatch", "False", json!([])),
        answered("ApprovalPolicyMissing", "False", json!([])),
    ]
    .map(|made| match told(&made, &purge()) {
        Some(Ok(text)) => format!("{text}\n"),
        Some(Err(failure)) => format!("error: {failure}\n"),
        None => String::new(),
    });
    golden("what-came-of-it.txt", &texts.concat());
    let mut unanswered = answered("Accepted", "True", json!([]));
    unanswered.status = None;
    assert_eq!(told(&unanswered, &purge()), None);
}

#[test]
fn only_an_accepted_and_open_approval_of_the_same_acts_is_taken_for_given() {
    let key = purge();
    let requests = &asked(&key).unwrap().approvals;
    let given = answered("Accepted", "True", json!([]));
    assert!(covers(&given, &key, requests));
    let spent = json!([{"token": token("a"), "state": "Spent", "at": "2026-11-01T00:00:00Z", "outcome": "Succeeded"}]);
    assert!(!covers(
        &answered("Spent", "True", spent.clone()),
        &key,
        requests
    ));
    assert!(!covers(
        &answered("Accepted", "True", spent),
        &key,
        requests
    ));
    assert!(!covers(
        &answered("NoMatch", "False", json!([])),
        &key,
        requests
    ));
    let mut other = requests.clone();
    other[0].token = token("c");
    assert!(!covers(&given, &key, &other));
    assert!(!covers(&given, &destroy(), requests));
}
