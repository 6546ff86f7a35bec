//! Promise 5: a git revert undoes what the cloud can still undo, on the same key.

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{
        Options, World,
        object::{status, text},
    },
};

use crate::{
    deeds::were_announced,
    harness::{Outcome, trial},
    manifests,
    people::grant,
};

/// A key on its way out, and what brings it back.
#[derive(Clone, Copy)]
struct WayBack {
    sentence: &'static str,
    kind: &'static str,
    manifest: fn(&str) -> String,
    /// The desired state in git, before and after the commit that is reverted.
    desired: &'static str,
    reverted: &'static str,
    /// The remote state after that commit.
    remote: &'static str,
    undo: &'static str,
    deadline: &'static str,
    /// The last parts of the paths of all writes, in order.
    writes: [&'static str; 2],
    /// The remote state after the revert.
    back: &'static str,
}

const WAYS: [WayBack; 4] = [
    WayBack {
        sentence: "a reverted deletion recovers the Azure secret",
        kind: "AzureSecret",
        manifest: manifests::azure_secret,
        desired: "Available",
        reverted: "SoftDeleted",
        remote: "SOFT-DELETED",
        undo: "Recover",
        deadline: "At",
        writes: ["soft-delete", "recover"],
        back: "AVAILABLE",
    },
    WayBack {
        sentence: "a reverted destruction imports the tenant secret from its backup",
        kind: "SalesforceTenantSecret",
        manifest: |name| manifests::existing_tenant_secret(name, 1),
        desired: "Active",
        reverted: "Destroyed",
        remote: "DESTROYED",
        undo: "Import",
        deadline: "Never",
        writes: ["destroy", "import"],
        back: "ARCHIVED",
    },
    WayBack {
        sentence: "a reverted deletion cancels the deletion of the OCI key",
        kind: "OciKey",
        manifest: manifests::oci_key,
        desired: "Enabled",
        reverted: "PendingDeletion",
        remote: "PENDING_DELETION",
        undo: "CancelDeletion",
        deadline: "At",
        writes: ["schedule-deletion", "cancel-deletion"],
        back: "ENABLED",
    },
    WayBack {
        sentence: "a reverted switching off enables the OCI key",
        kind: "OciKey",
        manifest: manifests::oci_key,
        desired: "Enabled",
        reverted: "Disabled",
        remote: "DISABLED",
        undo: "Enable",
        deadline: "Never",
        writes: ["disable", "enable"],
        back: "ENABLED",
    },
];

pub(crate) fn tests() -> Vec<Trial> {
    let ways = WAYS
        .into_iter()
        .map(|way| trial(way.sentence, move || there_and_back(way)));
    ways.chain([
        trial(
            "a disabled OCI key whose deletion is reverted is disabled again, although OCI enables it",
            disabled_again,
        ),
        trial(
            "a tenant secret of whose backup CM says nothing is destroyed with an approval only, and may come back",
            unknown_backup,
        ),
    ])
    .collect()
}

async fn there_and_back(way: WayBack) -> Outcome {
    const NAME: &str = "reverted";
    let world = World::start(shared().await?, Options::default()).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&(way.manifest)(NAME)).await?;
    let before = world.until_ready(way.kind, NAME).await?;
    let mark = world.simulator.mark().await?;

    world.desire(way.kind, NAME, way.reverted).await?;
    let gone = world.until_ready(way.kind, NAME).await?;
    assert_eq!(text(&gone, "/remoteState"), way.remote);
    assert_eq!(text(&gone, "/undo/action"), way.undo);
    assert_eq!(text(&gone, "/undo/deadline"), way.deadline);

    world.desire(way.kind, NAME, way.desired).await?;
    let back = world.until_ready(way.kind, NAME).await?;
    assert_eq!(text(&back, "/remoteState"), way.back);
    assert_eq!(text(&back, "/cloudId"), text(&before, "/cloudId"));
    let requests = world.simulator.requests_since(mark).await?;
    let writes: Vec<&str> = requests
        .iter()
        .filter(|request| request.is_write() && request.status.is_some_and(|status| status < 300))
        .filter_map(|request| request.bare_path().rsplit('/').next())
        .collect();
    assert_eq!(writes, way.writes);
    were_announced(&world).await
}

/// OCI may say that a cancelled deletion leaves every key enabled.
async fn disabled_again() -> Outcome {
    let options = Options::default().switch("oci-cancel-of-disabled=enabled");
    let world = World::start(shared().await?, options).await?;
    world.apply(&manifests::oci_key("master")).await?;
    world.until_ready("OciKey", "master").await?;
    for desired in ["Disabled", "PendingDeletion", "Disabled"] {
        world.desire("OciKey", "master", desired).await?;
        world.until_ready("OciKey", "master").await?;
    }
    let key = world.until_ready("OciKey", "master").await?;
    assert_eq!(text(&key, "/remoteState"), "DISABLED");
    let acts: Vec<&str> = status(&key, "/history")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|act| act["action"].as_str())
        .collect();
    let expected = [
        "Create",
        "Disable",
        "ScheduleDeletion",
        "CancelDeletion",
        "Disable",
    ];
    assert_eq!(acts, expected);
    were_announced(&world).await
}

/// CM may say nothing of backups: then nobody knows that a destroyed secret comes back.
async fn unknown_backup() -> Outcome {
    let options = Options::default().switch("sfdc-backup-fields=absent");
    let world = World::start(shared().await?, options).await?;
    grant(&world, "alice", "cckm-approver").await?;
    let (kind, name) = ("SalesforceTenantSecret", "old");
    world
        .apply(&manifests::existing_tenant_secret(name, 1))
        .await?;
    let before = world.until_ready(kind, name).await?;
    assert_eq!(text(&before, "/backup"), "Unknown");

    world.desire(kind, name, "Destroyed").await?;
    let asking = world.until_reason(kind, name, "AwaitingApproval").await?;
    assert_eq!(text(&asking, "/plan/approvals/0/action"), "Destroy");
    world.approve_as("alice", kind, name).await?;
    let destroyed = world.until_ready(kind, name).await?;
    assert_eq!(text(&destroyed, "/remoteState"), "DESTROYED");
    assert_eq!(text(&destroyed, "/undo/deadline"), "Unknown");

    world.desire(kind, name, "Active").await?;
    let back = world.until_ready(kind, name).await?;
    assert_eq!(text(&back, "/remoteState"), "ARCHIVED");
    assert_eq!(text(&back, "/cloudId"), text(&before, "/cloudId"));
    were_announced(&world).await
}
