//! The world that the other promises are tested in.

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Options, World, object},
};

use crate::{
    harness::{Outcome, trial},
    manifests,
};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a key of each kind is made and becomes Ready",
            keys_of_each_kind,
        ),
        trial(
            "a manager over HTTPS is trusted by the authority that it names",
            over_https,
        ),
    ]
}

async fn keys_of_each_kind() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&manifests::azure_secret("password")).await?;
    world
        .apply(&manifests::tenant_secret("data", "Data"))
        .await?;
    world.apply(&manifests::oci_key("master")).await?;

    for (kind, name, state) in [
        ("AzureSecret", "password", "AVAILABLE"),
        ("SalesforceTenantSecret", "data", "ACTIVE"),
        ("OciKey", "master", "ENABLED"),
    ] {
        let key = world.until_ready(kind, name).await?;
        assert_eq!(object::text(&key, "/remoteState"), state, "{kind}");
    }
    let truth = world.simulator.truth().await?.to_string();
    assert!(truth.contains("s3cr3t"), "the value isn't in Azure");
    Ok(())
}

async fn over_https() -> Outcome {
    let world = World::start(shared().await?, Options::default().tls()).await?;
    assert!(world.simulator.url().starts_with("https://"));
    world.until_ready("CipherTrustManager", "cm").await?;
    Ok(())
}
