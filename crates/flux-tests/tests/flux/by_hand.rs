//! What people do with kubectl to what Flux applies.

use kube::core::DynamicObject;
use libtest_mimic::Trial;
use playground::{
    poll::eventually,
    world::object::{condition, is_ready, summary, text},
};

use crate::{
    at_rest::differences,
    harness::{Outcome, PATIENCE, trial},
    kustomization::REQUESTED,
    manifests::azure_secret,
    shop::Shop,
};

const KIND: &str = "AzureSecret";
const NAME: &str = "db-password";

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "what is set by hand lasts until Flux looks again, and a look that was asked for is answered",
        until_flux_looks,
    )]
}

async fn until_flux_looks() -> Outcome {
    let shop = Shop::open().await?;
    let file = azure_secret(NAME);
    let files = [("keys/db-password.yaml", Some(file.as_str()))];
    let commit = shop.commit("Ask for a password", &files).await?;
    let keys = shop.apply_keys(true).await?;
    keys.until_applied(&commit).await?;

    let key = format!("azuresecret/{NAME}");
    let asked = format!("{REQUESTED}=by-hand");
    kubectl(&shop, &["annotate", "--overwrite", &key, &asked]).await?;
    let answered = |key: &DynamicObject| {
        let answer = text(key, "/lastHandledReconcileAt");
        (answer == "by-hand").then_some(()).ok_or(answer.to_owned())
    };
    shop.world
        .until(KIND, NAME, "the request is answered", answered)
        .await?;
    let suspend = r#"{"spec": {"suspend": true}}"#;
    kubectl(&shop, &["patch", &key, "--type=merge", "--patch", suspend]).await?;
    let suspended = |key: &DynamicObject| {
        let suspended = condition(key, "Suspended").map(drop);
        suspended.ok_or_else(|| summary(key))
    };
    shop.world
        .until(KIND, NAME, "it is suspended", suspended)
        .await?;

    keys.look_now().await?;
    let as_in_git = |key: &DynamicObject| {
        let annotated = key.metadata.annotations.as_ref();
        let annotated = annotated.is_some_and(|all| all.contains_key(REQUESTED));
        let suspended = condition(key, "Suspended").is_some();
        let so =
            is_ready(key) && !annotated && !suspended && key.data["spec"].get("suspend").is_none();
        so.then_some(()).ok_or_else(|| summary(key))
    };
    shop.world
        .until(KIND, NAME, "it is as it is in git", as_in_git)
        .await?;
    let key = shop.world.get(KIND, NAME).await?.ok_or("the key is gone")?;
    answered(&key)?;
    // It speaks of the difference, so that its silence elsewhere means something.
    eventually(PATIENCE, "Flux speaks of it", async || {
        let said = differences(&shop)
            .await
            .map_err(|error| error.to_string())?;
        (!said.is_empty())
            .then_some(())
            .ok_or("it does not".to_owned())
    })
    .await?;
    Ok(())
}

async fn kubectl(shop: &Shop, arguments: &[&str]) -> Outcome {
    let here = ["--namespace", shop.world.namespace()];
    let arguments = [&here[..], arguments].concat();
    let output = shop.world.control_plane().kubectl(&arguments).await?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into())
}
