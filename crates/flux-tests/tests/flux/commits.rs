//! What a commit comes to: the key is there, or somebody learns why not.

use std::time::Instant;

use k8s_openapi::api::core::v1::Event;
use kube::{Api, api::ListParams};
use libtest_mimic::Trial;
use playground::{
    control_plane::{AuditEvent, AuditMark},
    poll::eventually,
    world::object::{condition, is_ready, summary, text},
};
use serde_json::json;

use crate::{
    harness::{Outcome, PATIENCE, say, trial},
    manifests::{azure_secret, oci_key},
    shop::Shop,
};

const SECRETS: &str = "/api/v1/cckm/azure/secrets";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a Kustomization that waits is Ready when the key is there, and not before",
            ready_when_the_key_is_there,
        ),
        trial(
            "a key that needs somebody fails its Kustomization at once, and says itself why",
            stalled,
        ),
        trial(
            "what the API server refuses fails the Kustomization with the words that say what to do",
            refused,
        ),
    ]
}

async fn ready_when_the_key_is_there() -> Outcome {
    let shop = Shop::open().await?;
    let (kind, name) = ("AzureSecret", "db-password");
    let simulator = &shop.world.simulator;
    let mark = simulator.mark().await?;
    simulator.hold_reply("POST", SECRETS).await?;
    let file = azure_secret(name);
    let files = [("keys/db-password.yaml", Some(file.as_str()))];
    let commit = shop.commit("Ask for a password", &files).await?;
    let started = Instant::now();
    let keys = shop.apply_keys(true).await?;
    simulator.until_done(mark, "POST", SECRETS).await?;

    // The cloud has it and CM has not answered: Flux looks, and goes on waiting.
    let audited = shop.world.control_plane().audit_mark()?;
    until_flux_has_looked(&shop, audited, "azuresecrets", name).await?;
    let waiting = keys.get().await?;
    let running = condition(&waiting, "Reconciling").ok_or_else(|| summary(&waiting))?;
    assert!(running.message.contains("health checks"), "{running:?}");
    assert!(!is_ready(&waiting), "{}", summary(&waiting));

    let released = Instant::now();
    simulator.release().await?;
    keys.until_applied(&commit).await?;
    let key = shop.world.get(kind, name).await?.ok_or("the key is gone")?;
    assert!(is_ready(&key), "{}", summary(&key));
    let truth = simulator.truth().await?.to_string();
    assert!(truth.contains("s3cr3t"), "the value is not in Azure");
    say(&format!(
        "Ready {:.1} s after CM's answer, {:.1} s after the commit",
        released.elapsed().as_secs_f64(),
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Waits until Flux has read an object twice since then: whatever it saw the first time, it has thought about.
async fn until_flux_has_looked(
    shop: &Shop,
    since: AuditMark,
    resource: &str,
    name: &str,
) -> Outcome {
    let is_look = |event: &AuditEvent| {
        let object = event.object_ref.as_ref();
        event.verb == "get"
            && event.user_agent.starts_with("kustomize-controller")
            && object.is_some_and(|object| {
                object.resource == resource
                    && object.name == name
                    && object.namespace == shop.world.namespace()
            })
    };
    eventually(PATIENCE, "Flux has looked twice", async || {
        let log = shop.world.control_plane().audit_log_since(since);
        let log = log.map_err(|error| error.to_string())?;
        let looks = log.iter().filter(|event| is_look(event)).count();
        (looks >= 2)
            .then_some(())
            .ok_or_else(|| format!("{looks} looks"))
    })
    .await?;
    Ok(())
}

async fn stalled() -> Outcome {
    let shop = Shop::open().await?;
    let (kind, name) = ("AzureSecret", "legacy");
    let simulator = &shop.world.simulator;
    simulator
        .console(
            json!({"change": "azure-set", "vault": "acme-billing", "name": name,
            "value": "theirs", "tags": {"made-by": "hand"}}),
        )
        .await?;
    let file = azure_secret(name);
    let files = [("keys/legacy.yaml", Some(file.as_str()))];
    let commit = shop.commit("Ask for a name that is taken", &files).await?;
    let started = Instant::now();
    let keys = shop.apply_keys(true).await?;
    let message = keys.until_failed(&commit, "HealthCheckFailed").await?;
    let took = started.elapsed().as_secs_f64();
    say(&format!("failed after {took:.1} s: {message}"));
    let object = format!("{kind}/{}/{name}", shop.world.namespace());
    assert!(message.contains(&object), "{message}");

    let key = shop.world.until_reason(kind, name, "AlreadyExists").await?;
    let ready = condition(&key, "Ready").ok_or("no condition Ready")?;
    assert!(ready.message.contains("adoptExisting"), "{ready:?}");
    until_warned(&shop, name, ready.reason, ready.message).await?;

    let file = azure_secret(name) + "  adoptExisting: true\n";
    let files = [("keys/legacy.yaml", Some(file.as_str()))];
    let fixed = shop.commit("Take it over", &files).await?;
    keys.until_applied(&fixed).await?;
    let truth = simulator.truth().await?.to_string();
    assert!(truth.contains("theirs"), "the value was overwritten");
    Ok(())
}

/// Waits for a warning that says of that object what its condition says.
async fn until_warned(shop: &Shop, name: &str, reason: &str, message: &str) -> Outcome {
    let api = Api::<Event>::namespaced(shop.world.client().clone(), shop.world.namespace());
    let about = ListParams::default().fields(&format!("involvedObject.name={name}"));
    eventually(PATIENCE, "there is a warning", async || {
        let events = api.list(&about).await.map_err(|error| error.to_string())?;
        let said: Vec<_> = events
            .iter()
            .map(|event| [&event.type_, &event.reason, &event.message].map(Option::as_deref))
            .collect();
        said.contains(&[Some("Warning"), Some(reason), Some(message)])
            .then_some(())
            .ok_or_else(|| format!("{said:?}"))
    })
    .await?;
    Ok(())
}

async fn refused() -> Outcome {
    let shop = Shop::open().await?;
    let good = oci_key("master");
    let bad = oci_key("both") + "  source: {upload: {sourceKey: {tier: local, id: some}}}\n";
    let files = [
        ("keys/both.yaml", Some(bad.as_str())),
        ("keys/master.yaml", Some(good.as_str())),
    ];
    let commit = shop.commit("Ask for a key made twice", &files).await?;
    let keys = shop.apply_keys(true).await?;
    let message = keys.until_failed(&commit, "ReconciliationFailed").await?;
    let words = "A key needs exactly one of keyShape (OCI makes it) and source (it is uploaded)";
    assert!(message.contains(words), "{message}");
    // All of a commit, or nothing of it.
    assert!(shop.world.get("OciKey", "master").await?.is_none());

    let fixed = shop
        .commit("Leave it out", &[("keys/both.yaml", None)])
        .await?;
    keys.until_applied(&fixed).await?;
    let key = shop.world.until_ready("OciKey", "master").await?;
    assert_eq!(text(&key, "/remoteState"), "ENABLED");
    Ok(())
}
