//! The way of one visit of a `DestructionApproval`: say what it is good for. Keys look at approvals themselves.

use std::sync::Arc;

use api::{
    ApprovalActionState, ApprovalReason, DestructionApproval, DestructionApprovalStatus, KeyStatus,
};
use jiff::Timestamp;
use kube::{Resource, ResourceExt};
use lifecycle::{
    approval::{self, Use},
    conditions::{self, Condition},
};

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
    let (reason, message) = judge(&context, &cr, &target, ends_at, now);
    let generation = cr.meta().generation.unwrap_or_default();
    let earlier = status::read(before.conditions.as_ref());
    let after = DestructionApprovalStatus {
        observed_generation: Some(generation),
        conditions: Some(status::render(conditions(
            &earlier, reason, message, generation, now,
        ))),
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

/// What a verdict reads like. One that did its work is as well as one that will; one that approves nothing is Stalled, for it
/// takes somebody to make another.
fn conditions(
    before: &[Condition],
    reason: ApprovalReason,
    message: &str,
    generation: i64,
    now: Timestamp,
) -> Vec<Condition> {
    let ready = matches!(reason, ApprovalReason::Accepted | ApprovalReason::Spent);
    let stalled = (!ready).then_some(("Stalled", true));
    let shown = [("Ready", ready)].into_iter().chain(stalled);
    let shown = shown.map(|(kind, status)| (kind, status, reason.as_str(), message));
    conditions::since(before, shown, generation, now)
}

/// The key that an approval is for.
pub fn target(cr: &DestructionApproval) -> ObjectRef {
    let kind = match cr.spec.target_ref.kind {
        api::ApprovalTargetKind::SalesforceTenantSecret => Kind::SalesforceTenantSecret,
        api::ApprovalTargetKind::AzureSecret => Kind::AzureSecret,
        api::ApprovalTargetKind::OciKey => Kind::OciKey,
        api::ApprovalTargetKind::SalesforceRotation => Kind::SalesforceRotation,
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
) -> (ApprovalReason, &'static str) {
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
            ApprovalReason::Spent,
            "Every act that it approves is done or refused. It approves nothing more.",
        );
    }
    if ends_at.is_none_or(|end| end <= now) {
        return (
            ApprovalReason::Expired,
            "It has expired. Create another one if the act is still wanted.",
        );
    }
    let Some(key) = key_status(context, target) else {
        return (
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
                ApprovalReason::ApprovalPolicyMissing,
                "The policy that checks approvals is not installed, so this one counts for nothing. Apply config/policy, or let the chart install it, and approve anew.",
            );
        }
        return (
            ApprovalReason::Accepted,
            "It approves what its object waits for.",
        );
    }
    if states.contains(&ApprovalActionState::Claimed) {
        return (ApprovalReason::Accepted, "What it approves is under way.");
    }
    (
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
        Kind::SalesforceRotation => objects
            .rotations
            .get(namespace, name)
            .map(|cr| KeyObject::status(&cr).common),
        Kind::CipherTrustManager
        | Kind::ClusterCipherTrustManager
        | Kind::SalesforceOrganization
        | Kind::AzureVault
        | Kind::OciVault
        | Kind::DestructionApproval => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reason: ApprovalReason, before: &[Condition], now: Timestamp) -> Vec<Condition> {
        conditions(before, reason, "why", 1, now)
    }

    #[test]
    fn an_approval_that_did_its_work_is_as_well_as_one_that_will() {
        for reason in [ApprovalReason::Accepted, ApprovalReason::Spent] {
            let said = read(reason, &[], Timestamp::UNIX_EPOCH);
            assert_eq!(said.len(), 1);
            assert_eq!((said[0].kind.as_str(), said[0].status), ("Ready", true));
        }
    }

    #[test]
    fn one_that_approves_nothing_waits_for_somebody_so_that_tools_fail_fast() {
        for reason in [
            ApprovalReason::NoMatch,
            ApprovalReason::Expired,
            ApprovalReason::ApprovalPolicyMissing,
        ] {
            let said = read(reason, &[], Timestamp::UNIX_EPOCH);
            let read: Vec<_> = said
                .iter()
                .map(|condition| (condition.kind.as_str(), condition.status))
                .collect();
            assert_eq!(read, [("Ready", false), ("Stalled", true)]);
        }
    }

    #[test]
    fn spending_it_is_no_transition() {
        let accepted = read(ApprovalReason::Accepted, &[], Timestamp::UNIX_EPOCH);
        let later = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1);
        let spent = read(ApprovalReason::Spent, &accepted, later);
        assert_eq!(spent[0].last_transition, accepted[0].last_transition);
    }
}
