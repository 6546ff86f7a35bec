//! A whole estate under git: what is not registered yet, what is shared, what gets old and what moves, each on the real API
//! server as well.

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use libtest_mimic::Trial;
use playground::{
    control_plane::{ControlPlane, Options as ControlPlaneOptions},
    poll::eventually,
    shared,
    world::{
        Mark, Options, Request, World, inhabitants,
        object::{condition, resource, status, summary, text},
    },
};
use serde_json::{Value, json};

use crate::{
    deeds::were_announced,
    harness::{Outcome, SOON, refusal, trial},
    manifests,
    people::grant,
    rights,
};

const SUBSCRIPTION: &str = "260ecbe7-777b-4d3c-84ea-678820490000";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "containers that CM does not know are registered through the connections that their objects name",
            registered,
        ),
        trial(
            "an archived secret beyond keepArchived is destroyed once somebody who may has approved that very one",
            surplus,
        ),
        trial(
            "a certificate that CM lacks is synced from Salesforce before a secret is uploaded for it",
            certificate,
        ),
        trial(
            "a secret that was purged is restored into another vault",
            restored_elsewhere,
        ),
        trial(
            "a manager of the cluster and a shared vault serve the namespaces that they allow, and no others",
            tenants,
        ),
    ]
}

/// How often a request took effect since then.
async fn done(world: &World<'_>, since: Mark, template: &str) -> Outcome<usize> {
    let requests = world.simulator.requests_since(since).await?;
    let done = requests
        .iter()
        .filter(|request| request.template.as_deref() == Some(template) && request.effect);
    Ok(done.count())
}

async fn registered() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    world
        .simulator
        .add(json!({
            "salesforce": [{"organization_id": "00D000000000001AAA", "connection": "sandbox", "sandbox": true, "registered": false}],
            "azure": [{"name": "acme-second", "subscription_id": SUBSCRIPTION, "registered": false}],
            "oci": {"vaults": [{"name": "second", "vault_id": "ocid1.vault.oc1.iad.acmesecond.simulator",
                "compartment_id": "ocid1.compartment.oc1..acme", "registered": false}]},
        }))
        .await?;
    let mark = world.simulator.mark().await?;
    for (kind, spec) in [
        (
            "SalesforceOrganization",
            json!({"organizationId": "00D000000000001AAA", "connection": "sandbox"}),
        ),
        (
            "AzureVault",
            json!({"subscriptionId": SUBSCRIPTION, "vaultName": "acme-second", "connection": "azure"}),
        ),
        (
            "OciVault",
            json!({"vaultId": "ocid1.vault.oc1.iad.acmesecond.simulator", "region": "us-ashburn-1", "connection": "oci"}),
        ),
    ] {
        world.apply(&container(kind, "second", spec)).await?;
        let found = world.until_ready(kind, "second").await?;
        assert_eq!(*status(&found, "/lastConnectionOk"), json!(true), "{kind}");
    }
    for template in [
        "/api/v1/cckm/sfdc/add-organizations",
        "/api/v1/cckm/azure/add-vaults",
        "/api/v1/cckm/oci/add-vaults",
    ] {
        assert_eq!(done(&world, mark, template).await?, 1, "{template}");
    }
    Ok(())
}

/// A container's manifest, through the standard manager.
fn container(kind: &str, name: &str, mut spec: Value) -> String {
    spec["managerRef"] = json!({"name": "cm"});
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}).to_string()
}

