//! Whether approvals can be trusted: the admission policy that checks them has to be in force. The operator fails
//! closed, for without the policy anybody who may create an approval could name somebody else as approver.
//!
//! An approval may come from a time when the policy was missing or said something else. So what is approved is bound to
//! the version of policy and binding as well: once either changes, what was approved before reads as stale.

use std::sync::{Mutex, PoisonError};

use api::{DestructionApproval, approval_policy as policy};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::{
    admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
    authentication::v1::SelfSubjectReview,
};
use kube::{Api, Resource, ResourceExt, api::PostParams};
use lifecycle::reason::{Blocker, Reason};

use super::status::MANAGER;
use crate::context::Context;

/// A user that nobody is: an approval in this name must be refused.
const NOBODY: &str = "cckm-operator:probe:nobody";

/// How long what was read counts as news.
const NEWS: SignedDuration = SignedDuration::from_secs(30);

/// By which rules approvals are checked: the version of policy and binding, as read last.
#[derive(Debug, Default)]
pub struct Rules(Mutex<Option<Read>>);

#[derive(Clone, Debug)]
struct Read {
    version: String,
    at: Timestamp,
}

impl Rules {
    /// The version; empty while one of the two is not there, and before they were read.
    pub fn version(&self) -> String {
        self.last().map(|read| read.version).unwrap_or_default()
    }

    /// Whether one of the two is known not to be there.
    pub fn are_missing(&self) -> bool {
        self.last().is_some_and(|read| read.version.is_empty())
    }

    fn last(&self) -> Option<Read> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Keeps what was read, and says whether it is another version than before.
    fn keep(&self, read: Read) -> bool {
        let before = self.version();
        let changed = before != read.version;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        changed
    }
}

/// Reads the version where it was not read lately, and says whether it changed. Where the API server doesn't answer, what
/// was read last holds: an act is checked again before it is done.
pub async fn changed(context: &Context) -> bool {
    let now = context.clock.now();
    let is_news = |read: &Read| now < read.at + NEWS;
    if context.rules.last().as_ref().is_some_and(is_news) {
        return false;
    }
    match read(context).await {
        Ok(version) => context.rules.keep(Read { version, at: now }),
        Err(_) => false,
    }
}

/// Proves that the policy is in force for approvals like `approval`: it and its binding are of the version that was
/// approved under, and two dry-runs are refused by its rules, one in somebody else's name, one in the operator's own
/// without the verb.
pub async fn in_force(
    context: &Context,
    approval: &DestructionApproval,
    approved_under: &str,
) -> Result<(), Blocker> {
    is_of_version(context, approved_under).await?;
    let own = context.username().await.map_err(|_| unanswered())?;
    refused(context, approval, NOBODY, policy::APPROVED_BY_MESSAGE).await?;
    refused(context, approval, own, policy::APPROVE_VERB_MESSAGE).await?;
    // Those answers are worth nothing if it was changed in between.
    is_of_version(context, approved_under).await
}

/// Other visits may have read another version meanwhile, so it is held against what this very approval is bound to.
async fn is_of_version(context: &Context, approved_under: &str) -> Result<(), Blocker> {
    let version = read(context).await.map_err(|_| unanswered())?;
    let same = version == approved_under;
    let at = context.clock.now();
    context.rules.keep(Read { version, at });
    if same {
        return Ok(());
    }
    Err(Blocker::new(
        Reason::ProgressingWithRetry,
        "The approval policy was changed; what was approved before is looked at again.",
    ))
}

/// Nothing that was approved without it counts.
pub fn not_installed() -> Blocker {
    missing("is not installed")
}

/// The versions of policy and binding, and of those of strict mode where it is in use; empty where one of the first two
/// is not there.
async fn read(context: &Context) -> Result<String, kube::Error> {
    let policies: Api<ValidatingAdmissionPolicy> = Api::all(context.client.clone());
    let bindings: Api<ValidatingAdmissionPolicyBinding> = Api::all(context.client.clone());
    let policy = version(policies.get_opt(policy::POLICY).await?);
    let binding = version(bindings.get_opt(policy::BINDING).await?);
    let strict_policy = version(policies.get_opt(policy::STRICT).await?);
    let strict_binding = version(bindings.get_opt(policy::STRICT).await?);
    if policy.is_empty() || binding.is_empty() {
        return Ok(String::new());
    }
    Ok([policy, binding, strict_policy, strict_binding].join(" "))
}

/// Changes whenever an object is made anew or its spec is changed; empty where there is none.
fn version<K: Resource>(object: Option<K>) -> String {
    let Some(object) = object else {
        return String::new();
    };
    let metadata = object.meta();
    let uid = metadata.uid.as_deref().unwrap_or_default();
    format!("{uid}.{}", metadata.generation.unwrap_or_default())
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
    // A policy may look at these, too.
    probe.metadata.labels.clone_from(&approval.metadata.labels);
    probe
        .metadata
        .annotations
        .clone_from(&approval.metadata.annotations);
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
            "The ValidatingAdmissionPolicy {} {why}. Approvals count for nothing without it: apply config/policy, or let the chart install it (approvals.install).",
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
