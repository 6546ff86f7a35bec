//! Many namespaces: what is shared is shared by its owner's word alone, and who is not meant sees nothing of it.
//!
//! Two namespaces: `shop`, in which the standard world's manager and containers are, and `store`, whose team has keys.

use cckm_simulator::{Fault, FaultKind};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use kube_simulator::User;
use libtest_mimic::Trial;
use playground::world::object::{condition, text};
use serde_json::{Value, json};

use crate::{
    Outcome, manifests,
    matrix::{in_a_time_of_its_own, trial},
    scenarios::{another_vault, expect, writes_are},
    switches::Setting,
    world::{CANARY, World},
};

const AZURE: &str = "AzureSecret";

pub(crate) fn tests() -> Vec<Trial> {
    macro_rules! tenancy {
        ($($sentence:literal: $run:ident,)*) => {
            vec![$(trial($sentence, || {
                in_a_time_of_its_own(Setting::Standard, None, async |world: &mut World| {
                    $run(world).await
                })
            })),*]
        };
    }
    tenancy! {
        "keys live in the containers of another namespace that allow theirs, each under its own name": shared,
        "a container reads like none where it does not allow the namespace, and no key is touched once it does no longer": refused,
        "who may not use a container holds up no key of those who may": no_hold_up,
        "a manager of the cluster serves the namespaces that it allows, and reads like none elsewhere": cluster_manager,
        "access to a container that is withdrawn while an act is on its way is heard before it is done": withdrawn,
        "an object for a container whose manager it may not use holds up no other": no_rival,
        "a manager of a namespace reads no Secret of another": no_reach,
        "a purged secret is not restored elsewhere by another namespace, though both may use its vault": no_theft,
        "an archived secret that an object names is not destroyed, though that object may not use the organization": no_overlooking,
        "destructive acts through a manager of the cluster count together, whatever the namespaces": one_budget,
    }
}

/// Sets the label `team` of a namespace; none takes it away.
async fn label(world: &World, namespace: &str, team: Option<&str>) -> Outcome {
    let namespaces: Api<Namespace> = Api::all(world.kube.client(&User::admin()));
    let change = Patch::Merge(json!({"metadata": {"labels": {"team": team}}}));
    namespaces
        .patch(namespace, &PatchParams::default(), &change)
        .await?;
    Ok(())
}

fn allow(team: &str) -> Value {
    json!({"spec": {"allowedNamespaces": {"matchLabels": {"team": team}}}})
}

/// A manifest whose key is in a container of `shop`.
fn in_shop(manifest: &str) -> String {
    manifest
        .replace(
            "Ref: {name: billing}",
            "Ref: {name: billing, namespace: shop}",
        )
        .replace(
            "Ref: {name: payments}",
            "Ref: {name: payments, namespace: shop}",
        )
        .replace("Ref: {name: acme}", "Ref: {name: acme, namespace: shop}")
}

async fn message(world: &mut World, kind: &str, name: &str, reason: &str) -> Outcome<String> {
    let object = world.until_reason(kind, name, reason).await?;
    let ready = condition(&object, "Ready");
    Ok(ready
        .map(|ready| ready.message.to_owned())
        .unwrap_or_default())
}

async fn shared(world: &mut World) -> Outcome {
    label(world, "store", Some("payments")).await?;
    for (kind, name) in [
        ("AzureVault", "billing"),
        ("OciVault", "payments"),
        ("SalesforceOrganization", "acme"),
    ] {
        world.patch(kind, name, allow("payments")).await?;
    }
    world.namespace = "store";
    world.write_secret("values", CANARY).await?;
    for (kind, manifest) in [
        (AZURE, manifests::azure_secret("theirs")),
        ("OciKey", manifests::oci_key("theirs")),
        (
            "SalesforceTenantSecret",
            manifests::tenant_secret("theirs", "Data"),
        ),
    ] {
        world.apply(&in_shop(&manifest)).await?;
        world.until_ready(kind, "theirs").await?;
    }
    let truth = world.truth().to_string();
    let owner = truth.matches("simulated/store/theirs").count();
    expect("both owner tags name their namespace", owner >= 2, true)
}

