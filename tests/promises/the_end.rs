//! What comes after a deletion: the backup in CipherTrust Manager, what brings a key back from it, and how the last of a
//! key goes.

use kube::core::DynamicObject;
use libtest_mimic::Trial;
use playground::{
    shared,
    world::{
        Mark, Options, World,
        object::{status, text},
    },
};
use serde_json::json;

use crate::{
    deeds::were_announced,
    harness::{Outcome, trial},
    manifests,
    people::grant,
};

/// Longer than OCI waits before it deletes a key, and than Azure keeps a deleted secret.
const BEYOND: u64 = 100 * 86_400;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a purged Azure secret comes back from the backup when its purge is reverted in git",
            || restored_secret("azure-restore-id=same"),
        ),
        trial(
            "a purged Azure secret comes back as the same secret although CM restores it as another record",
            || restored_secret("azure-restore-id=new"),
        ),
        trial(
            "the record of an Azure secret goes after its purge, and each of the two is approved for itself",
            secret_removed,
        ),
        trial(
            "a deleted OCI key comes back from the backup when its deletion is reverted in git",
            restored_key,
        ),
        trial(
            "an OCI key that comes back as another one is named, and nothing is made of it",
            restored_elsewhere,
        ),
        trial(
            "the backup and then the record of an OCI key go after its waiting period, each approved for itself",
            || key_removed("oci-final-deletion=state"),
        ),
        trial(
            "the backup and then the record of an OCI key go although CM only says that OCI forgot it",
            || key_removed("oci-final-deletion=gone"),
        ),
        trial(
            "the record of a secret that CM takes for deleted although Azure purged it stays, and CM's refusal is told",
            record_kept,
        ),
        trial(
            "an OCI key is moved to the compartment that git names",
            moved,
        ),
    ]
}

async fn world(switch: Option<&str>) -> Outcome<World<'static>> {
    let options = Options::default();
    let options = switch.into_iter().fold(options, Options::switch);
    let world = World::start(shared().await?, options).await?;
    grant(&world, "alice", "cckm-approver").await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    Ok(world)
}

/// The last parts of the paths of the writes that took effect, in their order.
async fn writes(world: &World<'_>, since: Mark) -> Outcome<Vec<String>> {
    let requests = world.simulator.requests_since(since).await?;
    let done = requests
        .iter()
        .filter(|request| request.is_write() && request.effect);
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(done
        .map(|request| match request.method.as_str() {
            "DELETE" => "DELETE".to_owned(),
            _ => last(request.bare_path()),
        })
        .collect())
}

async fn approve(world: &World<'_>, kind: &str, name: &str) -> Outcome {
    world.until_reason(kind, name, "AwaitingApproval").await?;
    world.approve_as("alice", kind, name).await?;
    Ok(())
}

async fn restored_secret(switch: &str) -> Outcome {
    let world = world(Some(switch)).await?;
    world.apply(&manifests::azure_secret("back")).await?;
    let before = world.until_ready("AzureSecret", "back").await?;
    world.desire("AzureSecret", "back", "Purged").await?;
    approve(&world, "AzureSecret", "back").await?;
    let purged = world.until_ready("AzureSecret", "back").await?;
    assert_eq!(text(&purged, "/undo/action"), "Restore");
    let mark = world.simulator.mark().await?;

    world.desire("AzureSecret", "back", "Available").await?;
    let after = world.until_ready("AzureSecret", "back").await?;
    assert_eq!(text(&after, "/remoteState"), "AVAILABLE");
    assert_eq!(text(&after, "/cloudId"), text(&before, "/cloudId"));
    assert_eq!(writes(&world, mark).await?, ["restore"]);
    were_announced(&world).await
}

async fn until_asks(world: &World<'_>, name: &str, action: &str) -> Outcome {
    let asks = |object: &DynamicObject| {
        let asked = text(object, "/plan/approvals/0/action");
        (asked == action)
            .then_some(())
            .ok_or_else(|| format!("it asks for {asked:?}"))
    };
    let what = format!("it asks for {action}");
    Ok(world.until("AzureSecret", name, &what, asks).await?)
}

async fn secret_removed() -> Outcome {
    let world = world(None).await?;
    world.apply(&manifests::azure_secret("unwanted")).await?;
    world.until_ready("AzureSecret", "unwanted").await?;
    let mark = world.simulator.mark().await?;
    world
        .desire("AzureSecret", "unwanted", "RemovedFromManager")
        .await?;
    approve(&world, "AzureSecret", "unwanted").await?;
    until_asks(&world, "unwanted", "RemoveRecord").await?;
    assert_eq!(writes(&world, mark).await?, ["soft-delete", "hard-delete"]);
    approve(&world, "AzureSecret", "unwanted").await?;
    world.until_ready("AzureSecret", "unwanted").await?;
    assert_eq!(
        writes(&world, mark).await?,
        ["soft-delete", "hard-delete", "DELETE"]
    );

    world.desire("AzureSecret", "unwanted", "Available").await?;
    world
        .until_reason("AzureSecret", "unwanted", "Gone")
        .await?;
    were_announced(&world).await
}

