//! The approval to write. Pure.

use api::{
    ApprovalActionState, ApprovalReason, ApprovalRequest, ApprovalTarget, DestructionApproval,
    DestructionApprovalSpec,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::ObjectMeta;

use super::key::Key;

/// The longest that an approval lasts.
const WEEK: std::time::Duration = std::time::Duration::from_hours(168);

/// Reads how long an approval is to last.
pub(crate) fn expires_in(text: &str) -> Result<api::Duration, String> {
    let lifetime: api::Duration = text
        .parse()
        .map_err(|error: api::InvalidDuration| error.to_string())?;
    // The end has whole seconds.
    if lifetime.0.as_secs() < 1 || lifetime.0 > WEEK {
        return Err("an approval lasts from 1s to 168h, which is 7 days".into());
    }
    Ok(lifetime)
}

/// When an approval ends that is made now, in whole seconds: those that the API server's clock has.
pub(crate) fn end(now: Timestamp, lifetime: api::Duration) -> Option<Timestamp> {
    let seconds = i64::try_from(lifetime.0.as_secs()).ok()?;
    let end = now.checked_add(SignedDuration::from_secs(seconds)).ok()?;
    Timestamp::from_second(end.as_second()).ok()
}

/// The approval of these requests, which are copied as the status has them.
pub(crate) fn approval(
    key: &Key,
    requests: &[ApprovalRequest],
    user: &str,
    reason: &str,
    expires_at: Option<Timestamp>,
) -> DestructionApproval {
    DestructionApproval {
        metadata: ObjectMeta {
            // Made up by the API server: an earlier approval of the same may have expired or been withdrawn.
            generate_name: Some(format!("{}-", key.name)),
            namespace: Some(key.namespace.clone()),
            ..ObjectMeta::default()
        },
        spec: DestructionApprovalSpec {
            target_ref: ApprovalTarget {
                kind: key.kind,
                name: key.name.clone(),
            },
            actions: requests.to_vec(),
            reason: reason.to_owned(),
            expires_at: expires_at.map(Time),
            approved_by: user.to_owned(),
        },
        status: None,
    }
}

/// Whether an approval is accepted and covers all of these requests.
pub(crate) fn covers(
    approval: &DestructionApproval,
    key: &Key,
    requests: &[ApprovalRequest],
) -> bool {
    let Some(status) = &approval.status else {
        return false;
    };
    let accepted = status.conditions.iter().flatten().any(|condition| {
        condition.type_ == "Ready" && condition.reason == ApprovalReason::Accepted.as_str()
    });
    let open = |request: &ApprovalRequest| {
        let used = status.actions.iter().any(|action| {
            action.token == request.token && action.state != ApprovalActionState::Claimed
        });
        approval.spec.actions.contains(request) && !used
    };
    let target = &approval.spec.target_ref;
    accepted
        && approval.metadata.deletion_timestamp.is_none()
        && (target.kind, &target.name) == (key.kind, &key.name)
        && requests.iter().all(open)
}
