//! Promise 1 under clocks that differ: what Salesforce dates before `createdAfter` is not found by its date.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use playground::{
    shared,
    timeline::Timeline,
    world::{Options, World},
};
use serde_json::json;

use crate::harness::{Outcome, trial};

const CREATE: &str = "/api/v1/cckm/sfdc/keys";

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "a secret whose create was not answered and which Salesforce dates too early is not made again",
        not_again,
    )]
}

async fn not_again() -> Outcome {
    // The operator's clock is an hour ahead of Salesforce's.
    let ahead = Timeline {
        shown: Timestamp::now() + SignedDuration::from_hours(1),
        ..Timeline::real_time()
    };
    let options = Options::default()
        .operator_timeline(ahead)
        .patience(Duration::from_secs(90));
    let mut world = World::start(shared().await?, options).await?;
    let due = world.simulator.now().await? + SignedDuration::from_mins(45);
    world.simulator.lose_reply("POST", CREATE).await?;
    let mark = world.simulator.mark().await?;
    let secret = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceTenantSecret", "metadata": {"name": "early"},
        "spec": {"organizationRef": {"name": "acme"}, "type": "Data", "createdAfter": due.to_string()}});
    world.apply(&secret.to_string()).await?;
    let kind = "SalesforceTenantSecret";
    world.until_reason(kind, "early", "ClockSkew").await?;

    world.operator.restart().await?;
    world
        .annotate(kind, "early", "reconcile.fluxcd.io/requestedAt", "now")
        .await?;
    let answered = |object: &kube::core::DynamicObject| {
        (object.data["status"]["lastHandledReconcileAt"] == "now")
            .then_some(())
            .ok_or_else(|| "not answered".to_owned())
    };
    world
        .until(kind, "early", "it was looked at", answered)
        .await?;
    world.until_reason(kind, "early", "ClockSkew").await?;
    let requests = world.simulator.requests_since(mark).await?;
    let creates = requests
        .iter()
        .filter(|request| request.is("POST", CREATE))
        .count();
    assert_eq!(creates, 1, "{requests:#?}");
    Ok(())
}
