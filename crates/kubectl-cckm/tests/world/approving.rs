//! `kubectl cckm approve`.

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Mark, Options, World, object::status},
};
use serde_json::{Value, json};

use crate::{Outcome, plugin::Plugin, trial};

const PURGE: &str = "/api/v1/cckm/azure/secrets/{id}/hard-delete";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "an approval by the plugin is accepted and the purge is done once",
            approved,
        ),
        trial("who lacks a verb is told which, and who may", refused),
        trial(
            "an approval is in the name of the user who is impersonated",
            impersonated,
        ),
    ]
}

/// Binds a role that is shipped to a user.
pub(crate) async fn grant(world: &World<'_>, user: &str, role: &str) -> Outcome {
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": format!("{user}-{role}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]});
    Ok(world.apply(&binding.to_string()).await?)
}

/// A world with a soft-deleted secret that is to be purged, and whose purge waits for approval.
async fn waiting() -> Outcome<World<'static>> {
    let world = World::start(shared().await?, Options::default()).await?;
    grant(&world, "alice", "cckm-approver").await?;
    world.write_secret("db", "password", "hunter2").await?;
    let secret = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": "doomed"},
        "spec": {"vaultRef": {"name": "billing"}, "secretName": "db-password",
            "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}});
    world.apply(&secret.to_string()).await?;
    world.until_ready("AzureSecret", "doomed").await?;
    let alice = Plugin {
        world: &world,
        user: "alice",
    };
    let early = alice
        .run(&["approve", "azs/doomed", "--reason", "CHG-1", "--yes"])
        .await?;
    early.said(3, "asks for no approval. It is Ready (Reached)")?;
    world.desire("AzureSecret", "doomed", "Purged").await?;
    world
        .until_reason("AzureSecret", "doomed", "AwaitingApproval")
        .await?;
    Ok(world)
}

/// The purges that had their effect.
async fn purges(world: &World<'_>) -> Outcome<usize> {
    let requests = world.simulator.requests_since(Mark::default()).await?;
    let done = requests
        .iter()
        .filter(|request| request.template.as_deref() == Some(PURGE) && request.effect);
    Ok(done.count())
}

async fn approved() -> Outcome {
    let world = waiting().await?;
    let alice = Plugin {
        world: &world,
        user: "alice",
    };
    let arguments = [
        "approve",
        "AzureSecret",
        "doomed",
        "--reason",
        "CHG-4711",
        "--expires-in",
        "1h",
    ];
    for typed in ["", "y\n", "doomed\n"] {
        let ran = alice.run_with(&arguments, typed, &[]).await?;
        ran.said(3, "nothing was approved")?;
    }
    let object = world
        .get("AzureSecret", "doomed")
        .await?
        .ok_or("it is gone")?;
    let asked = status(&object, "/plan/approvals").clone();
    let ran = alice
        .run_with(&arguments, "db-password\n", &[])
        .await?
        .said(0, "Accepted")?;
    let name = ran.stdout.strip_prefix("destructionapproval.cckm.dev/");
    let name = name
        .and_then(|rest| rest.split_once(' '))
        .ok_or("it names no approval")?
        .0;
    let made = world
        .get("DestructionApproval", name)
        .await?
        .ok_or("there is no approval")?;
    assert_eq!(made.data["spec"]["actions"], asked);
    assert_eq!(made.data["spec"]["approvedBy"], "alice");
    assert_eq!(made.data["spec"]["reason"], "CHG-4711");
    assert!(made.data["spec"]["expiresAt"].is_string());
    world.until_ready("AzureSecret", "doomed").await?;
    world
        .until_reason("DestructionApproval", name, "Spent")
        .await?;
    assert_eq!(purges(&world).await?, 1);
    let again = alice
        .run(&["approve", "azs/doomed", "--reason", "CHG-1", "--yes"])
        .await?;
    again.said(3, "asks for no approval")?;
    Ok(())
}

async fn refused() -> Outcome {
    let world = waiting().await?;
    grant(&world, "bob", "cckm-author").await?;
    let arguments = [
        "approve",
        "azuresecrets/doomed",
        "--reason",
        "CHG-4711",
        "--yes",
    ];
    let bob = Plugin {
        world: &world,
        user: "bob",
    };
    let ran = bob.run(&arguments).await?;
    let ran = ran.said(
        4,
        "bob may not approve this: the verb create on destructionapprovals.cckm.dev",
    )?;
    ran.said(4, "--clusterrole=cckm-approver --user=bob")?;

    grant(&world, "carol", "cckm-viewer").await?;
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "writer"},
        "rules": [{"apiGroups": ["cckm.dev"], "resources": ["destructionapprovals"], "verbs": ["create"]}]});
    world.apply(&role.to_string()).await?;
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "writer"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "writer"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "carol"}]});
    world.apply(&binding.to_string()).await?;
    let carol = Plugin {
        world: &world,
        user: "carol",
    };
    let ran = carol.run(&arguments).await?;
    ran.said(
        4,
        "carol may not approve this: the verb approve on azuresecrets.cckm.dev, doomed, is missing",
    )?;

    let misspelt = carol
        .run(&["approve", "azuresecrte/doomed", "--reason", "CHG-1"])
        .await?;
    misspelt.said(2, "AzureSecret (azuresecrets, azs)")?;
    let other = carol
        .run(&["approve", "azs/other", "--reason", "CHG-1"])
        .await?;
    other.said(1, "there is no AzureSecret other")?;
    assert_eq!(purges(&world).await?, 0);
    Ok(())
}

async fn impersonated() -> Outcome {
    let world = waiting().await?;
    let admin = Plugin {
        world: &world,
        user: "admin",
    };
    let arguments = [
        "approve",
        "azs/doomed",
        "--reason",
        "CHG-4711",
        "--yes",
        "--as",
        "alice",
        "--output",
        "json",
    ];
    let ran = admin.run(&arguments).await?.said(0, "")?;
    let made: Value = serde_json::from_str(&ran.stdout)?;
    assert_eq!(made["spec"]["approvedBy"], "alice");
    world.until_ready("AzureSecret", "doomed").await?;
    Ok(())
}
