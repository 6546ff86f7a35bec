//! Values: a new one in the Secret becomes a new version in Azure, once.

use kube::core::DynamicObject;
use libtest_mimic::Trial;
use playground::{
    shared,
    world::{
        OPERATOR_USER, Options, World,
        object::{is_ready, summary, text},
    },
};
use serde_json::json;

use crate::{
    harness::{Outcome, trial},
    manifests,
};

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "a new value in a Secret that is labelled to be watched reaches Azure at once",
        watched,
    )]
}

async fn watched() -> Outcome {
    let options = Options::default().watch_secrets();
    let world = World::start(shared().await?, options).await?;
    let audited = world.control_plane().audit_mark()?;
    write(&world, "first").await?;
    world.apply(&manifests::azure_secret("watched")).await?;
    let first = world.until_ready("AzureSecret", "watched").await?;
    let version = text(&first, "/cloudVersion").to_owned();

    // Nothing but the Secret changes, and the next look at the key would be within the hour.
    write(&world, "second").await?;
    let renewed = |object: &DynamicObject| {
        let renewed = is_ready(object) && text(object, "/cloudVersion") != version;
        renewed.then_some(()).ok_or_else(|| summary(object))
    };
    world
        .until("AzureSecret", "watched", "it has a new version", renewed)
        .await?;

    let asked = world.control_plane().audit_log_since(audited)?;
    let beyond: Vec<&str> = asked
        .iter()
        .filter(|event| event.user.username == OPERATOR_USER)
        .filter(|event| matches!(event.verb.as_str(), "list" | "watch"))
        .map(|event| event.request_uri.as_str())
        .filter(|uri| uri.contains("/secrets"))
        .filter(|uri| !uri.contains("labelSelector=cckm.dev%2Fwatch%3Dtrue"))
        .collect();
    assert!(beyond.is_empty(), "{beyond:?}");
    Ok(())
}

async fn write(world: &World<'_>, value: &str) -> Outcome {
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "values", "labels": {"cckm.dev/watch": "true"}},
        "stringData": {"value": value},
    });
    Ok(world.apply(&secret.to_string()).await?)
}
