//! Zero diff: what is there as it is in git costs nothing, however often Flux looks.

use k8s_openapi::api::core::v1::Event;
use kube::{Api, api::ListParams, core::ObjectMeta};
use libtest_mimic::Trial;
use playground::{
    control_plane::AuditEvent,
    world::{STANDARD_OBJECTS, object::status},
};
use serde_json::json;

use crate::{
    harness::{Outcome, trial},
    order::{KEYS, apply_vaults, commit_everything},
    shop::Shop,
};

/// What Flux goes by, as short as it can be seen to go round.
const INTERVAL: &str = "2s";
const ROUNDS: u64 = 5;

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "interval after interval Flux finds no difference and writes nothing",
        nothing_differs,
    )]
}

async fn nothing_differs() -> Outcome {
    let shop = Shop::open_empty().await?;
    let commit = commit_everything(&shop).await?;
    let vaults = apply_vaults(&shop, INTERVAL).await?;
    let mut keys = shop.documented("keys")?;
    keys["spec"]["interval"] = json!(INTERVAL);
    keys["spec"]["wait"] = json!(true);
    let keys = shop.apply(keys).await?;
    vaults.until_applied(&commit).await?;
    keys.until_applied(&commit).await?;
    until_counted(&shop).await?;

    let before = objects(&shop).await?;
    let mark = shop.world.control_plane().audit_mark()?;
    vaults.until_reconciled(ROUNDS).await?;
    keys.until_reconciled(ROUNDS).await?;
    for (before, after) in before.iter().zip(objects(&shop).await?) {
        // Resource version, generation, managed fields and all else.
        assert_eq!(after, *before);
    }
    let log = shop.world.control_plane().audit_log_since(mark)?;
    let writes: Vec<&AuditEvent> = log
        .iter()
        .filter(|event| is_of_ours(&shop, event))
        .collect();
    assert!(writes.is_empty(), "{writes:#?}");
    let differences = differences(&shop).await?;
    assert!(differences.is_empty(), "{differences:#?}");
    Ok(())
}

/// Containers count their keys some seconds later, which is no business of Flux's.
async fn until_counted(shop: &Shop) -> Outcome {
    for (kind, name, count, expected) in [
        ("AzureVault", "billing", "/states/0/count", 1),
        ("OciVault", "payments", "/states/0/count", 1),
        // The world has two of a past.
        ("SalesforceOrganization", "acme", "/types/0/archived", 2),
    ] {
        let counted = |container: &_| {
            let found = status(container, count);
            (*found == expected).then_some(()).ok_or(found.to_string())
        };
        shop.world
            .until(kind, name, "its keys are counted", counted)
            .await?;
    }
    Ok(())
}

async fn objects(shop: &Shop) -> Outcome<Vec<ObjectMeta>> {
    let mut found = vec![];
    for (kind, name) in STANDARD_OBJECTS.into_iter().chain(KEYS) {
        let object = shop.world.get(kind, name).await?;
        let object = object.ok_or_else(|| format!("{kind} {name} is gone"))?;
        found.push(object.metadata);
    }
    Ok(found)
}

/// Whether it is a write of one of our objects, by whomever.
fn is_of_ours(shop: &Shop, event: &AuditEvent) -> bool {
    let object = event.object_ref.as_ref();
    let ours = object.is_some_and(|object| {
        object.api_group == "cckm.dev" && object.namespace == shop.world.namespace()
    });
    ours && event.is_write()
}

/// What Flux has said of objects that it found different from git.
pub(crate) async fn differences(shop: &Shop) -> Outcome<Vec<String>> {
    let api = Api::<Event>::namespaced(shop.world.client().clone(), shop.world.namespace());
    let by_flux = ListParams::default().fields("involvedObject.kind=Kustomization");
    let events = api.list(&by_flux).await?;
    let messages: Vec<String> = events
        .into_iter()
        .filter_map(|event| event.message)
        .collect();
    // It does speak of what it has made.
    assert!(messages.iter().any(|message| message.contains("created")));
    let differ = |message: &String| message.contains("configured");
    Ok(messages.into_iter().filter(differ).collect())
}
