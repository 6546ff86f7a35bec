//! What lists, jobs and answers about Azure secrets look like, and what is taken.

use cckm_simulator::{AzureSecret, AzureVault, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    azure::{SECRETS, create, path, vault, wish, world},
    support::{Bench, id},
};

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
