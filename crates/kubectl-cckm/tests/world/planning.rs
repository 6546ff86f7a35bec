//! Seeing what would be done before it is.

use std::fs;

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Mark, Options, World},
};
use serde_json::{Value, json};

use crate::{Outcome, plugin::Plugin, trial};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "the plan of a changed manifest is what the operator then does, and showing it changes nothing",
            planned,
        ),
        trial(
            "the plan heeds the manager and who may be in the vault, and says what the user may not read of that",
            with_its_setting,
        ),
    ]
}

fn secret(state: &str) -> Value {
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": "db"},
        "spec": {"vaultRef": {"name": "billing"}, "desiredState": state,
            "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}})
}

async fn planned() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    world.write_secret("db", "password", "hunter2").await?;
    let folder = std::env::temp_dir().join(format!("plan-{}", world.namespace()));
    fs::create_dir_all(&folder)?;
    let write = |state| fs::write(folder.join("db.json"), secret(state).to_string());
    let manifests = folder.to_str().unwrap_or_default();
    let admin = Plugin {
        world: &world,
        user: "admin",
    };
    let plan = async |expected: i32, steps: &[&str]| -> Outcome {
        let ran = admin.run(&["plan", "-f", manifests, "--exit-code"]).await?;
        let shown = steps.iter().all(|step| ran.stdout.contains(step));
        if ran.code == expected && shown {
            return Ok(());
        }
        Err(format!("{expected} with {steps:?}, but: {ran:?}").into())
    };
    write("Available")?;
    plan(2, &["Create"]).await?;
    let nothing = world.simulator.requests_since(Mark::default()).await?;
    if nothing.iter().any(playground::world::Request::is_write) {
        return Err("showing a plan wrote to CM".into());
    }
    world.apply(&secret("Available").to_string()).await?;
    world.until_ready("AzureSecret", "db").await?;
    plan(0, &["nothing to do: Reached"]).await?;
    write("Purged")?;
    plan(3, &["SoftDelete", "HardDelete", "asks for an approval"]).await?;
    let now = admin.run(&["plan", "azs/db"]).await?;
    if !now.stdout.contains("nothing to do") {
        return Err(format!("the object itself was not changed, but: {now:?}").into());
    }
    let mut typo = secret("Purged");
    typo["spec"]["desiredState"] = json!("Purgd");
    fs::write(folder.join("db.json"), typo.to_string())?;
    let refused = admin.run(&["plan", "-f", manifests]).await?;
    refused.said(1, "Unsupported value: \"Purgd\"")?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Lets a user write secrets and read vaults, and nothing else.
async fn let_write_keys(world: &World<'_>, user: &str) -> Outcome {
    let group = "rbac.authorization.k8s.io";
    let rule = |resource: &str, verbs: Value| json!({"apiGroups": ["cckm.dev"], "resources": [resource], "verbs": verbs});
    let role = json!({"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": {"name": user},
        "rules": [rule("azuresecrets", json!(["get", "create", "patch"])), rule("azurevaults", json!(["get"]))]});
    let binding = json!({"apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": {"name": user},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}]});
    world.apply(&role.to_string()).await?;
    Ok(world.apply(&binding.to_string()).await?)
}

async fn with_its_setting() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    let_write_keys(&world, "carol").await?;
    world.write_secret("db", "password", "hunter2").await?;
    world.apply(&secret("Available").to_string()).await?;
    world.until_ready("AzureSecret", "db").await?;
    let deny = json!({"spec": {"approvals": {"expiring": "Deny"}, "suspend": true}});
    world.patch("CipherTrustManager", "cm", deny).await?;
    let folder = std::env::temp_dir().join(format!("setting-{}", world.namespace()));
    fs::create_dir_all(&folder)?;
    let path = folder.join("db.json");
    let file = path.to_str().unwrap_or_default();
    fs::write(&path, secret("SoftDeleted").to_string())?;
    let [admin, carol] = ["admin", "carol"].map(|user| Plugin {
        world: &world,
        user,
    });
    let seen = admin.run(&["plan", "-f", file]).await?.said(0, "")?;
    assert!(seen.stdout.contains("denied by spec.approvals"), "{seen:?}");
    assert!(seen.stdout.contains("waits: ApprovalDenied"), "{seen:?}");
    assert!(
        seen.stdout
            .contains("before its manager's spec.suspend ends"),
        "{seen:?}"
    );
    assert_eq!(seen.stderr, "");
    let hidden = carol.run(&["plan", "-f", file]).await?.said(
        0,
        "Warning: you may not read CipherTrustManager cm in namespace",
    )?;
    assert!(hidden.stdout.contains("SoftDelete"), "{hidden:?}");
    assert!(!hidden.stdout.contains("denied"), "{hidden:?}");
    // Of another namespace, to which the vault is not open yet.
    let other = format!("{}-other", world.namespace());
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}});
    world.apply(&namespace.to_string()).await?;
    let mut stranger = secret("Available");
    stranger["metadata"]["namespace"] = json!(other);
    stranger["spec"]["vaultRef"]["namespace"] = json!(world.namespace());
    fs::write(&path, stranger.to_string())?;
    let closed = admin.run(&["plan", "-f", file]).await?;
    let words = format!(
        "waits: ContainerNotFound: There is no AzureVault billing in namespace {} whose allowedNamespaces selects this namespace.",
        world.namespace()
    );
    assert!(closed.stdout.contains(&words), "{closed:?}");
    let open = json!({"spec": {"allowedNamespaces": {"matchLabels": {"kubernetes.io/metadata.name": other}}}});
    world.patch("AzureVault", "billing", open).await?;
    let open = admin.run(&["plan", "-f", file]).await?;
    assert!(open.stdout.contains("Create"), "{open:?}");
    fs::remove_dir_all(&folder)?;
    Ok(())
}