async fn surplus() -> Outcome {
    let secret =
        |status: &str, created: &str| json!({"type": "Data", "status": status, "created": created});
    let mut past = inhabitants::standard();
    past["salesforce"][0]["tenant_secrets"] = json!([
        secret("ARCHIVED", "2023-05-20T08:00:00Z"),
        secret("ARCHIVED", "2024-05-20T08:00:00Z"),
        secret("ACTIVE", "2025-05-20T08:00:00Z"),
    ]);
    let world = World::start(shared().await?, Options::default().inhabitants(past)).await?;
    grant(&world, "alice", "cckm-approver").await?;
    grant(&world, "bob", "cckm-author").await?;
    let mark = world.simulator.mark().await?;
    let rotation = manifests::rotation("data", "Data").replace("everyDays: 30", "everyDays: 3650");
    world.apply(&(rotation + "  keepArchived: 1\n")).await?;
    let asks = world
        .until_reason("SalesforceRotation", "data", "AwaitingApproval")
        .await?;
    assert_eq!(
        text(&asks, "/plan/approvals/0/cloudId"),
        "sfdc:00DB000000040bIMAQ:Data:1"
    );
    let by_author = refusal(world.approve_as("bob", "SalesforceRotation", "data").await)?;
    assert!(by_author.contains("forbidden"), "{by_author}");
    let approval = world
        .approve_as("alice", "SalesforceRotation", "data")
        .await?;
    world.until_ready("SalesforceRotation", "data").await?;
    world
        .until_reason("DestructionApproval", &approval, "Spent")
        .await?;
    let destroyed = done(&world, mark, "/api/v1/cckm/sfdc/keys/{id}/destroy").await?;
    assert_eq!(destroyed, 1);
    let truth = world.simulator.truth().await?;
    let secrets = &truth["salesforce"]["organizations"]["00DB000000040bIMAQ"]["tenant_secrets"];
    assert_eq!(secrets[0]["status"], "DESTROYED");
    assert_eq!(secrets[1]["status"], "ARCHIVED");
    were_announced(&world).await
}

async fn certificate() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    let change = json!({"change": "salesforce-create-certificate", "organization_id": "00DB000000040bIMAQ", "name": "New"});
    world.simulator.console(change).await?;
    let mark = world.simulator.mark().await?;
    let uploaded = manifests::uploaded_tenant_secret("data", "Data");
    world
        .apply(&uploaded.replace("Wrapping2025", "New"))
        .await?;
    world.until_ready("SalesforceTenantSecret", "data").await?;
    let syncs = "/api/v1/cckm/sfdc/certificates/synchronization-jobs";
    assert_eq!(done(&world, mark, syncs).await?, 1);
    let uploads = "/api/v1/cckm/sfdc/keys/upload";
    assert_eq!(done(&world, mark, uploads).await?, 1);
    were_announced(&world).await
}

async fn restored_elsewhere() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    grant(&world, "alice", "cckm-approver").await?;
    let vault = json!({"azure": [{"name": "acme-second", "subscription_id": SUBSCRIPTION}]});
    world.simulator.add(vault).await?;
    let second = json!({"subscriptionId": SUBSCRIPTION, "vaultName": "acme-second", "sweepInterval": "10s", "syncInterval": "1m"});
    world
        .apply(&container("AzureVault", "second", second))
        .await?;
    world.write_secret("values", "value", "s3cr3t").await?;
    world.apply(&manifests::azure_secret("db")).await?;
    world.until_ready("AzureSecret", "db").await?;
    world.desire("AzureSecret", "db", "Purged").await?;
    world.approve_as("alice", "AzureSecret", "db").await?;
    world.until_ready("AzureSecret", "db").await?;
    let mark = world.simulator.mark().await?;
    let moved = manifests::azure_secret("moved").replace("{name: billing}", "{name: second}")
        + "  secretName: db\n  restoreFrom: {vaultRef: {name: billing}}\n";
    world.apply(&moved).await?;
    let moved = world.until_ready("AzureSecret", "moved").await?;
    assert_eq!(text(&moved, "/remoteState"), "AVAILABLE");
    let restores = "/api/v1/cckm/azure/secrets/{id}/restore";
    assert_eq!(done(&world, mark, restores).await?, 1);
    assert_eq!(done(&world, mark, "/api/v1/cckm/azure/secrets").await?, 0);
    were_announced(&world).await
}

