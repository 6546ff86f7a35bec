//! Promise 6, the plan is the deed: every write to a key was announced as the first step of the plan in its status. The
//! API server's audit log and CM's request log are independent of each other; both go by the machine's clock.

use libtest_mimic::Trial;
use playground::{
    control_plane::AuditEvent,
    poll::eventually,
    shared,
    world::{
        Mark, Options, Request, World,
        deed::{Announced, actions},
        object::text,
    },
};
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, SOON, refusal, trial},
    manifests,
};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "changes of content type, tags, dates and value are announced, each before it is made",
            changes,
        ),
        trial(
            "a write by somebody else, which no status announces, is noticed",
            planted,
        ),
    ]
}

/// Fails if a write to a key was sent, since the world began, that no status announced, or an irreversible one without a
/// claimed approval; or if there was no write at all.
pub(crate) async fn were_announced(world: &World<'_>) -> Outcome {
    let what = "every write was announced";
    eventually(SOON, what, async || look(world).await).await?;
    Ok(())
}

async fn look(world: &World<'_>) -> Result<(), String> {
    let requests = world.simulator.requests_since(Mark::default()).await;
    let requests = requests.map_err(|error| error.to_string())?;
    let audited = world.audit_log().map_err(|error| error.to_string())?;
    judge(&requests, &audited)
}

fn judge(requests: &[Request], audited: &[AuditEvent]) -> Result<(), String> {
    let mut writes = 0;
    for request in requests {
        let Some(meant) = actions(&request.method, &request.path) else {
            continue;
        };
        writes += 1;
        let Some(sent) = request.received else {
            return Err(format!("nobody knows when {request} was sent"));
        };
        // The latest written by then of each object; a patch that came later can't have announced it.
        let by_then = |event: &&AuditEvent| event.request_received_timestamp < sent;
        let mut latest: Vec<&Value> = Vec::new();
        for object in audited.iter().filter(by_then).filter_map(written) {
            latest.retain(|other| other["metadata"]["uid"] != object["metadata"]["uid"]);
            latest.push(object);
        }
        let announces = |object: &&Value| Announced::by(object, meant, &request.path);
        let announced: Vec<Announced> = latest.iter().filter_map(announces).collect();
        if announced.is_empty() {
            return Err(format!("{request} was announced by no status"));
        }
        let covered = |step: &Announced| {
            let claimed = latest.iter().any(|object| step.is_claimed_by(object));
            !step.needs_approval || claimed
        };
        if !announced.iter().any(covered) {
            return Err(format!("{request} was covered by no claimed approval"));
        }
    }
    if writes == 0 {
        return Err("there was no write to a key".to_owned());
    }
    Ok(())
}

/// The object after its status was written.
fn written(event: &AuditEvent) -> Option<&Value> {
    let status = event.object_ref.as_ref()?.subresource == "status";
    let object = event.response_object.as_ref()?;
    (status && event.code() == Some(200)).then_some(object)
}

async fn changes() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&manifests::azure_secret("changing")).await?;
    world.until_ready("AzureSecret", "changing").await?;
    for change in [
        json!({"contentType": "text/plain", "tags": {"team": "billing"}}),
        json!({"contentType": "text/html", "expires": "2060-01-01T00:00:00Z"}),
        json!({"tags": null, "enabled": false}),
    ] {
        let change = json!({"spec": change});
        world.patch("AzureSecret", "changing", change).await?;
        world.until_ready("AzureSecret", "changing").await?;
    }
    let before = world.until_ready("AzureSecret", "changing").await?;
    world.write_secret("values", "value", "n3w").await?;
    let asked = "reconcile.fluxcd.io/requestedAt";
    world
        .annotate("AzureSecret", "changing", asked, "now")
        .await?;
    let renewed = |object: &kube::core::DynamicObject| {
        let version = text(object, "/cloudVersion");
        (version != text(&before, "/cloudVersion"))
            .then_some(())
            .ok_or_else(|| format!("the version is still {version}"))
    };
    world
        .until("AzureSecret", "changing", "it has a new version", renewed)
        .await?;
    were_announced(&world).await
}

async fn planted() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    world.apply(&manifests::oci_key("quiet")).await?;
    let key = world.until_ready("OciKey", "quiet").await?;
    were_announced(&world).await?;

    let id = text(&key, "/resourceId");
    world
        .simulator
        .post_by_hand(&format!("/api/v1/cckm/oci/keys/{id}/disable"))
        .await?;
    let noticed = refusal(look(&world).await)?;
    assert!(noticed.contains("was announced by no status"), "{noticed}");
    Ok(())
}
