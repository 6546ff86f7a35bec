//! The world that the other promises are tested in.

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use playground::{
    shared,
    timeline::Timeline,
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
        trial(
            "operator and clouds go by one time, which the machine's is not",
            another_time,
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

async fn another_time() -> Outcome {
    let timeline = Timeline {
        shown: "2061-05-06T00:00:00Z".parse()?,
        ..Timeline::faster(20.0)
    };
    let options = Options::default().timeline(timeline);
    let world = World::start(shared().await?, options).await?;
    let begin = world.simulator.now().await?;
    world.apply(&manifests::oci_key("master")).await?;
    let key = world.until_ready("OciKey", "master").await?;
    let end = world.simulator.now().await?;

    let made: Timestamp = object::text(&key, "/history/0/at").parse()?;
    // The status has whole seconds.
    let second = SignedDuration::from_secs(1);
    assert!(
        begin - second <= made && made <= end,
        "the operator says that it was made at {made}, between {begin} and {end} in the cloud"
    );
    assert!(begin.to_string().starts_with("2061-05-06T0"), "{begin}");
    Ok(())
}