/// A control plane of its own, for this operator is everybody's.
async fn tenants() -> Outcome {
    let options = ControlPlaneOptions::default().with_controller_manager();
    let control_plane = ControlPlane::start(options).await?;
    let world = World::start(&control_plane, Options::default().everywhere()).await?;
    let client = control_plane.admin_client().await?;
    let store = control_plane.namespace("store").await?;
    let label = async |team: Option<&str>| {
        let change = Patch::Merge(json!({"metadata": {"labels": {"team": team}}}));
        Api::<Namespace>::all(client.clone())
            .patch(&store, &PatchParams::default(), &change)
            .await
    };
    let team = json!({"matchLabels": {"team": "payments"}});
    let platform = world.namespace().to_owned();
    let cluster_manager = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "ClusterCipherTrustManager", "metadata": {"name": "cm"},
        "spec": {"url": world.simulator.url(), "allowedNamespaces": team,
            "credentials": {"password": {"secretRef": {"name": "cm-login", "namespace": platform}}}}});
    control_plane
        .install_into(&platform, &cluster_manager.to_string())
        .await?;
    let change = json!({"spec": {"allowedNamespaces": team}});
    world.patch("AzureVault", "billing", change).await?;
    world
        .simulator
        .add(json!({"azure": [{"name": "acme-second", "subscription_id": SUBSCRIPTION}]}))
        .await?;

    // In the tenant's namespace: a vault through the cluster's manager, a key in it, and a key in the shared vault.
    let own = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": "own"},
        "spec": {"managerRef": {"kind": "ClusterCipherTrustManager", "name": "cm"}, "subscriptionId": SUBSCRIPTION, "vaultName": "acme-second"}});
    let values = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "values"}, "stringData": {"value": "s3cr3t"}});
    let in_own = manifests::azure_secret("in-own").replace("{name: billing}", "{name: own}");
    let shared = manifests::azure_secret("shared").replace(
        "{name: billing}",
        &format!("{{name: billing, namespace: {platform}}}"),
    );
    for manifest in [own.to_string(), values.to_string(), in_own, shared] {
        control_plane.install_into(&store, &manifest).await?;
    }
    let reads = async |kind: &str, name: &str, wanted: &str| {
        let objects = Api::namespaced_with(client.clone(), &store, &resource(kind));
        eventually(SOON, &format!("{kind} {name} is {wanted}"), async || {
            let object: kube::core::DynamicObject =
                objects.get(name).await.map_err(|error| error.to_string())?;
            let reason = condition(&object, "Ready").map(|ready| ready.reason.to_owned());
            (reason.as_deref() == Some(wanted))
                .then_some(())
                .ok_or_else(|| summary(&object))
        })
        .await
    };
    reads("AzureSecret", "shared", "ContainerNotFound").await?;
    reads("AzureVault", "own", "ManagerNotReady").await?;
    label(Some("payments")).await?;
    for (kind, name) in [
        ("AzureVault", "own"),
        ("AzureSecret", "in-own"),
        ("AzureSecret", "shared"),
    ] {
        reads(kind, name, "Reached").await?;
    }
    let mark = world.simulator.mark().await?;
    label(None).await?;
    reads("AzureSecret", "shared", "ContainerNotFound").await?;
    reads("AzureVault", "own", "ManagerNotReady").await?;
    let requests = world.simulator.requests_since(mark).await?;
    assert!(!requests.iter().any(Request::is_write));

    // What takes something away is asked of the cluster's manager once more.
    label(Some("payments")).await?;
    let deleted = json!({"spec": {"desiredState": "SoftDeleted"}});
    Api::<kube::core::DynamicObject>::namespaced_with(
        client.clone(),
        &store,
        &resource("AzureSecret"),
    )
    .patch("in-own", &PatchParams::default(), &Patch::Merge(deleted))
    .await?;
    eventually(SOON, "it is deleted", async || {
        let requests = world.simulator.requests_since(mark).await;
        let requests = requests.map_err(|error| error.to_string())?;
        let done = requests
            .iter()
            .any(|request| request.bare_path().ends_with("/soft-delete"));
        done.then_some(())
            .ok_or_else(|| format!("{} requests", requests.len()))
    })
    .await?;
    reads("AzureSecret", "in-own", "Reached").await?;
    rights::note(&control_plane)
}
