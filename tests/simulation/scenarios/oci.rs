//! OCI keys.

use cckm_simulator::{Fault, FaultKind};
use playground::world::object::{is_ready, status, summary, text};
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{Outcome, manifests, world::World};

const KIND: &str = "OciKey";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "a key that is switched off or on its way out comes back when git is reverted, as the same key",
            run: |world| Box::pin(down_and_back(world)),
        },
        Scenario {
            sentence: "a disabled key whose deletion is reverted is disabled again",
            run: |world| Box::pin(disabled(world)),
        },
        Scenario {
            sentence: "a deleted key is restored from the backup when git is reverted, or the new one is named",
            run: |world| Box::pin(restored(world)),
        },
        Scenario {
            sentence: "a key goes to its very end after its waiting period, with an approval for each final step",
            run: |world| Box::pin(to_the_end(world)),
        },
        Scenario {
            sentence: "a key that somebody switches off in the console stays off and is reported",
            run: |world| Box::pin(kill_switch(world)),
        },
        Scenario {
            sentence: "name, tags and compartment follow the spec, and other tags stay",
            run: |world| Box::pin(changed(world)),
        },
        Scenario {
            sentence: "a vault object made again for another vault does not make a living key count as gone",
            run: |world| Box::pin(another_vault(world)),
        },
        Scenario {
            sentence: "a key that is there is adopted by its OCID without a write",
            run: |world| Box::pin(adopted(world)),
        },
        Scenario {
            sentence: "a key object that comes to name another key leaves both alone and says so",
            run: |world| Box::pin(another_named(world)),
        },
        Scenario {
            sentence: "a key gets a new version when the current one is old enough, once, though the reply is lost",
            run: |world| Box::pin(rotated(world)),
        },
        Scenario {
            sentence: "an uploaded key gets a new version when its source key is another one, and for nothing else",
            run: |world| Box::pin(another_source(world)),
        },
    ]
}

async fn made(world: &mut World, name: &str) -> Outcome<String> {
    let manifest = manifests::oci_key(name) + "  pendingDeletionDays: 7\n";
    world.apply(&manifest).await?;
    let object = world.until_ready(KIND, name).await?;
    Ok(text(&object, "/cloudId").to_owned())
}

async fn down_and_back(world: &mut World) -> Outcome {
    let cloud_id = made(world, "master").await?;
    let mark = world.mark();
    for state in ["Disabled", "Enabled", "PendingDeletion", "Enabled"] {
        world.desire(KIND, "master", state).await?;
        let object = world.until_ready(KIND, "master").await?;
        expect("the identity", text(&object, "/cloudId"), cloud_id.as_str())?;
    }
    writes_are(
        world,
        mark,
        &["disable", "enable", "schedule-deletion", "cancel-deletion"],
    )
}

async fn disabled(world: &mut World) -> Outcome {
    made(world, "master").await?;
    world.desire(KIND, "master", "Disabled").await?;
    world.until_ready(KIND, "master").await?;
    world.desire(KIND, "master", "PendingDeletion").await?;
    world
        .until_reason(KIND, "master", "DeletionScheduled")
        .await?;
    world.desire(KIND, "master", "Disabled").await?;
    let back = world.until_ready(KIND, "master").await?;
    expect("the state", text(&back, "/remoteState"), "DISABLED")
}

async fn another_named(world: &mut World) -> Outcome {
    let one = made(world, "master").await?;
    let other = made(world, "other").await?;
    world.delete(KIND, "other").await?;
    let mark = world.mark();
    let change = json!({"spec": {"keyId": other, "desiredState": "PendingDeletion"}});
    world.patch(KIND, "master", change).await?;
    let object = world.until_reason(KIND, "master", "InvalidSpec").await?;
    expect("the key", text(&object, "/cloudId"), one.as_str())?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])
}

/// The key is deleted by OCI, while the operator is away.
async fn deleted(world: &mut World, desired: &str) -> Outcome {
    world.desire(KIND, "master", desired).await?;
    world
        .until_reason(KIND, "master", "DeletionScheduled")
        .await?;
    world.pass_hours_without_operator(8 * 24).await;
    Ok(())
}

