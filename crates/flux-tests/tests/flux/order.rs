//! Managers and containers first, and then keys, as docs/flux.md has them.

use libtest_mimic::Trial;
use playground::world::object::{is_ready, summary};

use crate::{
    git::Commit,
    harness::{Outcome, trial},
    kustomization::Kustomization,
    manifests::{self, azure_secret, oci_key, tenant_secret},
    shop::Shop,
};

const SYNC: &str = "/api/v1/cckm/azure/secrets/synchronization-jobs";

/// The keys of [`commit_everything`].
pub(crate) const KEYS: [(&str, &str); 3] = [
    ("AzureSecret", "db-password"),
    ("OciKey", "master"),
    ("SalesforceTenantSecret", "data-2025-06"),
];

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "keys wait for the Kustomization of their managers and containers",
        keys_depend_on_vaults,
    )]
}

/// Everything of the standard world in one commit.
pub(crate) async fn commit_everything(shop: &Shop) -> Outcome<Commit> {
    let (_, vaults) = manifests::standard(&shop.world.simulator);
    let password = azure_secret("db-password")
        + "  contentType: text/plain
  tags: {team: billing, cost-center: \"4711\"}
  enabled: true
  expires: \"2035-01-01T00:00:00+02:00\"
  desiredState: Available
";
    let master = oci_key("master")
        + "  displayName: payments-master
  protectionMode: HSM
  freeformTags: {team: payments}
  rotation: {everyDays: 90}
  suspend: false
";
    let files = [
        ("vaults/vaults.yaml", vaults),
        ("keys/azure.yaml", password),
        ("keys/oci.yaml", master),
        (
            "keys/salesforce.yaml",
            tenant_secret("data-2025-06", "Data"),
        ),
    ];
    let files = files
        .each_ref()
        .map(|(name, text)| (*name, Some(text.as_str())));
    shop.commit("Ask for everything", &files).await
}

/// The Kustomization `vaults`, and its account.
pub(crate) async fn apply_vaults(shop: &Shop, interval: &str) -> Outcome<Kustomization> {
    let here = shop.world.namespace();
    let roles = ["cckm-admin", "cckm-author"];
    shop.account(here, "platform", &roles).await?;
    let mut vaults = shop.documented("vaults")?;
    vaults["spec"]["interval"] = interval.into();
    shop.apply(vaults).await
}

async fn keys_depend_on_vaults() -> Outcome {
    let shop = Shop::open_empty().await?;
    // A container is Ready after its first sync only.
    let mark = shop.world.simulator.mark().await?;
    shop.world.simulator.hold_reply("POST", SYNC).await?;
    let commit = commit_everything(&shop).await?;
    let vaults = apply_vaults(&shop, "1h").await?;
    shop.world.simulator.until_done(mark, "POST", SYNC).await?;

    let keys = shop.apply(shop.documented("keys")?).await?;
    keys.until_held_back().await?;
    let waiting = vaults.get().await?;
    assert!(!is_ready(&waiting), "{}", summary(&waiting));
    assert!(shop.world.get("OciKey", "master").await?.is_none());

    shop.world.simulator.release().await?;
    vaults.until_applied(&commit).await?;
    keys.until_applied(&commit).await?;
    for (kind, name) in KEYS {
        shop.world.until_ready(kind, name).await?;
    }
    Ok(())
}
