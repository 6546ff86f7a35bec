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
    vec![trial(
        "the plan of a changed manifest is what the operator then does, and showing it changes nothing",
        planned,
    )]
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
