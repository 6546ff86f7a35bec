//! Approvals, and what becomes of them before they are used.

use cckm_simulator::{Fault, FaultKind};
use kube_simulator::Requests;
use playground::world::object::text;
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{Outcome, cluster::policy, manifests, world::World};

const KIND: &str = "AzureSecret";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "an approval that is deleted before it is used counts for nothing",
            run: |world| Box::pin(withdrawn(world)),
        },
        Scenario {
            sentence: "an approved step is held while the manager is suspended, and done afterwards",
            run: |world| Box::pin(held(world)),
        },
        Scenario {
            sentence: "a revert that comes while an approved step is on its way is heard before it is done",
            run: |world| Box::pin(meanwhile(world)),
        },
        Scenario {
            sentence: "an approval is worth nothing once the policy is another one, even on its way, and whoever notices first",
            run: |world| Box::pin(other_rules(world)),
        },
        Scenario {
            sentence: "an approval that ended while its step was held counts for nothing",
            run: |world| Box::pin(ended(world)),
        },
        Scenario {
            sentence: "an approval of what is not wanted any more is not used, whatever is wanted next",
            run: |world| Box::pin(changed(world)),
        },
        Scenario {
            sentence: "an approval that somebody labels while its act is under way is used up all the same",
            run: |world| Box::pin(labelled(world)),
        },
        Scenario {
            sentence: "where the manager requires it, what can be undone waits for an approval as well",
            run: |world| Box::pin(disruptive(world)),
        },
    ]
}

/// A secret that waits for the approval of its purge.
async fn waiting(world: &mut World) -> Outcome<u64> {
    world.apply(&manifests::azure_secret("db")).await?;
    world.until_ready(KIND, "db").await?;
    world.desire(KIND, "db", "Purged").await?;
    world.until_reason(KIND, "db", "AwaitingApproval").await?;
    Ok(world.mark())
}

async fn withdrawn(world: &mut World) -> Outcome {
    let mark = waiting(world).await?;
    suspend(world, true).await?;
    world.approve(KIND, "db").await?;
    world.pass_hours(1).await;
    for approval in world.list("DestructionApproval").await? {
        let name = approval.metadata.name.unwrap_or_default();
        world.delete("DestructionApproval", &name).await?;
    }
    suspend(world, false).await?;
    world.until_reason(KIND, "db", "AwaitingApproval").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])
}

async fn held(world: &mut World) -> Outcome {
    let mark = waiting(world).await?;
    suspend(world, true).await?;
    world.approve(KIND, "db").await?;
    world.pass_minutes(1).await;
    world.ask("AzureVault", "billing").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])?;
    suspend(world, false).await?;
    world.until_ready(KIND, "db").await?;
    writes_are(world, mark, &["hard-delete"])?;
    // The news from before it was held is too old for what cannot be undone.
    let requests = world.requests_since(mark);
    let time = |end: &str| {
        let mut found = requests.iter().rev();
        found
            .find(|request| request.effect && request.path.ends_with(end))
            .map(|request| request.time)
    };
    let (synced, purged) = (time("/synchronization-jobs"), time("/hard-delete"));
    let age = synced
        .zip(purged)
        .map(|(synced, purged)| purged.duration_since(synced).as_mins());
    expect(
        "the news was fresh",
        age.is_some_and(|minutes| minutes < 15),
        true,
    )
}

async fn meanwhile(world: &mut World) -> Outcome {
    let mark = waiting(world).await?;
    world.pass_minutes(10).await;
    let read = "/api/v1/cckm/azure/secrets/{id}";
    world.line.simulator.inject(Fault {
        method: Some("GET".to_owned()),
        ..Fault::new(read, FaultKind::DelayEffect { seconds: 20.0 })
    });
    world.approve(KIND, "db").await?;
    let reads = |request: &cckm_simulator::LoggedRequest| {
        request.template.as_deref() == Some(read) && request.status.is_none()
    };
    while !world.requests_since(mark).iter().any(reads) {
        world.pass_a_second().await;
    }
    world.desire(KIND, "db", "Available").await?;
    world.until_ready(KIND, "db").await?;
    writes_are(world, mark, &["recover"])
}

