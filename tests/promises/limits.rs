//! One bad patch does not reach every key, and a key that goes back and forth comes to rest.

use libtest_mimic::Trial;
use playground::{
    poll::eventually,
    shared,
    world::{Mark, Options, World, object::text},
};
use serde_json::json;

use crate::{
    harness::{Outcome, SOON, trial},
    manifests,
};

const SOFT_DELETE: &str = "/api/v1/cckm/azure/secrets/{id}/soft-delete";
const KEYS: [&str; 4] = ["one", "two", "three", "four"];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a patch that deletes every key deletes as many in an hour as the manager allows",
            budget,
        ),
        trial(
            "a key whose desired state goes back and forth is left alone after the third time",
            thrashing,
        ),
    ]
}

async fn budget() -> Outcome {
    let mut world = world_with(&KEYS).await?;
    allow(&world, 2).await?;
    let mark = world.simulator.mark().await?;
    for key in KEYS {
        world.desire("AzureSecret", key, "SoftDeleted").await?;
    }
    let held = eventually(SOON, "two are deleted and two wait", async || {
        let mut held = Vec::new();
        for key in KEYS {
            let object = world.get("AzureSecret", key).await;
            let object = object.map_err(|error| error.to_string())?;
            let object = object.ok_or("it is gone")?;
            match text(&object, "/conditions/0/reason") {
                "DestructiveBudget" => held.push(key),
                "Reached" if text(&object, "/remoteState") == "SOFT-DELETED" => {}
                other => return Err(format!("{key}: {other}")),
            }
        }
        (held.len() == 2)
            .then_some(held.clone())
            .ok_or_else(|| format!("{held:?} wait"))
    })
    .await?;
    assert_eq!(deletions(&world, mark).await?, 2);

    // Another process counts what the first has done.
    world.operator.restart().await?;
    for key in &held {
        world
            .annotate("AzureSecret", key, "reconcile.fluxcd.io/requestedAt", "now")
            .await?;
        let answered = |object: &kube::core::DynamicObject| {
            (text(object, "/lastHandledReconcileAt") == "now")
                .then_some(())
                .ok_or_else(|| "not answered".to_owned())
        };
        world
            .until("AzureSecret", key, "it was looked at", answered)
            .await?;
        world
            .until_reason("AzureSecret", key, "DestructiveBudget")
            .await?;
    }
    assert_eq!(deletions(&world, mark).await?, 2);

    allow(&world, 4).await?;
    for key in held {
        world.until_reason("AzureSecret", key, "Reached").await?;
    }
    assert_eq!(deletions(&world, mark).await?, 4);
    Ok(())
}

async fn thrashing() -> Outcome {
    let world = world_with(&["one"]).await?;
    let mark = world.simulator.mark().await?;
    for state in ["SoftDeleted", "Available", "SoftDeleted"] {
        world.desire("AzureSecret", "one", state).await?;
        world.until_ready("AzureSecret", "one").await?;
    }
    world.desire("AzureSecret", "one", "Available").await?;
    world
        .until_reason("AzureSecret", "one", "Thrashing")
        .await?;
    let requests = world.simulator.requests_since(mark).await?;
    // Azure is at work on a recovered secret for a while, and answers "not yet".
    let writes = requests
        .iter()
        .filter(|request| request.is_write() && request.status == Some(200))
        .count();
    assert_eq!(writes, 3, "{requests:#?}");
    Ok(())
}

async fn world_with(keys: &[&str]) -> Outcome<World<'static>> {
    let world = World::start(shared().await?, Options::default()).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    for key in keys {
        world.apply(&manifests::azure_secret(key)).await?;
    }
    for key in keys {
        world.until_ready("AzureSecret", key).await?;
    }
    Ok(world)
}

async fn allow(world: &World<'_>, actions: u32) -> Outcome {
    let change = json!({"spec": {"limits": {"destructiveActionsPerHour": actions}}});
    world.patch("CipherTrustManager", "cm", change).await?;
    world.until_ready("CipherTrustManager", "cm").await?;
    Ok(())
}

async fn deletions(world: &World<'_>, since: Mark) -> Outcome<usize> {
    let requests = world.simulator.requests_since(since).await?;
    let of =
        |request: &&playground::world::Request| request.template.as_deref() == Some(SOFT_DELETE);
    Ok(requests.iter().filter(of).count())
}
