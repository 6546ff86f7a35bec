//! Tenant secrets.

use playground::world::object::{condition, text};
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{Outcome, manifests, world::World};

const KIND: &str = "SalesforceTenantSecret";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "a destroyed secret is imported when git is reverted, as the same version",
            run: |world| Box::pin(down_and_back(world)),
        },
        Scenario {
            sentence: "a backup is dropped with an approval, and nothing brings the secret back then",
            run: |world| Box::pin(to_the_end(world)),
        },
        Scenario {
            sentence: "the ACTIVE secret is never destroyed: it waits for a successor that nobody makes unasked",
            run: |world| Box::pin(waits_for_successor(world)),
        },
        Scenario {
            sentence: "a certificate that CM lacks is synced from Salesforce, one that is nowhere is waited for, and one that ends is told of",
            run: |world| Box::pin(certificates(world)),
        },
        Scenario {
            sentence: "two secrets of one type that are due are made one after the other, a rotation interval apart",
            run: |world| Box::pin(one_after_the_other(world)),
        },
    ]
}

async fn existing(world: &mut World, name: &str, version: usize) -> Outcome<String> {
    world
        .apply(&manifests::existing_tenant_secret(name, version))
        .await?;
    let object = world.until_ready(KIND, name).await?;
    Ok(text(&object, "/cloudId").to_owned())
}

async fn down_and_back(world: &mut World) -> Outcome {
    let cloud_id = existing(world, "old", 1).await?;
    let mark = world.mark();
    world.desire(KIND, "old", "Destroyed").await?;
    if world.setting.is("sfdc-backup-fields", "absent") {
        // Whether there is a backup cannot be known, so that the act may be final.
        world.approve(KIND, "old").await?;
    }
    let destroyed = world.until_ready(KIND, "old").await?;
    expect("the undo", text(&destroyed, "/undo/action"), "Import")?;
    world.desire(KIND, "old", "Active").await?;
    let back = world.until_ready(KIND, "old").await?;
    expect("the identity", text(&back, "/cloudId"), cloud_id.as_str())?;
    expect("the state", text(&back, "/remoteState"), "ARCHIVED")?;
    writes_are(world, mark, &["destroy", "import"])
}

async fn to_the_end(world: &mut World) -> Outcome {
    existing(world, "old", 1).await?;
    let mark = world.mark();
    world.desire(KIND, "old", "BackupDeleted").await?;
    if world.setting.is("sfdc-backup-fields", "absent") {
        world.approve(KIND, "old").await?;
    }
    world.approve_act(KIND, "old", "DeleteBackup").await?;
    world.until_ready(KIND, "old").await?;
    writes_are(world, mark, &["destroy", "delete-backup"])?;
    world.pass_hours(8).await;
    world.until_ready(KIND, "old").await?;
    world.desire(KIND, "old", "Active").await?;
    let gone = world.setting.is("sfdc-row-after-delete-backup", "gone");
    let stalled = world
        .until(KIND, "old", "nothing brings it back", |object| {
            let reason = text(object, "/conditions/0/reason");
            let expected = reason == "CannotUndo" || (gone && reason == "Gone");
            expected
                .then_some(())
                .ok_or_else(|| format!("{reason} {object:?}"))
        })
        .await;
    stalled?;
    world.pass_hours(3).await;
    expect("the writes later", world.writes_since(mark).len(), 2)
}

async fn waits_for_successor(world: &mut World) -> Outcome {
    existing(world, "newest", 2).await?;
    let mark = world.mark();
    world.desire(KIND, "newest", "Destroyed").await?;
    world
        .until_reason(KIND, "newest", "WaitingForSuccessor")
        .await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])?;
    world.console(json!({"change": "salesforce-rotate", "organization_id": "00DB000000040bIMAQ", "type": "Data"}))?;
    world.ask("SalesforceOrganization", "acme").await?;
    if world.setting.is("sfdc-backup-fields", "absent") {
        world.approve(KIND, "newest").await?;
    }
    world.until_ready(KIND, "newest").await?;
    writes_are(world, mark, &["destroy"])
}

