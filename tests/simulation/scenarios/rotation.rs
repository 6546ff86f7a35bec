//! Rotations of Salesforce tenant secrets.

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
