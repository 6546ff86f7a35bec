//! What comes after a deletion: the backup in CipherTrust Manager, what brings a key back from it, and how the last of a
//! key goes.

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Mark, Options, World, object::text},
};
use serde_json::json;

use crate::{
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
    Ok(())
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
    let asked_again = |object: &kube::core::DynamicObject| {
        let asked = text(object, "/plan/approvals/0/action");
        (asked == "RemoveRecord")
            .then_some(())
            .ok_or_else(|| format!("it asks for {asked:?}"))
    };
    world
        .until(
            "AzureSecret",
            "unwanted",
            "it asks for the record",
            asked_again,
        )
        .await?;
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
    Ok(())
}

/// Lets the waiting periods of the clouds end, and CM hear of it.
async fn much_later(world: &World<'_>, asked: &str) -> Outcome {
    world
        .simulator
        .set_time(json!({"advance_seconds": BEYOND}))
        .await?;
    world
        .annotate(
            "OciVault",
            "payments",
            "reconcile.fluxcd.io/requestedAt",
            asked,
        )
        .await?;
    Ok(())
}

async fn deleted_key(world: &World<'_>) -> Outcome {
    world.apply(&manifests::oci_key("master")).await?;
    world.until_ready("OciKey", "master").await?;
    world.desire("OciKey", "master", "PendingDeletion").await?;
    world
        .until_reason("OciKey", "master", "DeletionScheduled")
        .await?;
    much_later(world, "later").await?;
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
    Ok(())
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
    Ok(())
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
    much_later(&world, "later").await?;
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
    Ok(())
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
    Ok(())
}