async fn one_after_the_other(world: &mut World) -> Outcome {
    let mark = world.mark();
    world
        .apply(&manifests::tenant_secret("first", "Data"))
        .await?;
    let first = world.until_ready(KIND, "first").await?;
    let second = manifests::tenant_secret("second", "Data").replace("2025-06-01", "2026-01-06");
    world.apply(&second).await?;
    world.until_reason(KIND, "second", "NotDueYet").await?;
    world.pass_hours(2).await;
    world.pass_hours_without_operator(21).await;
    world.pass_hours(3).await;
    let second = world.until_ready(KIND, "second").await?;
    let distinct = text(&first, "/cloudId") != text(&second, "/cloudId");
    if world.setting.is("sfdc-created-date", "never") {
        return Ok(());
    }
    expect("they are two", distinct, true)?;
    let outcome = text(&second, "/history/0/outcome");
    expect("the outcome of the first try", outcome, "Succeeded")?;
    // So that everybody has heard that the first one is superseded.
    world.ask("SalesforceOrganization", "acme").await?;
    world.pass_minutes(10).await;
    writes_are(world, mark, &["keys", "keys"])
}

async fn certificates(world: &mut World) -> Outcome {
    const ORGANIZATION: &str = "00DB000000040bIMAQ";
    let certificate = |name: &str, days: u16| json!({"change": "salesforce-create-certificate", "organization_id": ORGANIZATION, "name": name, "days": days});
    let encrypted_for = |manifest: String, name: &str| manifest.replace("Wrapping2025", name);
    let mark = world.mark();
    world.console(certificate("New", 730))?;
    let uploaded = manifests::uploaded_tenant_secret("new", "Data");
    world.apply(&encrypted_for(uploaded, "New")).await?;
    world.until_ready(KIND, "new").await?;
    writes_are(world, mark, &["upload"])?;

    let uploaded = manifests::uploaded_tenant_secret("lost", "Analytics");
    world.apply(&encrypted_for(uploaded, "Lost")).await?;
    world.pass_minutes(10).await;
    world.until_reason(KIND, "lost", "NotFound").await?;
    world.pass_hours(3).await;
    world.console(certificate("Lost", 730))?;
    world.pass_hours(2).await;
    world.until_ready(KIND, "lost").await?;
    writes_are(world, mark, &["upload", "upload"])?;

    world.console(certificate("Old", 20))?;
    let rotation = manifests::rotation("data", "Data")
        + "  source: {upload: {sourceKey: {tier: local, id: b58f1c04-2d0c-4f3e-9b3a-6f2f0f9a1c55}, certificate: {name: Old}}}\n";
    world.apply(&rotation).await?;
    let is_told = !world.setting.is("sfdc-created-date", "never")
        && !world.setting.is("sfdc-certificate-end", "absent");
    if is_told {
        ends(world).await?;
        writes_are(world, mark, &["upload", "upload"])?;
    }
    world.delete("SalesforceRotation", "data").await
}

/// The certificate of the rotation ends before the next secret is due: it is told of, and nothing is uploaded for it.
async fn ends(world: &mut World) -> Outcome {
    // A certificate that is not needed yet is looked for once a day.
    world.pass_hours(26).await;
    let rotates = world.until_ready("SalesforceRotation", "data").await?;
    let told = condition(&rotates, "CertificateExpiring").map(|told| told.message);
    let told = told.unwrap_or_default();
    expect("what is told", told.contains("ends within 30 days"), true)?;
    world.pass_hours_without_operator(30 * 24).await;
    world.pass_hours(2).await;
    world
        .until_reason("SalesforceRotation", "data", "InvalidSpec")
        .await?;
    Ok(())
}
