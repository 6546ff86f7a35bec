//! OCI keys: transitional states, deletion windows, versions, backups, replicas.

use cckm_simulator::{LifecycleState, OciKey, OciVault, VaultKey, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, id};

const KEYS: &str = "/api/v1/cckm/oci/keys";
const DAY: i64 = 86_400;
const COMPARTMENT: &str = "ocid1.compartment.oc1..simulator";

fn vault(keys: Vec<OciKey>) -> OciVault {
    OciVault {
        id: Some("vault".to_owned()),
        name: "vault".to_owned(),
        keys,
        ..OciVault::default()
    }
}

fn with_key(key: OciKey) -> World {
    let key = OciKey {
        id: Some("key".to_owned()),
        name: "key".to_owned(),
        ..key
    };
    World::default().oci_vault(vault(vec![key]))
}

fn in_state(state: LifecycleState) -> World {
    with_key(OciKey {
        state,
        ..OciKey::default()
    })
}

fn wish() -> Value {
    json!({
        "vault": "vault", "name": "new", "algorithm": "AES", "length": 32,
        "protection_mode": "SOFTWARE", "compartment_id": COMPARTMENT,
    })
}

async fn act(bench: &Bench, action: &str) -> Value {
    let answer = bench.act(&format!("{KEYS}/key/{action}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.text);
    answer.json()["oci_params"]["lifecycle_state"].clone()
}

async fn stored(bench: &Bench) -> Value {
    bench.read(&format!("{KEYS}/key")).await
}

async fn schedule(bench: &Bench, days: i64) -> (StatusCode, Value) {
    let answer = bench
        .post(
            &format!("{KEYS}/key/schedule-deletion"),
            json!({ "days": days }),
        )
        .await;
    (answer.status, answer.json())
}

/// The key's OCID.
async fn ocid(bench: &Bench) -> Value {
    stored(bench).await["oci_params"]["key_id"].clone()
}

#[tokio::test]
async fn a_transitional_state_settles_in_the_cloud_and_shows_after_a_refresh() {
    let mut bench = Bench::new(World::default().oci_vault(vault(Vec::new()))).await;
    let answer = bench.post(KEYS, wish()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let key = answer.json();
    assert_eq!(key["oci_params"]["lifecycle_state"], "CREATING");
    let path = format!("{KEYS}/{}", id(&key));
    bench.pass(5).await;
    assert_eq!(
        bench.simulator.truth()["oci"]["keys"][0]["lifecycle"]["state"],
        "ENABLED"
    );
    assert_eq!(
        bench.read(&path).await["oci_params"]["lifecycle_state"],
        "CREATING"
    );
    let refreshed = bench.act(&format!("{path}/refresh")).await.json();
    assert_eq!(refreshed["oci_params"]["lifecycle_state"], "ENABLED");
    assert_ne!(refreshed["refreshed_at"], key["refreshed_at"]);
    assert_eq!(bench.read(&path).await, refreshed);
}

#[tokio::test]
async fn a_refresh_or_synchronization_without_news_moves_the_volatile_fields() {
    let mut bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    let before = stored(&bench).await;
    bench.pass(1).await;
    act(&bench, "refresh").await;
    let refreshed = stored(&bench).await;
    bench.sync("oci").await;
    let mut synchronized = stored(&bench).await;
    for field in ["updatedAt", "refreshed_at"] {
        assert_ne!(before[field], refreshed[field], "{field}");
        assert_ne!(refreshed[field], synchronized[field], "{field}");
        synchronized[field] = before[field].clone();
    }
    assert_eq!(before, synchronized);
}

#[tokio::test]
async fn a_key_is_disabled_and_enabled() {
    let mut bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    assert_eq!(
        bench.act(&format!("{KEYS}/key/enable")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(act(&bench, "disable").await, "DISABLING");
    assert_eq!(
        bench.act(&format!("{KEYS}/key/enable")).await.status,
        StatusCode::BAD_REQUEST
    );
    bench.pass(5).await;
    assert_eq!(act(&bench, "refresh").await, "DISABLED");
    let patch = bench
        .call(
            "PATCH",
            &format!("{KEYS}/key"),
            Some(json!({ "display_name": "x" })),
        )
        .await;
    assert_eq!(patch.status, StatusCode::BAD_REQUEST);
    assert!(
        patch
            .text
            .contains("must be in one of the following states")
            || patch.text.contains("ENABLED")
    );
    assert_eq!(act(&bench, "enable").await, "ENABLING");
    bench.pass(5).await;
    let patch = bench
        .call(
            "PATCH",
            &format!("{KEYS}/key"),
            Some(json!({ "display_name": "x" })),
        )
        .await
        .json();
    assert_eq!(
        (
            &patch["oci_params"]["lifecycle_state"],
            &patch["oci_params"]["display_name"]
        ),
        (&json!("UPDATING"), &json!("x"))
    );
}

#[tokio::test]
async fn a_deletion_waits_for_its_window_and_happens_in_the_cloud() {
    for (switch, state, gone) in [
        ("both", "DELETED", true),
        ("state", "DELETED", false),
        ("gone", "PENDING_DELETION", true),
    ] {
        let world = in_state(LifecycleState::Enabled);
        let mut bench = Bench::with(world, &[&format!("oci-final-deletion={switch}")]).await;
        for days in [6, 31] {
            assert_eq!(schedule(&bench, days).await.0, StatusCode::BAD_REQUEST);
        }
        let (_, scheduled) = schedule(&bench, 7).await;
        assert_eq!(
            scheduled["oci_params"]["lifecycle_state"],
            "SCHEDULING_DELETION"
        );
        assert_eq!(
            scheduled["oci_params"]["time_of_deletion"],
            "2026-01-22T08:00:00Z"
        );
        bench.pass(5).await;
        assert_eq!(act(&bench, "refresh").await, "PENDING_DELETION");
        assert_eq!(schedule(&bench, 7).await.0, StatusCode::BAD_REQUEST);
        bench.pass(7 * DAY).await;
        assert_eq!(
            bench.simulator.truth()["oci"]["keys"][0]["lifecycle"]["state"],
            "DELETED"
        );
        assert_eq!(stored(&bench).await["gone"], false);
        act(&bench, "refresh").await;
        let row = stored(&bench).await;
        assert_eq!(
            (&row["oci_params"]["lifecycle_state"], &row["gone"]),
            (&json!(state), &json!(gone)),
            "{switch}"
        );
    }
}

#[tokio::test]
async fn a_deletion_is_cancelled_only_once_it_is_pending_unless_the_switch_says_otherwise() {
    for (switch, status) in [("refused", 400), ("accepted", 200)] {
        let world = in_state(LifecycleState::Enabled);
        let mut bench =
            Bench::with(world, &[&format!("oci-cancel-while-scheduling={switch}")]).await;
        schedule(&bench, 7).await;
        let early = bench.act(&format!("{KEYS}/key/cancel-deletion")).await;
        assert_eq!(early.status.as_u16(), status, "{switch}");
        if status == 400 {
            bench.pass(5).await;
            assert_eq!(act(&bench, "cancel-deletion").await, "CANCELLING_DELETION");
        }
        bench.pass(5).await;
        assert_eq!(act(&bench, "refresh").await, "ENABLED");
        assert_eq!(
            stored(&bench).await["oci_params"].get("time_of_deletion"),
            None
        );
        bench.pass(8 * DAY).await;
        assert_eq!(act(&bench, "refresh").await, "ENABLED");
    }
}

#[tokio::test]
async fn a_disabled_key_comes_back_from_deletion_as_is_set() {
    for (switch, state) in [("disabled", "DISABLED"), ("enabled", "ENABLED")] {
        let world = in_state(LifecycleState::Disabled);
        let mut bench = Bench::with(world, &[&format!("oci-cancel-of-disabled={switch}")]).await;
        schedule(&bench, 7).await;
        bench.pass(5).await;
        act(&bench, "cancel-deletion").await;
        bench.pass(5).await;
        assert_eq!(act(&bench, "refresh").await, state);
    }
}

#[tokio::test]
async fn lengths_curves_and_names_have_to_fit() {
    let bench = Bench::new(World::default().oci_vault(vault(Vec::new()))).await;
    for (algorithm, length, curve, fits) in [
        ("AES", 16, None, true),
        ("AES", 256, None, false),
        ("RSA", 512, None, true),
        ("RSA", 2048, None, false),
        ("ECDSA", 66, Some("NIST_P521"), true),
        ("ECDSA", 32, Some("NIST_P384"), false),
        ("ECDSA", 32, None, false),
        ("AES", 32, Some("NIST_P256"), false),
        ("DES", 8, None, false),
    ] {
        let mut body = wish();
        body["algorithm"] = json!(algorithm);
        body["length"] = json!(length);
        body["curve_id"] = json!(curve);
        let status = bench.post(KEYS, body).await.status;
        assert_eq!(
            status == StatusCode::CREATED,
            fits,
            "{algorithm} {length} {curve:?}"
        );
    }
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("n".repeat(256))),
        ("protection_mode", json!("PAPER")),
        ("vault", json!("none")),
        ("compartment_id", json!("ocid1.compartment.oc1..none")),
    ] {
        let mut body = wish();
        body[field] = value;
        assert!(
            bench.post(KEYS, body).await.status.is_client_error(),
            "{field}"
        );
    }
}

#[tokio::test]
async fn tags_are_limited_and_namespaces_have_to_exist() {
    let mut world = in_state(LifecycleState::Enabled);
    world.oci.tag_namespaces = vec!["team".to_owned()];
    let mut bench = Bench::new(world).await;
    let tags = |count: usize| -> Value {
        let tags: serde_json::Map<_, _> =
            (0..count).map(|n| (format!("t{n}"), json!("v"))).collect();
        json!({ "freeform_tags": tags })
    };
    let path = format!("{KEYS}/key");
    for body in [
        tags(11),
        json!({ "freeform_tags": { "a.b": "v" } }),
        json!({ "freeform_tags": { "a": "v".repeat(257) } }),
        json!({ "defined_tags": { "other": { "a": "b" } } }),
    ] {
        assert_eq!(
            bench.call("PATCH", &path, Some(body.clone())).await.status,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    assert_eq!(
        bench.call("PATCH", &path, Some(tags(10))).await.status,
        StatusCode::OK
    );
    bench.pass(5).await;
    bench.switch("tags-on-patch=merged");
    let more = bench
        .call(
            "PATCH",
            &path,
            Some(json!({ "freeform_tags": { "eleventh": "v" } })),
        )
        .await;
    assert_eq!(
        more.status,
        StatusCode::BAD_REQUEST,
        "merged, they would be eleven"
    );
    let changed = bench
        .call(
            "PATCH",
            &path,
            Some(json!({ "freeform_tags": { "t0": "w" } })),
        )
        .await
        .json();
    assert_eq!(
        changed["oci_params"]["freeform_tags"]
            .as_object()
            .unwrap()
            .len(),
        10
    );
    bench.pass(5).await;
    bench.switch("tags-on-patch=replaced");
    let defined = json!({ "freeform_tags": {}, "defined_tags": { "team": { "cost": "7" } } });
    let replaced = bench.call("PATCH", &path, Some(defined)).await.json();
    assert_eq!(replaced["oci_params"]["freeform_tags"], json!({}));
    assert_eq!(replaced["oci_params"]["defined_tags"]["team"]["cost"], "7");
}

#[tokio::test]
async fn a_rotation_makes_a_version_current_which_then_cant_be_deleted() {
    let mut bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    let versions = format!("{KEYS}/key/versions");
    let answer = bench.post(&versions, json!({ "is_native": true })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let version = answer.json();
    bench.pass(5).await;
    act(&bench, "refresh").await;
    let all = bench.read(&versions).await;
    assert_eq!(all["total"], 2);
    assert_eq!(
        stored(&bench).await["oci_params"]["current_key_version"],
        version["oci_key_version_params"]["version_id"]
    );
    let current = bench
        .post(
            &format!("{versions}/{}/schedule-deletion", id(&version)),
            json!({}),
        )
        .await;
    assert_eq!(current.status, StatusCode::BAD_REQUEST);
    assert!(current.text.contains("current key version"));
    let old = id(&all["resources"][0]);
    let scheduled = bench
        .act(&format!("{versions}/{old}/schedule-deletion"))
        .await
        .json();
    assert_eq!(
        scheduled["oci_key_version_params"]["lifecycle_state"],
        "SCHEDULING_DELETION"
    );
    assert!(scheduled["oci_key_version_params"]["time_of_deletion"].is_string());
    bench.pass(5).await;
    let cancelled = bench
        .act(&format!("{versions}/{old}/cancel-deletion"))
        .await
        .json();
    assert_eq!(
        cancelled["oci_key_version_params"]["lifecycle_state"],
        "CANCELLING_DELETION"
    );
}

#[tokio::test]
async fn a_version_is_read_with_a_trailing_slash_unless_the_switch_says_otherwise() {
    let bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    let version = id(&bench.read(&format!("{KEYS}/key/versions")).await["resources"][0]);
    let path = format!("{KEYS}/key/versions/{version}");
    assert_eq!(bench.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bench.get(&format!("{path}/")).await.status, StatusCode::OK);
    assert_eq!(
        bench.get(&format!("{KEYS}/key/")).await.status,
        StatusCode::NOT_FOUND
    );
    bench.switch("oci-version-needs-slash=false");
    assert_eq!(bench.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn material_of_cm_can_be_uploaded_and_rotated_to() {
    let source = VaultKey {
        id: Some("source".to_owned()),
        name: "mine".to_owned(),
        ..VaultKey::default()
    };
    let rsa = VaultKey {
        id: Some("rsa".to_owned()),
        name: "rsa".to_owned(),
        algorithm: "RSA".to_owned(),
        size: 1024,
    };
    let mut bench = Bench::new(
        in_state(LifecycleState::Enabled)
            .vault_key(source)
            .vault_key(rsa),
    )
    .await;
    let upload = |source: &str| {
        json!({
            "vault": "vault", "name": "byok", "protection_mode": "HSM",
            "compartment_id": COMPARTMENT, "source_key_identifier": source,
        })
    };
    let key = bench
        .post("/api/v1/cckm/oci/upload-key", upload("source"))
        .await
        .json();
    assert_eq!(
        (&key["key_material_origin"], &key["oci_params"]["length"]),
        (&json!("cckm"), &json!(32))
    );
    assert_eq!(
        bench
            .post("/api/v1/cckm/oci/upload-key", upload("rsa"))
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench
            .post("/api/v1/cckm/oci/upload-key", upload("none"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    bench.pass(5).await;
    let rotate = json!({ "is_native": false, "source_key_identifier": "source" });
    let version = bench
        .post(&format!("{KEYS}/key/versions"), rotate)
        .await
        .json();
    assert_eq!(version["source_key_name"], "mine");
    assert_eq!(version["oci_key_version_params"]["origin"], "EXTERNAL");
    let none = bench
        .post(
            &format!("{KEYS}/key/versions"),
            json!({ "is_native": false }),
        )
        .await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_deleted_key_is_restored_from_cms_backup() {
    let mut bench = Bench::new(in_state(LifecycleState::Deleted)).await;
    let before = ocid(&bench).await;
    let answer = bench.act(&format!("{KEYS}/key/restore")).await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert_eq!(
        stored(&bench).await["oci_params"]["lifecycle_state"],
        "DELETED",
        "CM is still working"
    );
    bench.pass(5).await;
    let after = stored(&bench).await;
    assert_eq!(
        (
            &after["oci_params"]["lifecycle_state"],
            &after["oci_params"]["key_id"]
        ),
        (&json!("ENABLED"), &before)
    );
    assert_eq!(
        bench.act(&format!("{KEYS}/key/restore")).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_restored_key_may_have_a_new_ocid_and_be_unreadable_meanwhile() {
    let switches = ["oci-restore-ocid=new", "oci-get-fails-during-restore=true"];
    let mut bench = Bench::with(in_state(LifecycleState::Deleted), &switches).await;
    let before = ocid(&bench).await;
    bench.act(&format!("{KEYS}/key/restore")).await;
    let busy = bench.get(&format!("{KEYS}/key")).await;
    assert_eq!(
        (busy.status, busy.symbol().as_str()),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "NCERRInternalServerError"
        )
    );
    bench.pass(5).await;
    let after = stored(&bench).await;
    assert_ne!(after["oci_params"]["key_id"], before);
    assert_eq!(after["oci_params"]["restored_from_key_id"], before);
    assert_eq!(
        bench.read(&format!("{KEYS}/key/versions")).await["total"],
        1
    );
}

#[tokio::test]
async fn a_backup_is_dropped_only_after_the_key_and_only_once() {
    let bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    assert_eq!(
        bench.act(&format!("{KEYS}/key/delete-backup")).await.status,
        StatusCode::BAD_REQUEST
    );
    let bench = Bench::new(in_state(LifecycleState::Deleted)).await;
    assert_eq!(
        bench.act(&format!("{KEYS}/key/delete-backup")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        bench.act(&format!("{KEYS}/key/delete-backup")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench.act(&format!("{KEYS}/key/restore")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench.get(&format!("{KEYS}/key")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_key_deleted_from_cm_comes_back_unless_the_switch_says_otherwise() {
    for (switch, total) in [("true", 1), ("false", 0)] {
        let world = in_state(LifecycleState::Enabled);
        let mut bench =
            Bench::with(world, &[&format!("oci-row-returns-after-delete={switch}")]).await;
        assert_eq!(
            bench
                .call("DELETE", &format!("{KEYS}/key"), None)
                .await
                .status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(
            bench.get(&format!("{KEYS}/key")).await.status,
            StatusCode::NOT_FOUND
        );
        bench.sync("oci").await;
        assert_eq!(bench.read(KEYS).await["total"], total, "{switch}");
    }
}

#[tokio::test]
async fn a_replica_is_read_only() {
    let bench = Bench::new(with_key(OciKey {
        is_primary: false,
        ..OciKey::default()
    }))
    .await;
    for action in ["disable", "cancel-deletion"] {
        assert_eq!(
            bench.act(&format!("{KEYS}/key/{action}")).await.status,
            StatusCode::CONFLICT
        );
    }
    assert_eq!(schedule(&bench, 7).await.0, StatusCode::CONFLICT);
    assert_eq!(act(&bench, "refresh").await, "ENABLED");
}

#[tokio::test]
async fn console_changes_show_after_a_refresh() {
    let mut bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    let key_id = ocid(&bench).await;
    bench.console(json!({ "change": "oci-tag", "key_id": key_id, "freeform_tags": { "a": "b" } }));
    assert_eq!(
        stored(&bench).await["oci_params"]["freeform_tags"],
        json!({})
    );
    bench.pass(5).await;
    act(&bench, "refresh").await;
    assert_eq!(
        stored(&bench).await["oci_params"]["freeform_tags"]["a"],
        "b"
    );
    bench.console(json!({ "change": "oci-schedule-deletion", "key_id": key_id, "days": 30 }));
    bench.pass(5).await;
    assert_eq!(
        stored(&bench).await["oci_params"]["lifecycle_state"],
        "ENABLED"
    );
    bench.console(json!({ "change": "oci-cancel-deletion", "key_id": key_id }));
    bench.pass(5).await;
    bench.console(json!({ "change": "oci-disable", "key_id": key_id }));
    bench.pass(5).await;
    bench.sync("oci").await;
    assert_eq!(
        stored(&bench).await["oci_params"]["lifecycle_state"],
        "DISABLED"
    );
}

#[tokio::test]
async fn the_vault_id_of_a_key_is_as_set() {
    let bench = Bench::new(in_state(LifecycleState::Enabled)).await;
    assert_eq!(stored(&bench).await["vault_id"], "vault");
    bench.switch("oci-vault-id=ocid");
    let row = stored(&bench).await;
    assert!(
        row["vault_id"]
            .as_str()
            .unwrap()
            .starts_with("ocid1.vault.")
    );
    assert_eq!(row["cckm_vault_id"], "vault");
}

#[tokio::test]
async fn a_vault_and_compartment_are_found_and_added() {
    let world = World::default().oci_vault(OciVault {
        registered: false,
        ..vault(Vec::new())
    });
    let bench = Bench::new(world).await;
    let base = "/api/v1/cckm/oci";
    let compartments = bench
        .post(
            &format!("{base}/get-compartments"),
            json!({ "connection": "oci" }),
        )
        .await
        .json();
    assert_eq!(compartments["data"][0]["id"], COMPARTMENT);
    let add = json!({ "connection": "oci", "compartment_id": [COMPARTMENT] });
    assert_eq!(
        bench
            .post(&format!("{base}/add-compartments"), add.clone())
            .await
            .status,
        StatusCode::CREATED
    );
    assert_eq!(
        bench
            .post(&format!("{base}/add-compartments"), add)
            .await
            .status,
        StatusCode::CONFLICT
    );
    let wish =
        json!({ "connection": "oci", "compartment_id": COMPARTMENT, "region": "us-ashburn-1" });
    let found = bench.post(&format!("{base}/get-vaults"), wish).await.json();
    let add = json!({
        "connection": "oci", "region": "us-ashburn-1", "vault_id": [found["data"][0]["vault_id"]],
    });
    let added = bench.post(&format!("{base}/add-vaults"), add).await.json();
    let vault = id(&added["vaults"][0]);
    let mut body = self::wish();
    body["vault"] = json!(vault);
    assert_eq!(bench.post(KEYS, body).await.status, StatusCode::CREATED);
    assert_eq!(
        bench
            .call("DELETE", &format!("{base}/vaults/{vault}"), None)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(bench.read(KEYS).await["total"], 0);
}

#[tokio::test]
async fn a_key_is_moved_and_set_to_rotate() {
    let mut world = in_state(LifecycleState::Disabled);
    world.oci.compartments.push(cckm_simulator::OciCompartment {
        compartment_id: "ocid1.compartment.oc1..other".to_owned(),
        name: "other".to_owned(),
        connection: None,
    });
    let mut bench = Bench::new(world).await;
    let path = format!("{KEYS}/key/change-compartment");
    let unknown = bench
        .post(
            &path,
            json!({ "compartment_id": "ocid1.compartment.oc1..none" }),
        )
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let moved = bench
        .post(
            &path,
            json!({ "compartment_id": "ocid1.compartment.oc1..other" }),
        )
        .await
        .json();
    assert_eq!(moved["oci_params"]["lifecycle_state"], "UPDATING");
    bench.pass(5).await;
    assert_eq!(act(&bench, "refresh").await, "DISABLED");
    assert_eq!(stored(&bench).await["compartment_name"], "other");
    let body = json!({ "job_config_id": "job", "auto_rotate_key_source": "native" });
    let rotating = bench
        .post(&format!("{KEYS}/key/enable-auto-rotation"), body)
        .await
        .json();
    assert_eq!(
        (
            &rotating["auto_rotate"],
            &rotating["labels"]["job_config_id"]
        ),
        (&json!(true), &json!("job"))
    );
    let resting = bench
        .act(&format!("{KEYS}/key/disable-auto-rotation"))
        .await
        .json();
    assert_eq!(
        (&resting["auto_rotate"], resting.get("labels")),
        (&json!(false), None)
    );
}

#[tokio::test]
async fn states_take_the_time_that_is_set() {
    let bench = Bench::with(
        in_state(LifecycleState::Enabled),
        &["oci-transition-seconds=0"],
    )
    .await;
    assert_eq!(act(&bench, "disable").await, "DISABLED");
    let (_, scheduled) = schedule(&bench, 7).await;
    assert_eq!(
        scheduled["oci_params"]["lifecycle_state"],
        "PENDING_DELETION"
    );
    assert_eq!(act(&bench, "cancel-deletion").await, "DISABLED");
}