async fn refused(world: &mut World) -> Outcome {
    world.namespace = "store";
    world.write_secret("values", CANARY).await?;
    world
        .apply(&in_shop(&manifests::azure_secret("theirs")))
        .await?;
    let nowhere = manifests::azure_secret("lost").replace("billing", "nothing, namespace: shop");
    world.apply(&nowhere).await?;
    let there = message(world, AZURE, "theirs", "ContainerNotFound").await?;
    let absent = message(world, AZURE, "lost", "ContainerNotFound").await?;
    expect(
        "what a stranger reads",
        there.replace("billing", "nothing"),
        absent,
    )?;
    // Allowed, it goes on by itself.
    world.namespace = "shop";
    world
        .patch("AzureVault", "billing", allow("payments"))
        .await?;
    world.namespace = "store";
    label(world, "store", Some("payments")).await?;
    world.until_ready(AZURE, "theirs").await?;
    // And no longer allowed, it stands where it is.
    label(world, "store", None).await?;
    world
        .until_reason(AZURE, "theirs", "ContainerNotFound")
        .await?;
    let mark = world.mark();
    world.desire(AZURE, "theirs", "SoftDeleted").await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])
}

async fn no_hold_up(world: &mut World) -> Outcome {
    world.namespace = "store";
    world.write_secret("values", CANARY).await?;
    world
        .apply(&in_shop(&manifests::azure_secret("wanted")))
        .await?;
    world
        .apply(&in_shop(&manifests::rotation("squatter", "Data")))
        .await?;
    world
        .until_reason(AZURE, "wanted", "ContainerNotFound")
        .await?;
    world.namespace = "shop";
    world.apply(&manifests::azure_secret("wanted")).await?;
    world.until_ready(AZURE, "wanted").await?;
    world
        .apply(&manifests::rotation("rotation", "Data"))
        .await?;
    world.until_ready("SalesforceRotation", "rotation").await?;
    Ok(())
}

async fn withdrawn(world: &mut World) -> Outcome {
    world
        .patch("AzureVault", "billing", allow("payments"))
        .await?;
    label(world, "store", Some("payments")).await?;
    world.namespace = "store";
    world.write_secret("values", CANARY).await?;
    world
        .apply(&in_shop(&manifests::azure_secret("theirs")))
        .await?;
    world.until_ready(AZURE, "theirs").await?;
    let read = "/api/v1/cckm/azure/secrets/{id}";
    world.line.simulator.inject(Fault {
        method: Some("GET".to_owned()),
        ..Fault::new(read, FaultKind::DelayEffect { seconds: 20.0 })
    });
    let mark = world.mark();
    world.desire(AZURE, "theirs", "SoftDeleted").await?;
    let on_its_way = |request: &cckm_simulator::LoggedRequest| {
        request.template.as_deref() == Some(read) && request.status.is_none()
    };
    while !world.requests_since(mark).iter().any(on_its_way) {
        world.pass_a_second().await;
    }
    world.namespace = "shop";
    let closed = json!({"spec": {"allowedNamespaces": null}});
    world.patch("AzureVault", "billing", closed).await?;
    world.namespace = "store";
    world
        .until_reason(AZURE, "theirs", "ContainerNotFound")
        .await?;
    writes_are(world, mark, &[])
}

async fn no_rival(world: &mut World) -> Outcome {
    world.delete("AzureVault", "billing").await?;
    world.namespace = "store";
    world.apply(&vault("squatter", "nothing")).await?;
    world
        .until_reason("AzureVault", "squatter", "ManagerNotReady")
        .await?;
    world.namespace = "shop";
    world.apply_standard().await
}

/// A manager of the cluster, and a vault of `store` that refers to it. The vault's object in `shop` is gone.
async fn with_cluster_manager(world: &mut World) -> Outcome {
    world.delete("AzureVault", "billing").await?;
    world
        .apply(
            "apiVersion: cckm.dev/v1alpha1
kind: ClusterCipherTrustManager
metadata: {name: company}
spec:
  url: http://127.0.0.1
  credentials: {password: {secretRef: {name: cm-login, namespace: shop}}}
",
        )
        .await?;
    world
        .until_ready("ClusterCipherTrustManager", "company")
        .await?;
    world.namespace = "store";
    world.write_secret("values", CANARY).await?;
    world.apply(&vault("billing", "company")).await
}

fn vault(name: &str, manager: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: AzureVault
metadata: {{name: {name}}}
spec:
  managerRef: {{kind: ClusterCipherTrustManager, name: {manager}}}
  subscriptionId: 260ecbe7-777b-4d3c-84ea-678820490000
  vaultName: acme-billing
"
    )
}