async fn other_rules(world: &mut World) -> Outcome {
    world.apply(&manifests::azure_secret("other")).await?;
    world.until_ready(KIND, "other").await?;
    world.desire(KIND, "other", "Purged").await?;
    world
        .until_reason(KIND, "other", "AwaitingApproval")
        .await?;
    let mark = waiting(world).await?;
    world.pass_minutes(10).await;
    let reads = Requests::any().verb("get").resource("destructionapprovals");
    let held = world.kube.hold(reads);
    world.approve(KIND, "db").await?;
    held.until_arrived(1).await;
    world.kube.install(&policy()?)?;
    world.pass_minutes(1).await;
    world.ask(KIND, "other").await?;
    world.pass_minutes(1).await;
    held.release();
    world.until_reason(KIND, "db", "ApprovalStale").await?;
    world.pass_hours(1).await;
    writes_are(world, mark, &[])
}

async fn ended(world: &mut World) -> Outcome {
    let mark = waiting(world).await?;
    suspend(world, true).await?;
    world.approve(KIND, "db").await?;
    // An approval lasts 24 hours.
    world.pass_hours_without_operator(25).await;
    suspend(world, false).await?;
    world.until_reason(KIND, "db", "AwaitingApproval").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])
}

async fn changed(world: &mut World) -> Outcome {
    let mark = waiting(world).await?;
    suspend(world, true).await?;
    world.approve(KIND, "db").await?;
    world.desire(KIND, "db", "Available").await?;
    suspend(world, false).await?;
    world.until_ready(KIND, "db").await?;
    world.desire(KIND, "db", "Purged").await?;
    world.until_reason(KIND, "db", "ApprovalStale").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &["recover", "soft-delete"])
}

async fn disruptive(world: &mut World) -> Outcome {
    world.apply(&manifests::oci_key("master")).await?;
    world.until_ready("OciKey", "master").await?;
    let policy = json!({"spec": {"approvals": {"disruptive": "Require"}}});
    world.patch("CipherTrustManager", "cm", policy).await?;
    world.until_ready("CipherTrustManager", "cm").await?;
    let mark = world.mark();
    world.desire("OciKey", "master", "Disabled").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])?;
    world.approve("OciKey", "master").await?;
    world.until_ready("OciKey", "master").await?;
    // To give access back takes none.
    world.desire("OciKey", "master", "Enabled").await?;
    world.until_ready("OciKey", "master").await?;
    writes_are(world, mark, &["disable", "enable"])?;
    let approvals = world.list("DestructionApproval").await?;
    let spent = approvals
        .iter()
        .filter(|approval| approval.data["status"]["actions"][0]["state"] == "Spent");
    expect("the approvals spent", spent.count(), 1)
}

/// Suspends the manager, or ends that. To suspend a key is a change of its spec, and makes its approvals stale.
async fn suspend(world: &World, suspended: bool) -> Outcome {
    let change = json!({"spec": {"suspend": suspended}});
    world.patch("CipherTrustManager", "cm", change).await
}

async fn labelled(world: &mut World) -> Outcome {
    const APPROVAL: &str = "DestructionApproval";
    let mark = waiting(world).await?;
    // By then Azure has deleted it, and purges it at the first request.
    world.pass_minutes(10).await;
    let purge = "/api/v1/cckm/azure/secrets/{id}/hard-delete";
    let late = FaultKind::DelayEffect { seconds: 10.0 };
    world.line.simulator.inject(Fault::new(purge, late));
    world.approve(KIND, "db").await?;
    let approvals = world.list(APPROVAL).await?;
    let name = approvals.first().and_then(|one| one.metadata.name.clone());
    let name = name.ok_or("nobody approved")?;
    world
        .until(APPROVAL, &name, "it is claimed", |approval| {
            let state = text(approval, "/actions/0/state");
            (state == "Claimed").then_some(()).ok_or(state.to_owned())
        })
        .await?;
    let label = json!({"metadata": {"labels": {"seen": "yes"}}});
    world.patch(APPROVAL, &name, label).await?;
    world.until_ready(KIND, "db").await?;
    world.until_reason(APPROVAL, &name, "Spent").await?;
    writes_are(world, mark, &["hard-delete"])
}