async fn restored(world: &mut World) -> Outcome {
    let cloud_id = made(world, "master").await?;
    let mark = world.mark();
    deleted(world, "PendingDeletion").await?;
    world.until_reason(KIND, "master", "Reached").await?;
    world.desire(KIND, "master", "Enabled").await?;
    if world.setting.is("oci-restore-ocid", "new") {
        let named = world
            .until_reason(KIND, "master", "RestoredElsewhere")
            .await?;
        let other = text(&named, "/observed/restoredAs");
        expect(
            "another key is named",
            other.is_empty() || other == cloud_id,
            false,
        )?;
    } else {
        let back = world.until_ready(KIND, "master").await?;
        expect("the identity", text(&back, "/cloudId"), cloud_id.as_str())?;
    }
    world.pass_hours(3).await;
    writes_are(world, mark, &["schedule-deletion", "restore"])
}

async fn to_the_end(world: &mut World) -> Outcome {
    made(world, "master").await?;
    let mark = world.mark();
    deleted(world, "BackupDeleted").await?;
    world.approve(KIND, "master").await?;
    world.until_reason(KIND, "master", "Reached").await?;
    world.desire(KIND, "master", "RemovedFromManager").await?;
    world.approve(KIND, "master").await?;
    world.until_reason(KIND, "master", "Reached").await?;
    world.pass_hours(8).await;
    world.until_reason(KIND, "master", "Reached").await?;
    writes_are(
        world,
        mark,
        &["schedule-deletion", "delete-backup", "DELETE"],
    )
}

async fn kill_switch(world: &mut World) -> Outcome {
    let key_id = made(world, "master").await?;
    let mark = world.mark();
    world.console(json!({"change": "oci-disable", "key_id": key_id}))?;
    world.ask("OciVault", "payments").await?;
    world.until_reason(KIND, "master", "Drifted").await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])?;
    world
        .patch(KIND, "master", json!({"spec": {"driftPolicy": "Correct"}}))
        .await?;
    world.until_ready(KIND, "master").await?;
    writes_are(world, mark, &["enable"])
}

async fn changed(world: &mut World) -> Outcome {
    let other = "ocid1.compartment.oc1..acmeother";
    let compartments =
        json!({"oci": {"compartments": [{"name": "other", "compartment_id": other}]}});
    world
        .line
        .simulator
        .add(&serde_json::from_value(compartments)?)?;
    made(world, "master").await?;
    let mark = world.mark();
    let change = json!({"spec": {"displayName": "Master key", "freeformTags": {"team": "payments"},
        "compartmentId": other}});
    world.patch(KIND, "master", change).await?;
    world.until_ready(KIND, "master").await?;
    writes_are(world, mark, &["PATCH", "change-compartment"])?;
    world.pass_hours(8).await;
    expect("the writes later", world.writes_since(mark).len(), 2)
}

async fn adopted(world: &mut World) -> Outcome {
    let keys = json!({"oci": {"vaults": [{"name": "legacy", "vault_id": "ocid1.vault.oc1.iad.legacy.simulator",
        "compartment_id": "ocid1.compartment.oc1..acme", "keys": [{"name": "legacy-master", "freeform_tags": {"made-by": "hand"}}]}]}});
    world.line.simulator.add(&serde_json::from_value(keys)?)?;
    let vault = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciVault", "metadata": {"name": "legacy"},
        "spec": {"managerRef": {"name": "cm"}, "vaultId": "ocid1.vault.oc1.iad.legacy.simulator"}});
    world.apply(&vault.to_string()).await?;
    world.until_ready("OciVault", "legacy").await?;
    let mark = world.mark();
    let key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": KIND, "metadata": {"name": "legacy-master"},
        "spec": {"vaultRef": {"name": "legacy"}, "keyShape": {"algorithm": "AES", "length": 32}}});
    world.apply(&key.to_string()).await?;
    let stalled = world
        .until_reason(KIND, "legacy-master", "AlreadyExists")
        .await?;
    let candidate = status(&stalled, "/observed/candidates/0").clone();
    world
        .patch(KIND, "legacy-master", json!({"spec": {"keyId": candidate}}))
        .await?;
    world.until_ready(KIND, "legacy-master").await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])
}

