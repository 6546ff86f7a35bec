//! OCI keys: transitional states, deletion windows, versions, backups, replicas.

use cckm_simulator::{LifecycleState, OciKey, OciVault, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, id};

pub(crate) const KEYS: &str = "/api/v1/cckm/oci/keys";
pub(crate) const DAY: i64 = 86_400;
pub(crate) const COMPARTMENT: &str = "ocid1.compartment.oc1..simulator";

pub(crate) fn vault(keys: Vec<OciKey>) -> OciVault {
    OciVault {
        id: Some("vault".to_owned()),
        name: "vault".to_owned(),
        keys,
        ..OciVault::default()
    }
}

pub(crate) fn with_key(key: OciKey) -> World {
    let key = OciKey {
        id: Some("key".to_owned()),
        name: "key".to_owned(),
        ..key
    };
    World::default().oci_vault(vault(vec![key]))
}

pub(crate) fn in_state(state: LifecycleState) -> World {
    with_key(OciKey {
        state,
        ..OciKey::default()
    })
}

pub(crate) fn wish() -> Value {
    json!({
        "vault": "vault", "name": "new", "algorithm": "AES", "length": 32,
        "protection_mode": "SOFTWARE", "compartment_id": COMPARTMENT,
    })
}

pub(crate) async fn act(bench: &Bench, action: &str) -> Value {
    let answer = bench.act(&format!("{KEYS}/key/{action}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.text);
    answer.json()["oci_params"]["lifecycle_state"].clone()
}

pub(crate) async fn stored(bench: &Bench) -> Value {
    bench.read(&format!("{KEYS}/key")).await
}

pub(crate) async fn schedule(bench: &Bench, days: i64) -> (StatusCode, Value) {
    let answer = bench
        .post(
            &format!("{KEYS}/key/schedule-deletion"),
            json!({ "days": days }),
        )
        .await;
    (answer.status, answer.json())
}

/// The key's OCID.
pub(crate) async fn ocid(bench: &Bench) -> Value {
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
