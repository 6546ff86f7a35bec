//! Approvals at work: which one covers a step, whether it can be trusted, and its claim and end.

use api::{
    ApprovalActionState, ApprovalActionStatus, ApprovalRequest, DestructionApproval,
    DestructionApprovalStatus, Outcome,
};
use kube::{Api, Resource, ResourceExt};
use lifecycle::{
    approval::{self, Binding, Cover, Offer, Rule, Use},
    plan::Plan,
    reason::{Blocker, Reason},
    table::Lifecycle as _,
};

use super::{
    approval_policy, failure,
    kind::{KeyKind, Scene, View},
    status, translate,
};
use crate::context::{self, Context};

/// What approvals say of a plan's first step.
pub struct Gate {
    /// What is missing.
    pub missing: Option<Blocker>,
    /// The approval it stands on.
    pub covered: Option<Covered>,
    /// What somebody would have to approve.
    pub requests: Vec<ApprovalRequest>,
}

/// An approval that covers a step, and the version of the admission policy that it is bound to.
#[derive(Clone, Debug)]
pub struct Covered {
    /// The approval.
    pub offer: Offer,
    rules: String,
}

/// Judges the first step. Pure but for reading the objects.
pub fn gate<K: KeyKind>(scene: &Scene<K>, view: &View<K>, plan: &Plan) -> Gate {
    let open = Gate {
        missing: None,
        covered: None,
        requests: Vec::new(),
    };
    let Some(step) = plan.steps.first() else {
        return open;
    };
    let rule = scene.site.terms.rule::<K::Lifecycle>(step);
    if rule == Rule::Allow {
        return open;
    }
    let Some(cloud_id) = K::target(scene, view, step) else {
        let message = "What the key is cannot be told, so nobody can approve acts on it.";
        return Gate {
            missing: Some(Blocker::new(Reason::UnexpectedAnswer, message)),
            ..open
        };
    };
    let uid = scene.cr.uid().unwrap_or_default();
    let rules = scene.context.rules.version();
    let token = Binding {
        rules: &rules,
        uid: &uid,
        generation: scene.generation(),
        manager_url: &scene.site.manager_url,
        domain: &scene.site.domain,
        cloud_id: &cloud_id,
        cloud_version: view.cloud_version.as_deref().unwrap_or_default(),
        action: step.action,
        last_outcome: &last_outcome(scene, step.action),
        facts: K::Lifecycle::approval_facts(step.action, &view.facts),
    }
    .token();
    let requests = match (rule, translate::api_action(step.action).destructive()) {
        (Rule::Require, Some(action)) => vec![ApprovalRequest {
            action,
            cloud_id: cloud_id.clone(),
            cloud_version: view.cloud_version.clone(),
            token: token.clone(),
        }],
        (Rule::Require | Rule::Allow | Rule::Deny, _) => Vec::new(),
    };
    let offers = offers(&scene.context, scene);
    match approval::cover(rule, step.action, &cloud_id, &token, &offers, scene.now()) {
        Cover::NotNeeded => Gate { requests, ..open },
        Cover::By(_) if rules.is_empty() => Gate {
            missing: Some(approval_policy::not_installed()),
            requests,
            ..open
        },
        Cover::By(offer) => Gate {
            covered: Some(Covered { offer, rules }),
            requests,
            ..open
        },
        Cover::Missing(blocker) => Gate {
            missing: Some(blocker),
            requests,
            ..open
        },
    }
}

/// When an act was last done or refused. Of one that goes to another thing each time, also when nothing was heard of it: its
/// approval is not good for a second try, for nobody would notice what the first one came to.
fn last_outcome<K: KeyKind>(scene: &Scene<K>, action: lifecycle::action::Action) -> String {
    let once = K::Lifecycle::needs_approval(action);
    let action = translate::api_action(action);
    let known = |entry: &&api::HistoryEntry| {
        entry.action == action && (once || entry.outcome != Outcome::Unknown)
    };
    let history = &scene.common().history;
    let last = history.iter().rev().find(known);
    last.map(|entry| entry.at.0.to_string()).unwrap_or_default()
}

fn offers<K: KeyKind>(context: &Context, scene: &Scene<K>) -> Vec<Offer> {
    let (kind, namespace, name) = (
        K::KIND.as_str(),
        &scene.object.namespace,
        &scene.object.name,
    );
    let targets = |approval: &DestructionApproval| {
        approval.namespace().as_ref() == Some(namespace)
            && approval.spec.target_ref.kind.as_str() == kind
            && approval.spec.target_ref.name == *name
            && approval.meta().deletion_timestamp.is_none()
    };
    context
        .objects
        .approvals
        .select(targets)
        .iter()
        .flat_map(offers_of)
        .collect()
}

/// The acts that one object approves.
pub fn offers_of(approval: &DestructionApproval) -> Vec<Offer> {
    let used = |token: &str| {
        let record = approval
            .status
            .as_ref()
            .and_then(|status| status.actions.iter().find(|action| action.token == token));
        match record.map(|record| record.state) {
            None => Use::Open,
            Some(ApprovalActionState::Claimed) => Use::Claimed,
            Some(ApprovalActionState::Spent | ApprovalActionState::Stale) => Use::Spent,
        }
    };
    let Some(created_at) = approval.creation_timestamp().map(|time| time.0) else {
        return Vec::new();
    };
    approval
        .spec
        .actions
        .iter()
        .map(|action| Offer {
            approval: approval.name_any(),
            action: translate::action(action.action.into()).as_str().to_owned(),
            cloud_id: action.cloud_id.clone(),
            token: action.token.clone(),
            created_at,
            expires_at: approval.spec.expires_at.as_ref().map(|time| time.0),
            used: used(&action.token),
        })
        .collect()
}

