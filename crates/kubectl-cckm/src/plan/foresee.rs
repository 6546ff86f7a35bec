//! Planning: by the operator's own planner, on what its status last saw.

use std::fmt::Write as _;

use api::ApprovalTargetKind;
use cckm_operator::reconcile::{
    azure::AzureSecretKind,
    container::ContainerKind,
    fields::{self, KeyObject},
    oci::OciKeyKind,
    preview::{Previewed, preview},
    salesforce::{RotationKind, TenantSecretKind},
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use lifecycle::plan::{Next, Plan};

use super::{Foreseen, Step, manifests::Manifest};
use crate::{
    cluster::{Cluster, refused},
    exit::Outcome,
};

/// What is to be done to a key as it is.
pub(crate) async fn present(
    cluster: &Cluster,
    kind: ApprovalTargetKind,
    name: &str,
) -> Outcome<Foreseen> {
    match kind {
        ApprovalTargetKind::SalesforceTenantSecret => {
            as_it_is::<TenantSecretKind>(cluster, kind, name).await
        }
        ApprovalTargetKind::AzureSecret => as_it_is::<AzureSecretKind>(cluster, kind, name).await,
        ApprovalTargetKind::OciKey => as_it_is::<OciKeyKind>(cluster, kind, name).await,
        ApprovalTargetKind::SalesforceRotation => {
            as_it_is::<RotationKind>(cluster, kind, name).await
        }
    }
}

/// What is to be done to a key once a manifest is applied. Nothing is applied: the API server only says what would come
/// of it, or why it would refuse.
pub(crate) async fn applied(
    cluster: &Cluster,
    manifest: &Manifest,
    manager: &str,
) -> Outcome<Foreseen> {
    match manifest.kind {
        ApprovalTargetKind::SalesforceTenantSecret => {
            as_it_would_be::<TenantSecretKind>(cluster, manifest, manager).await
        }
        ApprovalTargetKind::AzureSecret => {
            as_it_would_be::<AzureSecretKind>(cluster, manifest, manager).await
        }
        ApprovalTargetKind::OciKey => {
            as_it_would_be::<OciKeyKind>(cluster, manifest, manager).await
        }
        ApprovalTargetKind::SalesforceRotation => {
            as_it_would_be::<RotationKind>(cluster, manifest, manager).await
        }
    }
}

async fn as_it_is<K: Previewed>(
    cluster: &Cluster,
    kind: ApprovalTargetKind,
    name: &str,
) -> Outcome<Foreseen> {
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
    foresee::<K>(cluster, kind, &key).await
}

async fn as_it_would_be<K: Previewed>(
    cluster: &Cluster,
    manifest: &Manifest,
    manager: &str,
) -> Outcome<Foreseen> {
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
    foresee::<K>(cluster, manifest.kind, &key).await
}

async fn foresee<K: Previewed>(
    cluster: &Cluster,
    kind: ApprovalTargetKind,
    key: &K::Cr,
) -> Outcome<Foreseen> {
    let namespace = key.namespace().unwrap_or_default();
    let called = format!("{} {namespace}/{}", kind.as_str(), key.name_any());
    let named = fields::container_of(key);
    let (container, name, place) = (named.kind.as_str(), &named.name, &named.namespace);
    let containers: Api<<K::Container as ContainerKind>::Cr> =
        Api::namespaced(cluster.client.clone(), place);
    let what = format!("read {container} {name} in namespace {place}");
    let found = containers
        .get_opt(name)
        .await
        .map_err(|error| refused(&what, &error))?;
    Ok(match found {
        Some(container) => told(
            called,
            &preview::<K>(key, &container, jiff::Timestamp::now()),
            key.suspended(),
        ),
        None => Foreseen {
            key: called,
            verdict: format!("waits: {container} {name} does not exist in namespace {place}."),
            steps: Vec::new(),
        },
    })
}

/// A plan as it is shown.
pub(crate) fn told(key: String, plan: &Plan, suspended: bool) -> Foreseen {
    let steps: Vec<Step> = plan
        .steps
        .iter()
        .map(|step| Step {
            action: step.action.as_str().to_owned(),
            effect: step.effect,
            reason: step.reason.to_owned(),
        })
        .collect();
    let mut verdict = match &plan.next {
        Next::Rest(reason, message) => format!("nothing to do: {}: {message}", reason.as_str()),
        Next::Wait(blocker) => format!("waits: {}: {}", blocker.reason.as_str(), blocker.message),
        Next::Act(_) => String::new(),
    };
    if suspended && !steps.is_empty() {
        "suspended: nothing of it is done before spec.suspend ends.".clone_into(&mut verdict);
    }
    for note in &plan.notes {
        if !verdict.is_empty() {
            verdict.push('\n');
        }
        let _ = write!(verdict, "{}: {}", note.condition.as_str(), note.message);
    }
    Foreseen {
        key,
        verdict,
        steps,
    }
}

/// What is foreseen of a key and its container as JSON.
#[cfg(test)]
pub(crate) fn plan_of<K: Previewed>(
    key: serde_json::Value,
    container: serde_json::Value,
) -> Foreseen {
    let key: K::Cr = serde_json::from_value(key).unwrap();
    let container = serde_json::from_value(container).unwrap();
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    told(
        key.name_any(),
        &preview::<K>(&key, &container, now),
        key.suspended(),
    )
}
