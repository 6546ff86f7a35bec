//! Azure secrets.

use playground::world::object::{status, text};
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{Outcome, manifests, world::World};

const KIND: &str = "AzureSecret";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "a new value makes one new version, and attributes follow the spec and nothing else",
            run: |world| Box::pin(changed(world)),
        },
        Scenario {
            sentence: "a deleted and a purged secret come back when git is reverted, as the same secret",
            run: |world| Box::pin(down_and_back(world)),
        },
        Scenario {
            sentence: "a secret goes to its very end with an approval for each final step",
            run: |world| Box::pin(to_the_end(world)),
        },
        Scenario {
            sentence: "a secret that somebody else made is adopted without a write, and claimed with the first change",
            run: |world| Box::pin(adopted(world)),
        },
        Scenario {
            sentence: "a secret that somebody deletes in the console is reported, and recovered when asked",
            run: |world| Box::pin(drifted(world)),
        },
        Scenario {
            sentence: "a secret under purge protection is purged by Azure at the end of its retention",
            run: |world| Box::pin(protected(world)),
        },
    ]
}

async fn made(world: &mut World, name: &str) -> Outcome<String> {
    world.apply(&manifests::azure_secret(name)).await?;
    let object = world.until_ready(KIND, name).await?;
    Ok(text(&object, "/cloudId").to_owned())
}

async fn changed(world: &mut World) -> Outcome {
    made(world, "db").await?;
    let before = world.until_ready(KIND, "db").await?;
    let mark = world.mark();
    world.write_secret("values", "another-value").await?;
    world.ask(KIND, "db").await?;
    let version = |object: &kube::core::DynamicObject| text(object, "/cloudVersion").to_owned();
    world
        .until(KIND, "db", "it has a new version", |object| {
            (version(object) != version(&before))
                .then_some(())
                .ok_or_else(|| "it has not".to_owned())
        })
        .await?;
    let attributes = json!({"spec": {
        "contentType": "text/plain",
        "tags": {"team": "billing"},
        "expires": "2030-01-01T00:00:00Z",
    }});
    world.patch(KIND, "db", attributes).await?;
    world.until_ready(KIND, "db").await?;
    writes_are(world, mark, &["secrets", "PATCH"])?;
    world.ask(KIND, "db").await?;
    world.pass_hours(2).await;
    expect("the writes later", world.writes_since(mark).len(), 2)?;
    let dated = manifests::azure_secret("dated") + "  expires: \"2030-01-01T00:00:00Z\"\n";
    world.apply(&dated).await?;
    world.until_ready(KIND, "dated").await?;
    expect("the writes", world.writes_since(mark).len(), 3)
}

async fn down_and_back(world: &mut World) -> Outcome {
    let cloud_id = made(world, "db").await?;
    let mark = world.mark();
    world.desire(KIND, "db", "SoftDeleted").await?;
    let deleted = world.until_ready(KIND, "db").await?;
    expect("the undo", text(&deleted, "/undo/action"), "Recover")?;
    world.desire(KIND, "db", "Available").await?;
    world.until_ready(KIND, "db").await?;

    world.desire(KIND, "db", "Purged").await?;
    world.approve(KIND, "db").await?;
    let purged = world.until_ready(KIND, "db").await?;
    expect("the undo", text(&purged, "/undo/action"), "Restore")?;
    world.desire(KIND, "db", "Available").await?;
    let back = world.until_ready(KIND, "db").await?;
    expect("the identity", text(&back, "/cloudId"), cloud_id.as_str())?;
    expect("the state", text(&back, "/remoteState"), "AVAILABLE")?;
    writes_are(
        world,
        mark,
        &[
            "soft-delete",
            "recover",
            "soft-delete",
            "hard-delete",
            "restore",
        ],
    )
}

async fn to_the_end(world: &mut World) -> Outcome {
    made(world, "db").await?;
    let mark = world.mark();
    world.desire(KIND, "db", "RemovedFromManager").await?;
    world.approve(KIND, "db").await?;
    world.approve_act(KIND, "db", "RemoveRecord").await?;
    world.until_ready(KIND, "db").await?;
    writes_are(world, mark, &["soft-delete", "hard-delete", "DELETE"])?;
    world.desire(KIND, "db", "Available").await?;
    world.until_reason(KIND, "db", "Gone").await?;
    world.pass_hours(3).await;
    expect("the writes later", world.writes_since(mark).len(), 3)
}

