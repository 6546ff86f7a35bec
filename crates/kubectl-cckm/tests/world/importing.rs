//! `kubectl cckm import`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kube::core::DynamicObject;
use libtest_mimic::Trial;
use playground::{
    shared,
    world::{
        Options, World, inhabitants,
        object::{condition, is_observed, is_ready, status, summary},
    },
};
use serde_json::{Value, json};

use crate::{Outcome, approving::grant, plugin::Plugin, trial};

/// How many secrets the large vault has.
const MANY: usize = 2_000;

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "keys made in the consoles are imported, adopted without a remote write, and rest without a difference",
            adopted,
        ),
        trial(
            "who may not read the manager's Secret is told so, and logs in with a user of their own",
            another_login,
        ),
        trial("2,000 keys are imported by few calls and in no time", many),
    ]
}

/// A folder of the world's own.
fn folder(world: &World<'_>) -> PathBuf {
    world
        .control_plane()
        .folder()
        .join(format!("import-{}", world.namespace()))
}

/// The standard world with keys of all sorts in OCI.
fn clouds() -> Value {
    let mut clouds = inhabitants::standard();
    let key = |unique: &str, name: &str, state: &str| json!({"key_id": format!("ocid1.key.oc1.iad.acme.{unique}"), "name": name, "state": state});
    clouds["oci"]["vaults"][0]["keys"] = json!([
        key("a1", "master", "ENABLED"),
        key("a2", "master", "DISABLED"),
        key("a3", "leaving", "PENDING_DELETION"),
        key("a4", "dead", "DELETED"),
        {"key_id": "ocid1.key.oc1.iad.acme.a5", "name": "replica", "is_primary": false},
    ]);
    clouds
}

/// Asks a container to sync, and waits until it did.
async fn sync(world: &World<'_>, kind: &str, name: &str, request: &str) -> Outcome {
    world
        .annotate(kind, name, "reconcile.fluxcd.io/requestedAt", request)
        .await?;
    let answered = |object: &DynamicObject| {
        let is_so = status(object, "/lastHandledReconcileAt") == request && is_ready(object);
        is_so.then_some(()).ok_or_else(|| summary(object))
    };
    Ok(world.until(kind, name, "it has synced", answered).await?)
}

/// The objects in a folder's manifests.
fn manifests(folder: &Path) -> Outcome<Vec<(String, Value)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = fs::read_to_string(&path)?;
            let object = serde_saphyr::from_str(&text)?;
            all.push((text, object));
        }
    }
    Ok(all)
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

async fn adopted() -> Outcome {
    let options = Options::default().inhabitants(clouds()).tls();
    let world = World::start(shared().await?, options).await?;
    for (name, value) in [
        ("db-password", "hunter2"),
        ("Api-Key", "s3cr3t"),
        ("leaving", "old"),
    ] {
        let set = json!({"change": "azure-set", "vault": "acme-billing", "name": name, "value": value, "tags": {"team": "billing"}});
        world.simulator.console(set).await?;
    }
    world
        .simulator
        .console(json!({"change": "azure-delete", "vault": "acme-billing", "name": "leaving"}))
        .await?;
    let rotate = json!({"change": "salesforce-rotate", "organization_id": "00DB000000040bIMAQ", "type": "Data"});
    world.simulator.console(rotate).await?;
    sync(&world, "AzureVault", "billing", "1").await?;
    sync(&world, "SalesforceOrganization", "acme", "1").await?;

    let admin = Plugin {
        world: &world,
        user: "admin",
    };
    let folder = folder(&world);
    let path = folder.to_str().ok_or("a folder's name is text")?;
    let arguments = ["import", "--all", "cm", "--output", path];
    admin.run(&arguments).await?.said(
        0,
        "9 keys to import, 0 that objects stand for already; left out: 1 deleted, 1 replicas",
    )?;
    admin
        .run(&arguments)
        .await?
        .said(0, "0 files written, 0 overwritten, 10 the same already")?;
    let files = manifests(&folder)?;
    assert_eq!(files.len(), 9);
    let all: String = files.iter().map(|(text, _)| text.as_str()).collect();
    assert!(
        !all.contains("hunter2") && !all.contains("s3cr3t"),
        "values are never written"
    );

    rests_untouched(&world, &files).await?;
    admin
        .run(&arguments)
        .await?
        .said(0, "0 keys to import, 9 that objects stand for already")?;

    let changed = folder.join("azuresecret-billing-db-password.yaml");
    fs::write(&changed, "# mine\n")?;
    world.delete("AzureSecret", "billing-db-password").await?;
    let one = ["import", "azv/billing", "-o", path];
    admin.run(&one).await?.said(
        6,
        "azuresecret-billing-db-password.yaml is there already and differs",
    )?;
    assert_eq!(fs::read_to_string(&changed)?, "# mine\n");
    admin
        .run(&["import", "azv/billing", "-o", path, "--force"])
        .await?
        .said(0, "1 overwritten")?;
    Ok(())
}

