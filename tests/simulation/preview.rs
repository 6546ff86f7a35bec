//! Whether what is planned from the status alone is what the operator plans from the rows.

use api::{
    AzureSecret, AzureVault, OciKey, OciVault, SalesforceOrganization, SalesforceTenantSecret,
};
use cckm_operator::reconcile::{
    azure::AzureSecretKind, oci::OciKeyKind, preview::preview, salesforce::TenantSecretKind,
};
use jiff::Timestamp;
use kube::core::DynamicObject;
use lifecycle::plan::Plan;
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
        "SalesforceTenantSecret" => ("SalesforceOrganization", "organizationRef"),
        _ => return None,
    };
    Some((container, &key.data["spec"][reference]))
}

/// Fails if the key's status shows another plan than follows from it.
pub(crate) fn check(
    kind: &str,
    key: &DynamicObject,
    container: &DynamicObject,
    now: Timestamp,
) -> Outcome {
    if !is_settled(key) {
        return Ok(());
    }
    let plan = match kind {
        "AzureSecret" => preview::<AzureSecretKind>(
            &typed::<AzureSecret>(key)?,
            &typed::<AzureVault>(container)?,
            now,
        ),
        "OciKey" => {
            preview::<OciKeyKind>(&typed::<OciKey>(key)?, &typed::<OciVault>(container)?, now)
        }
        _ => preview::<TenantSecretKind>(
            &typed::<SalesforceTenantSecret>(key)?,
            &typed::<SalesforceOrganization>(container)?,
            now,
        ),
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
    expect(&what, steps(&plan), shown)
}

/// Whether the status says what the operator would say again now: it is of this generation, nothing is on its way, and
/// nothing that the status does not tell stands in the way.
fn is_settled(key: &DynamicObject) -> bool {
    let reason = condition(key, "Ready")
        .map(|ready| ready.reason.to_owned())
        .unwrap_or_default();
    let has_plan = !status(key, "/plan").is_null();
    let rests = condition(key, "Ready").is_some_and(|ready| ready.status == "True");
    let waits =
        ["AwaitingApproval", "ApprovalStale", "Suspended", "Drifted"].contains(&reason.as_str());
    is_observed(key) && text(key, "/intent/id").is_empty() && (rests || (waits && has_plan))
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
