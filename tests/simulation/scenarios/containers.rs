//! How containers get into CM, and what becomes of them there.

use cckm_simulator::{Fault, FaultKind};
use playground::world::object::{condition, summary, text};
use serde_json::{Value, json};

use super::{Scenario, expect};
use crate::{Outcome, world::World};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "a container that CM does not know is registered once through its connection, though the reply is lost",
            run: |world| Box::pin(registered_once(world)),
        },
        Scenario {
            sentence: "a container is reached by the connection that its object names, and one that does not exist is told apart",
            run: |world| Box::pin(reconnected(world)),
        },
        Scenario {
            sentence: "a container that nobody registers says which connections there are, and waits while the manager is suspended",
            run: |world| Box::pin(unregistered(world)),
        },
        Scenario {
            sentence: "one list without it is no reason to register a container anew, whole or torn",
            run: |world| Box::pin(overlooked(world)),
        },
        Scenario {
            sentence: "the keys of a refreshed sandbox are left alone, and it says what became of it",
            run: |world| Box::pin(refreshed(world)),
        },
    ]
}

/// A container of each cloud that CM does not know.
const STRANGERS: [(&str, &str, &str); 3] = [
    (
        "SalesforceOrganization",
        "{organizationId: 00D000000000001AAA, connection: sandbox}",
        "/api/v1/cckm/sfdc/add-organizations",
    ),
    (
        "AzureVault",
        "{subscriptionId: 260ecbe7-777b-4d3c-84ea-678820490000, vaultName: acme-second, connection: azure}",
        "/api/v1/cckm/azure/add-vaults",
    ),
    (
        "OciVault",
        "{vaultId: ocid1.vault.oc1.iad.acmesecond.simulator, region: us-ashburn-1, connection: oci}",
        "/api/v1/cckm/oci/add-vaults",
    ),
];

/// They exist in their clouds, and CM has connections to them.
fn let_exist(world: &World) -> Outcome {
    world.line.simulator.add(&serde_json::from_value(json!({
        "salesforce": [{"organization_id": "00D000000000001AAA", "connection": "sandbox", "sandbox": true,
            "registered": false}],
        "azure": [{"name": "acme-second", "subscription_id": "260ecbe7-777b-4d3c-84ea-678820490000",
            "registered": false}],
        "oci": {"vaults": [{"name": "second", "vault_id": "ocid1.vault.oc1.iad.acmesecond.simulator",
            "compartment_id": "ocid1.compartment.oc1..acme", "registered": false}]},
        "connections": [{"service": "azure", "name": "azure-second"}],
    }))?)?;
    Ok(())
}

fn container(kind: &str, spec: &str) -> Outcome<String> {
    let mut object = json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": kind, "metadata": {"name": "second"},
        "spec": serde_saphyr::from_str::<Value>(spec)?,
    });
    object["spec"]["managerRef"] = json!({"name": "cm"});
    Ok(object.to_string())
}

async fn registered_once(world: &mut World) -> Outcome {
    let_exist(world)?;
    let mark = world.mark();
    for (kind, spec, add) in STRANGERS {
        world
            .line
            .simulator
            .inject(Fault::new(add, FaultKind::LostReply));
        world.apply(&container(kind, spec)?).await?;
    }
    for (kind, _, add) in STRANGERS {
        let ready = world.until_ready(kind, "second").await?;
        let connection = text(&ready, "/connection");
        expect("it says by which connection", connection.is_empty(), false)?;
        let sent = world.requests_since(mark);
        let sent = sent
            .iter()
            .filter(|request| request.template.as_deref() == Some(add))
            .count();
        expect("the registrations sent", sent, 1)?;
    }
    world.pass_hours(1).await;
    expect("the writes to keys", world.writes_since(mark), vec![])
}

