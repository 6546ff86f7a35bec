//! Whether what is planned from the status alone is what the operator plans from the rows.

use api::CipherTrustManagerSpec;
use cckm_operator::reconcile::{
    azure::AzureSecretKind,
    kind::ContainerOf,
    oci::OciKeyKind,
    preview::{Preview, Previewed, preview},
    salesforce::{RotationKind, TenantSecretKind},
    terms::Terms,
};
use jiff::Timestamp;
use kube::core::DynamicObject;
use lifecycle::{
    approval::Rule,
    plan::{Next, Plan},
    reason::Class,
};
use playground::world::object::{condition, is_observed, status, text};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Outcome, scenarios::expect};

/// The kind of container and the reference to it, where the plan of such a key can be asked for.
pub(crate) fn container<'a>(
    kind: &str,
    key: &'a DynamicObject,
) -> Option<(&'static str, &'a Value)> {
    let (container, reference) = match kind {
        "AzureSecret" => ("AzureVault", "vaultRef"),
        "OciKey" => ("OciVault", "vaultRef"),
        "SalesforceTenantSecret" | "SalesforceRotation" => {
            ("SalesforceOrganization", "organizationRef")
        }
        _ => return None,
    };
    Some((container, &key.data["spec"][reference]))
}

/// Fails if the key's status shows another plan than follows from it, or another reason.
pub(crate) fn check(
    kind: &str,
    key: &DynamicObject,
    container: &DynamicObject,
    manager: &DynamicObject,
    now: Timestamp,
) -> Outcome {
    let manager: CipherTrustManagerSpec = serde_json::from_value(manager.data["spec"].clone())?;
    let held = manager.suspended() || key.data["spec"]["suspend"] == true;
    if !is_settled(key) || held != condition(key, "Suspended").is_some() {
        return Ok(());
    }
    let terms = Terms::of(&manager);
    let preview = match kind {
        "AzureSecret" => of::<AzureSecretKind>(key, container, terms, now)?,
        "OciKey" => of::<OciKeyKind>(key, container, terms, now)?,
        "SalesforceRotation" => of::<RotationKind>(key, container, terms, now)?,
        _ => of::<TenantSecretKind>(key, container, terms, now)?,
    };
    let shown: Vec<(String, String)> = status(key, "/plan/steps")
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| {
            let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
            (word("action"), word("effect"))
        })
        .collect();
    let what = format!(
        "the plan of {kind} {} from its status",
        key.metadata.name.as_deref().unwrap_or_default()
    );
    expect(&what, steps(&preview.plan), shown)?;
    let said = ready_reason(key);
    let foreseen = match said.as_str() {
        "ApprovalStale" => "AwaitingApproval",
        said => said,
    };
    expect(
        &format!("{what}, and its reason"),
        reason(&preview),
        foreseen,
    )
}

fn of<K: Previewed>(
    key: &DynamicObject,
    container: &DynamicObject,
    terms: Terms,
    now: Timestamp,
) -> Outcome<Preview> {
    let container: ContainerOf<K> = typed(container)?;
    Ok(preview::<K>(&typed(key)?, Some(&container), terms, now))
}

/// The reason that is foreseen. That somebody has approved already is not foreseen.
fn reason(preview: &Preview) -> &'static str {
    if preview.stance.suspended {
        return "Suspended";
    }
    let asks = preview.rules.first() == Some(&Rule::Require);
    match (&preview.stance.wait, &preview.plan.next) {
        // A preview takes its list for news, so what has to be read after the approval is all that it waits for.
        (Some(wait), _) if asks && wait.reason.class() == Class::Reconciling => "AwaitingApproval",
        (Some(wait), _) | (None, Next::Wait(wait)) => wait.reason.as_str(),
        (None, Next::Rest(reason, _)) => reason.as_str(),
        (None, Next::Act(_)) if asks => "AwaitingApproval",
        (None, Next::Act(_)) => "Progressing",
    }
}

fn ready_reason(key: &DynamicObject) -> String {
    condition(key, "Ready")
        .map(|ready| ready.reason.to_owned())
        .unwrap_or_default()
}

/// Whether the status says what the operator would say again now, if the manager is as it was then: it is of this
/// generation, nothing is on its way, and nothing that the status does not tell stands in the way.
fn is_settled(key: &DynamicObject) -> bool {
    let reason = ready_reason(key);
    let has_plan = !status(key, "/plan").is_null();
    let rests = condition(key, "Ready").is_some_and(|ready| ready.status == "True");
    let waits = [
        "AwaitingApproval",
        "ApprovalStale",
        "ApprovalDenied",
        "PendingDeletionTooShort",
        "Suspended",
        "Drifted",
    ]
    .contains(&reason.as_str());
    let differs =
        condition(key, "Ready").is_some_and(|ready| ready.message.contains("differ from the key"));
    let blocked = differs || reason == "ContainerReplaced";
    let known = rests || blocked || (waits && has_plan);
    is_observed(key) && text(key, "/intent/id").is_empty() && known
}

fn steps(plan: &Plan) -> Vec<(String, String)> {
    let steps = plan.steps.iter();
    steps
        .map(|step| {
            (
                step.action.as_str().to_owned(),
                format!("{:?}", step.effect),
            )
        })
        .collect()
}

fn typed<K: DeserializeOwned>(object: &DynamicObject) -> Outcome<K> {
    Ok(serde_json::from_value(serde_json::to_value(object)?)?)
}
