//! How Argo CD shows approvals.

use api::{ApprovalActionState, ApprovalReason, Outcome};
use serde_json::{Value, json};

use crate::{
    argo::judge,
    samples::{GENERATION, object, status},
};

const KIND: &str = "DestructionApproval";

/// A reason that is new finds no arm here.
fn expected(reason: ApprovalReason) -> &'static str {
    match reason {
        ApprovalReason::Accepted | ApprovalReason::Spent => "Healthy",
        ApprovalReason::NoMatch
        | ApprovalReason::Expired
        | ApprovalReason::ApprovalPolicyMissing => "Degraded",
    }
}

fn said(reason: ApprovalReason) -> Value {
    let ready = matches!(reason, ApprovalReason::Accepted | ApprovalReason::Spent);
    status(&[json!({
        "type": "Ready",
        "status": if ready { "True" } else { "False" },
        "reason": reason.as_str(),
        "message": "What it is good for.",
        "observedGeneration": GENERATION,
        "lastTransitionTime": "1970-01-01T00:00:00Z",
    })])
}

#[test]
fn an_approval_that_counts_or_has_done_its_work_is_healthy_and_any_other_is_degraded() {
    let objects: Vec<Value> = ApprovalReason::ALL
        .iter()
        .map(|reason| object(KIND, &said(*reason)))
        .collect();
    for (judgement, reason) in judge(&objects)
        .unwrap_or_default()
        .iter()
        .zip(ApprovalReason::ALL)
    {
        let message = format!("{reason}: What it is good for.");
        assert_eq!(judgement.health(), (expected(*reason), message.as_str()));
        assert!(judgement.actions.is_empty(), "{judgement:?}");
    }
}

#[test]
fn an_approval_whose_act_was_refused_did_not_do_its_work_and_is_degraded() {
    let action = |state: ApprovalActionState, outcome: Option<Outcome>| {
        let token = "v1:00112233445566778899aabbccddeeff";
        let at = "1970-01-01T00:00:00Z";
        let mut action = json!({"token": token, "state": state, "at": at});
        if let Some(outcome) = outcome {
            action["outcome"] = serde_json::to_value(outcome).unwrap();
        }
        action
    };
    let spent = |outcome: Outcome| action(ApprovalActionState::Spent, Some(outcome));
    let says = "Spent: What it is good for.";
    let refused = format!("{says} An act was refused: status.history of the object says why.");
    let cases = [
        (vec![spent(Outcome::Succeeded)], "Healthy", says),
        (vec![spent(Outcome::Refused)], "Degraded", &refused),
        (
            vec![spent(Outcome::Succeeded), spent(Outcome::Refused)],
            "Degraded",
            &refused,
        ),
    ];
    let object = |(actions, _, _): &(Vec<Value>, &str, &str)| {
        let mut status = said(ApprovalReason::Spent);
        status["actions"] = json!(actions);
        object(KIND, &status)
    };
    let shown = judge(&cases.iter().map(object).collect::<Vec<_>>()).unwrap_or_default();
    for (judgement, (_, health, message)) in shown.iter().zip(&cases) {
        assert_eq!(judgement.health(), (*health, *message));
    }
}

#[test]
fn an_approval_under_way_is_healthy() {
    let mut status = said(ApprovalReason::Accepted);
    status["actions"] = json!([{"state": ApprovalActionState::Claimed}]);
    for judgement in judge(&[object(KIND, &status)]).unwrap_or_default() {
        assert_eq!(judgement.health().0, "Healthy");
    }
}

#[test]
fn an_approval_that_the_operator_has_not_looked_at_is_progressing() {
    let mut older = said(ApprovalReason::Spent);
    older["observedGeneration"] = json!(GENERATION - 1);
    let fresh = json!({"observedGeneration": -1});
    let silent = json!({"observedGeneration": GENERATION});
    let objects =
        [json!(null), json!({}), fresh, older, silent].map(|status| object(KIND, &status));
    for judgement in judge(&objects).unwrap_or_default() {
        assert_eq!(judgement.health().0, "Progressing", "{judgement:?}");
    }
}
