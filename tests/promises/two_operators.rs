//! Promise 12, two operators, one hand: a change of leaders at any point breaks nothing, and only the leader acts.

use std::time::Duration;

use k8s_openapi::api::{coordination::v1::Lease, rbac::v1::RoleBinding};
use kube::{
    Api,
    api::{DeleteParams, PostParams},
};
use libtest_mimic::Trial;
use playground::{
    control_plane::OPERATOR_NAMESPACE,
    poll::eventually,
    shared,
    world::{OWNER, Operator, Options, World},
};

use crate::{
    harness::{Outcome, SOON, trial},
    manifests,
};

const CREATE: &str = "/api/v1/cckm/oci/keys";

/// How long a lease may take to come to another: it ends 15 s after its last renewal, and is looked at every 2 s.
const TAKEOVER: Duration = Duration::from_secs(45);

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a key is made once although the leader is killed before it hears of it and another replica goes on",
            killed_mid_create,
        ),
        trial(
            "a leader that is told to end hands over at once",
            handed_over,
        ),
        trial(
            "a leader that was frozen and wakes up under another one does nothing any more",
            frozen,
        ),
        trial(
            "a leader that can't renew its lease stops acting, and goes on once it can",
            cut_off,
        ),
    ]
}

async fn killed_mid_create() -> Outcome {
    let (mut world, other) = two_replicas().await?;
    let mark = world.simulator.mark().await?;
    world.simulator.hold_reply("POST", CREATE).await?;
    world.apply(&manifests::oci_key("made-once")).await?;
    eventually(SOON, "the create has had its effect", async || {
        let requests = world.simulator.requests_since(mark).await;
        let requests = requests.map_err(|error| error.to_string())?;
        let made = |request: &playground::world::Request| request.is("POST", CREATE);
        requests
            .iter()
            .any(|request| made(request) && request.effect)
            .then_some(())
            .ok_or_else(|| format!("{} requests, and none made it", requests.len()))
    })
    .await?;
    world.operator.kill()?;
    world.simulator.release().await?;

    until_leads(&other, true).await?;
    world.until_ready("OciKey", "made-once").await?;
    assert_made_once(&world).await
}

async fn handed_over() -> Outcome {
    let (mut world, other) = two_replicas().await?;
    world.operator.terminate().await?;
    let holder = lease(&world)
        .await?
        .spec
        .and_then(|spec| spec.holder_identity);
    let begin = tokio::time::Instant::now();
    until_leads(&other, true).await?;
    assert!(
        begin.elapsed() < Duration::from_secs(10),
        "it took {:?} although the lease was given back ({holder:?})",
        begin.elapsed()
    );
    world.apply(&manifests::oci_key("made-once")).await?;
    world.until_ready("OciKey", "made-once").await?;
    assert_made_once(&world).await
}

async fn frozen() -> Outcome {
    let (mut world, other) = two_replicas().await?;
    let before = sent(&world.operator).await?;
    world.operator.process().suspend()?;
    until_leads(&other, true).await?;
    world.apply(&manifests::oci_key("made-once")).await?;
    world.until_ready("OciKey", "made-once").await?;

    world.operator.process().resume()?;
    until_leads(&world.operator, false).await?;
    world.desire("OciKey", "made-once", "Disabled").await?;
    world.until_ready("OciKey", "made-once").await?;
    let after = sent(&world.operator).await?;
    assert_eq!(before, after, "requests to CM, and status writes");
    assert_made_once(&world).await
}

async fn cut_off() -> Outcome {
    let world = World::start(shared().await?, options()).await?;
    let bindings: Api<RoleBinding> = Api::namespaced(world.client().clone(), OPERATOR_NAMESPACE);
    let name = world.lease();
    let mut binding = bindings.get(&name).await?;
    bindings.delete(&name, &DeleteParams::default()).await?;
    until_leads(&world.operator, false).await?;
    let before = sent(&world.operator).await?;
    world.apply(&manifests::oci_key("made-once")).await?;

    // A leader would have begun by the time that another replica has started and listed all objects.
    let again = world.another_operator("other", OWNER).await?;
    let waiting = again.metrics().await?;
    assert!(waiting.contains("cckm_operator_leader 0"), "{waiting}");
    assert_eq!(before, sent(&world.operator).await?);

    binding.metadata.resource_version = None;
    binding.metadata.uid = None;
    bindings.create(&PostParams::default(), &binding).await?;
    world.until_ready("OciKey", "made-once").await?;
    assert_made_once(&world).await
}

fn options() -> Options {
    Options::default()
        .leader_election()
        .patience(Duration::from_secs(90))
}

/// A world whose operator leads, and one more replica that doesn't.
async fn two_replicas() -> Outcome<(World<'static>, Operator)> {
    let world = World::start(shared().await?, options()).await?;
    until_leads(&world.operator, true).await?;
    let other = world.another_operator("other", OWNER).await?;
    let metrics = other.metrics().await?;
    assert!(metrics.contains("cckm_operator_leader 0"), "{metrics}");
    Ok((world, other))
}

async fn until_leads(operator: &Operator, leads: bool) -> Outcome {
    let line = format!("cckm_operator_leader {}", u8::from(leads));
    eventually(TAKEOVER, &line, async || {
        let metrics = operator.metrics().await;
        let metrics = metrics.map_err(|error| error.to_string())?;
        metrics.contains(&line).then_some(()).ok_or(metrics)
    })
    .await?;
    Ok(())
}

/// How many requests an operator counts that CM answered, and how many status writes.
async fn sent(operator: &Operator) -> Outcome<Vec<String>> {
    let metrics = operator.metrics().await?;
    let counts = |line: &&str| {
        // Status 0 is no answer, or a request that was not even sent.
        let answered = line.starts_with("cckm_requests_total{") && !line.contains("status=\"0\"");
        answered || line.starts_with("cckm_status_writes_total{")
    };
    let mut counted: Vec<_> = metrics.lines().filter(counts).map(str::to_owned).collect();
    counted.sort();
    Ok(counted)
}

async fn lease(world: &World<'_>) -> Outcome<Lease> {
    let leases: Api<Lease> = Api::namespaced(world.client().clone(), OPERATOR_NAMESPACE);
    Ok(leases.get(&world.lease()).await?)
}

async fn assert_made_once(world: &World<'_>) -> Outcome {
    let truth = world.simulator.truth().await?;
    let keys = truth["oci"]["keys"].as_array().map_or(0, Vec::len);
    assert_eq!(keys, 1, "{truth:#}");
    Ok(())
}
