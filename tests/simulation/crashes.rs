//! Every create, and the way to a key's end, with the operator ended before and after each request that it makes, alone
//! or as the leader of two, which may also be cut off; and with replies that are lost or effects that come late.

use cckm_simulator::{Fault, FaultKind};
use libtest_mimic::Trial;

use crate::{
    Outcome, manifests,
    matrix::{among_replicas, in_a_time_of_its_own, trial},
    scenarios::{expect, writes_are},
    switches::Setting,
    tripwire::End,
    world::{ALONE, World},
};

/// More requests than anything here takes: a sweep that gets this far never ends.
const MOST: u64 = 200;

/// A way in which a key is made.
#[derive(Clone, Copy)]
struct Making {
    kind: &'static str,
    manifest: fn() -> String,
    /// The call that makes it.
    path: &'static str,
}

const MAKINGS: [Making; 6] = [
    Making {
        kind: "AzureSecret",
        manifest: || manifests::azure_secret("key"),
        path: "/v1/cckm/azure/secrets",
    },
    Making {
        kind: "OciKey",
        manifest: || manifests::oci_key("key"),
        path: "/v1/cckm/oci/keys",
    },
    Making {
        kind: "OciKey",
        manifest: || manifests::uploaded_oci_key("key"),
        path: "/v1/cckm/oci/upload-key",
    },
    Making {
        kind: "SalesforceTenantSecret",
        manifest: || manifests::tenant_secret("key", "Data"),
        path: "/v1/cckm/sfdc/keys",
    },
    Making {
        kind: "SalesforceRotation",
        manifest: || manifests::rotation("key", "Data"),
        path: "/v1/cckm/sfdc/keys",
    },
    Making {
        kind: "SalesforceTenantSecret",
        manifest: || manifests::uploaded_tenant_secret("key", "Data"),
        path: "/v1/cckm/sfdc/keys/upload",
    },
];

pub(crate) fn tests() -> Vec<Trial> {
    let mut trials = Vec::new();
    for making in MAKINGS {
        let (kind, path) = (making.kind, making.path);
        trials.push(trial(
            format!(
                "{kind} by {path}: with the operator ended at any request, exactly one is made"
            ),
            move || ended_everywhere(async |world| made_once(world, making).await),
        ));
        for (what, fault) in unanswered() {
            trials.push(trial(
                format!("{kind} by {path}: exactly one is made though {what}"),
                move || {
                    in_a_time_of_its_own(Setting::Standard, None, async |world: &mut World| {
                        world.line.simulator.inject(Fault {
                            method: Some("POST".into()),
                            ..Fault::new(path, fault)
                        });
                        made_once(world, making).await
                    })
                },
            ));
        }
    }
    trials.push(trial(
        "a purge with the operator ended at any request is done once, under one approval",
        || ended_everywhere(purged_once),
    ));
    for making in [MAKINGS[0], MAKINGS[1], MAKINGS[3]] {
        let (kind, path) = (making.kind, making.path);
        trials.push(trial(
            format!("{kind} by {path}: exactly one is made whatever becomes of the leader of two at any request"),
            move || led_by_another(async |world| made_once(world, making).await),
        ));
    }
    trials.push(trial(
        "a purge is done once, under one approval, whatever becomes of the leader of two at any request",
        || led_by_another(purged_once),
    ));
    trials
}

/// What can become of a create of which nothing is heard.
fn unanswered() -> [(&'static str, FaultKind); 3] {
    [
        ("the reply is lost", FaultKind::LostReply),
        (
            "it lands minutes after the connection broke",
            FaultKind::LandLate { seconds: 240.0 },
        ),
        (
            "its reply takes longer than anybody waits",
            FaultKind::DelayEffect { seconds: 240.0 },
        ),
    ]
}

/// With the operator ended before and then after each request.
fn ended_everywhere(deed: impl AsyncFn(&mut World) -> Outcome + Copy) -> Outcome {
    everywhere(&ALONE, &[End::Before, End::After], deed)
}

/// With the leader of two replicas ended, or cut off for a while, at each request: the other goes on.
fn led_by_another(deed: impl AsyncFn(&mut World) -> Outcome + Copy) -> Outcome {
    let ends = [End::Before, End::After, End::CutOff];
    everywhere(&["first", "second"], &ends, deed)
}

/// Does it again and again, with each of these happening at one request after the other, until no more are made.
fn everywhere(
    replicas: &'static [&'static str],
    ends: &[End],
    deed: impl AsyncFn(&mut World) -> Outcome + Copy,
) -> Outcome {
    for nth in 1..MOST {
        for &end in ends {
            let mut ended = false;
            let told = |error| format!("{end:?} at request {nth}: {error}");
            among_replicas(replicas, Setting::Standard, None, async |world| {
                world.line.tripwire.stretch(nth, end);
                deed(world).await.map_err(told)?;
                ended = world.ended > 0;
                Ok(())
            })?;
            if !ended {
                return expect("the requests that it took are some", nth > 3, true);
            }
        }
    }
    Err(format!("it makes more than {MOST} requests").into())
}

async fn made_once(world: &mut World, making: Making) -> Outcome {
    let mark = world.mark();
    world.apply(&(making.manifest)()).await?;
    world.until_ready(making.kind, "key").await?;
    world.line.tripwire.remove();
    world.pass_minutes(15).await;
    world.until_ready(making.kind, "key").await?;
    let last = making.path.rsplit('/').next().unwrap_or_default();
    writes_are(world, mark, &[last])
}

async fn purged_once(world: &mut World) -> Outcome {
    const KIND: &str = "AzureSecret";
    world.apply(&manifests::azure_secret("key")).await?;
    world.until_ready(KIND, "key").await?;
    let mark = world.mark();
    world.desire(KIND, "key", "Purged").await?;
    world.approve(KIND, "key").await?;
    world.until_ready(KIND, "key").await?;
    world.line.tripwire.remove();
    world.pass_minutes(15).await;
    world.until_ready(KIND, "key").await?;
    writes_are(world, mark, &["soft-delete", "hard-delete"])
}
