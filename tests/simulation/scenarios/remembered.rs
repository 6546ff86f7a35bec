//! What was asked, sent or seen before, and must not be taken for news.

use cckm_simulator::{Fault, FaultKind};
use jiff::SignedDuration;
use playground::world::object::{is_ready, summary, text};
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{
    Outcome, manifests,
    world::{World, is_write},
};

const AZURE: &str = "AzureSecret";
const OCI: &str = "OciKey";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "a value that is pushed on request is written once although the reply is lost",
            run: |world| Box::pin(pushed_once(world)),
        },
        Scenario {
            sentence: "requests that are in git when a cluster is rebuilt ask for nothing",
            run: |world| Box::pin(old_requests(world)),
        },
        Scenario {
            sentence: "what somebody makes while a create is held is found before it is made, and not overwritten",
            run: |world| Box::pin(made_meanwhile(world)),
        },
        Scenario {
            sentence: "a key that is being restored is restored once, whatever is edited meanwhile",
            run: |world| Box::pin(restored_once(world)),
        },
        Scenario {
            sentence: "a revert after a deletion of which nothing was heard undoes it once it shows",
            run: |world| Box::pin(unheard(world)),
        },
        Scenario {
            sentence: "a restore that a killed operator could not tell of is not sent again",
            run: |world| Box::pin(restored_and_killed(world)),
        },
        Scenario {
            sentence: "a revert undoes a deletion that a killed operator could not tell of",
            run: |world| Box::pin(deleted_and_killed(world)),
        },
        Scenario {
            sentence: "a key whose object is replaced while its create is under way is made once",
            run: |world| Box::pin(replaced(world)),
        },
        Scenario {
            sentence: "what came of a call is not written onto another object that has taken the name meanwhile",
            run: |world| Box::pin(replaced_by_another(world)),
        },
        Scenario {
            sentence: "a key that lands late is made once although the operator's clock was set meanwhile",
            run: |world| Box::pin(made_by_a_wrong_clock(world)),
        },
    ]
}

async fn pushed_once(world: &mut World) -> Outcome {
    world.apply(&manifests::azure_secret("db")).await?;
    world.until_ready(AZURE, "db").await?;
    let mark = world.mark();
    let create = "/api/v1/cckm/azure/secrets";
    world.line.simulator.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::new(create, FaultKind::LostReply)
    });
    let asked = json!({"metadata": {"annotations": {"cckm.dev/push-value": "1"}}});
    world.patch(AZURE, "db", asked).await?;
    world
        .until(AZURE, "db", "it answers the request", |object| {
            let answered = text(object, "/lastHandledPushValue") == "1" && is_ready(object);
            answered.then_some(()).ok_or_else(|| summary(object))
        })
        .await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &["secrets"])
}

async fn old_requests(world: &mut World) -> Outcome {
    let with = |manifest: String, name: &str, annotation: &str| {
        let named = format!("metadata: {{name: {name}}}");
        let asked = format!("metadata: {{name: {name}, annotations: {{{annotation}}}}}");
        manifest.replace(&named, &asked)
    };
    let push = "cckm.dev/push-value: \"1\"";
    let restore = "cckm.dev/restore: \"1\"";
    let secret = with(manifests::azure_secret("db"), "db", push);
    let key = with(manifests::oci_key("master"), "master", restore);
    world.apply(&secret).await?;
    world.apply(&key).await?;
    world.until_ready(AZURE, "db").await?;
    let made = world.until_ready(OCI, "master").await?;
    let id = text(&made, "/cloudId");
    world.console(json!({"change": "oci-disable", "key_id": id}))?;
    world.ask("OciVault", "payments").await?;
    world.until_reason(OCI, "master", "Drifted").await?;
    let mark = world.mark();
    world.lose_everything().await?;
    world.apply_standard().await?;
    world.apply(&secret).await?;
    world.apply(&key).await?;
    world.until_ready(AZURE, "db").await?;
    world.until_reason(OCI, "master", "RestoreNotAsked").await?;
    world.pass_hours(1).await;
    world.ask("OciVault", "payments").await?;
    world.pass_hours(1).await;
    writes_are(world, mark, &[])
}

