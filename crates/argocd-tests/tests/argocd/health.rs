//! How Argo CD shows each situation.

use jiff::SignedDuration;
use lifecycle::{
    conditions::{PATIENCE, Suspended},
    reason::Reason,
};
use serde_json::{Value, json};

use crate::{
    argo::{judge, judge_under},
    samples::{GENERATION, MESSAGE, NOW, kinds, object, said},
};

/// The health of an object that is not suspended, once patience is over. A reason that is new finds no arm here.
fn expected(reason: Reason) -> &'static str {
    use Reason as R;
    match reason {
        R::Reached | R::Superseded | R::DeletionScheduled | R::PurgesOnExpiry | R::NotDueYet => {
            "Healthy"
        }
        R::Progressing
        | R::ProgressingWithRetry
        | R::WaitingForRemote
        | R::WaitingForSync
        | R::RotationWindow
        | R::DestructiveBudget
        | R::ManagerNotReady
        | R::ContainerNotReady
        | R::Unreachable => "Progressing",
        R::AwaitingApproval | R::ApprovalStale | R::WaitingForSuccessor | R::Suspended => {
            "Suspended"
        }
        R::ApprovalDenied
        | R::ApprovalPolicyMissing
        | R::AlreadyExists
        | R::AlreadyManaged
        | R::OwnershipAmbiguous
        | R::NothingToDestroy
        | R::NotFound
        | R::Gone
        | R::CannotUndo
        | R::RestoreNotAsked
        | R::RestoredElsewhere
        | R::RecordBlocksName
        | R::ContainerReplaced
        | R::ContainerNotFound
        | R::LimitReached
        | R::ValueRequired
        | R::ValueInvalid
        | R::SecretNotFound
        | R::InvalidSpec
        | R::PermissionDenied
        | R::PendingDeletionTooShort
        | R::RotatedElsewhere
        | R::Drifted
        | R::Thrashing
        | R::ClockSkew
        | R::UnexpectedAnswer
        | R::UnknownRemoteState
        | R::LoginFailed
        | R::UntrustedCertificate
        | R::NotRegistered => "Degraded",
    }
}

/// Holds Argo CD to show such statuses, of every kind, with that health and message.
fn assert_shown(cases: &[(Value, &str, String)]) {
    for kind in kinds() {
        let objects: Vec<Value> = cases.iter().map(|case| object(&kind, &case.0)).collect();
        let Some(shown) = judge(&objects) else {
            return;
        };
        for (judgement, (status, health, message)) in shown.iter().zip(cases) {
            let expected = (*health, message.as_str());
            assert_eq!(judgement.health(), expected, "{kind}: {status}");
        }
    }
}

fn message(reason: Reason) -> String {
    format!("{}: {MESSAGE}", reason.as_str())
}

#[test]
fn argo_cd_shows_every_reason_of_every_kind_as_its_health_and_message() {
    let late = NOW + SignedDuration::from_hours(1);
    // On Ready alone, under suspension, which has a test of its own.
    let reasons = Reason::ALL.iter().filter(|it| **it != Reason::Suspended);
    let case = |it: &Reason| (said(*it, Suspended::No, late), expected(*it), message(*it));
    assert_shown(&reasons.map(case).collect::<Vec<_>>());
}

#[test]
fn what_may_only_be_the_order_of_applying_is_progressing_for_five_minutes() {
    let early = NOW + PATIENCE - SignedDuration::from_secs(1);
    let reasons = Reason::ALL
        .iter()
        .filter(|it| it.may_be_a_matter_of_order());
    let case = |it: &Reason| (said(*it, Suspended::No, early), "Progressing", message(*it));
    let cases: Vec<_> = reasons.map(case).collect();
    assert!(!cases.is_empty());
    assert_shown(&cases);
}

#[test]
fn suspension_shows_where_it_holds_something_back_and_nowhere_else() {
    let late = NOW + PATIENCE;
    let mut cases = vec![];
    for reason in Reason::ALL {
        let holding = said(*reason, Suspended::Holding, late);
        cases.push((
            holding,
            expected(Reason::Suspended),
            message(Reason::Suspended),
        ));
    }
    for reason in Reason::ALL.iter().filter(|it| **it != Reason::Suspended) {
        let idle = said(*reason, Suspended::Idle, late);
        cases.push((idle, expected(*reason), message(*reason)));
    }
    assert_shown(&cases);
}

#[test]
fn an_object_that_the_operator_has_not_looked_at_since_it_changed_is_progressing() {
    let waits = "The operator has not looked at this generation yet.".to_owned();
    let mut cases = vec![];
    for status in [json!(null), json!({}), json!({"observedGeneration": -1})] {
        cases.push((status, "Progressing", waits.clone()));
    }
    for reason in Reason::ALL {
        for observed in [json!(null), json!(-1), json!(GENERATION - 1)] {
            let mut old = said(*reason, Suspended::No, NOW + PATIENCE);
            old["observedGeneration"] = observed;
            cases.push((old, "Progressing", waits.clone()));
        }
    }
    let silent = "The operator has not said anything yet.".to_owned();
    let looked_at = json!({"observedGeneration": GENERATION});
    cases.push((looked_at, "Progressing", silent));
    assert_shown(&cases);
}

#[test]
fn without_the_customizations_argo_cd_knows_no_health_and_no_action() {
    let nothing = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "labels": {"app.kubernetes.io/part-of": "argocd"}},
    });
    let stalled = said(Reason::LoginFailed, Suspended::No, NOW);
    let objects: Vec<Value> = kinds().iter().map(|kind| object(kind, &stalled)).collect();
    for judgement in judge_under(&nothing, &objects).unwrap_or_default() {
        assert_eq!(judgement, crate::argo::Judgement::default());
    }
}
