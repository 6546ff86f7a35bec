//! What Oracle Cloud takes as a key, its versions, and how CM comes to know of changes.

use cckm_simulator::{LifecycleState, OciVault, VaultKey, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    oci::{COMPARTMENT, KEYS, act, in_state, stored, vault, wish},
    support::{Bench, id},
};

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
    let search =
        json!({ "connection": "oci", "compartment_id": COMPARTMENT, "region": "us-ashburn-1" });
    let found = bench
        .post(&format!("{base}/get-vaults"), search)
        .await
        .json();
    let add = json!({
        "connection": "oci", "region": "us-ashburn-1", "vault_id": [found["data"][0]["vault_id"]],
    });
    let added = bench.post(&format!("{base}/add-vaults"), add).await.json();
    let vault = id(&added["vaults"][0]);
    let mut body = wish();
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
