//! Approvals by pull request, as docs/approvals.md has them.

use libtest_mimic::Trial;
use playground::world::{
    Mark,
    object::{status, text},
};
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, trial},
    kustomization::Kustomization,
    manifests::{azure_secret, oci_key},
    shop::Shop,
};

const KIND: &str = "AzureSecret";
const NAME: &str = "db-password";
const FILE: &str = "keys/db-password.yaml";
const APPROVAL: &str = "purge-db-password";
const PURGE: &str = "/api/v1/cckm/azure/secrets/{id}/hard-delete";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "an approval counts where the approvers' account applies it, and is refused from the author's",
            by_pull_request,
        ),
        trial(
            "a Kustomization that names no account applies nothing",
            without_account,
        ),
    ]
}

async fn by_pull_request() -> Outcome {
    let mut shop = Shop::open().await?;
    let approvers = shop.namespace("approvals").await?;
    shop.account(&approvers, "approver", &["cckm-approver"])
        .await?;
    let file = azure_secret(NAME);
    let made = shop
        .commit("Ask for a password", &[(FILE, Some(&file))])
        .await?;
    let keys = shop.apply_keys(false).await?;
    keys.until_applied(&made).await?;
    shop.world.until_ready(KIND, NAME).await?;

    let file = azure_secret(NAME) + "  desiredState: Purged\n";
    let purged = shop.commit("Purge it", &[(FILE, Some(&file))]).await?;
    keys.until_applied(&purged).await?;
    let asking = shop
        .world
        .until_reason(KIND, NAME, "AwaitingApproval")
        .await?;
    let approver = format!("system:serviceaccount:{approvers}:approver");
    let approval = approval(&approver, status(&asking, "/plan/approvals")).to_string();

    // By the author, who has no other account.
    let files = [("keys/approval.yaml", Some(approval.as_str()))];
    let wrong = shop.commit("Approve it oneself", &files).await?;
    let message = keys.until_failed(&wrong, "ReconciliationFailed").await?;
    assert!(message.contains("forbidden"), "{message}");
    let made = shop.world.get("DestructionApproval", APPROVAL).await?;
    assert!(made.is_none(), "the author has approved");
    let reverted = shop.revert().await?;
    keys.until_applied(&reverted).await?;
    assert_eq!(purges(&shop).await?, 0);

    let files = [("approvals/shop/purge.yaml", Some(approval.as_str()))];
    let approved = shop.commit("Approve it", &files).await?;
    let mut approvals = shop.documented("shop")?;
    approvals["spec"]["wait"] = json!(true);
    let approvals = Kustomization::apply(shop.world.client(), &approvers, approvals).await?;
    approvals.until_applied(&approved).await?;
    let gone = shop.world.until_ready(KIND, NAME).await?;
    assert_eq!(text(&gone, "/remoteState"), "DELETED");
    let kind = "DestructionApproval";
    let spent = shop.world.until_reason(kind, APPROVAL, "Spent").await?;
    assert_eq!(purges(&shop).await?, 1);

    // Used up, it stays in git and does no harm.
    approvals.look_now().await?;
    approvals.until_applied(&approved).await?;
    let still = shop.world.until_reason(kind, APPROVAL, "Spent").await?;
    assert_eq!(still.metadata, spent.metadata);

    // Made anew it approves nothing, and holds nothing up.
    let anew = approval.replace(APPROVAL, "once-more");
    let files = [("approvals/shop/once-more.yaml", Some(anew.as_str()))];
    let useless = shop.commit("Approve it once more", &files).await?;
    let message = approvals
        .until_failed(&useless, "HealthCheckFailed")
        .await?;
    assert!(message.contains("/once-more status: 'Failed'"), "{message}");
    shop.world
        .until_reason(kind, "once-more", "NoMatch")
        .await?;
    assert_eq!(purges(&shop).await?, 1);
    Ok(())
}

fn approval(approver: &str, actions: &Value) -> Value {
    json!({
        "apiVersion": "cckm.dev/v1alpha1",
        "kind": "DestructionApproval",
        "metadata": {"name": APPROVAL},
        "spec": {
            "targetRef": {"kind": KIND, "name": NAME},
            "actions": actions,
            "reason": "CHG-4711",
            "approvedBy": approver,
        },
    })
}

/// The purges that were done. Azure refuses for some time after a soft-delete, and those are tries of the same act.
async fn purges(shop: &Shop) -> Outcome<usize> {
    let requests = shop.world.simulator.requests_since(Mark::default()).await?;
    let done = requests
        .iter()
        .filter(|request| request.is("POST", PURGE) && request.effect);
    Ok(done.count())
}

async fn without_account() -> Outcome {
    let shop = Shop::open().await?;
    let file = oci_key("master");
    let files = [("keys/master.yaml", Some(file.as_str()))];
    let commit = shop.commit("Ask for a key", &files).await?;
    let mut keys = shop.documented("keys")?;
    let spec = keys["spec"].as_object_mut().unwrap();
    spec.retain(|field, _| field != "serviceAccountName" && field != "dependsOn");
    let keys = shop.apply(keys).await?;
    let message = keys.until_failed(&commit, "ReconciliationFailed").await?;
    let nobody = format!("system:serviceaccount:{}:default", shop.world.namespace());
    assert!(
        message.contains("forbidden") && message.contains(&nobody),
        "{message}"
    );
    assert!(shop.world.get("OciKey", "master").await?.is_none());
    Ok(())
}
