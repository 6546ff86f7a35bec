//! Promise 1, create once: CM has no token by which it could tell a repeated create from another one.

use std::time::Duration;

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Mark, Options, World},
};
use serde_json::Value;

use crate::{
    deeds::were_announced,
    harness::{Outcome, trial},
    manifests,
};

/// A way to make something remote.
#[derive(Clone, Copy)]
struct Create {
    what: &'static str,
    kind: &'static str,
    manifest: fn(&str) -> String,
    path: &'static str,
    /// How many there are in the cloud.
    count: fn(&Value) -> usize,
}

const NAME: &str = "made-once";

const CREATES: [Create; 6] = [
    Create {
        what: "an Azure secret",
        kind: "AzureSecret",
        manifest: manifests::azure_secret,
        path: "/api/v1/cckm/azure/secrets",
        count: azure_versions,
    },
    Create {
        what: "a Salesforce tenant secret",
        kind: "SalesforceTenantSecret",
        manifest: |name| manifests::tenant_secret(name, "Data"),
        path: "/api/v1/cckm/sfdc/keys",
        count: |truth| tenant_secrets(truth, "Data"),
    },
    Create {
        what: "an uploaded Salesforce tenant secret",
        kind: "SalesforceTenantSecret",
        manifest: |name| manifests::uploaded_tenant_secret(name, "Analytics"),
        path: "/api/v1/cckm/sfdc/keys/upload",
        count: |truth| tenant_secrets(truth, "Analytics"),
    },
    Create {
        what: "a Salesforce tenant secret of a rotation",
        kind: "SalesforceRotation",
        manifest: |name| manifests::rotation(name, "Data"),
        path: "/api/v1/cckm/sfdc/keys",
        count: |truth| tenant_secrets(truth, "Data"),
    },
    Create {
        what: "an OCI key",
        kind: "OciKey",
        manifest: manifests::oci_key,
        path: "/api/v1/cckm/oci/keys",
        count: oci_keys,
    },
    Create {
        what: "an uploaded OCI key",
        kind: "OciKey",
        manifest: manifests::uploaded_oci_key,
        path: "/api/v1/cckm/oci/upload-key",
        count: oci_keys,
    },
];

pub(crate) fn tests() -> Vec<Trial> {
    let of_one = |create: Create| {
        let what = create.what;
        [
            trial(
                &format!(
                    "{what} is made once although the operator is killed before it hears of it"
                ),
                move || killed_before_the_reply(create),
            ),
            trial(
                &format!("{what} is made once although the reply to its create is lost"),
                move || lost_reply(create),
            ),
        ]
    };
    CREATES.into_iter().flat_map(of_one).collect()
}

async fn killed_before_the_reply(create: Create) -> Outcome {
    let mut world = ready_world().await?;
    let before = (create.count)(&world.simulator.truth().await?);
    let mark = world.simulator.mark().await?;
    world.simulator.hold_reply("POST", create.path).await?;
    world.apply(&(create.manifest)(NAME)).await?;
    world
        .simulator
        .until_done(mark, "POST", create.path)
        .await?;

    world.operator.kill()?;
    world.simulator.release().await?;
    world.operator.restart().await?;
    made_once(&world, mark, create, before).await
}

async fn lost_reply(create: Create) -> Outcome {
    let world = ready_world().await?;
    let before = (create.count)(&world.simulator.truth().await?);
    let mark = world.simulator.mark().await?;
    world.simulator.lose_reply("POST", create.path).await?;
    world.apply(&(create.manifest)(NAME)).await?;
    world
        .simulator
        .until_done(mark, "POST", create.path)
        .await?;
    made_once(&world, mark, create, before).await?;
    let requests = world.simulator.requests_since(mark).await?;
    let answered = requests
        .iter()
        .any(|request| request.is("POST", create.path) && request.status.is_some());
    assert!(!answered, "the reply wasn't lost");
    Ok(())
}

async fn ready_world() -> Outcome<World<'static>> {
    let options = Options::default().patience(Duration::from_secs(90));
    let world = World::start(shared().await?, options).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    Ok(world)
}

/// The object is Ready, the cloud has one more, and one create was sent in all.
async fn made_once(world: &World<'_>, mark: Mark, create: Create, before: usize) -> Outcome {
    world.until_ready(create.kind, NAME).await?;
    let requests = world.simulator.requests_since(mark).await?;
    let writes: Vec<String> = requests
        .iter()
        .filter(|request| request.is_write())
        .map(ToString::to_string)
        .collect();
    let creates = requests
        .iter()
        .filter(|request| request.is("POST", create.path))
        .count();
    assert_eq!(creates, 1, "{writes:#?}");
    let truth = world.simulator.truth().await?;
    assert_eq!((create.count)(&truth) - before, 1, "{truth:#}");
    were_announced(world).await
}

/// All versions of all secrets.
fn azure_versions(truth: &Value) -> usize {
    let vaults = truth["azure"]["vaults"].as_object().into_iter().flatten();
    let secrets = vaults.flat_map(|(_, vault)| vault["secrets"].as_object().into_iter().flatten());
    secrets
        .map(|(_, secret)| secret["versions"].as_array().map_or(0, Vec::len))
        .sum()
}

fn tenant_secrets(truth: &Value, type_: &str) -> usize {
    let organizations = truth["salesforce"]["organizations"].as_object();
    let secrets = organizations
        .into_iter()
        .flatten()
        .flat_map(|(_, organization)| {
            organization["tenant_secrets"]
                .as_array()
                .into_iter()
                .flatten()
        });
    secrets.filter(|secret| secret["type"] == type_).count()
}

fn oci_keys(truth: &Value) -> usize {
    truth["oci"]["keys"].as_array().map_or(0, Vec::len)
}