/// Applies manifests, ends their suspension and syncs, none of which may change anything in CM.
async fn rests_untouched(world: &World<'_>, files: &[(String, Value)]) -> Outcome {
    let mark = world.simulator.mark().await?;
    for (text, _) in files {
        world.apply(text).await?;
    }
    for (_, object) in files {
        let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
        at_rest(world, kind, name, true).await?;
    }
    for (_, object) in files {
        let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
        world
            .patch(kind, name, json!({"spec": {"suspend": null}}))
            .await?;
    }
    for (_, object) in files {
        let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
        at_rest(world, kind, name, false).await?;
    }
    // News from all clouds changes nothing either.
    for (kind, name) in [
        ("AzureVault", "billing"),
        ("SalesforceOrganization", "acme"),
        ("OciVault", "payments"),
    ] {
        sync(world, kind, name, "2").await?;
    }
    for (_, object) in files {
        at_rest(
            world,
            text(object, "/kind"),
            text(object, "/metadata/name"),
            false,
        )
        .await?;
    }
    let written = world.simulator.requests_since(mark).await?;
    let written: Vec<String> = written
        .iter()
        .filter(|request| request.is_write())
        .map(ToString::to_string)
        .collect();
    assert!(written.is_empty(), "adopting wrote {written:?}");
    Ok(())
}

/// Waits until an object has found its key and has nothing to do about it.
async fn at_rest(world: &World<'_>, kind: &str, name: &str, suspended: bool) -> Outcome {
    let look = |object: &DynamicObject| {
        let is_suspended = condition(object, "Suspended").is_some();
        let same = is_observed(object)
            && is_ready(object)
            && is_suspended == suspended
            && status(object, "/cloudId").is_string()
            && status(object, "/plan").is_null()
            && condition(object, "Drifted").is_none()
            && condition(object, "PendingChange").is_none();
        same.then_some(()).ok_or_else(|| summary(object))
    };
    Ok(world
        .until(kind, name, "it rests on its key as it is", look)
        .await?)
}

async fn another_login() -> Outcome {
    let world = World::start(shared().await?, Options::default().inhabitants(clouds())).await?;
    grant(&world, "carol", "cckm-viewer").await?;
    let carol = Plugin {
        world: &world,
        user: "carol",
    };
    let folder = folder(&world);
    let path = folder.to_str().ok_or("a folder's name is text")?;
    let ran = carol
        .run(&["import", "OciVault", "payments", "-o", path])
        .await?;
    ran.said(4, "you need the verb get on Secret cm-login")?
        .said(4, "--username USER")?;
    let own = [
        "import",
        "ociv/payments",
        "-o",
        path,
        "--username",
        inhabitants::USERNAME,
    ];
    let wrong = carol
        .run_with(&own, "", &[("CCKM_PASSWORD", "wrong")])
        .await?;
    wrong.said(4, "CipherTrust Manager refuses the login")?;
    carol
        .run_with(&own, inhabitants::PASSWORD, &[])
        .await?
        .said(0, "4 files written")?;
    let right = carol
        .run_with(&own, "", &[("CCKM_PASSWORD", inhabitants::PASSWORD)])
        .await?;
    right.said(0, "4 the same already")?;
    Ok(())
}

async fn many() -> Outcome {
    let mut clouds = inhabitants::standard();
    let secret = |number: usize| json!({"name": format!("secret-{number}"), "value": "hunter2"});
    clouds["azure"][0]["secrets"] = (0..MANY).map(secret).collect();
    let options = Options::default().inhabitants(clouds);
    let world = World::start(shared().await?, options).await?;
    let admin = Plugin {
        world: &world,
        user: "admin",
    };
    let folder = folder(&world);
    let path = folder.to_str().ok_or("a folder's name is text")?;
    let start = Instant::now();
    let ran = admin
        .run(&["import", "AzureVault/billing", "--output", path])
        .await?;
    let took = start.elapsed();
    // A login, a look for the vault, and ten pages of 200 rows.
    let ran = ran.said(0, "2000 rows read from CipherTrust Manager in 12 requests")?;
    ran.said(0, "2000 files written")?;
    assert_eq!(manifests(&folder)?.len(), MANY);
    println!("{MANY} keys were imported in {took:?} by 10 list calls");
    assert!(took < Duration::from_secs(30), "it took {took:?}");
    Ok(())
}
