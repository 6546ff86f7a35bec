//! What goes with a file, and what comes back with it.

use libtest_mimic::Trial;
use playground::{
    poll::eventually,
    world::{Mark, object::text},
};

use crate::{
    harness::{Outcome, PATIENCE, trial},
    manifests::oci_key,
    shop::Shop,
};

const KIND: &str = "OciKey";
const NAME: &str = "master";
const FILE: &str = "keys/master.yaml";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a git revert cancels a scheduled deletion, on the same key",
            reverted,
        ),
        trial(
            "a pruned key stays in the cloud, and the same manifest finds it again",
            pruned,
        ),
    ]
}

async fn reverted() -> Outcome {
    let shop = Shop::open().await?;
    let file = oci_key(NAME);
    let made = shop.commit("Ask for a key", &[(FILE, Some(&file))]).await?;
    let keys = shop.apply_keys(true).await?;
    keys.until_applied(&made).await?;
    let before = shop.world.until_ready(KIND, NAME).await?;
    let mark = shop.world.simulator.mark().await?;

    let file = oci_key(NAME) + "  desiredState: PendingDeletion\n";
    let deleted = shop.commit("Delete it", &[(FILE, Some(&file))]).await?;
    keys.until_applied(&deleted).await?;
    let gone = shop.world.until_ready(KIND, NAME).await?;
    assert_eq!(text(&gone, "/remoteState"), "PENDING_DELETION");

    let reverted = shop.revert().await?;
    keys.until_applied(&reverted).await?;
    let back = shop.world.until_ready(KIND, NAME).await?;
    assert_eq!(text(&back, "/remoteState"), "ENABLED");
    assert_eq!(text(&back, "/cloudId"), text(&before, "/cloudId"));
    let writes = ["schedule-deletion", "cancel-deletion"];
    assert_eq!(writes_since(&shop, mark).await?, writes);
    Ok(())
}

async fn pruned() -> Outcome {
    let shop = Shop::open().await?;
    let (file, other) = (oci_key(NAME), oci_key("other"));
    let files = [
        (FILE, Some(file.as_str())),
        ("keys/other.yaml", Some(other.as_str())),
    ];
    let made = shop.commit("Ask for two keys", &files).await?;
    let keys = shop.apply_keys(true).await?;
    keys.until_applied(&made).await?;
    let before = shop.world.until_ready(KIND, NAME).await?;
    let truth = shop.world.simulator.truth().await?;
    let mark = shop.world.simulator.mark().await?;

    let removed = shop.commit("Forget one", &[(FILE, None)]).await?;
    keys.until_applied(&removed).await?;
    eventually(PATIENCE, "the object is gone", async || {
        match shop.world.get(KIND, NAME).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err("it is there".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    assert_eq!(shop.world.simulator.truth().await?, truth);

    let back = shop.revert().await?;
    keys.until_applied(&back).await?;
    let after = shop.world.until_ready(KIND, NAME).await?;
    assert_eq!(text(&after, "/cloudId"), text(&before, "/cloudId"));
    assert!(writes_since(&shop, mark).await?.is_empty());
    Ok(())
}

/// The last parts of the paths of all writes that CM took, in order.
async fn writes_since(shop: &Shop, mark: Mark) -> Outcome<Vec<String>> {
    let requests = shop.world.simulator.requests_since(mark).await?;
    let writes = requests
        .iter()
        .filter(|request| request.is_write() && request.status.is_some_and(|status| status < 300));
    let last = writes.filter_map(|request| request.bare_path().rsplit('/').next());
    Ok(last.map(str::to_owned).collect())
}
