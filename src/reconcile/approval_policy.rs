//! Whether approvals can be trusted: the admission policy that checks them has to be in force. The operator fails
//! closed, for without the policy anybody who may create an approval could name somebody else as approver.

use api::{DestructionApproval, approval_policy as policy};
use k8s_openapi::api::{
    admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
    authentication::v1::SelfSubjectReview,
};
use kube::{Api, ResourceExt, api::PostParams};
use lifecycle::reason::{Blocker, Reason};

use super::status::MANAGER;
use crate::context::Context;

/// A user that nobody is: an approval in this name must be refused.
const NOBODY: &str = "cckm-operator:probe:nobody";

/// Proves that the policy is in force for approvals like `approval`: policy and binding are older than it, and two
/// dry-runs are refused by its rules, one in somebody else's name, one in the operator's own without the verb.
pub async fn in_force(context: &Context, approval: &DestructionApproval) -> Result<(), Blocker> {
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(context.client.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(context.client.clone());
    let policy_since = policies
        .get_opt(policy::POLICY)
        .await
        .map_err(|_| unanswered())?
        .and_then(|p| p.creation_timestamp());
    let binding_since = bindings
        .get_opt(policy::BINDING)
        .await
        .map_err(|_| unanswered())?
        .and_then(|b| b.creation_timestamp());
    let (Some(policy_since), Some(binding_since), Some(approved_at)) =
        (policy_since, binding_since, approval.creation_timestamp())
    else {
        return Err(missing("is not installed"));
    };
    if approved_at < policy_since.max(binding_since) {
        return Err(missing(
            "is younger than the approval, which therefore does not count; approve again",
        ));
    }
    let own = context.username().await.map_err(|_| unanswered())?;
    refused(context, approval, NOBODY, policy::APPROVED_BY_MESSAGE).await?;
    refused(context, approval, own, policy::APPROVE_VERB_MESSAGE).await
}

async fn refused(
    context: &Context,
    approval: &DestructionApproval,
    approver: &str,
    rule: &str,
) -> Result<(), Blocker> {
    let mut probe = DestructionApproval::new(
        &format!("{}-probe", approval.name_any()),
        approval.spec.clone(),
    );
    probe.metadata.name = None;
    probe.metadata.generate_name = Some("cckm-operator-probe-".into());
    probe.spec.approved_by = approver.to_owned();
    let api: Api<DestructionApproval> = Api::namespaced(
        context.client.clone(),
        &approval.namespace().unwrap_or_default(),
    );
    let dry_run = PostParams {
        dry_run: true,
        field_manager: Some(MANAGER.into()),
    };
    match api.create(&dry_run, &probe).await {
        Ok(_) => Err(missing("does not refuse what it has to refuse")),
        Err(kube::Error::Api(refusal)) if refusal.message.contains(&policy::denial(rule)) => Ok(()),
        Err(kube::Error::Api(refusal)) if matches!(refusal.code, 403 | 422) => {
            Err(missing("is not the one that refuses approvals here"))
        }
        Err(_) => Err(unanswered()),
    }
}

/// The name under which the API server knows the operator.
pub async fn own_username(client: &kube::Client) -> Result<String, kube::Error> {
    let reviews: Api<SelfSubjectReview> = Api::all(client.clone());
    let review = reviews
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    Ok(review
        .status
        .and_then(|status| status.user_info)
        .and_then(|user| user.username)
        .unwrap_or_default())
}

fn missing(why: &str) -> Blocker {
    Blocker::new(
        Reason::ApprovalPolicyMissing,
        format!(
            "The ValidatingAdmissionPolicy {} {why}. Approvals count for nothing without it: apply config/policy.",
            policy::POLICY
        ),
    )
}

fn unanswered() -> Blocker {
    Blocker::new(
        Reason::ProgressingWithRetry,
        "Whether the approval policy is in force could not be checked; it is tried again with growing pauses.",
    )
}
