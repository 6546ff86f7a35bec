//! Keys of all clouds together.

use playground::world::object::{condition, summary, text};
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{
    Outcome, manifests,
    switches::Setting,
    world::{World, is_write},
};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "keys of every kind are made once, and rest for a day without a write or a call of their own",
            run: |world| Box::pin(made_and_at_rest(world)),
        },
        Scenario {
            sentence: "with all of etcd lost and the same manifests applied again, nothing is written",
            run: |world| Box::pin(rebuilt(world)),
        },
        Scenario {
            sentence: "objects that move to another namespace find their keys, and take them over when asked",
            run: |world| Box::pin(moved(world)),
        },
        Scenario {
            sentence: "a second cluster on the same CM makes nothing, takes nothing over, and nobody fights",
            run: |world| Box::pin(second_cluster(world)),
        },
        Scenario {
            sentence: "whatever is deleted in Kubernetes, the keys stay",
            run: |world| Box::pin(retained(world)),
        },
        Scenario {
            sentence: "a manager that throttles and breaks off is waited for, and nothing is done twice",
            run: |world| Box::pin(throttled(world)),
        },
        Scenario {
            sentence: "nothing is made while syncs fail or end halfway, and everything once they succeed",
            run: |world| Box::pin(without_sync(world)),
        },
        Scenario {
            sentence: "a wrong password is tried so seldom that the account is not locked, whatever the number of keys",
            run: |world| Box::pin(wrong_password(world)),
        },
    ]
}

/// One of each kind and source.
pub(crate) fn estate() -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("AzureSecret", "secret", manifests::azure_secret("secret")),
        ("OciKey", "native", manifests::oci_key("native")),
        (
            "OciKey",
            "uploaded",
            manifests::uploaded_oci_key("uploaded"),
        ),
        (
            "SalesforceTenantSecret",
            "data",
            manifests::tenant_secret("data", "Data"),
        ),
        (
            "SalesforceTenantSecret",
            "search",
            manifests::uploaded_tenant_secret("search", "SearchIndex"),
        ),
    ]
}

/// Whether nobody can tell which tenant secret is the first since a date.
fn tells_no_first(world: &World, kind: &str) -> bool {
    kind == "SalesforceTenantSecret" && world.setting.is("sfdc-created-date", "never")
}

async fn apply_all(world: &mut World) -> Outcome<Vec<String>> {
    for (_, _, manifest) in estate() {
        world.apply(&manifest).await?;
    }
    let mut identities = Vec::new();
    for (kind, name, _) in estate() {
        let object = world.until_ready(kind, name).await?;
        identities.push(text(&object, "/cloudId").to_owned());
    }
    Ok(identities)
}

async fn made_and_at_rest(world: &mut World) -> Outcome {
    let before = world.mark();
    apply_all(world).await?;
    // An upload that names the organization in the wrong way is refused, and sent in the other.
    let renamed = world.setting.is("sfdc-organization-id-on-upload", "uuid");
    let made = world.writes_since(before).len();
    expect("the keys made", made, 5)?;
    let sent = world
        .requests_since(before)
        .iter()
        .filter(|request| is_write(request))
        .count();
    expect(
        "the requests that make keys",
        sent,
        5 + usize::from(renamed),
    )?;

    // Until each container was swept and synced once more.
    world.pass_hours(7).await;
    let (kube, mark) = (world.kube.mark(), world.mark());
    let standard = world.setting == Setting::Standard;
    world.pass_hours(if standard { 24 } else { 8 }).await;
    let written: Vec<_> = world
        .kube
        .requests_since(kube)
        .into_iter()
        .filter(kube_simulator::LoggedRequest::is_write)
        .collect();
    expect("the writes to Kubernetes", written, Vec::new())?;
    let beyond: Vec<_> = world
        .requests_since(mark)
        .into_iter()
        .filter(|request| is_write(request) || is_of_one_key(request))
        .collect();
    expect("the calls for single keys", beyond, Vec::new())
}

fn is_of_one_key(request: &cckm_simulator::LoggedRequest) -> bool {
    let template = request.template.as_deref().unwrap_or_default();
    ["/secrets/{id}", "/keys/{id}", "/refresh", "/versions"]
        .iter()
        .any(|part| template.contains(part))
}

async fn rebuilt(world: &mut World) -> Outcome {
    let identities = apply_all(world).await?;
    let mark = world.mark();
    world.lose_everything().await?;
    world.apply_standard().await?;
    for (_, _, manifest) in estate() {
        world.apply(&manifest).await?;
    }
    for ((kind, name, _), identity) in estate().into_iter().zip(identities) {
        if tells_no_first(world, kind) {
            world.until_reason(kind, name, "OwnershipAmbiguous").await?;
            continue;
        }
        let object = world.until_ready(kind, name).await?;
        expect("the identity", text(&object, "/cloudId"), identity.as_str())?;
    }
    world.pass_hours(8).await;
    writes_are(world, mark, &[])
}