async fn cluster_manager(world: &mut World) -> Outcome {
    with_cluster_manager(world).await?;
    let there = message(world, "AzureVault", "billing", "ManagerNotReady").await?;
    world.delete("AzureVault", "billing").await?;
    world.apply(&vault("billing", "nothing")).await?;
    let absent = message(world, "AzureVault", "billing", "ManagerNotReady").await?;
    expect(
        "what a stranger reads",
        there.replace("company", "nothing"),
        absent,
    )?;
    world.delete("AzureVault", "billing").await?;
    world.apply(&vault("billing", "company")).await?;
    label(world, "store", Some("payments")).await?;
    world
        .patch("ClusterCipherTrustManager", "company", allow("payments"))
        .await?;
    world.until_ready("AzureVault", "billing").await?;
    world.apply(&manifests::azure_secret("ours")).await?;
    world.until_ready(AZURE, "ours").await?;
    let nobody = json!({"spec": {"allowedNamespaces": null}});
    world
        .patch("ClusterCipherTrustManager", "company", nobody)
        .await?;
    let mark = world.mark();
    world.desire(AZURE, "ours", "SoftDeleted").await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])
}

async fn no_reach(world: &mut World) -> Outcome {
    world.namespace = "store";
    world
        .apply(
            "apiVersion: cckm.dev/v1alpha1
kind: CipherTrustManager
metadata: {name: thief}
spec:
  url: http://127.0.0.1
  credentials: {password: {secretRef: {name: cm-login, namespace: shop}}}
",
        )
        .await?;
    let read = message(world, "CipherTrustManager", "thief", "SecretNotFound").await?;
    expect(
        "where it is looked for",
        read.contains("namespace store"),
        true,
    )
}

async fn one_budget(world: &mut World) -> Outcome {
    with_cluster_manager(world).await?;
    let once =
        json!({"spec": {"allowedNamespaces": {}, "limits": {"destructiveActionsPerHour": 1}}});
    world
        .patch("ClusterCipherTrustManager", "company", once)
        .await?;
    world
        .patch(
            "AzureVault",
            "billing",
            json!({"spec": {"allowedNamespaces": {}}}),
        )
        .await?;
    world.until_ready("AzureVault", "billing").await?;
    world.apply(&manifests::azure_secret("first")).await?;
    world.until_ready(AZURE, "first").await?;
    world.namespace = "shop";
    let second = manifests::azure_secret("second");
    let second = second.replace(
        "Ref: {name: billing}",
        "Ref: {name: billing, namespace: store}",
    );
    world.apply(&second).await?;
    world.until_ready(AZURE, "second").await?;
    world.namespace = "store";
    world.desire(AZURE, "first", "SoftDeleted").await?;
    world.until_ready(AZURE, "first").await?;
    world.namespace = "shop";
    world.desire(AZURE, "second", "SoftDeleted").await?;
    world
        .until_reason(AZURE, "second", "DestructiveBudget")
        .await?;
    let gone = world.until_ready(AZURE, "second").await?;
    expect("an hour later", text(&gone, "/remoteState"), "SOFT-DELETED")
}

async fn no_theft(world: &mut World) -> Outcome {
    world.apply(&manifests::azure_secret("db")).await?;
    world.until_ready(AZURE, "db").await?;
    another_vault(world, "second", json!({})).await?;
    label(world, "store", Some("payments")).await?;
    for vault in ["billing", "second"] {
        world.patch("AzureVault", vault, allow("payments")).await?;
    }
    world.desire(AZURE, "db", "Purged").await?;
    world.approve(AZURE, "db").await?;
    world.until_ready(AZURE, "db").await?;
    let mark = world.mark();
    world.namespace = "store";
    world.write_secret("values", CANARY).await?;
    let theirs = manifests::azure_secret("theirs")
        .replace("{name: billing}", "{name: second, namespace: shop}")
        + "  secretName: db\n  adoptExisting: true\n  restoreFrom: {vaultRef: {name: billing, namespace: shop}}\n";
    world.apply(&theirs).await?;
    world
        .until_reason(AZURE, "theirs", "AlreadyManaged")
        .await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])
}

async fn no_overlooking(world: &mut World) -> Outcome {
    world.namespace = "store";
    let names_it = manifests::existing_tenant_secret("theirs", 1);
    world.apply(&in_shop(&names_it)).await?;
    let kind = "SalesforceTenantSecret";
    world
        .until_reason(kind, "theirs", "ContainerNotFound")
        .await?;
    world.namespace = "shop";
    let mark = world.mark();
    let rotation = manifests::rotation("data", "Data").replace("everyDays: 30", "everyDays: 3650")
        + "  keepArchived: 0\n";
    world.apply(&rotation).await?;
    world.until_ready("SalesforceRotation", "data").await?;
    world.pass_hours(2).await;
    world.until_ready("SalesforceRotation", "data").await?;
    writes_are(world, mark, &[])?;
    world.namespace = "store";
    world.delete(kind, "theirs").await?;
    world.namespace = "shop";
    world.ask("SalesforceRotation", "data").await?;
    let asks = world.until_reason("SalesforceRotation", "data", "AwaitingApproval");
    asks.await.map(drop)
}
