//! Rotations of Salesforce tenant secrets.

use cckm_simulator::{Fault, FaultKind};
use kube_simulator::Requests;
use playground::world::object::text;
use serde_json::json;

use super::{Scenario, expect, writes_are};
use crate::{Outcome, manifests, world::World};

const KIND: &str = "SalesforceRotation";
const SECRET: &str = "SalesforceTenantSecret";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario {
            sentence: "a rotation makes a secret when the ACTIVE one is too old, and after a month another, also when rebuilt",
            run: |world| Box::pin(rotated(world)),
        },
        Scenario {
            sentence: "what a rotation makes, a due tenant secret takes: one is made for both",
            run: |world| Box::pin(shared(world)),
        },
        Scenario {
            sentence: "two rotations of one type make nothing and name each other",
            run: |world| Box::pin(rivals(world)),
        },
        Scenario {
            sentence: "of archived secrets beyond keepArchived the oldest that no object names is destroyed, once approved, and an object brings it back",
            run: |world| Box::pin(archived(world)),
        },
        Scenario {
            sentence: "an approval to destroy an archived secret is good for one try, also where nothing was heard of it",
            run: |world| Box::pin(unheard(world)),
        },
        Scenario {
            sentence: "an object that comes to name an archived secret is heard while its approved destruction is on its way",
            run: |world| Box::pin(named_meanwhile(world)),
        },
        Scenario {
            sentence: "a suspended rotation shows what is due, and a type without an ACTIVE secret is not begun",
            run: |world| Box::pin(nothing_made(world)),
        },
    ]
}

/// Where CM tells no date of Salesforce's, it cannot be told which secret is the first since a date.
fn dated(world: &World) -> bool {
    !world.setting.is("sfdc-created-date", "never")
}

async fn rotated(world: &mut World) -> Outcome {
    let mark = world.mark();
    world.apply(&manifests::rotation("data", "Data")).await?;
    world.until_ready(KIND, "data").await?;
    let at_once = &["keys"];
    writes_are(world, mark, at_once)?;

    world.pass_hours_without_operator(29 * 24).await;
    world.pass_hours(2).await;
    writes_are(world, mark, at_once)?;
    world.lose_everything().await?;
    world.apply_standard().await?;
    world.apply(&manifests::rotation("data", "Data")).await?;
    world.until_ready(KIND, "data").await?;
    writes_are(world, mark, at_once)?;

    world.pass_hours_without_operator(24).await;
    world.pass_hours(2).await;
    world.until_ready(KIND, "data").await?;
    writes_are(world, mark, &["keys", "keys"])
}

async fn shared(world: &mut World) -> Outcome {
    let mark = world.mark();
    world
        .apply(&manifests::tenant_secret("data", "Data"))
        .await?;
    world
        .apply(&manifests::rotation("rotation", "Data"))
        .await?;
    let secret = world.until_ready(SECRET, "data").await?;
    let rotation = world.until_ready(KIND, "rotation").await?;
    world.pass_hours(3).await;
    writes_are(world, mark, &["keys"])?;
    let (taken, active) = (text(&secret, "/cloudId"), text(&rotation, "/cloudId"));
    if dated(world) {
        expect("what the tenant secret is", taken, active)?;
    }
    Ok(())
}

async fn rivals(world: &mut World) -> Outcome {
    let mark = world.mark();
    let suspended = manifests::rotation("one", "Data") + "  suspend: true\n";
    world.apply(&suspended).await?;
    world.apply(&manifests::rotation("two", "Data")).await?;
    world.until_reason(KIND, "one", "AlreadyManaged").await?;
    world.until_reason(KIND, "two", "AlreadyManaged").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])?;
    world.delete(KIND, "one").await?;
    world.ask(KIND, "two").await?;
    world.until_ready(KIND, "two").await?;
    Ok(())
}