/// Lets the waiting periods of the clouds end, and CM hear of it.
async fn much_later(world: &World<'_>, kind: &str, name: &str, asked: &str) -> Outcome {
    world
        .simulator
        .set_time(json!({"advance_seconds": BEYOND}))
        .await?;
    let request = "reconcile.fluxcd.io/requestedAt";
    world.annotate(kind, name, request, asked).await?;
    Ok(())
}

async fn deleted_key(world: &World<'_>) -> Outcome {
    world.apply(&manifests::oci_key("master")).await?;
    world.until_ready("OciKey", "master").await?;
    world.desire("OciKey", "master", "PendingDeletion").await?;
    world
        .until_reason("OciKey", "master", "DeletionScheduled")
        .await?;
    much_later(world, "OciVault", "payments", "later").await?;
    world.until_reason("OciKey", "master", "Reached").await?;
    Ok(())
}

async fn restored_key() -> Outcome {
    let world = world(None).await?;
    deleted_key(&world).await?;
    let mark = world.simulator.mark().await?;
    world.desire("OciKey", "master", "Enabled").await?;
    let back = world.until_ready("OciKey", "master").await?;
    assert_eq!(text(&back, "/remoteState"), "ENABLED");
    assert_eq!(writes(&world, mark).await?, ["restore"]);
    were_announced(&world).await
}

async fn restored_elsewhere() -> Outcome {
    let world = world(Some("oci-restore-ocid=new")).await?;
    deleted_key(&world).await?;
    let mark = world.simulator.mark().await?;
    world.desire("OciKey", "master", "Enabled").await?;
    let key = world
        .until_reason("OciKey", "master", "RestoredElsewhere")
        .await?;
    assert_ne!(text(&key, "/observed/restoredAs"), text(&key, "/cloudId"));
    assert_eq!(writes(&world, mark).await?, ["restore"]);
    were_announced(&world).await
}

async fn key_removed(switch: &str) -> Outcome {
    let world = world(Some(switch)).await?;
    world.apply(&manifests::oci_key("unwanted")).await?;
    world.until_ready("OciKey", "unwanted").await?;
    let mark = world.simulator.mark().await?;
    world.desire("OciKey", "unwanted", "BackupDeleted").await?;
    world
        .until_reason("OciKey", "unwanted", "DeletionScheduled")
        .await?;
    much_later(&world, "OciVault", "payments", "later").await?;
    approve(&world, "OciKey", "unwanted").await?;
    world.until_reason("OciKey", "unwanted", "Reached").await?;
    assert_eq!(
        writes(&world, mark).await?,
        ["schedule-deletion", "delete-backup"]
    );

    world
        .desire("OciKey", "unwanted", "RemovedFromManager")
        .await?;
    approve(&world, "OciKey", "unwanted").await?;
    world.until_reason("OciKey", "unwanted", "Reached").await?;
    assert_eq!(
        writes(&world, mark).await?,
        ["schedule-deletion", "delete-backup", "DELETE"]
    );
    were_announced(&world).await
}

/// CM may not notice that Azure purged a secret by itself.
async fn record_kept() -> Outcome {
    let world = world(Some("azure-vanished-soft-deleted=kept")).await?;
    world.apply(&manifests::azure_secret("vanished")).await?;
    world.until_ready("AzureSecret", "vanished").await?;
    world
        .desire("AzureSecret", "vanished", "SoftDeleted")
        .await?;
    world.until_ready("AzureSecret", "vanished").await?;
    much_later(&world, "AzureVault", "billing", "later").await?;
    world
        .desire("AzureSecret", "vanished", "RemovedFromManager")
        .await?;
    until_asks(&world, "vanished", "RemoveRecord").await?;
    approve(&world, "AzureSecret", "vanished").await?;
    let refused = |object: &DynamicObject| {
        let history = status(object, "/history").as_array();
        let last = history.and_then(|history| history.last()?["outcome"].as_str());
        (last == Some("Refused"))
            .then_some(())
            .ok_or_else(|| format!("the last outcome is {last:?}"))
    };
    let kind = "AzureSecret";
    world.until(kind, "vanished", "CM refuses", refused).await?;
    world
        .until_reason(kind, "vanished", "AwaitingApproval")
        .await?;
    were_announced(&world).await
}

async fn moved() -> Outcome {
    let world = world(None).await?;
    world.apply(&manifests::oci_key("moving")).await?;
    world.until_ready("OciKey", "moving").await?;
    let mark = world.simulator.mark().await?;
    let to = "ocid1.compartment.oc1..acmeother";
    let change = json!({"spec": {"compartmentId": to}});
    world.patch("OciKey", "moving", change).await?;
    world.until_reason("OciKey", "moving", "NotFound").await?;
    let compartment = json!({"name": "other", "compartment_id": to});
    world
        .simulator
        .add(json!({"oci": {"compartments": [compartment]}}))
        .await?;
    world.until_ready("OciKey", "moving").await?;
    assert_eq!(writes(&world, mark).await?, ["change-compartment"]);
    were_announced(&world).await
}