async fn made_meanwhile(world: &mut World) -> Outcome {
    let mark = world.mark();
    let held = manifests::azure_secret("db") + "  suspend: true\n";
    world.apply(&held).await?;
    world.until_reason(AZURE, "db", "Suspended").await?;
    world.pass_hours(2).await;
    world.console(
        json!({"change": "azure-set", "vault": "acme-billing", "name": "db",
        "value": "theirs", "tags": {}}),
    )?;
    let goes_on = json!({"spec": {"suspend": false}});
    world.patch(AZURE, "db", goes_on).await?;
    world.until_reason(AZURE, "db", "AlreadyExists").await?;
    writes_are(world, mark, &[])
}

/// A key `master`, deleted, whose waiting period is over.
async fn deleted_by_oci(world: &mut World) -> Outcome {
    let manifest = manifests::oci_key("master") + "  pendingDeletionDays: 7\n";
    world.apply(&manifest).await?;
    world.until_ready(OCI, "master").await?;
    world.desire(OCI, "master", "PendingDeletion").await?;
    world
        .until_reason(OCI, "master", "DeletionScheduled")
        .await?;
    world.pass_hours_without_operator(8 * 24).await;
    world.until_reason(OCI, "master", "Reached").await?;
    Ok(())
}

fn restored_once_since(world: &World, mark: u64) -> Outcome {
    let sent = world.writes_since(mark);
    let restores = sent.iter().filter(|write| *write == "restore");
    expect("the restores", restores.count(), 1)
}

async fn restored_once(world: &mut World) -> Outcome {
    deleted_by_oci(world).await?;
    let mark = world.mark();
    world.desire(OCI, "master", "Enabled").await?;
    world
        .until(OCI, "master", "the restore is sent", |object| {
            let history = object.data["status"]["history"].as_array();
            let last = history.and_then(|history| history.last()?["action"].as_str());
            (last == Some("Restore"))
                .then_some(())
                .ok_or_else(|| summary(object))
        })
        .await?;
    let edited = json!({"spec": {"driftPolicy": "Report"}});
    world.patch(OCI, "master", edited).await?;
    world.pass_hours(2).await;
    restored_once_since(world, mark)
}

/// The deletion lands, is undone, and nothing comes after.
async fn deleted_and_taken_back(world: &mut World, mark: u64) -> Outcome {
    world.pass_hours(1).await;
    let back = world.until_ready(AZURE, "db").await?;
    expect("the state", text(&back, "/remoteState"), "AVAILABLE")?;
    world.pass_hours(7).await;
    let later = world.until_ready(AZURE, "db").await?;
    expect("the state later", text(&later, "/remoteState"), "AVAILABLE")?;
    writes_are(world, mark, &["soft-delete", "recover"])
}

async fn unheard(world: &mut World) -> Outcome {
    world.apply(&manifests::azure_secret("db")).await?;
    world.until_ready(AZURE, "db").await?;
    let mark = world.mark();
    let delete = "/api/v1/cckm/azure/secrets/{id}/soft-delete";
    world
        .line
        .simulator
        .inject(Fault::new(delete, FaultKind::LandLate { seconds: 120.0 }));
    world.desire(AZURE, "db", "SoftDeleted").await?;
    world
        .until(AZURE, "db", "the deletion is sent", |object| {
            let last = text(object, "/history/1/outcome");
            (last == "Unknown")
                .then_some(())
                .ok_or_else(|| summary(object))
        })
        .await?;
    world.desire(AZURE, "db", "Available").await?;
    deleted_and_taken_back(world, mark).await
}

async fn restored_and_killed(world: &mut World) -> Outcome {
    deleted_by_oci(world).await?;
    let mark = world.mark();
    let held = FaultKind::Hold {
        seconds: Some(60.0),
    };
    world.line.simulator.inject(Fault::new("/restore", held));
    world.desire(OCI, "master", "Enabled").await?;
    announced(world, OCI, "master", "Restore").await?;
    world.pass_a_second().await;
    world.crash();
    world.pass_hours(3).await;
    restored_once_since(world, mark)
}

