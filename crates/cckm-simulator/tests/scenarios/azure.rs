//! Azure secrets: versions, soft-delete, purge, recovery, restore, and what CM sees of them.

use cckm_simulator::{AzureVault, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, id};

pub(crate) const SECRETS: &str = "/api/v1/cckm/azure/secrets";

pub(crate) fn vault() -> AzureVault {
    AzureVault {
        name: "vault".to_owned(),
        subscription_id: "sub".to_owned(),
        ..AzureVault::default()
    }
}

pub(crate) fn world() -> World {
    World::default().azure_vault(vault())
}

pub(crate) async fn create(bench: &Bench, name: &str) -> Value {
    let answer = bench.post(SECRETS, wish(name)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

pub(crate) fn wish(name: &str) -> Value {
    json!({ "secret_name": name, "key_vault": "vault::sub", "azure_param": { "value": "hunter2" } })
}

pub(crate) fn path(secret: &Value, action: &str) -> String {
    format!("{SECRETS}/{}{action}", id(secret))
}

#[tokio::test]
async fn a_secret_goes_round_its_whole_life() {
    let mut bench = Bench::new(world()).await;
    let secret = create(&bench, "db-password").await;
    assert_eq!(secret["status"], "AVAILABLE");
    assert_eq!(
        secret["azure_param"]["attributes"]["recoveryLevel"],
        "Recoverable+Purgeable"
    );
    assert!(
        secret["uri"]
            .as_str()
            .unwrap()
            .ends_with(&format!(":db-password-{}", id(&secret)))
    );

    let deleted = bench.act(&path(&secret, "/soft-delete")).await.json();
    assert_eq!(
        (&deleted["status"], &deleted["deleted"]),
        (&json!("SOFT-DELETED"), &json!(false))
    );
    assert_eq!(deleted["secret_soft_deleted_in_azure"], true);
    bench.pass(20).await;
    let recovered = bench.act(&path(&secret, "/recover")).await.json();
    assert_eq!(recovered["status"], "AVAILABLE");
    bench.pass(10).await;
    assert_eq!(
        bench.act(&path(&secret, "/soft-delete")).await.status,
        StatusCode::OK
    );
    bench.pass(20).await;
    let purged = bench.act(&path(&secret, "/hard-delete")).await.json();
    assert_eq!(
        (&purged["status"], &purged["deleted"], &purged["gone"]),
        (&json!("DELETED"), &json!(true), &json!(false))
    );
    let restored = bench.act(&path(&secret, "/restore")).await.json();
    assert_eq!(
        (&restored["status"], &restored["id"]),
        (&json!("AVAILABLE"), &secret["id"])
    );
}

#[tokio::test]
async fn the_same_name_again_makes_a_new_version_with_a_record_of_its_own() {
    let mut bench = Bench::new(world()).await;
    let first = create(&bench, "twice").await;
    bench.pass(1).await;
    let second = create(&bench, "TWICE").await;
    assert_ne!(first["id"], second["id"]);
    assert_ne!(first["version"], second["version"]);
    let all = bench.read(&format!("{SECRETS}?limit=-1")).await;
    assert_eq!(all["total"], 2);
    let latest = bench.read(&format!("{SECRETS}?version=-1")).await;
    assert_eq!(
        (&latest["total"], &latest["resources"][0]["id"]),
        (&json!(1), &second["id"])
    );
}

#[tokio::test]
async fn older_rows_follow_a_soft_delete_unless_they_are_stale() {
    for (switch, status) in [("follow", "SOFT-DELETED"), ("stale", "AVAILABLE")] {
        let mut bench = Bench::with(world(), &[&format!("azure-older-rows={switch}")]).await;
        let first = create(&bench, "twice").await;
        let second = create(&bench, "twice").await;
        bench.act(&path(&second, "/soft-delete")).await;
        assert_eq!(bench.read(&path(&first, "")).await["status"], status);
        bench.sync("azure/secrets").await;
        assert_eq!(
            bench.read(&path(&first, "")).await["status"],
            "SOFT-DELETED"
        );
    }
}

#[tokio::test]
async fn a_soft_deleted_name_and_a_hasty_purge_are_conflicts() {
    let mut bench = Bench::new(world()).await;
    let secret = create(&bench, "busy").await;
    bench.act(&path(&secret, "/soft-delete")).await;
    assert_eq!(
        bench.post(SECRETS, wish("busy")).await.status,
        StatusCode::CONFLICT
    );
    let hasty = bench.act(&path(&secret, "/hard-delete")).await;
    assert_eq!(hasty.status, StatusCode::CONFLICT);
    assert!(hasty.text.contains("currently being deleted"));
    bench.pass(20).await;
    assert_eq!(
        bench.act(&path(&secret, "/recover")).await.status,
        StatusCode::OK
    );
    let recovering = bench.post(SECRETS, wish("busy")).await;
    assert_eq!(recovering.status, StatusCode::CONFLICT);
    assert!(recovering.text.contains("ObjectIsBeingRecovered"));
    bench.pass(10).await;
    assert_eq!(
        bench.post(SECRETS, wish("busy")).await.status,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_state_refusal_has_the_status_that_is_set() {
    for status in [400, 409, 422] {
        let bench = Bench::with(world(), &[&format!("state-refusal-status={status}")]).await;
        let secret = create(&bench, "live").await;
        for action in ["/recover", "/hard-delete", "/restore"] {
            assert_eq!(
                bench.act(&path(&secret, action)).await.status.as_u16(),
                status,
                "{action}"
            );
        }
        assert_eq!(
            bench
                .call("DELETE", &path(&secret, ""), None)
                .await
                .status
                .as_u16(),
            status
        );
    }
}

#[tokio::test]
async fn purge_protection_refuses_with_the_status_that_is_set() {
    for (status, level) in [(403, 90), (409, 30)] {
        let protected = AzureVault {
            purge_protection: true,
            retention_days: level,
            ..vault()
        };
        let switch = format!("azure-purge-protection-status={status}");
        let mut bench = Bench::with(World::default().azure_vault(protected), &[&switch]).await;
        let secret = create(&bench, "safe").await;
        let expected = if level == 90 {
            "Recoverable"
        } else {
            "CustomizedRecoverable"
        };
        assert_eq!(
            secret["azure_param"]["attributes"]["recoveryLevel"],
            expected
        );
        bench.act(&path(&secret, "/soft-delete")).await;
        bench.pass(60).await;
        assert_eq!(
            bench
                .act(&path(&secret, "/hard-delete"))
                .await
                .status
                .as_u16(),
            status
        );
    }
}

#[tokio::test]
async fn a_vault_without_soft_delete_deletes_for_good() {
    let old = AzureVault {
        soft_delete: false,
        ..vault()
    };
    let bench = Bench::new(World::default().azure_vault(old)).await;
    let secret = create(&bench, "plain").await;
    assert_eq!(
        secret["azure_param"]["attributes"]["recoveryLevel"],
        "Purgeable"
    );
    let deleted = bench.act(&path(&secret, "/soft-delete")).await.json();
    assert_eq!(
        (&deleted["status"], &deleted["deleted"]),
        (&json!("DELETED"), &json!(true))
    );
    assert_eq!(
        bench.call("DELETE", &path(&secret, ""), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        bench.get(&path(&secret, "")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_end_of_retention_purges_and_a_synchronization_tells() {
    for (switch, status) in [("deleted", "DELETED"), ("kept", "SOFT-DELETED")] {
        let short = AzureVault {
            retention_days: 7,
            ..vault()
        };
        let switch = format!("azure-vanished-soft-deleted={switch}");
        let mut bench = Bench::with(World::default().azure_vault(short), &[&switch]).await;
        let secret = create(&bench, "fading").await;
        bench.act(&path(&secret, "/soft-delete")).await;
        bench.pass(7 * 86_400).await;
        assert_eq!(
            bench.simulator.truth()["azure"]["vaults"]["vault"]["secrets"],
            json!({})
        );
        assert_eq!(bench.read(&path(&secret, "")).await["gone"], false);
        bench.sync("azure/secrets").await;
        let row = bench.read(&path(&secret, "")).await;
        assert_ne!(row["syncedAt"], secret["syncedAt"]);
        assert_eq!(
            (&row["gone"], &row["status"]),
            (&json!(true), &json!(status))
        );
    }
}

#[tokio::test]
async fn a_change_in_azure_shows_only_after_a_synchronization() {
    let mut bench = Bench::new(world()).await;
    let secret = create(&bench, "shared").await;
    bench.console(
        json!({ "change": "azure-update", "vault": "vault", "name": "shared", "enabled": false }),
    );
    bench
        .console(json!({ "change": "azure-set", "vault": "vault", "name": "other", "value": "x" }));
    let before = bench.read(&path(&secret, "")).await;
    assert_eq!(before["azure_param"]["attributes"]["enabled"], true);
    let job = bench.sync("azure/secrets").await;
    assert_eq!(job["overall_status"], "completed");
    let after = bench.read(&path(&secret, "")).await;
    assert_eq!(after["azure_param"]["attributes"]["enabled"], false);
    assert_ne!(before["syncedAt"], after["syncedAt"]);
    let found = bench.read(&format!("{SECRETS}?secret_name=other")).await;
    assert_eq!(found["resources"][0]["key_material_origin"], "native");
}

#[tokio::test]
async fn restore_gives_the_id_that_is_set() {
    let mut bench = Bench::with(world(), &["azure-restore-id=new"]).await;
    let secret = create(&bench, "phoenix").await;
    bench.act(&path(&secret, "/soft-delete")).await;
    bench.pass(20).await;
    bench.act(&path(&secret, "/hard-delete")).await;
    let restored = bench.act(&path(&secret, "/restore")).await.json();
    assert_ne!(restored["id"], secret["id"]);
    assert_eq!(restored["version"], secret["version"]);
    assert_eq!(
        bench.get(&path(&secret, "")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench.read(&path(&restored, "")).await["status"],
        "AVAILABLE"
    );
}

#[tokio::test]
async fn a_deleted_record_keeps_its_name_when_the_switch_says_so() {
    let mut bench = Bench::with(world(), &["azure-deleted-record-blocks-create=true"]).await;
    let secret = create(&bench, "held").await;
    bench.act(&path(&secret, "/soft-delete")).await;
    bench.pass(20).await;
    bench.act(&path(&secret, "/hard-delete")).await;
    assert_eq!(
        bench.post(SECRETS, wish("held")).await.status,
        StatusCode::CONFLICT
    );
    bench.switch("azure-deleted-record-blocks-create=false");
    assert_eq!(
        bench.post(SECRETS, wish("held")).await.status,
        StatusCode::CREATED
    );
    // The record of the purged secret is not the live one's.
    assert_eq!(
        bench.call("DELETE", &path(&secret, ""), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(bench.read(SECRETS).await["total"], 1);
}

#[tokio::test]
async fn a_vault_is_found_and_added_before_its_secrets_are() {
    let unknown = AzureVault {
        registered: false,
        ..vault()
    };
    let bench = Bench::new(World::default().azure_vault(unknown)).await;
    assert_eq!(
        bench.post(SECRETS, wish("early")).await.status,
        StatusCode::NOT_FOUND
    );
    let wish = json!({ "connection": "azure", "subscription_id": "sub" });
    let found = bench
        .post("/api/v1/cckm/azure/get-vaults", wish)
        .await
        .json();
    let add = json!({ "connection": "azure", "subscription_id": "sub", "vaults": found["vaults"] });
    let added = bench
        .post("/api/v1/cckm/azure/add-vaults", add.clone())
        .await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    assert_eq!(
        bench
            .post("/api/v1/cckm/azure/add-vaults", add)
            .await
            .status,
        StatusCode::CONFLICT
    );
    let vaults = "/api/v1/cckm/azure/vaults";
    let row = &bench.read(vaults).await["resources"][0];
    assert_eq!(row["properties"]["softDeleteRetentionInDays"], 90);
    create(&bench, "early").await;
    let removed = bench
        .act(&format!("{vaults}/{}/remove-vault", id(row)))
        .await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(bench.read(SECRETS).await["total"], 0);
}

#[tokio::test]
async fn a_purged_secret_is_restored_to_another_vault() {
    let other = AzureVault {
        name: "other".to_owned(),
        subscription_id: "sub".to_owned(),
        ..AzureVault::default()
    };
    let mut bench = Bench::new(world().azure_vault(other)).await;
    let secret = create(&bench, "moving").await;
    bench.act(&path(&secret, "/soft-delete")).await;
    bench.pass(20).await;
    bench.act(&path(&secret, "/hard-delete")).await;
    let restored = bench
        .post(
            &path(&secret, "/restore"),
            json!({ "key_vault": "other::sub" }),
        )
        .await
        .json();
    assert_eq!(
        (&restored["status"], &restored["key_vault"]),
        (&json!("AVAILABLE"), &json!("other::sub"))
    );
    let truth = bench.simulator.truth();
    assert_eq!(truth["azure"]["vaults"]["vault"]["secrets"], json!({}));
    assert_eq!(
        truth["azure"]["vaults"]["other"]["secrets"]["moving"]["versions"][0]["value"],
        "hunter2"
    );
}

#[tokio::test]
async fn a_restore_doesnt_replace_a_secret_of_the_same_name() {
    let mut bench = Bench::new(world()).await;
    let secret = create(&bench, "taken").await;
    bench.act(&path(&secret, "/soft-delete")).await;
    bench.pass(20).await;
    bench.act(&path(&secret, "/hard-delete")).await;
    create(&bench, "taken").await;
    assert_eq!(
        bench.act(&path(&secret, "/restore")).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn azure_and_synchronization_take_the_time_that_is_set() {
    let switches = [
        "azure-deletion-seconds=0",
        "azure-recovery-seconds=0",
        "sync-seconds=0",
    ];
    let bench = Bench::with(world(), &switches).await;
    let secret = create(&bench, "quick").await;
    for action in ["/soft-delete", "/recover", "/soft-delete", "/hard-delete"] {
        let answer = bench.act(&path(&secret, action)).await;
        assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.text);
    }
    let jobs = format!("{SECRETS}/synchronization-jobs");
    let job = bench
        .post(&jobs, json!({ "synchronize_all": true }))
        .await
        .json();
    assert_eq!(
        bench.read(&format!("{jobs}/{}", id(&job))).await["overall_status"],
        "completed"
    );
    assert_eq!(bench.read(&path(&secret, "")).await["gone"], true);
}