async fn adopted(world: &mut World) -> Outcome {
    world.console(
        json!({"change": "azure-set", "vault": "acme-billing", "name": "old",
        "value": "theirs", "tags": {"made-by": "hand"}}),
    )?;
    world.ask("AzureVault", "billing").await?;
    let mark = world.mark();
    world.apply(&manifests::azure_secret("old")).await?;
    world.until_reason(KIND, "old", "AlreadyExists").await?;
    world
        .patch(KIND, "old", json!({"spec": {"adoptExisting": true}}))
        .await?;
    let adopted = world.until_ready(KIND, "old").await?;
    let unverified = status(&adopted, "/conditions")
        .to_string()
        .contains("ValueUnverified");
    expect("the value is unverified", unverified, true)?;
    writes_are(world, mark, &[])?;

    world
        .patch(KIND, "old", json!({"spec": {"tags": {"team": "billing"}}}))
        .await?;
    world.until_ready(KIND, "old").await?;
    world.pass_hours(2).await;
    let truth = world.truth().to_string();
    expect("their tag is still there", truth.contains("made-by"), true)?;
    expect(
        "our tag is there",
        truth.contains("simulated/shop/old"),
        true,
    )
}

async fn drifted(world: &mut World) -> Outcome {
    made(world, "db").await?;
    let mark = world.mark();
    world.console(json!({"change": "azure-delete", "vault": "acme-billing", "name": "db"}))?;
    world.ask("AzureVault", "billing").await?;
    let drifted = world.until_reason(KIND, "db", "Drifted").await?;
    world.pass_hours(3).await;
    writes_are(world, mark, &[])?;
    let generation = drifted.metadata.generation.unwrap_or_default().to_string();
    let asked = json!({"metadata": {"annotations": {"cckm.dev/restore": generation}}});
    world.patch(KIND, "db", asked).await?;
    world.until_ready(KIND, "db").await?;
    writes_are(world, mark, &["recover"])
}

async fn protected(world: &mut World) -> Outcome {
    let vault = json!({"azure": [{"name": "acme-vital", "subscription_id": "260ecbe7-777b-4d3c-84ea-678820490000",
        "purge_protection": true, "retention_days": 7}]});
    world.line.simulator.add(&serde_json::from_value(vault)?)?;
    world
        .apply(
            &json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": "vital"},
                "spec": {"managerRef": {"name": "cm"}, "vaultName": "acme-vital",
                    "subscriptionId": "260ecbe7-777b-4d3c-84ea-678820490000",
                    "sweepInterval": "1h", "syncInterval": "6h"}})
            .to_string(),
        )
        .await?;
    world.until_ready("AzureVault", "vital").await?;
    let secret = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": KIND, "metadata": {"name": "vital"},
        "spec": {"vaultRef": {"name": "vital"}, "valueFrom": {"secretKeyRef": {"name": "values", "key": "value"}}}});
    world.apply(&secret.to_string()).await?;
    world.until_ready(KIND, "vital").await?;
    let mark = world.mark();
    world.desire(KIND, "vital", "RemovedFromManager").await?;
    world.until_reason(KIND, "vital", "PurgesOnExpiry").await?;
    world.pass_hours_without_operator(7 * 24).await;
    world.approve(KIND, "vital").await?;
    if world.setting.is("azure-vanished-soft-deleted", "kept") {
        // CM goes on to take it for deleted softly, and keeps the record: it is told, and asked for no second time.
        let refused = |object: &kube::core::DynamicObject| {
            let history = status(object, "/history").as_array();
            let last = history.and_then(|history| history.last()?["outcome"].as_str());
            (last == Some("Refused"))
                .then_some(())
                .ok_or_else(|| format!("the last outcome is {last:?}"))
        };
        world.until(KIND, "vital", "it is refused", refused).await?;
        world
            .until_reason(KIND, "vital", "AwaitingApproval")
            .await?;
        world.pass_hours(8).await;
        return expect("the writes", world.writes_since(mark).len(), 1);
    }
    world.until_reason(KIND, "vital", "Reached").await?;
    writes_are(world, mark, &["soft-delete", "DELETE"])
}