/// An approval that a step was sent on.
pub struct Claim {
    approval: DestructionApproval,
    token: String,
}

/// How often the end of a claim is written onto an approval that changes meanwhile.
const ATTEMPTS: u32 = 5;

/// Makes sure of the approval that a step stands on: it has to be there still, and the policy behind it in force.
pub async fn verify<K: KeyKind>(
    scene: &Scene<K>,
    covered: Option<Covered>,
) -> Result<Option<Verified>, Blocker> {
    let Some(Covered { offer, rules }) = covered else {
        return Ok(None);
    };
    let approval = present(scene, &offer).await?;
    approval_policy::in_force(&scene.context, &approval, &rules).await?;
    // What was asked of the API server took its time.
    let approval = present(scene, &offer).await?;
    Ok(Some(Verified { offer, approval }))
}

/// The approval as it is now, if it still is what was seen of it.
async fn present<K: KeyKind>(
    scene: &Scene<K>,
    offer: &Offer,
) -> Result<DestructionApproval, Blocker> {
    let api: Api<DestructionApproval> =
        Api::namespaced(scene.context.client.clone(), &scene.object.namespace);
    let present = api
        .get_opt(&offer.approval)
        .await
        .map_err(|_| unanswered())?;
    let as_seen = |approval: &DestructionApproval| {
        approval.meta().deletion_timestamp.is_none() && offers_of(approval).contains(offer)
    };
    let Some(approval) = present.filter(as_seen) else {
        let message = format!(
            "DestructionApproval {} was withdrawn or used up meanwhile.",
            offer.approval
        );
        return Err(Blocker::new(Reason::AwaitingApproval, message));
    };
    if scene.now() >= offer.ends_at() {
        let message = format!(
            "DestructionApproval {} has expired. Approve again.",
            offer.approval
        );
        return Err(Blocker::new(Reason::AwaitingApproval, message));
    }
    Ok(approval)
}

/// An approval that counts.
pub struct Verified {
    offer: Offer,
    approval: DestructionApproval,
}

/// Claims an approval: from then on it is good for this step alone, until its outcome is known.
pub async fn claim<K: KeyKind>(
    scene: &Scene<K>,
    verified: Option<Verified>,
) -> Result<Option<Claim>, Blocker> {
    let Some(Verified { offer, approval }) = verified else {
        return Ok(None);
    };
    let claim = Claim {
        approval,
        token: offer.token,
    };
    if offer.used == Use::Claimed {
        return Ok(Some(claim));
    }
    match mark(&scene.context, &claim, ApprovalActionState::Claimed, None).await {
        Ok(status::Written::Changed(approval)) => Ok(Some(Claim {
            approval: *approval,
            ..claim
        })),
        Ok(status::Written::Unchanged) => Ok(Some(claim)),
        Ok(status::Written::Conflict | status::Written::Gone) | Err(_) => Err(unanswered()),
    }
}

/// Ends a claim at a known outcome. At an unknown one it stays good for the next attempt of the same step.
pub async fn spend<K: KeyKind>(
    scene: &Scene<K>,
    claim: Option<Claim>,
    failure: Option<&failure::Failure>,
) {
    let Some(claim) = claim else { return };
    let outcome = match failure {
        None => Outcome::Succeeded,
        Some(failure) if failure.refused => Outcome::Refused,
        Some(_) => return,
    };
    let name = claim.approval.name_any();
    let spent = end(scene, claim, outcome).await;
    if let Err(error) = spent {
        // It stays claimed; its token names facts that are no more, so it covers nothing else.
        tracing::warn!(approval = %name, error = %context::class_of(&error), "an approval could not be marked as spent");
    }
}

/// Marks an act as done or refused, on the approval as it is now: somebody else may have written its status meanwhile.
async fn end<K: KeyKind>(
    scene: &Scene<K>,
    mut claim: Claim,
    outcome: Outcome,
) -> Result<(), kube::Error> {
    let api: Api<DestructionApproval> =
        Api::namespaced(scene.context.client.clone(), &scene.object.namespace);
    for _ in 0..ATTEMPTS {
        let spent = ApprovalActionState::Spent;
        match mark(&scene.context, &claim, spent, Some(outcome)).await? {
            status::Written::Conflict => {}
            status::Written::Changed(_) | status::Written::Unchanged | status::Written::Gone => {
                return Ok(());
            }
        }
        let Some(present) = api.get_opt(&claim.approval.name_any()).await? else {
            return Ok(());
        };
        claim.approval = present;
    }
    let name = claim.approval.name_any();
    tracing::warn!(approval = %name, "an approval changed too often to be marked as spent");
    Ok(())
}

async fn mark(
    context: &Context,
    claim: &Claim,
    state: ApprovalActionState,
    outcome: Option<Outcome>,
) -> Result<status::Written<DestructionApproval>, kube::Error> {
    let before = claim.approval.status.clone().unwrap_or_default();
    let entry = ApprovalActionStatus {
        token: claim.token.clone(),
        state,
        at: status::time(context.clock.now()),
        outcome,
    };
    let mut actions: Vec<_> = before
        .actions
        .iter()
        .filter(|action| action.token != claim.token)
        .cloned()
        .collect();
    actions.push(entry);
    let after = DestructionApprovalStatus {
        actions,
        ..before.clone()
    };
    status::write(&context.client, &claim.approval, &before, &after, true).await
}

fn unanswered() -> Blocker {
    Blocker::new(
        Reason::ProgressingWithRetry,
        "The approval could not be claimed; it is tried again with growing pauses.",
    )
}
