//! Promise 2: a cluster rebuilt from git makes nothing. Identity is in the manifests and in the clouds; status is a
//! cache of it.

use std::{fmt::Debug, time::Duration};

use kube::{
    Api, Resource,
    api::{Patch, PatchParams},
    core::NamespaceResourceScope,
};
use libtest_mimic::Trial;
use playground::{
    shared,
    world::{
        Mark, Options, World,
        object::{status, text},
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{
    harness::{Outcome, trial},
    manifests,
};

const KEYS: [(&str, &str); 3] = [
    ("AzureSecret", "password"),
    ("SalesforceTenantSecret", "data"),
    ("OciKey", "master"),
];
const CONTAINERS: [(&str, &str); 4] = [
    ("SalesforceOrganization", "acme"),
    ("AzureVault", "billing"),
    ("OciVault", "payments"),
    ("CipherTrustManager", "cm"),
];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "manifests applied to an empty cluster find the same keys and make none",
            from_nothing,
        ),
        trial(
            "an object deleted and applied again under its name finds its key and writes nothing",
            one_by_one,
        ),
        trial(
            "a status from before the key was made, put back from a backup, makes no second key",
            old_status,
        ),
        trial(
            "an operator started with another owner by mistake takes over nothing and makes nothing",
            wrong_owner,
        ),
        trial(
            "a tenant secret of unknown age is named after a rebuild and not guessed, and its version settles it",
            unknown_age,
        ),
    ]
}

async fn from_nothing() -> Outcome {
    let mut world = world_with_keys().await?;
    let before = identities(&world).await?;
    let mark = world.simulator.mark().await?;
    // Nobody is there to see the deletions, as nobody is when a cluster is lost.
    world.operator.kill()?;
    for (kind, name) in KEYS.into_iter().chain(CONTAINERS) {
        world.delete(kind, name).await?;
    }
    apply_keys(&world).await?;
    world.operator.restart().await?;
    world.apply_standard().await?;
    until_ready(&world).await?;
    assert_eq!(identities(&world).await?, before);
    no_writes(&world, mark).await
}

async fn one_by_one() -> Outcome {
    let world = world_with_keys().await?;
    let before = identities(&world).await?;
    let mark = world.simulator.mark().await?;
    for (kind, name) in KEYS {
        world.delete(kind, name).await?;
    }
    apply_keys(&world).await?;
    until_ready(&world).await?;
    assert_eq!(identities(&world).await?, before);
    no_writes(&world, mark).await
}

async fn old_status() -> Outcome {
    let mut world = world_with_keys().await?;
    let before = identities(&world).await?;
    let mark = world.simulator.mark().await?;
    world.operator.kill()?;
    let (client, namespace) = (world.client().clone(), world.namespace());
    forget::<api::AzureSecret>(Api::namespaced(client.clone(), namespace), "password").await?;
    forget::<api::SalesforceTenantSecret>(Api::namespaced(client.clone(), namespace), "data")
        .await?;
    forget::<api::OciKey>(Api::namespaced(client, namespace), "master").await?;
    world.operator.restart().await?;
    until_ready(&world).await?;
    assert_eq!(identities(&world).await?, before);
    let secret = world.get("AzureSecret", "password").await?;
    let unverified = secret.is_some_and(|secret| {
        let conditions = status(&secret, "/conditions").as_array().cloned();
        let mut types = conditions.into_iter().flatten();
        types.any(|condition| condition["type"] == "ValueUnverified")
    });
    assert!(
        unverified,
        "whether the value is the Secret's can't be known"
    );
    no_writes(&world, mark).await
}

