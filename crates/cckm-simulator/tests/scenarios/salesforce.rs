//! Salesforce tenant secrets: rotation, destruction, import, backups, uploads.

use cckm_simulator::{
    SalesforceCertificate, SalesforceOrganization, SecretSource, SecretStatus, SecretType,
    TenantSecret, VaultKey, World,
};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Bench, id, start};

pub(crate) const KEYS: &str = "/api/v1/cckm/sfdc/keys";
pub(crate) const ORGANIZATION: &str = "00DB000000040bIMAQ";
pub(crate) const UUID: &str = "b80b18b1-b5e2-4b4f-b5bc-35398d8dae10";
pub(crate) const DAY: i64 = 86_400;

pub(crate) fn organization() -> SalesforceOrganization {
    SalesforceOrganization {
        id: Some(UUID.to_owned()),
        organization_id: Some(ORGANIZATION.to_owned()),
        name: "Acme".to_owned(),
        certificates: vec![SalesforceCertificate {
            id: Some("certificate".to_owned()),
            name: "byok".to_owned(),
            known: true,
            days: 730,
        }],
        ..SalesforceOrganization::default()
    }
}

pub(crate) fn world() -> World {
    let key = |id: &str, size: u32| VaultKey {
        id: Some(id.to_owned()),
        name: format!("name-of-{id}"),
        size,
        ..VaultKey::default()
    };
    World::default()
        .vault_key(key("key-256", 256))
        .vault_key(key("key-128", 128))
        .salesforce_organization(organization())
}

/// An organization with `secrets` that were made long ago.
pub(crate) fn with_secrets(secrets: Vec<TenantSecret>) -> World {
    let created = Some(start() - SignedDuration::from_hours(24 * 365));
    let tenant_secrets = secrets
        .into_iter()
        .map(|secret| TenantSecret { created, ..secret })
        .collect();
    World::default().salesforce_organization(SalesforceOrganization {
        tenant_secrets,
        ..organization()
    })
}

pub(crate) fn of_status(status: SecretStatus) -> TenantSecret {
    TenantSecret {
        status,
        ..TenantSecret::default()
    }
}

pub(crate) fn only_id(bench: &Bench, version: u64) -> String {
    bench.ids["tenant_secrets"][format!("{ORGANIZATION}/Data/{version}")]
        .as_str()
        .unwrap()
        .to_owned()
}

pub(crate) async fn create(bench: &Bench, kind: &str) -> (StatusCode, Value) {
    let answer = bench
        .post(KEYS, json!({ "organization_id": UUID, "Type": kind }))
        .await;
    (answer.status, answer.json())
}

pub(crate) fn upload() -> Value {
    json!({
        "organization_id": ORGANIZATION,
        "type": "Data",
        "source_key_identifier": "key-256",
        "certificate_id": "certificate",
        "key_derivation_mode": "PBKDF2",
    })
}

#[tokio::test]
async fn a_new_secret_archives_its_predecessor_and_counts_on() {
    let mut bench = Bench::new(world()).await;
    let (status, first) = create(&bench, "Data").await;
    assert_eq!(
        (status, &first["sfdc_params"]["status"]),
        (StatusCode::CREATED, &json!("ACTIVE"))
    );
    let (_, other) = create(&bench, "Analytics").await;
    assert_eq!(
        other["sfdc_params"]["version"], 2,
        "the counter is the organization's"
    );
    bench.pass(DAY).await;
    let (_, second) = create(&bench, "Data").await;
    assert_ne!(first["id"], second["id"]);
    let archived = bench.read(&format!("{KEYS}/{}", id(&first))).await;
    assert_eq!(archived["sfdc_params"]["status"], "ARCHIVED");
    let active = bench
        .read(&format!(
            "{KEYS}?organization_id={ORGANIZATION}&type=Data&status=ACTIVE"
        ))
        .await;
    assert_eq!(
        (&active["total"], &active["resources"][0]["id"]),
        (&json!(1), &second["id"])
    );
    let name = format!(
        "{ORGANIZATION}:Data:3:{}",
        second["sfdc_params"]["salesforce_id"].as_str().unwrap()
    );
    assert_eq!(second["backup_key_name"], name);
}