async fn moved(world: &mut World) -> Outcome {
    let identities = apply_all(world).await?;
    let mark = world.mark();
    delete_all(world).await?;
    world.namespace = "store";
    world.apply_standard().await?;
    for ((kind, name, manifest), identity) in estate().into_iter().zip(identities) {
        world.apply(&manifest).await?;
        if tells_no_first(world, kind) {
            world.until_reason(kind, name, "OwnershipAmbiguous").await?;
            continue;
        }
        let asked = match kind {
            "AzureSecret" => json!({"spec": {"adoptExisting": true}}),
            "OciKey" => json!({"spec": {"keyId": identity}}),
            _ => json!({}),
        };
        if asked != json!({}) {
            world.until_reason(kind, name, "AlreadyManaged").await?;
            world.patch(kind, name, asked).await?;
        }
        let object = world.until_ready(kind, name).await?;
        expect("the identity", text(&object, "/cloudId"), identity.as_str())?;
    }
    world.pass_hours(2).await;
    writes_are(world, mark, &[])
}

async fn second_cluster(world: &mut World) -> Outcome {
    let identities = apply_all(world).await?;
    let mark = world.mark();
    let mut other = world.beside("other").await?;
    for (_, _, manifest) in estate() {
        other.apply(&manifest).await?;
    }
    for ((kind, name, _), identity) in estate().into_iter().zip(identities) {
        if tells_no_first(world, kind) {
            other.until_reason(kind, name, "OwnershipAmbiguous").await?;
        } else if kind == "SalesforceTenantSecret" {
            // Salesforce has no place for an owner; the same wish means the same secret.
            let object = other.until_ready(kind, name).await?;
            expect("the identity", text(&object, "/cloudId"), identity.as_str())?;
        } else {
            other.until_reason(kind, name, "AlreadyManaged").await?;
        }
    }
    world.pass_hours(2).await;
    writes_are(world, mark, &[])?;
    other.judge().await
}

async fn delete_all(world: &World) -> Outcome {
    for (kind, name, _) in estate() {
        world.delete(kind, name).await?;
    }
    for (kind, name) in playground::world::STANDARD_OBJECTS {
        world.delete(kind, name).await?;
    }
    Ok(())
}

async fn retained(world: &mut World) -> Outcome {
    apply_all(world).await?;
    let mark = world.mark();
    delete_all(world).await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])
}

async fn throttled(world: &mut World) -> Outcome {
    use cckm_simulator::{Fault, FaultKind};
    let before = world.mark();
    for path in [
        "/api/v1/cckm/azure/secrets",
        "/api/v1/cckm/oci/keys",
        "/api/v1/cckm/sfdc/keys",
    ] {
        let throttle = FaultKind::Throttle { retry_after: None };
        let post = |kind| Fault {
            method: Some("POST".into()),
            ..Fault::new(path, kind)
        };
        world.line.simulator.inject(post(throttle));
        world.line.simulator.inject(post(FaultKind::LostReply));
    }
    for (_, _, manifest) in estate() {
        world.apply(&manifest).await?;
    }
    for (kind, name, _) in estate() {
        // Its reply was lost, and with it the one hint.
        if tells_no_first(world, kind) && name == "data" {
            world.until_reason(kind, name, "OwnershipAmbiguous").await?;
        } else {
            world.until_ready(kind, name).await?;
        }
    }
    world.pass_hours(3).await;
    expect("the keys made", world.writes_since(before).len(), 5)
}

async fn without_sync(world: &mut World) -> Outcome {
    let mark = world.mark();
    for outcome in ["failed", "partial"] {
        world
            .line
            .simulator
            .set_switch("sync-outcome", &json!(outcome))?;
        for (_, _, manifest) in estate() {
            world.apply(&manifest).await?;
        }
        world.pass_hours(2).await;
        writes_are(world, mark, &[])?;
        for (kind, name, _) in estate() {
            let told = "cannot be read: ProgressingWithRetry";
            world
                .until(kind, name, "it says where to look", |object| {
                    condition(object, "Ready")
                        .filter(|ready| ready.message.contains(told))
                        .map(|_| ())
                        .ok_or_else(|| summary(object))
                })
                .await?;
        }
    }
    let started = world
        .requests_since(mark)
        .iter()
        .filter(|request| {
            request.method == "POST" && request.path.ends_with("/synchronization-jobs")
        })
        .count();
    expect("the syncs are few", started < 3 * 50, true)?;
    world
        .line
        .simulator
        .set_switch("sync-outcome", &json!("completed"))?;
    apply_all(world).await?;
    expect("the keys made", world.writes_since(mark).len(), 5)
}

async fn wrong_password(world: &mut World) -> Outcome {
    apply_all(world).await?;
    let login = |password: &str| {
        json!({"kind": "Secret", "metadata": {"name": "cm-login"},
            "stringData": {"username": "operator", "password": password}})
        .to_string()
    };
    let mark = world.mark();
    world.apply(&login("wrong")).await?;
    world
        .until_reason("CipherTrustManager", "cm", "LoginFailed")
        .await?;
    world.desire("OciKey", "native", "Disabled").await?;
    world
        .until_reason("OciKey", "native", "ManagerNotReady")
        .await?;
    world.pass_hours(4).await;
    let refused = |world: &World| {
        let requests = world.requests_since(mark);
        let refused = requests
            .iter()
            .filter(|request| request.status == Some(401));
        refused.count()
    };
    expect("the failing logins", refused(world), 3)?;
    world.ask("CipherTrustManager", "cm").await?;
    world.pass_hours(1).await;
    // One more: the next would lock the account, and nobody could log in with the right password then.
    expect("the failing logins after a request", refused(world), 4)?;
    world
        .apply(&login(playground::world::inhabitants::PASSWORD))
        .await?;
    world.until_ready("OciKey", "native").await?;
    writes_are(world, mark, &["disable"])
}
