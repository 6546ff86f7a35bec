//! Azure secrets.

use cckm_simulator::{Fault, FaultKind};
use playground::world::object::{status, text};
use serde_json::{Value, json};

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
            sentence: "a new value that is refused is told of at once, and written once it is taken",
            run: |world| Box::pin(refused(world)),
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
            sentence: "a secret that was purged is restored into another vault, once though the reply is lost, and never over one that is there",
            run: |world| Box::pin(restored_elsewhere(world)),
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
    let shown = world.until_ready(KIND, "db").await?;
    let (count, newest) = (
        status(&shown, "/observed/versionCount"),
        status(&shown, "/observed/versions/0/version"),
    );
    expect("the number of versions", count, &json!(2))?;
    expect("the newest", newest, &json!(version(&shown)))?;
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

const SUBSCRIPTION: &str = "260ecbe7-777b-4d3c-84ea-678820490000";

/// Another vault, in CM and as an object, which is called like the one in Azure without its `acme-`.
pub(crate) async fn another_vault(world: &mut World, name: &str, retention: Value) -> Outcome {
    let vault_name = format!("acme-{name}");
    let mut described = retention;
    described["name"] = json!(vault_name);
    described["subscription_id"] = json!(SUBSCRIPTION);
    let described = json!({"azure": [described]});
    world
        .line
        .simulator
        .add(&serde_json::from_value(described)?)?;
    let vault = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": name},
        "spec": {"managerRef": {"name": "cm"}, "vaultName": vault_name, "subscriptionId": SUBSCRIPTION,
            "sweepInterval": "1h", "syncInterval": "6h"}});
    world.apply(&vault.to_string()).await?;
    world.until_ready("AzureVault", name).await?;
    Ok(())
}

/// An object for the secret `db` in the second vault.
fn db_in_second_vault(name: &str) -> String {
    manifests::azure_secret(name).replace("{name: billing}", "{name: second}")
        + "  secretName: db\n  restoreFrom: {vaultRef: {name: billing}}\n"
}

async fn restored_elsewhere(world: &mut World) -> Outcome {
    made(world, "db").await?;
    another_vault(world, "second", json!({})).await?;
    let mark = world.mark();
    world.apply(&db_in_second_vault("moved")).await?;
    // As long as it is in use where it is, there is nothing to restore.
    world.until_reason(KIND, "moved", "InvalidSpec").await?;
    world.desire(KIND, "db", "Purged").await?;
    world.approve(KIND, "db").await?;
    world.until_ready(KIND, "db").await?;
    world.line.simulator.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::new("/restore", FaultKind::LostReply)
    });
    world.ask(KIND, "moved").await?;
    world.ask("AzureVault", "second").await?;
    let moved = world.until_ready(KIND, "moved").await?;
    expect("the state", text(&moved, "/remoteState"), "AVAILABLE")?;
    // It came with the owner tag of the object that it had: that is written over.
    let owner = status(&moved, "/observed/tags/cckm-operator-owner");
    expect("the owner", owner, &json!("simulated/shop/moved"))?;
    writes_are(
        world,
        mark,
        &["soft-delete", "hard-delete", "restore", "PATCH"],
    )?;
    world.pass_hours(8).await;
    world.until_ready(KIND, "moved").await?;
    expect("the writes later", world.writes_since(mark).len(), 4)?;
    let own = manifests::azure_secret("own") + "  restoreFrom: {vaultRef: {name: billing}}\n";
    world.apply(&own).await?;
    world.until_reason(KIND, "own", "InvalidSpec").await?;
    // A second object of the name is no reason to restore once more.
    world.apply(&db_in_second_vault("latecomer")).await?;
    world
        .until_reason(KIND, "latecomer", "AlreadyManaged")
        .await?;
    expect("the writes at the end", world.writes_since(mark).len(), 4)
}

async fn refused(world: &mut World) -> Outcome {
    made(world, "db").await?;
    let kind = FaultKind::Answer {
        status: 403,
        body: json!({"code": 7, "codeDesc": "NCERRForbidden: no"}).to_string(),
        content_type: "application/json".to_owned(),
    };
    world.line.simulator.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::new("/api/v1/cckm/azure/secrets", kind)
    });
    let mark = world.mark();
    world.write_secret("values", "another-value").await?;
    world.ask(KIND, "db").await?;
    world.until_reason(KIND, "db", "PermissionDenied").await?;
    let again = world.until_ready(KIND, "db").await?;
    expect("an open call", status(&again, "/intent"), &Value::Null)?;
    let count = status(&again, "/observed/versionCount");
    expect("the number of versions", count, &json!(2))?;
    writes_are(world, mark, &["secrets"])
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
    let protected = json!({"purge_protection": true, "retention_days": 7});
    another_vault(world, "vital", protected).await?;
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
