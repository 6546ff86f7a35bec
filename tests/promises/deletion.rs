//! Promise 4: deleting a custom resource destroys nothing, and needs neither credentials nor CM.

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, api::DeleteParams};
use libtest_mimic::Trial;
use playground::{
    poll::eventually,
    shared,
    world::{Options, World},
};

use crate::{
    harness::{Outcome, SOON, trial},
    manifests,
};

const KEYS: [(&str, &str); 3] = [
    ("AzureSecret", "password"),
    ("SalesforceTenantSecret", "data"),
    ("OciKey", "master"),
];

const CONTAINERS: [(&str, &str); 3] = [
    ("SalesforceOrganization", "acme"),
    ("AzureVault", "billing"),
    ("OciVault", "payments"),
];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "deleted keys are gone at once, and stay in the clouds as they were",
            keys_stay,
        ),
        trial(
            "keys, containers and manager are gone at once while CM is down and the login's Secret is lost",
            without_manager,
        ),
        trial(
            "a namespace full of keys goes away while CM is down",
            namespace_goes,
        ),
    ]
}

async fn keys_stay() -> Outcome {
    let world = world_with_keys().await?;
    let before = world.simulator.truth().await?;
    let mark = world.simulator.mark().await?;
    for (kind, name) in KEYS {
        gone_at_once(&world, kind, name).await?;
    }
    until_all_containers_are_swept(&world).await?;
    let requests = world.simulator.requests_since(mark).await?;
    let about_keys: Vec<String> = requests
        .iter()
        .filter(|request| request.is_write() || request.is_of_one_key())
        .map(ToString::to_string)
        .collect();
    assert!(about_keys.is_empty(), "{about_keys:#?}");
    assert_eq!(world.simulator.truth().await?, before);
    Ok(())
}

async fn without_manager() -> Outcome {
    let mut world = world_with_keys().await?;
    world.simulator.kill()?;
    world.delete("Secret", "cm-login").await?;
    for (kind, name) in KEYS.into_iter().chain(CONTAINERS) {
        gone_at_once(&world, kind, name).await?;
    }
    gone_at_once(&world, "CipherTrustManager", "cm").await
}

async fn namespace_goes() -> Outcome {
    let mut world = world_with_keys().await?;
    world.simulator.kill()?;
    let namespaces = Api::<Namespace>::all(world.client().clone());
    namespaces
        .delete(world.namespace(), &DeleteParams::default())
        .await?;
    eventually(SOON, "the namespace is gone", async || {
        match namespaces.get_opt(world.namespace()).await {
            Ok(None) => Ok(()),
            Ok(Some(left)) => Err(format!("{:?}", left.status)),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    Ok(())
}

async fn world_with_keys() -> Outcome<World<'static>> {
    let world = World::start(shared().await?, Options::default()).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&manifests::azure_secret("password")).await?;
    world
        .apply(&manifests::tenant_secret("data", "Data"))
        .await?;
    world.apply(&manifests::oci_key("master")).await?;
    for (kind, name) in KEYS {
        world.until_ready(kind, name).await?;
    }
    Ok(world)
}

/// Nothing may hold it back, such as a finalizer.
async fn gone_at_once(world: &World<'_>, kind: &str, name: &str) -> Outcome {
    world.delete(kind, name).await?;
    let left = world.get(kind, name).await?;
    assert!(left.is_none(), "{kind} {name} is still there: {left:?}");
    Ok(())
}

/// Waits until every container was listed once more. What the operator does about deletions, it does before that.
async fn until_all_containers_are_swept(world: &World<'_>) -> Outcome {
    let mark = world.simulator.mark().await?;
    eventually(SOON, "all containers are listed again", async || {
        let requests = world.simulator.requests_since(mark).await;
        let requests = requests.map_err(|error| error.to_string())?;
        let lists =
            ["sfdc/keys", "azure/secrets", "oci/keys"].map(|keys| format!("/api/v1/cckm/{keys}"));
        let missing = |list: &&String| !requests.iter().any(|request| request.is("GET", list));
        lists
            .iter()
            .find(missing)
            .map_or(Ok(()), |list| Err(format!("{list} was not read")))
    })
    .await?;
    Ok(())
}