async fn reconnected(world: &mut World) -> Outcome {
    const KIND: &str = "AzureVault";
    let_exist(world)?;
    let by = |connection: &str| json!({"spec": {"connection": connection}});
    world.patch(KIND, "billing", by("azure-second")).await?;
    world
        .until(KIND, "billing", "it is reached by the other", |object| {
            (text(object, "/connection") == "azure-second")
                .then_some(())
                .ok_or_else(|| summary(object))
        })
        .await?;
    world.until_ready(KIND, "billing").await?;
    world.patch(KIND, "billing", by("azurre")).await?;
    says(
        world,
        KIND,
        "billing",
        "CipherTrust Manager has azure, azure-second",
    )
    .await?;
    world.patch(KIND, "billing", by("azure")).await?;
    let ready = world.until_ready(KIND, "billing").await?;
    expect("the connection", text(&ready, "/connection"), "azure")
}

async fn unregistered(world: &mut World) -> Outcome {
    const KIND: &str = "OciVault";
    let_exist(world)?;
    let (_, spec, add) = STRANGERS[2];
    let unnamed = spec.replace(", connection: oci", "");
    world.apply(&container(KIND, &unnamed)?).await?;
    world.until_reason(KIND, "second", "NotRegistered").await?;
    says(world, KIND, "second", "CipherTrust Manager has oci").await?;
    let mark = world.mark();
    let suspend = |suspend: bool| json!({"spec": {"suspend": suspend}});
    world
        .patch("CipherTrustManager", "cm", suspend(true))
        .await?;
    world
        .patch(KIND, "second", json!({"spec": {"connection": "oci"}}))
        .await?;
    says(world, KIND, "second", "The manager is suspended").await?;
    world
        .patch("CipherTrustManager", "cm", suspend(false))
        .await?;
    world.until_ready(KIND, "second").await?;
    let sent = world.requests_since(mark);
    let sent = sent
        .iter()
        .filter(|request| request.template.as_deref() == Some(add))
        .count();
    expect("the registrations sent", sent, 1)
}

async fn overlooked(world: &mut World) -> Outcome {
    let containers = [
        (
            "AzureVault",
            "billing",
            "azure",
            "/api/v1/cckm/azure/vaults",
        ),
        ("OciVault", "payments", "oci", "/api/v1/cckm/oci/vaults"),
        (
            "SalesforceOrganization",
            "acme",
            "salesforce",
            "/api/v1/cckm/sfdc/organizations",
        ),
    ];
    let mark = world.mark();
    for total in [1, 0] {
        for (kind, name, connection, list) in containers {
            let without = FaultKind::Answer {
                status: 200,
                body: json!({"total": total, "resources": []}).to_string(),
                content_type: "application/json".to_owned(),
            };
            world.line.simulator.inject(Fault::new(list, without));
            let sweep = json!({"spec": {"connection": connection,
                "sweepInterval": if total == 1 { "30m" } else { "31m" }}});
            world.patch(kind, name, sweep).await?;
            world.pass_minutes(2).await;
            world.until_ready(kind, name).await?;
        }
    }
    let added = world.requests_since(mark).into_iter().filter(|request| {
        let template = request.template.as_deref().unwrap_or_default();
        template.contains("/add-")
    });
    expect("the registrations sent", added.count(), 0)
}

async fn refreshed(world: &mut World) -> Outcome {
    const KIND: &str = "SalesforceOrganization";
    world.until_ready(KIND, "acme").await?;
    let mark = world.mark();
    world.console(
        json!({"change": "salesforce-refresh-sandbox", "organization_id": "00DB000000040bIMAQ",
        "refreshed_as": "00D000000000009AAA"}),
    )?;
    world.ask(KIND, "acme").await?;
    world
        .until_reason(KIND, "acme", "ContainerReplaced")
        .await?;
    says(world, KIND, "acme", "leads to sfdc:00D000000000009AAA now").await?;
    world
        .apply(&crate::manifests::tenant_secret("data", "Data"))
        .await?;
    world
        .until_reason("SalesforceTenantSecret", "data", "ContainerNotReady")
        .await?;
    world.pass_hours(2).await;
    expect("the writes to keys", world.writes_since(mark), vec![])
}

/// Waits until the object says so.
async fn says(world: &mut World, kind: &str, name: &str, words: &str) -> Outcome {
    world
        .until(kind, name, words, |object| {
            condition(object, "Ready")
                .filter(|ready| ready.message.contains(words))
                .map(|_| ())
                .ok_or_else(|| summary(object))
        })
        .await
}
