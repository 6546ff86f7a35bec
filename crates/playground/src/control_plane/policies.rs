//! Knowing that admission policies are enforced.
//!
//! The API server reads new policies and bindings with a delay of some seconds, all of them together. So a policy of
//! our own, made after those that matter and seen to refuse what it has to refuse, shows that those are enforced too.

use std::time::Duration;

use k8s_openapi::api::{
    admissionregistration::v1::{ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding},
    core::v1::ConfigMap,
};
use kube::{
    Api, Client,
    api::{DeleteParams, ObjectMeta, PostParams},
};
use serde_json::{from_value, json};

use crate::{Error, folder::random, poll::eventually};

/// Waits until the policies that exist now are enforced.
pub(super) async fn wait_until_enforced(client: &Client, deadline: Duration) -> Result<(), Error> {
    let name = format!("playground-sentinel-{:016x}", random()?);
    let policies = Api::<ValidatingAdmissionPolicy>::all(client.clone());
    let bindings = Api::<ValidatingAdmissionPolicyBinding>::all(client.clone());
    let failed = |what: &str| Error::kubernetes(format!("{what} the policy {name}"));

    let (policy, binding) = sentinel(&name)?;
    policies
        .create(&PostParams::default(), &policy)
        .await
        .map_err(failed("make"))?;
    bindings
        .create(&PostParams::default(), &binding)
        .await
        .map_err(failed("bind"))?;
    let refused = wait_until_refused(client, &name, deadline).await;
    bindings
        .delete(&name, &DeleteParams::default())
        .await
        .map_err(failed("unbind"))?;
    policies
        .delete(&name, &DeleteParams::default())
        .await
        .map_err(failed("delete"))?;
    refused
}

/// A policy that refuses one `ConfigMap`, which nobody makes, by its name.
fn sentinel(
    name: &str,
) -> Result<(ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding), Error> {
    let failed = |error: serde_json::Error| Error::Manifest {
        what: name.to_owned(),
        why: error.to_string(),
    };
    let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]});
    let expression = format!("object.metadata.name != '{name}'");
    let policy = from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": expression, "message": name}],
        },
    }));
    let binding = from_value(json!({
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }));
    Ok((policy.map_err(failed)?, binding.map_err(failed)?))
}

async fn wait_until_refused(client: &Client, name: &str, deadline: Duration) -> Result<(), Error> {
    let api = Api::<ConfigMap>::namespaced(client.clone(), "default");
    let forbidden = ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    };
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    eventually(
        deadline,
        "admission policies are enforced",
        async || match api.create(&dry_run, &forbidden).await {
            Err(kube::Error::Api(status))
                if status.message.contains(name) && status.is_invalid() =>
            {
                Ok(())
            }
            Ok(_) => Err("a new policy doesn't refuse yet".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    )
    .await?;
    Ok(())
}
