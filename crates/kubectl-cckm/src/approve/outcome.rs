//! What came of an approval.

use std::time::{Duration, Instant};

use api::{ApprovalActionState, ApprovalReason, DestructionApproval, Outcome as ActOutcome};
use kube::{Api, ResourceExt};

use super::{INTERVAL, key::Key, words};
use crate::{
    cluster::refused,
    exit::{Code, Failure, Outcome},
};

/// Waits until the operator says how the approval stands.
pub(crate) async fn wait(
    approvals: &Api<DestructionApproval>,
    made: &DestructionApproval,
    key: &Key,
    timeout: Duration,
) -> Outcome<String> {
    let (name, end) = (made.name_any(), Instant::now() + timeout);
    loop {
        let present = approvals
            .get_opt(&name)
            .await
            .map_err(|error| refused("read what came of the approval", &error))?;
        let Some(present) = present else {
            return Err(not_accepted("it was deleted, which withdraws it"));
        };
        if let Some(told) = told(&present, key) {
            return told;
        }
        if Instant::now() >= end {
            let called = words::called(&name);
            return Err(Failure::new(
                Code::NotAccepted,
                format!(
                    "{called} is there, and the operator has not answered to it yet. See whether the operator runs, and then: kubectl get {called} -n {}",
                    key.namespace
                ),
            ));
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// How an approval stands; nothing as long as the operator has not said. Pure.
pub(crate) fn told(approval: &DestructionApproval, key: &Key) -> Option<Outcome<String>> {
    let status = approval.status.as_ref()?;
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let ready = conditions
        .iter()
        .find(|condition| condition.type_ == "Ready")?;
    let message = &ready.message;
    let is = |reason: ApprovalReason| ready.reason == reason.as_str();
    if is(ApprovalReason::Accepted) {
        let follow = format!(
            "kubectl get {}.cckm.dev {} -n {} -w",
            key.plural(),
            key.name,
            key.namespace
        );
        return Some(Ok(format!("Accepted. {message} To follow it: {follow}")));
    }
    if is(ApprovalReason::Spent) {
        let refused = status.actions.iter().any(|action| {
            action.state != ApprovalActionState::Spent
                || action.outcome != Some(ActOutcome::Succeeded)
        });
        return Some(if refused {
            Err(not_accepted(&format!(
                "it was accepted, but the act was refused. See why: kubectl describe {}.cckm.dev {} -n {}",
                key.plural(),
                key.name,
                key.namespace
            )))
        } else {
            Ok("Accepted, and the act is done.".into())
        });
    }
    Some(Err(not_accepted(&format!("{}: {message}", ready.reason))))
}

fn not_accepted(why: &str) -> Failure {
    Failure::new(
        Code::NotAccepted,
        format!("the approval does not count: {why}"),
    )
}
