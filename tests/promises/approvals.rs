//! Nothing irreversible unasked: what cannot be undone waits for an approval of exactly that, by somebody who may.

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{
        Mark, Options, World,
        object::{status, text},
    },
};
use serde_json::{Value, json};

use crate::{
    deeds::were_announced,
    harness::{Outcome, refusal, trial},
    people::grant,
};

const PURGE: &str = "/api/v1/cckm/azure/secrets/{id}/hard-delete";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a purge waits for an approval and is done once with it",
            approved_once,
        ),
        trial(
            "nobody approves in another's name or without the verb",
            who_may_approve,
        ),
        trial(
            "approvals for other facts, another key, or of yesterday approve nothing",
            approvals_that_do_not_count,
        ),
        trial(
            "a change of mind after the approval purges nothing",
            reverted,
        ),
    ]
}

/// A world with a soft-deleted secret that is to be purged, and whose purge waits for approval.
async fn waiting() -> Outcome<World<'static>> {
    let world = World::start(shared().await?, Options::default()).await?;
    grant(&world, "alice", "cckm-approver").await?;
    grant(&world, "bob", "cckm-author").await?;
    world.write_secret("db", "password", "hunter2").await?;
    world.apply(&secret("doomed").to_string()).await?;
    world.until_ready("AzureSecret", "doomed").await?;
    world.desire("AzureSecret", "doomed", "Purged").await?;
    world
        .until_reason("AzureSecret", "doomed", "AwaitingApproval")
        .await?;
    Ok(world)
}

fn secret(name: &str) -> Value {
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": name},
        "spec": {"vaultRef": {"name": "billing"}, "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}})
}

/// The purges that the simulator has seen since then.
async fn purges(world: &World<'_>, since: Mark) -> Outcome<usize> {
    let requests = world.simulator.requests_since(since).await?;
    Ok(requests
        .iter()
        .filter(|request| request.template.as_deref() == Some(PURGE))
        .count())
}

fn expect(found: usize, expected: usize) -> Outcome {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found} purges were sent instead of {expected}").into())
    }
}

async fn approved_once() -> Outcome {
    let world = waiting().await?;
    let mark = Mark::default();
    expect(purges(&world, mark).await?, 0)?;
    let approval = world.approve_as("alice", "AzureSecret", "doomed").await?;
    world.until_ready("AzureSecret", "doomed").await?;
    world
        .until_reason("DestructionApproval", &approval, "Spent")
        .await?;
    // Azure answers 409 for some time after a soft-delete; each try stands on the same approval.
    let sent = world.simulator.requests_since(mark).await?;
    let done = sent
        .iter()
        .filter(|request| request.template.as_deref() == Some(PURGE) && request.effect)
        .count();
    expect(done, 1)?;
    were_announced(&world).await
}

async fn who_may_approve() -> Outcome {
    let world = waiting().await?;
    let by_author = refusal(world.approve_as("bob", "AzureSecret", "doomed").await)?;
    let forged = refusal(approve(&world, "alice", "bob", &requested(&world).await?).await)?;
    if !forged.contains("spec.approvedBy has to be the user who creates the approval") {
        return Err(format!("a forged approval is refused with {forged:?}").into());
    }
    if !by_author.contains("forbidden") {
        return Err(format!("an author's approval is refused with {by_author:?}").into());
    }
    expect(purges(&world, Mark::default()).await?, 0)
}

/// What the plan asks to approve.
async fn requested(world: &World<'_>) -> Outcome<Value> {
    let object = world
        .get("AzureSecret", "doomed")
        .await?
        .ok_or("the secret's object is gone")?;
    Ok(status(&object, "/plan/approvals").clone())
}

/// Creates an approval as `user` that says it is by `approver`.
async fn approve(world: &World<'_>, user: &str, approver: &str, actions: &Value) -> Outcome {
    let approval = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "DestructionApproval", "metadata": {"name": "by-hand"},
        "spec": {"targetRef": {"kind": "AzureSecret", "name": "doomed"}, "actions": actions, "reason": "test", "approvedBy": approver}});
    create(world, user, approval).await
}

async fn create(world: &World<'_>, user: &str, approval: Value) -> Outcome {
    use kube::{Api, api::PostParams};
    let approval: api::DestructionApproval = serde_json::from_value(approval)?;
    let client = world.control_plane().user_client(user).await?;
    Api::namespaced(client, world.namespace())
        .create(&PostParams::default(), &approval)
        .await?;
    Ok(())
}

async fn approvals_that_do_not_count() -> Outcome {
    let world = waiting().await?;
    let requests = requested(&world).await?;
    let approval = |name: &str, target: &str, actions: Value, expires: Option<&str>| {
        let mut approval = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "DestructionApproval", "metadata": {"name": name},
            "spec": {"targetRef": {"kind": "AzureSecret", "name": target}, "actions": actions, "reason": "test", "approvedBy": "alice"}});
        if let Some(expires) = expires {
            approval["spec"]["expiresAt"] = json!(expires);
        }
        approval
    };
    let mut stale = requests.clone();
    stale[0]["token"] = json!("v1:00000000000000000000000000000000");
    create(
        &world,
        "alice",
        approval(
            "expired",
            "doomed",
            requests.clone(),
            Some("2020-01-01T00:00:00Z"),
        ),
    )
    .await?;
    create(
        &world,
        "alice",
        approval("elsewhere", "somebody-else", requests, None),
    )
    .await?;
    create(&world, "alice", approval("stale", "doomed", stale, None)).await?;
    world
        .until_reason("DestructionApproval", "expired", "Expired")
        .await?;
    world
        .until_reason("DestructionApproval", "elsewhere", "NoMatch")
        .await?;
    world
        .until_reason("DestructionApproval", "stale", "NoMatch")
        .await?;
    world
        .until_reason("AzureSecret", "doomed", "ApprovalStale")
        .await?;
    expect(purges(&world, Mark::default()).await?, 0)
}

async fn reverted() -> Outcome {
    let world = waiting().await?;
    world.desire("AzureSecret", "doomed", "Available").await?;
    let object = world.until_ready("AzureSecret", "doomed").await?;
    if text(&object, "/remoteState") != "AVAILABLE" {
        return Err("the revert did not recover the secret".into());
    }
    expect(purges(&world, Mark::default()).await?, 0)
}
