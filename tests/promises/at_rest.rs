//! Promise 8, zero churn: what is as desired costs nothing.

use std::time::Duration;

use kube::core::DynamicObject;
use libtest_mimic::Trial;
use playground::{
    control_plane::{AuditEvent, AuditMark},
    shared,
    world::{
        Mark, OPERATOR_USER, Options, World, inhabitants,
        object::{is_ready, status, summary},
    },
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::{
    harness::{Outcome, trial_within},
    manifests,
};

/// How many tenant secrets there are; the other keys are Azure secrets and OCI keys, half of each.
const TENANT_SECRETS: usize = 20;

/// What making the keys may take beside the rest.
const MAKING: Duration = Duration::from_mins(3);

/// How long after the last key became Ready an event about it may still be on its way.
const EVENTS: Duration = Duration::from_secs(15);

pub(crate) fn tests() -> Vec<Trial> {
    let rests = |keys: usize, rest: Duration| move || rest_for(keys, rest);
    let (short, long) = (Duration::from_secs(150), Duration::from_mins(5));
    vec![
        trial_within(
            MAKING + short,
            "a hundred keys at rest cause no write and no remote call of their own",
            rests(100, short),
        ),
        trial_within(
            MAKING + long,
            "a thousand keys at rest for five minutes cause no write and no remote call of their own",
            rests(1000, long),
        )
        .with_ignored_flag(true),
    ]
}

async fn rest_for(keys: usize, rest: Duration) -> Outcome {
    let world = settled_world((keys - TENANT_SECRETS) / 2).await?;
    let control_plane = world.control_plane();
    let (audited, asked) = (control_plane.audit_mark()?, world.simulator.mark().await?);
    let begin = Instant::now();
    // Not a wait for something: that nothing happens meanwhile is what is tested.
    sleep_until(begin + EVENTS).await;
    let settled = control_plane.audit_mark()?;
    sleep_until(begin + rest).await;

    let writes = writes_since(&world, audited)?;
    let but_events: Vec<_> = writes.iter().filter(|write| !is_event(write)).collect();
    assert!(but_events.is_empty(), "{but_events:#?}");
    let late = writes_since(&world, settled)?;
    assert!(late.is_empty(), "{late:#?}");
    assert_only_containers_are_read(&world, asked, rest).await?;
    eprintln!(
        "after {} s at rest the operator of {keys} keys has {} MiB resident",
        rest.as_secs(),
        world.operator.resident_memory()? / 1024
    );
    Ok(())
}

/// A world with so many Azure secrets and as many OCI keys, all of them Ready, whose containers have counted them.
async fn settled_world(each: usize) -> Outcome<World<'static>> {
    let options = Options::default()
        .inhabitants(many_tenant_secrets())
        .leader_election()
        .patience(MAKING);
    let world = World::start(shared().await?, options).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    let azure = (0..each).map(|n| manifests::azure_secret(&format!("secret-{n}")));
    let oci = (0..each).map(|n| manifests::oci_key(&format!("key-{n}")));
    let salesforce = (1..=TENANT_SECRETS)
        .map(|version| manifests::existing_tenant_secret(&format!("data-{version}"), version));
    let all: Vec<String> = azure.chain(oci).chain(salesforce).collect();
    world.apply(&all.join("---\n")).await?;
    for (kind, names) in [
        ("AzureSecret", names("secret", 0..each)),
        ("OciKey", names("key", 0..each)),
        (
            "SalesforceTenantSecret",
            names("data", 1..TENANT_SECRETS + 1),
        ),
    ] {
        for name in names {
            world.until_ready(kind, &name).await?;
        }
    }
    // A vault writes its counts at most every ten seconds: until they say what the last key came to, it has to write.
    for (kind, name, state, count) in [
        ("AzureVault", "billing", "AVAILABLE", each),
        ("OciVault", "payments", "ENABLED", each),
    ] {
        let counted = |vault: &DynamicObject| {
            let states = status(vault, "/states");
            let all = is_ready(vault) && *states == json!([{"state": state, "count": count}]);
            all.then_some(())
                .ok_or_else(|| format!("{states}, {}", summary(vault)))
        };
        world
            .until(kind, name, "all keys are counted as they are now", counted)
            .await?;
    }
    Ok(world)
}

fn names(prefix: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{prefix}-{number}")).collect()
}

/// The standard world with more of a past in Salesforce: its newest secret is ACTIVE, all others are ARCHIVED.
fn many_tenant_secrets() -> Value {
    let mut world = inhabitants::standard();
    let secret = |version: usize| {
        let status = if version == TENANT_SECRETS {
            "ACTIVE"
        } else {
            "ARCHIVED"
        };
        json!({"type": "Data", "status": status, "created": format!("2025-01-{version:02}T00:00:00Z")})
    };
    let secrets: Vec<Value> = (1..=TENANT_SECRETS).map(secret).collect();
    world["salesforce"][0]["tenant_secrets"] = secrets.into();
    world
}

/// What the operator wrote about this world's objects. Its lease is in another namespace.
fn writes_since(world: &World<'_>, mark: AuditMark) -> Outcome<Vec<AuditEvent>> {
    let ours = |event: &AuditEvent| {
        let object = event.object_ref.as_ref();
        event.is_write()
            && event.user.username == OPERATOR_USER
            && object.is_some_and(|object| object.namespace == world.namespace())
    };
    let mut events = world.control_plane().audit_log_since(mark)?;
    events.retain(ours);
    Ok(events)
}

fn is_event(write: &AuditEvent) -> bool {
    write
        .object_ref
        .as_ref()
        .is_some_and(|object| object.resource == "events")
}

/// Sweeps and syncs go on, and there is nothing else.
async fn assert_only_containers_are_read(
    world: &World<'_>,
    asked: Mark,
    rest: Duration,
) -> Outcome {
    let requests = world.simulator.requests_since(asked).await?;
    let beyond: Vec<String> = requests
        .iter()
        .filter(|request| request.is_write() || request.is_of_one_key())
        .map(ToString::to_string)
        .collect();
    assert!(beyond.is_empty(), "{beyond:#?}");
    for (keys, jobs) in [
        ("sfdc/keys", "sfdc/keys"),
        ("azure/secrets", "azure/secrets"),
        ("oci/keys", "oci"),
    ] {
        let list = format!("/api/v1/cckm/{keys}");
        let job = format!("/api/v1/cckm/{jobs}/synchronization-jobs");
        let count = |method: &str, path: &str| {
            let calls = requests.iter().filter(|request| request.is(method, path));
            calls.count() as u64
        };
        // Some less than the intervals of 10 s and a minute ask for: they are jittered.
        let (sweeps, syncs) = (rest.as_secs() / 20, rest.as_secs() / 120);
        assert!(count("GET", &list) >= sweeps, "{list} was hardly read");
        assert!(count("POST", &job) >= syncs, "{list} was hardly synced");
    }
    Ok(())
}