#[tokio::test]
async fn the_predecessors_row_may_be_stale_until_a_synchronization() {
    let mut bench = Bench::with(world(), &["sfdc-predecessor-row=stale"]).await;
    let (_, first) = create(&bench, "Data").await;
    bench.pass(DAY).await;
    create(&bench, "Data").await;
    let path = format!("{KEYS}/{}", id(&first));
    assert_eq!(bench.read(&path).await["sfdc_params"]["status"], "ACTIVE");
    bench.sync("sfdc/keys").await;
    assert_eq!(bench.read(&path).await["sfdc_params"]["status"], "ARCHIVED");
}

#[tokio::test]
async fn a_type_has_its_rotation_interval_by_kind_of_organization() {
    for (kind, sandbox, hours) in [
        ("Data", false, 24),
        ("Data", true, 4),
        ("DeterministicData", false, 168),
        ("DeterministicData", true, 4),
        ("Analytics", false, 24),
        ("Analytics", true, 4),
        ("EventBus", true, 168),
        ("SearchIndex", false, 168),
    ] {
        let world = World::default().salesforce_organization(SalesforceOrganization {
            sandbox,
            ..organization()
        });
        let mut bench = Bench::new(world).await;
        assert_eq!(create(&bench, kind).await.0, StatusCode::CREATED);
        bench.pass(hours * 3600 - 1).await;
        let (status, refusal) = create(&bench, kind).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{kind} {sandbox}");
        assert!(
            refusal["codeDesc"]
                .as_str()
                .unwrap()
                .contains("may be made at")
        );
        bench.pass(1).await;
        assert_eq!(create(&bench, kind).await.0, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn the_rotation_interval_may_be_switched_off() {
    let bench = Bench::with(world(), &["sfdc-rotation-interval-enforced=false"]).await;
    assert_eq!(create(&bench, "Data").await.0, StatusCode::CREATED);
    assert_eq!(create(&bench, "Data").await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn only_an_archived_secret_is_destroyed_and_only_a_destroyed_one_imported() {
    let world = with_secrets(vec![
        of_status(SecretStatus::Archived),
        of_status(SecretStatus::Active),
    ]);
    let bench = Bench::new(world).await;
    let archived = format!("{KEYS}/{}", only_id(&bench, 1));
    let active = format!("{KEYS}/{}", only_id(&bench, 2));
    for refused in ["destroy", "import", "activate", "delete-backup"] {
        assert_eq!(
            bench.act(&format!("{active}/{refused}")).await.status,
            StatusCode::BAD_REQUEST,
            "{refused}"
        );
    }
    assert_eq!(
        bench.act(&format!("{archived}/import")).await.status,
        StatusCode::BAD_REQUEST
    );
    let destroyed = bench.act(&format!("{archived}/destroy")).await.json();
    assert_eq!(destroyed["sfdc_params"]["status"], "DESTROYED");
    assert_eq!(
        bench.act(&format!("{archived}/destroy")).await.status,
        StatusCode::BAD_REQUEST
    );
    let imported = bench.act(&format!("{archived}/import")).await.json();
    assert_eq!(imported["sfdc_params"]["status"], "ARCHIVED");
    let truth = bench.simulator.truth();
    let secret = &truth["salesforce"]["organizations"][ORGANIZATION]["tenant_secrets"][0];
    assert!(secret["secret_value"].is_string(), "the material is back");
}

#[tokio::test]
async fn without_its_backup_a_destroyed_secret_stays_destroyed() {
    let bench = Bench::new(with_secrets(vec![of_status(SecretStatus::Destroyed)])).await;
    let path = format!("{KEYS}/{}", only_id(&bench, 1));
    let dropped = bench.act(&format!("{path}/delete-backup")).await;
    assert_eq!(
        (dropped.status, &dropped.json()["sfdc_params"]["status"]),
        (StatusCode::OK, &json!("DESTROYED"))
    );
    assert_eq!(dropped.json().get("backup_key_name"), None);
    assert_eq!(
        bench.act(&format!("{path}/import")).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench.act(&format!("{path}/delete-backup")).await.status,
        StatusCode::BAD_REQUEST
    );
    bench.switch("sfdc-second-delete-backup=accepted");
    assert_eq!(
        bench.act(&format!("{path}/delete-backup")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_row_may_leave_with_its_backup_and_come_back_under_a_new_id() {
    let world = with_secrets(vec![of_status(SecretStatus::Destroyed)]);
    let mut bench = Bench::with(world, &["sfdc-row-after-delete-backup=gone"]).await;
    let old = only_id(&bench, 1);
    assert_eq!(
        bench
            .act(&format!("{KEYS}/{old}/delete-backup"))
            .await
            .status,
        StatusCode::OK
    );
    assert_eq!(
        bench.get(&format!("{KEYS}/{old}")).await.status,
        StatusCode::NOT_FOUND
    );
    bench.sync("sfdc/keys").await;
    let found = bench.read(KEYS).await;
    assert_eq!(found["total"], 1);
    assert_ne!(found["resources"][0]["id"], old);
}

#[tokio::test]
async fn fifty_secrets_of_a_type_are_the_limit() {
    let mut secrets = vec![of_status(SecretStatus::Archived); 49];
    secrets.push(of_status(SecretStatus::Destroyed));
    let mut bench = Bench::new(with_secrets(secrets)).await;
    assert_eq!(create(&bench, "Data").await.0, StatusCode::CREATED);
    bench.pass(DAY).await;
    let (status, refusal) = create(&bench, "Data").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refusal["codeDesc"].as_str().unwrap().contains("50"));
    let destroyed = only_id(&bench, 50);
    assert_eq!(
        bench
            .act(&format!("{KEYS}/{destroyed}/import"))
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(create(&bench, "Analytics").await.0, StatusCode::CREATED);
    bench
        .act(&format!("{KEYS}/{}/destroy", only_id(&bench, 1)))
        .await;
    assert_eq!(create(&bench, "Data").await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_cache_only_key_alone_can_be_activated() {
    let remote = TenantSecret {
        source: SecretSource::Remote,
        ..of_status(SecretStatus::Destroyed)
    };
    let native = TenantSecret {
        r#type: SecretType::Analytics,
        ..of_status(SecretStatus::Destroyed)
    };
    let bench = Bench::new(with_secrets(vec![remote, native])).await;
    let activated = bench
        .act(&format!("{KEYS}/{}/activate", only_id(&bench, 1)))
        .await
        .json();
    assert_eq!(
        (&activated["sfdc_params"]["status"], &activated["key_type"]),
        (&json!("ACTIVE"), &json!("cache-only"))
    );
    let native = bench.ids["tenant_secrets"][format!("{ORGANIZATION}/Analytics/2")]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        bench.act(&format!("{KEYS}/{native}/activate")).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_rotation_in_salesforce_shows_after_a_synchronization() {
    let mut bench = Bench::new(with_secrets(vec![of_status(SecretStatus::Active)])).await;
    let path = format!("{KEYS}/{}", only_id(&bench, 1));
    bench.console(
        json!({ "change": "salesforce-rotate", "organization_id": ORGANIZATION, "type": "Data" }),
    );
    let before = bench.read(&path).await;
    assert_eq!(before["sfdc_params"]["status"], "ACTIVE");
    bench.sync("sfdc/keys").await;
    let after = bench.read(&path).await;
    assert_eq!(after["sfdc_params"]["status"], "ARCHIVED");
    assert_ne!(before["updatedAt"], after["updatedAt"]);
    let found = bench.read(&format!("{KEYS}?status=ACTIVE")).await;
    assert_eq!(found["resources"][0]["origin"], "native");
    bench.console(
        json!({ "change": "salesforce-destroy", "organization_id": ORGANIZATION, "version": 1 }),
    );
    assert_eq!(
        bench.act(&format!("{path}/destroy")).await.status,
        StatusCode::BAD_REQUEST
    );
}