async fn wrong_owner() -> Outcome {
    let mut world = world_with_keys().await?;
    let mark = world.simulator.mark().await?;
    world.operator.terminate().await?;
    let mistaken = world.another_operator("mistaken", "another-owner").await?;
    for (kind, name) in [KEYS[0], KEYS[2]] {
        world
            .annotate(kind, name, "reconcile.fluxcd.io/requestedAt", "now")
            .await?;
        world.until_reason(kind, name, "AlreadyManaged").await?;
    }
    let (kind, name) = KEYS[1];
    world
        .annotate(kind, name, "reconcile.fluxcd.io/requestedAt", "now")
        .await?;
    let answered = |object: &kube::core::DynamicObject| {
        (text(object, "/lastHandledReconcileAt") == "now")
            .then_some(())
            .ok_or_else(|| "not answered".to_owned())
    };
    world
        .until(kind, name, "it was looked at", answered)
        .await?;
    world.until_ready(kind, name).await?;
    no_writes(&world, mark).await?;

    drop(mistaken);
    world.operator.restart().await?;
    until_ready(&world).await?;
    no_writes(&world, mark).await
}

/// CM may never tell when a secret was made.
async fn unknown_age() -> Outcome {
    let (kind, name) = KEYS[1];
    let world = world_with(Options::default().switch("sfdc-created-date=never")).await?;
    let before = world.until_ready(kind, name).await?;
    let mark = world.simulator.mark().await?;
    world.delete(kind, name).await?;
    apply_keys(&world).await?;
    world.until_reason(kind, name, "OwnershipAmbiguous").await?;

    let of = text(&before, "/cloudId").rsplit(':').next();
    let version: u32 = of.unwrap_or_default().parse()?;
    let change = json!({"spec": {"version": version}});
    world.patch(kind, name, change).await?;
    let after = world.until_ready(kind, name).await?;
    assert_eq!(text(&after, "/cloudId"), text(&before, "/cloudId"));
    no_writes(&world, mark).await
}

async fn world_with_keys() -> Outcome<World<'static>> {
    world_with(Options::default()).await
}

async fn world_with(options: Options) -> Outcome<World<'static>> {
    let options = options.patience(Duration::from_secs(90));
    let world = World::start(shared().await?, options).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    apply_keys(&world).await?;
    until_ready(&world).await?;
    Ok(world)
}

async fn apply_keys(world: &World<'_>) -> Outcome {
    world.apply(&manifests::azure_secret("password")).await?;
    world
        .apply(&manifests::tenant_secret("data", "Data"))
        .await?;
    Ok(world.apply(&manifests::oci_key("master")).await?)
}

async fn until_ready(world: &World<'_>) -> Outcome {
    for (kind, name) in KEYS {
        world.until_ready(kind, name).await?;
    }
    Ok(())
}

/// What each key is in its cloud.
async fn identities(world: &World<'_>) -> Outcome<Vec<String>> {
    let mut identities = Vec::new();
    for (kind, name) in KEYS {
        let key = world.get(kind, name).await?.ok_or("it is gone")?;
        let identity = text(&key, "/cloudId");
        assert!(!identity.is_empty(), "{kind} {name} has no identity");
        identities.push(identity.to_owned());
    }
    Ok(identities)
}

/// Puts back the status of an object that the operator never saw.
async fn forget<K>(api: Api<K>, name: &str) -> Outcome
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + DeserializeOwned
        + Debug,
    K: serde::Serialize,
{
    let present = serde_json::to_value(api.get_status(name).await?)?;
    let mut empty: Map<String, Value> = present["status"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(field, _)| (field.clone(), Value::Null))
        .collect();
    empty.insert("observedGeneration".into(), json!(-1));
    let patch = Patch::Merge(json!({"status": empty}));
    api.patch_status(name, &PatchParams::default(), &patch)
        .await?;
    Ok(())
}

async fn no_writes(world: &World<'_>, since: Mark) -> Outcome {
    let requests = world.simulator.requests_since(since).await?;
    let writes: Vec<String> = requests
        .iter()
        .filter(|request| request.is_write())
        .map(ToString::to_string)
        .collect();
    assert!(writes.is_empty(), "{writes:#?}");
    Ok(())
}
