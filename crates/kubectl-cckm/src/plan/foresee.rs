//! Planning: by the operator's own planner, on what its status last saw.

use api::ApprovalTargetKind;
use cckm_operator::reconcile::{
    azure::AzureSecretKind,
    fields::KeyObject,
    kind::ContainerOf,
    oci::OciKeyKind,
    preview::{self, Preview, Previewed},
    salesforce::{RotationKind, TenantSecretKind},
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use lifecycle::{plan::Next, reason::Blocker};

use super::{
    Foreseen, Step,
    manifests::Manifest,
    setting::{Reader, Setting},
};
use crate::{cluster::refused, exit::Outcome};

/// What is to be done to a key as it is.
pub(crate) async fn present(
    reader: &mut Reader<'_>,
    kind: ApprovalTargetKind,
    name: &str,
) -> Outcome<Foreseen> {
    match kind {
        ApprovalTargetKind::SalesforceTenantSecret => {
            as_it_is::<TenantSecretKind>(reader, kind, name).await
        }
        ApprovalTargetKind::AzureSecret => as_it_is::<AzureSecretKind>(reader, kind, name).await,
        ApprovalTargetKind::OciKey => as_it_is::<OciKeyKind>(reader, kind, name).await,
        ApprovalTargetKind::SalesforceRotation => {
            as_it_is::<RotationKind>(reader, kind, name).await
        }
    }
}

/// What is to be done to a key once a manifest is applied. Nothing is applied: the API server only says what would come
/// of it, or why it would refuse.
pub(crate) async fn applied(
    reader: &mut Reader<'_>,
    manifest: &Manifest,
    manager: &str,
) -> Outcome<Foreseen> {
    match manifest.kind {
        ApprovalTargetKind::SalesforceTenantSecret => {
            as_it_would_be::<TenantSecretKind>(reader, manifest, manager).await
        }
        ApprovalTargetKind::AzureSecret => {
            as_it_would_be::<AzureSecretKind>(reader, manifest, manager).await
        }
        ApprovalTargetKind::OciKey => as_it_would_be::<OciKeyKind>(reader, manifest, manager).await,
        ApprovalTargetKind::SalesforceRotation => {
            as_it_would_be::<RotationKind>(reader, manifest, manager).await
        }
    }
}

async fn as_it_is<K: Previewed>(
    reader: &mut Reader<'_>,
    kind: ApprovalTargetKind,
    name: &str,
) -> Outcome<Foreseen> {
    let cluster = reader.cluster;
    let keys: Api<K::Cr> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let what = format!(
        "read {} {name} in namespace {}",
        kind.as_str(),
        cluster.namespace
    );
    let key = keys
        .get_opt(name)
        .await
        .map_err(|error| refused(&what, &error))?;
    let key = key.ok_or_else(|| cluster.has_no(kind.as_str(), name))?;
    foresee::<K>(reader, kind, &key).await
}

async fn as_it_would_be<K: Previewed>(
    reader: &mut Reader<'_>,
    manifest: &Manifest,
    manager: &str,
) -> Outcome<Foreseen> {
    let cluster = reader.cluster;
    let namespace = manifest.namespace.as_deref().unwrap_or(&cluster.namespace);
    let keys: Api<K::Cr> = Api::namespaced(cluster.client.clone(), namespace);
    let parameters = PatchParams {
        dry_run: true,
        force: true,
        ..PatchParams::apply(manager)
    };
    let what = format!(
        "apply {} {} in namespace {namespace}",
        manifest.kind.as_str(),
        manifest.name
    );
    let key = keys
        .patch(&manifest.name, &parameters, &Patch::Apply(&manifest.object))
        .await
        .map_err(|error| refused(&what, &error))?;
    foresee::<K>(reader, manifest.kind, &key).await
}

async fn foresee<K: Previewed>(
    reader: &mut Reader<'_>,
    kind: ApprovalTargetKind,
    key: &K::Cr,
) -> Outcome<Foreseen> {
    let namespace = key.namespace().unwrap_or_default();
    let called = format!("{} {namespace}/{}", kind.as_str(), key.name_any());
    let setting = reader.setting::<K>(key).await?;
    Ok(judge::<K>(called, key, setting, jiff::Timestamp::now()))
}

/// What is foreseen of a key in its setting, or without one. Pure.
pub(crate) fn judge<K: Previewed>(
    called: String,
    key: &K::Cr,
    setting: Result<Setting<ContainerOf<K>>, Blocker>,
    now: jiff::Timestamp,
) -> Foreseen {
    let setting = match setting {
        Ok(setting) => setting,
        Err(blocker) => return told(called, &preview::blocked(blocker), ""),
    };
    let preview = preview::preview::<K>(key, setting.container.as_ref(), setting.terms, now);
    let holders = match (key.suspended(), setting.terms.suspended) {
        (true, true) => "spec.suspend and its manager's spec.suspend end",
        (false, true) => "its manager's spec.suspend ends",
        (_, false) => "spec.suspend ends",
    };
    let mut foreseen = told(called, &preview, holders);
    let seen = K::Cr::common(&key.status()).observed_generation;
    if seen.is_none_or(|generation| generation < 0) {
        foreseen.say(
            "The operator has not looked at it yet: this is the plan if its cloud has no such key.",
        );
    }
    foreseen
}

/// A plan as it is shown. `holders`: what has to happen before anything is done.
fn told(key: String, preview: &Preview, holders: &str) -> Foreseen {
    let Preview {
        plan,
        rules,
        stance,
    } = preview;
    let steps = plan.steps.iter().zip(rules);
    let mut foreseen = Foreseen {
        key,
        verdict: String::new(),
        blocked: plan.steps.is_empty() && matches!(plan.next, Next::Wait(_)) && !plan.reached,
        steps: steps
            .map(|(step, rule)| Step {
                action: step.action.as_str().to_owned(),
                effect: step.effect,
                reason: step.reason.to_owned(),
                rule: *rule,
            })
            .collect(),
    };
    if stance.suspended {
        foreseen.say(&format!(
            "suspended: nothing of it is done before {holders}."
        ));
    }
    match (&stance.wait, &plan.next) {
        (Some(wait), _) => foreseen.say(&format!(
            "waits: {}: {}",
            wait.reason.as_str(),
            wait.message
        )),
        (None, Next::Rest(reason, message)) => {
            foreseen.say(&format!("nothing to do: {}: {message}", reason.as_str()));
        }
        (None, Next::Act(_) | Next::Wait(_)) => {}
    }
    for note in &plan.notes {
        foreseen.say(&format!("{}: {}", note.condition.as_str(), note.message));
    }
    foreseen
}

impl Foreseen {
    /// Adds a line to what is said besides the steps.
    fn say(&mut self, line: &str) {
        if !self.verdict.is_empty() {
            self.verdict.push('\n');
        }
        self.verdict.push_str(line);
    }
}