async fn another_vault(world: &mut World) -> Outcome {
    let cloud_id = made(world, "master").await?;
    let mark = world.mark();
    let other = "ocid1.vault.oc1.iad.acmeother.simulator";
    let vault = json!({"oci": {"vaults": [{"name": "other", "vault_id": other,
        "compartment_id": "ocid1.compartment.oc1..acme"}]}});
    world.line.simulator.add(&serde_json::from_value(vault)?)?;
    world.delete("OciVault", "payments").await?;
    let vault = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciVault", "metadata": {"name": "payments"},
        "spec": {"managerRef": {"name": "cm"}, "vaultId": other, "region": "us-ashburn-1",
            "sweepInterval": "1h", "syncInterval": "6h"}});
    world.apply(&vault.to_string()).await?;
    world.until_ready("OciVault", "payments").await?;
    let elsewhere = world
        .until_reason(KIND, "master", "ContainerReplaced")
        .await?;
    expect(
        "the identity",
        text(&elsewhere, "/cloudId"),
        cloud_id.as_str(),
    )?;
    world.desire(KIND, "master", "PendingDeletion").await?;
    world.pass_hours(2).await;
    world
        .until_reason(KIND, "master", "ContainerReplaced")
        .await?;
    writes_are(world, mark, &[])
}

async fn rotated(world: &mut World) -> Outcome {
    let manifest = manifests::oci_key("master") + "  rotation: {everyDays: 1}\n";
    world.apply(&manifest).await?;
    let first = world.until_ready(KIND, "master").await?;
    let mark = world.mark();
    let versions = "/api/v1/cckm/oci/keys/{id}/versions";
    world.line.simulator.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::new(versions, FaultKind::LostReply)
    });
    world.pass_hours(23).await;
    writes_are(world, mark, &[])?;
    world.pass_hours(3).await;
    writes_are(world, mark, &["versions"])?;
    let second = world.until_ready(KIND, "master").await?;
    let version = |object| text(object, "/cloudVersion").to_owned();
    expect(
        "the version is another",
        version(&first) == version(&second),
        false,
    )?;
    expect(
        "it is the same key",
        text(&first, "/cloudId"),
        text(&second, "/cloudId"),
    )?;
    world.desire(KIND, "master", "Disabled").await?;
    world.pass_hours(24).await;
    writes_are(world, mark, &["versions", "disable"])?;
    world.desire(KIND, "master", "Enabled").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &["versions", "disable", "enable", "versions"])
}

async fn another_source(world: &mut World) -> Outcome {
    const OTHER: &str = "3c9f1c04-2d0c-4f3e-9b3a-6f2f0f9a1c77";
    world.line.simulator.add(&serde_json::from_value(
        json!({"vault_keys": [{"id": OTHER, "name": "other-source"}]}),
    )?)?;
    world.apply(&manifests::uploaded_oci_key("master")).await?;
    world.until_ready(KIND, "master").await?;
    let mark = world.mark();
    let source = |id: &str| json!({"spec": {"source": {"upload": {"sourceKey": {"id": id}}}}});
    world.patch(KIND, "master", source(OTHER)).await?;
    world
        .until(KIND, "master", "it has the other source", |object| {
            let taken = text(object, "/applied/sourceKey").ends_with(OTHER);
            (taken && is_ready(object))
                .then_some(())
                .ok_or_else(|| summary(object))
        })
        .await?;
    writes_are(world, mark, &["versions"])?;
    let tag = json!({"spec": {"freeformTags": {"team": "keys"}}});
    world.patch(KIND, "master", tag).await?;
    world.until_ready(KIND, "master").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &["versions", "PATCH"])?;
    // One that does not exist is refused, and tried again only when the spec is another one.
    world
        .patch(
            KIND,
            "master",
            source("00000000-0000-4000-8000-000000000000"),
        )
        .await?;
    world.until_reason(KIND, "master", "NotFound").await?;
    world.patch(KIND, "master", source(OTHER)).await?;
    world.until_ready(KIND, "master").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &["versions", "PATCH", "versions"])
}