async fn deleted_and_killed(world: &mut World) -> Outcome {
    world.apply(&manifests::azure_secret("db")).await?;
    world.until_ready(AZURE, "db").await?;
    let mark = world.mark();
    let delete = "/api/v1/cckm/azure/secrets/{id}/soft-delete";
    let late = FaultKind::DelayEffect { seconds: 120.0 };
    world.line.simulator.inject(Fault::new(delete, late));
    world.desire(AZURE, "db", "SoftDeleted").await?;
    announced(world, AZURE, "db", "SoftDelete").await?;
    world.pass_a_second().await;
    world.crash();
    world.desire(AZURE, "db", "Available").await?;
    deleted_and_taken_back(world, mark).await
}

/// The status tells that a call is about to be sent.
async fn announced(world: &mut World, kind: &str, name: &str, action: &str) -> Outcome {
    world
        .until(kind, name, &format!("{action} is announced"), |object| {
            let announced = text(object, "/intent/action") == action;
            announced.then_some(()).ok_or_else(|| summary(object))
        })
        .await
}

async fn replaced(world: &mut World) -> Outcome {
    let mark = world.mark();
    land_late(world, "master").await?;
    world.delete(OCI, "master").await?;
    world.pass_a_second().await;
    world.apply(&manifests::oci_key("master")).await?;
    world.until_ready(OCI, "master").await?;
    world.pass_hours(1).await;
    writes_are(world, mark, &["keys"])
}

async fn replaced_by_another(world: &mut World) -> Outcome {
    world.apply(&manifests::oci_key("other")).await?;
    let other = world.until_ready(OCI, "other").await?;
    let other = text(&other, "/cloudId");
    world.delete(OCI, "other").await?;
    world.line.simulator.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::new(
            "/api/v1/cckm/oci/keys",
            FaultKind::Hold {
                seconds: Some(60.0),
            },
        )
    });
    world.apply(&manifests::oci_key("master")).await?;
    announced(world, OCI, "master", "Create").await?;
    world.pass_a_second().await;
    world.delete(OCI, "master").await?;
    let named = manifests::oci_key("master") + &format!("  keyId: {other}\n");
    world.apply(&named).await?;
    world.pass_minutes(5).await;
    let object = world.until_ready(OCI, "master").await?;
    expect("the key", text(&object, "/cloudId"), other)
}

async fn made_by_a_wrong_clock(world: &mut World) -> Outcome {
    let wrong = SignedDuration::from_mins(20);
    // Set ahead while it waits.
    let mark = world.mark();
    land_late(world, "first").await?;
    world.line.wall.jump(wrong);
    world.ask(OCI, "first").await?;
    world.until_ready(OCI, "first").await?;
    // Noted by a clock that is slow; the next operator's is right.
    world.line.wall.be_wrong_by(-wrong);
    world.crash();
    land_late(world, "second").await?;
    world.line.wall.be_wrong_by(SignedDuration::ZERO);
    world.crash();
    world.until_ready(OCI, "second").await?;
    world.pass_hours(1).await;
    writes_are(world, mark, &["keys", "keys"])
}

/// Its create is sent, the connection breaks, and CM works on for minutes.
async fn land_late(world: &mut World, name: &str) -> Outcome {
    let create = "/api/v1/cckm/oci/keys";
    world.line.simulator.inject(Fault {
        method: Some("POST".to_owned()),
        ..Fault::new(create, FaultKind::LandLate { seconds: 120.0 })
    });
    let mark = world.mark();
    world.apply(&manifests::oci_key(name)).await?;
    world
        .until(OCI, name, "the create is sent", |object| {
            object.data["status"]["intent"]
                .is_object()
                .then_some(())
                .ok_or_else(|| summary(object))
        })
        .await?;
    world.pass_a_second().await;
    let sent = world.requests_since(mark);
    let sent = sent
        .iter()
        .any(|request| request.template.as_deref() == Some(create) && is_write(request));
    expect("the create is on its way", sent, true)
}