async fn archived(world: &mut World) -> Outcome {
    let rotates = json!({"change": "salesforce-rotate", "organization_id": "00DB000000040bIMAQ", "type": "Data"});
    for _ in 0..2 {
        // Salesforce takes the next one after a day.
        world.pass_hours(25).await;
        world.console(rotates.clone())?;
    }
    world.ask("SalesforceOrganization", "acme").await?;
    world
        .apply(&manifests::existing_tenant_secret("first", 1))
        .await?;
    world.until_ready(SECRET, "first").await?;
    let mark = world.mark();
    let keeps = manifests::rotation("data", "Data") + "  keepArchived: 1\n";
    world.apply(&keeps).await?;
    if !dated(world) {
        world.pass_hours(1).await;
        return writes_are(world, mark, &[]);
    }
    let asks = world.until_reason(KIND, "data", "AwaitingApproval").await?;
    let asked = text(&asks, "/plan/approvals/0/cloudId");
    expect("what is asked", asked, "sfdc:00DB000000040bIMAQ:Data:2")?;
    world.pass_hours(8).await;
    writes_are(world, mark, &[])?;
    world.approve(KIND, "data").await?;
    world.until_ready(KIND, "data").await?;
    writes_are(world, mark, &["destroy"])?;

    // Nobody names the first one any more.
    world.delete(SECRET, "first").await?;
    world.ask(KIND, "data").await?;
    let asks = world.until_reason(KIND, "data", "AwaitingApproval").await?;
    let asked = text(&asks, "/plan/approvals/0/cloudId");
    expect("what is asked", asked, "sfdc:00DB000000040bIMAQ:Data:1")?;

    world
        .apply(&manifests::existing_tenant_secret("second", 2))
        .await?;
    world
        .until_reason(SECRET, "second", "RestoreNotAsked")
        .await?;
    let restore = json!({"metadata": {"annotations": {"cckm.dev/restore": "1"}}});
    world.patch(SECRET, "second", restore).await?;
    world.until_ready(SECRET, "second").await?;
    world.pass_hours(8).await;
    writes_are(world, mark, &["destroy", "import"])
}

/// A rotation that asks to destroy the one archived secret of the standard world. False: it cannot tell what is due.
async fn asks_for_the_first(world: &mut World) -> Outcome<bool> {
    if !dated(world) {
        return Ok(false);
    }
    let keeps = manifests::rotation("data", "Data").replace("everyDays: 30", "everyDays: 3650");
    world.apply(&(keeps + "  keepArchived: 0\n")).await?;
    world.until_reason(KIND, "data", "AwaitingApproval").await?;
    Ok(true)
}

async fn unheard(world: &mut World) -> Outcome {
    if !asks_for_the_first(world).await? {
        return Ok(());
    }
    let mark = world.mark();
    let answer = FaultKind::Answer {
        status: 504,
        body: "{}".to_owned(),
        content_type: "application/json".to_owned(),
    };
    world.line.simulator.inject(Fault::new("/destroy", answer));
    world.approve(KIND, "data").await?;
    world.until_reason(KIND, "data", "ApprovalStale").await?;
    world.pass_hours(8).await;
    world.until_reason(KIND, "data", "ApprovalStale").await?;
    writes_are(world, mark, &[])?;
    world.delete_all("DestructionApproval").await?;
    world.approve(KIND, "data").await?;
    world.until_ready(KIND, "data").await?;
    writes_are(world, mark, &["destroy"])
}

async fn named_meanwhile(world: &mut World) -> Outcome {
    if !asks_for_the_first(world).await? {
        return Ok(());
    }
    let mark = world.mark();
    let held = world
        .kube
        .hold(Requests::any().verb("get").resource("destructionapprovals"));
    world.approve(KIND, "data").await?;
    held.until_arrived(1).await;
    world
        .apply(&manifests::existing_tenant_secret("first", 1))
        .await?;
    held.release();
    world.until_ready(KIND, "data").await?;
    world.until_ready(SECRET, "first").await?;
    world.pass_hours(2).await;
    writes_are(world, mark, &[])
}

async fn nothing_made(world: &mut World) -> Outcome {
    let mark = world.mark();
    let suspended = manifests::rotation("data", "Data") + "  suspend: true\n";
    world.apply(&suspended).await?;
    if dated(world) {
        let shown = world.until_reason(KIND, "data", "Suspended").await?;
        let planned = text(&shown, "/plan/steps/0/action");
        expect("what is planned", planned, "Create")?;
    }
    let first = manifests::rotation("analytics", "Analytics");
    world.apply(&first).await?;
    world.until_reason(KIND, "analytics", "NotFound").await?;
    world.pass_hours(3).await;
    writes_are(world, mark, &[])?;
    let goes_on = json!({"spec": {"suspend": false}});
    world.patch(KIND, "data", goes_on).await?;
    world.until_ready(KIND, "data").await?;
    Ok(())
}
