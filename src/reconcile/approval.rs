//! The way of one visit of a `DestructionApproval`: say what it is good for. Keys look at approvals themselves.

use std::sync::Arc;

use api::{ApprovalActionState, DestructionApproval, DestructionApprovalStatus, KeyStatus};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Resource, ResourceExt};
use lifecycle::approval::{self, Use};

use super::{approval_policy, approvals, fields::KeyObject, status};
use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    runtime::worker::Revisit,
};

/// Visits an approval.
pub async fn visit(context: Arc<Context>, object: ObjectRef) -> Revisit {
    let Some(cr) = context
        .objects
        .approvals
        .get(&object.namespace, &object.name)
    else {
        context.forget(&object);
        return Revisit::WhenWoken;
    };
    let now = context.clock.now();
    let target = target(&cr);
    context.wake(&target);
    let before = cr.status.clone().unwrap_or_default();
    let ends_at = cr
        .creation_timestamp()
        .map(|created| approval::expiry(created.0, cr.spec.expires_at.as_ref().map(|end| end.0)));
    approval_policy::changed(&context).await;
    let (ready, reason, message) = judge(&context, &cr, &target, ends_at, now);
    let generation = cr.meta().generation.unwrap_or_default();
    let since = before
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == "Ready" && (condition.status == "True") == ready)
        .map_or_else(
            || status::time(now),
            |condition| condition.last_transition_time.clone(),
        );
    let condition = Condition {
        type_: "Ready".into(),
        status: if ready { "True" } else { "False" }.into(),
        reason: reason.as_str().into(),
        message: message.into(),
        observed_generation: Some(generation),
        last_transition_time: since,
    };
    let after = DestructionApprovalStatus {
        observed_generation: Some(generation),
        conditions: Some(vec![condition]),
        ..before.clone()
    };
    match status::write(&context.client, &cr, &before, &after, false).await {
        Ok(status::Written::Changed(cr)) => context.status_written(&object, &*cr),
        Ok(_) => {}
        Err(error) => return context.unwritten(&object, &error),
    }
    match ends_at {
        Some(end) if end > now => Revisit::At(end),
        Some(_) | None => Revisit::WhenWoken,
    }
}

/// The key that an approval is for.
pub fn target(cr: &DestructionApproval) -> ObjectRef {
    let kind = match cr.spec.target_ref.kind {
        api::ApprovalTargetKind::SalesforceTenantSecret => Kind::SalesforceTenantSecret,
        api::ApprovalTargetKind::AzureSecret => Kind::AzureSecret,
        api::ApprovalTargetKind::OciKey => Kind::OciKey,
    };
    ObjectRef::new(
        kind,
        cr.namespace().unwrap_or_default(),
        &cr.spec.target_ref.name,
    )
}

fn judge(
    context: &Context,
    cr: &DestructionApproval,
    target: &ObjectRef,
    ends_at: Option<Timestamp>,
    now: Timestamp,
) -> (bool, api::ApprovalReason, &'static str) {
    use api::ApprovalReason;
    let states: Vec<ApprovalActionState> = cr
        .status
        .iter()
        .flat_map(|status| &status.actions)
        .map(|action| action.state)
        .collect();
    if states.len() == cr.spec.actions.len()
        && states
            .iter()
            .all(|state| *state == ApprovalActionState::Spent)
    {
        return (
            false,
            ApprovalReason::Spent,
            "Every act that it approves is done or refused. It approves nothing more.",
        );
    }
    if ends_at.is_none_or(|end| end <= now) {
        return (
            false,
            ApprovalReason::Expired,
            "It has expired. Create another one if the act is still wanted.",
        );
    }
    let Some(key) = key_status(context, target) else {
        return (
            false,
            ApprovalReason::NoMatch,
            "There is no such object in this namespace. Correct spec.targetRef in another approval.",
        );
    };
    let asked: Vec<&str> = key
        .plan
        .iter()
        .flat_map(|plan| &plan.approvals)
        .map(|request| request.token.as_str())
        .collect();
    let offers = approvals::offers_of(cr);
    if offers
        .iter()
        .any(|offer| offer.used != Use::Spent && asked.contains(&offer.token.as_str()))
    {
        if context.rules.are_missing() {
            return (
                false,
                ApprovalReason::ApprovalPolicyMissing,
                "The policy that checks approvals is not installed, so this one counts for nothing. Apply config/policy, or let the chart install it, and approve anew.",
            );
        }
        return (
            true,
            ApprovalReason::Accepted,
            "It approves what its object waits for.",
        );
    }
    (
        false,
        ApprovalReason::NoMatch,
        "Its object waits for no such act, or for one on other facts. Compare with status.plan.approvals of the object.",
    )
}

fn key_status(context: &Context, target: &ObjectRef) -> Option<KeyStatus> {
    let (namespace, name) = (&target.namespace, &target.name);
    let objects = &context.objects;
    match target.kind {
        Kind::SalesforceTenantSecret => objects
            .tenant_secrets
            .get(namespace, name)
            .map(|cr| KeyObject::status(&cr).common),
        Kind::AzureSecret => objects
            .azure_secrets
            .get(namespace, name)
            .map(|cr| KeyObject::status(&cr).common),
        Kind::OciKey => objects
            .oci_keys
            .get(namespace, name)
            .map(|cr| KeyObject::status(&cr).common),
        Kind::CipherTrustManager
        | Kind::SalesforceOrganization
        | Kind::AzureVault
        | Kind::OciVault
        | Kind::SalesforceRotation
        | Kind::DestructionApproval => None,
    }
}
