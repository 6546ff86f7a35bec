//! Azure secrets: versions, soft-delete, purge, recovery, restore, and what CM sees of them.

use cckm_simulator::{AzureSecret, AzureVault, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, id};

const SECRETS: &str = "/api/v1/cckm/azure/secrets";

fn vault() -> AzureVault {
    AzureVault {
        name: "vault".to_owned(),
        subscription_id: "sub".to_owned(),
        ..AzureVault::default()
    }
}

fn world() -> World {
    World::default().azure_vault(vault())
}

async fn create(bench: &Bench, name: &str) -> Value {
    let answer = bench.post(SECRETS, wish(name)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

fn wish(name: &str) -> Value {
    json!({ "secret_name": name, "key_vault": "vault::sub", "azure_param": { "value": "hunter2" } })
}

fn path(secret: &Value, action: &str) -> String {
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
async fn the_value_is_kept_in_the_cloud_and_not_answered() {
    let bench = Bench::new(world()).await;
    let secret = create(&bench, "quiet").await;
    assert!(!secret.to_string().contains("hunter2"));
    assert!(
        bench.simulator.truth()["azure"]
            .to_string()
            .contains("hunter2")
    );
    bench.switch("secret-values-echoed=true");
    assert_eq!(
        bench.read(&path(&secret, "")).await["azure_param"]["value"],
        "hunter2"
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
async fn a_synchronization_without_news_moves_the_volatile_fields() {
    let mut bench = Bench::new(world()).await;
    let secret = create(&bench, "still").await;
    bench.sync("azure/secrets").await;
    let mut after = bench.read(&path(&secret, "")).await;
    for field in ["updatedAt", "syncedAt"] {
        assert_ne!(secret[field], after[field], "{field}");
        after[field] = secret[field].clone();
    }
    assert_eq!(secret, after);
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
async fn a_patch_replaces_or_merges_tags_and_leaves_the_rest() {
    for (switch, tags) in [
        ("replaced", json!({ "b": "2" })),
        ("merged", json!({ "a": "1", "b": "2" })),
    ] {
        let bench = Bench::with(world(), &[&format!("tags-on-patch={switch}")]).await;
        let mut body = wish("tagged");
        body["azure_param"]["tags"] = json!({ "a": "1" });
        body["azure_param"]["contentType"] = json!("text/plain");
        let secret = bench.post(SECRETS, body).await.json();
        let patched = bench
            .call(
                "PATCH",
                &path(&secret, ""),
                Some(json!({ "tags": { "b": "2" } })),
            )
            .await
            .json();
        assert_eq!(patched["azure_param"]["tags"], tags);
        assert_eq!(patched["azure_param"]["contentType"], "text/plain");
    }
}

#[tokio::test]
async fn the_spelling_of_the_content_type_is_as_set() {
    let bench = Bench::with(
        world(),
        &[
            "azure-content-type-accepted=snake-case",
            "azure-content-type-returned=snake-case",
        ],
    )
    .await;
    let mut body = wish("typed");
    body["azure_param"]["contentType"] = json!("ignored");
    let ignored = bench.post(SECRETS, body).await.json();
    assert_eq!(ignored["azure_param"].get("content_type"), None);
    let mut body = wish("typed");
    body["azure_param"]["content_type"] = json!("text/plain");
    let taken = bench.post(SECRETS, body).await.json();
    assert_eq!(taken["azure_param"]["content_type"], "text/plain");
    bench.switch("azure-content-type-accepted=camel-case");
    let patch = json!({ "contentType": "a", "content_type": "b" });
    let patched = bench
        .call("PATCH", &path(&taken, ""), Some(patch))
        .await
        .json();
    assert_eq!(patched["azure_param"]["content_type"], "a");
}

#[tokio::test]
async fn dates_have_the_form_that_is_set() {
    let bench = Bench::new(world()).await;
    let dated = |exp: Value| {
        let mut body = wish("dated");
        body["azure_param"]["attributes"] = json!({ "exp": exp });
        body
    };
    let number = bench
        .post(SECRETS, dated(json!("2027-01-01T00:00:00Z")))
        .await
        .json();
    assert_eq!(number["azure_param"]["attributes"]["exp"], 1_798_761_600);
    bench.switch("azure-dates-returned=string");
    let text = bench.read(&path(&number, "")).await;
    assert_eq!(
        text["azure_param"]["attributes"]["exp"],
        "2027-01-01T00:00:00Z"
    );
    bench.switch("azure-dates-accepted=number");
    assert_eq!(
        bench
            .post(SECRETS, dated(json!("2027-01-01T00:00:00Z")))
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    bench.switch("azure-dates-accepted=string");
    assert_eq!(
        bench
            .post(SECRETS, dated(json!(1_798_761_600)))
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn azures_limits_are_enforced() {
    let bench = Bench::new(world()).await;
    let with = |path: &str, value: Value| {
        let mut body = wish("limits");
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let parameter = |name: &str, value: Value| {
        let mut body = wish("limits");
        body["azure_param"][name] = value;
        body
    };
    let many: serde_json::Map<String, Value> =
        (0..16).map(|n| (format!("t{n}"), json!("v"))).collect();
    for body in [
        with("/secret_name", json!("under_score")),
        with("/secret_name", json!("n".repeat(128))),
        with("/azure_param/value", json!("v".repeat(25 * 1024 + 1))),
        with("/azure_param/value", json!("")),
        parameter("contentType", json!("c".repeat(256))),
        parameter("tags", json!({ "a": "b:c" })),
        parameter("tags", json!({ "a": "100%" })),
        parameter("tags", Value::Object(many)),
        parameter("attributes", json!({ "exp": 5, "nbf": 6 })),
    ] {
        let answer = bench.post(SECRETS, body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    for body in [
        with("/secret_name", json!("n".repeat(127))),
        with("/azure_param/value", json!("v".repeat(25 * 1024))),
        parameter("contentType", json!("c".repeat(255))),
    ] {
        assert_eq!(bench.post(SECRETS, body).await.status, StatusCode::CREATED);
    }
    let mut elsewhere = wish("limits");
    elsewhere["key_vault"] = json!("other::sub");
    assert_eq!(
        bench.post(SECRETS, elsewhere).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_created_secret_is_unknown_until_it_is_replicated() {
    let bench = Bench::with(world(), &["replication-delay-ms=500"]).await;
    let secret = create(&bench, "lagging").await;
    assert_eq!(
        bench.get(&path(&secret, "")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(bench.read(SECRETS).await["total"], 0);
    bench
        .simulator
        .advance(jiff::SignedDuration::from_millis(500));
    assert_eq!(bench.get(&path(&secret, "")).await.status, StatusCode::OK);
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
async fn lists_are_paged_sorted_and_filtered() {
    let secrets = (0..12)
        .map(|n| AzureSecret {
            name: format!("s{n:02}"),
            value: "v".to_owned(),
            ..AzureSecret::default()
        })
        .collect();
    let bench = Bench::new(World::default().azure_vault(AzureVault { secrets, ..vault() })).await;
    let page = bench.read(SECRETS).await;
    assert_eq!((&page["total"], &page["limit"]), (&json!(12), &json!(10)));
    assert_eq!(page["resources"].as_array().unwrap().len(), 10);
    let page = bench
        .read(&format!("{SECRETS}?sort=-secret_name&skip=1&limit=1"))
        .await;
    assert_eq!(page["resources"][0]["secret_name"], "s10");
    let all = bench
        .read(&format!(
            "{SECRETS}?limit=-1&key_vault=vault::sub&status=AVAILABLE"
        ))
        .await;
    assert_eq!(all["resources"].as_array().unwrap().len(), 12);
    let answer = bench.get(&format!("{SECRETS}?secretname=s01")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        bench.read(&format!("{SECRETS}?secret_name=none")).await["resources"],
        json!([])
    );
    bench.switch("empty-resources=null");
    assert_eq!(
        bench.read(&format!("{SECRETS}?secret_name=none")).await["resources"],
        Value::Null
    );
}

#[tokio::test]
async fn a_synchronization_may_fail_or_stop_half_way() {
    for (outcome, known) in [("failed", 0), ("partial", 2)] {
        let mut bench = Bench::with(world(), &[&format!("sync-outcome={outcome}")]).await;
        for name in ["a", "b", "c"] {
            bench.console(
                json!({ "change": "azure-set", "vault": "vault", "name": name, "value": "v" }),
            );
        }
        let job = bench.sync("azure/secrets").await;
        assert_eq!(job["overall_status"], "failed");
        assert_eq!(bench.read(SECRETS).await["total"], known, "{outcome}");
    }
}

#[tokio::test]
async fn a_cancelled_synchronization_reads_nothing() {
    let mut bench = Bench::new(world()).await;
    bench.console(json!({ "change": "azure-set", "vault": "vault", "name": "new", "value": "v" }));
    let jobs = format!("{SECRETS}/synchronization-jobs");
    let job = bench
        .post(&jobs, json!({ "key_vaults": ["vault::sub"] }))
        .await
        .json();
    let cancelled = bench
        .act(&format!("{jobs}/{}/cancel", id(&job)))
        .await
        .json();
    assert_eq!(
        (&cancelled["abort"], &cancelled["overall_status"]),
        (&json!(true), &json!("in_progress"))
    );
    bench.pass(2).await;
    assert_eq!(
        bench.read(&format!("{jobs}/{}", id(&job))).await["overall_status"],
        "completed"
    );
    assert_eq!(bench.read(SECRETS).await["total"], 0);
    let again = bench.act(&format!("{jobs}/{}/cancel", id(&job))).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    let both = json!({ "key_vaults": ["vault::sub"], "synchronize_all": true });
    assert_eq!(
        bench.post(&jobs, both).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench.post(&jobs, json!({})).await.status,
        StatusCode::BAD_REQUEST
    );
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

#[tokio::test]
async fn jobs_are_listed_by_what_they_read() {
    let mut bench = Bench::new(world()).await;
    bench.sync("azure/secrets").await;
    bench.sync("oci").await;
    let jobs = format!("{SECRETS}/synchronization-jobs");
    let vault = bench.ids["azure_vaults"]["vault"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        bench
            .read(&format!(
                "{jobs}?overall_status=completed&key_vaults={vault}"
            ))
            .await["total"],
        1
    );
    assert_eq!(
        bench.read(&format!("{jobs}?key_vaults=none")).await["total"],
        0
    );
    let oci = bench.read("/api/v1/cckm/oci/synchronization-jobs").await;
    assert_eq!(oci["total"], 1);
    assert_eq!(
        bench
            .get(&format!("{jobs}/{}", id(&oci["resources"][0])))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}
