//! Salesforce tenant secrets: rotation, destruction, import, backups, uploads.

use cckm_simulator::{
    SalesforceCertificate, SalesforceOrganization, SecretSource, SecretStatus, SecretType,
    TenantSecret, VaultKey, World,
};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Bench, id, start};

const KEYS: &str = "/api/v1/cckm/sfdc/keys";
const ORGANIZATION: &str = "00DB000000040bIMAQ";
const UUID: &str = "b80b18b1-b5e2-4b4f-b5bc-35398d8dae10";
const DAY: i64 = 86_400;

fn organization() -> SalesforceOrganization {
    SalesforceOrganization {
        id: Some(UUID.to_owned()),
        organization_id: Some(ORGANIZATION.to_owned()),
        name: "Acme".to_owned(),
        certificates: vec![SalesforceCertificate {
            id: Some("certificate".to_owned()),
            name: "byok".to_owned(),
            known: true,
        }],
        ..SalesforceOrganization::default()
    }
}

fn world() -> World {
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
fn with_secrets(secrets: Vec<TenantSecret>) -> World {
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

fn of_status(status: SecretStatus) -> TenantSecret {
    TenantSecret {
        status,
        ..TenantSecret::default()
    }
}

fn only_id(bench: &Bench, version: u64) -> String {
    bench.ids["tenant_secrets"][format!("{ORGANIZATION}/Data/{version}")]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn create(bench: &Bench, kind: &str) -> (StatusCode, Value) {
    let answer = bench
        .post(KEYS, json!({ "organization_id": UUID, "Type": kind }))
        .await;
    (answer.status, answer.json())
}

fn upload() -> Value {
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
async fn an_upload_needs_a_known_certificate_and_an_aes_256_key() {
    let bench = Bench::new(world()).await;
    let with = |name: &str, value: &str| {
        let mut body = upload();
        body[name] = json!(value);
        body
    };
    for (body, status) in [
        (
            with("source_key_identifier", "key-128"),
            StatusCode::BAD_REQUEST,
        ),
        (with("source_key_identifier", "none"), StatusCode::NOT_FOUND),
        (with("source_key_tier", "dsm"), StatusCode::NOT_FOUND),
        (with("source_key_tier", "paper"), StatusCode::BAD_REQUEST),
        (with("certificate_id", "none"), StatusCode::NOT_FOUND),
        (with("certificate_id", ""), StatusCode::BAD_REQUEST),
        (
            with("key_derivation_mode", "SCRYPT"),
            StatusCode::BAD_REQUEST,
        ),
        (with("type", "Database"), StatusCode::BAD_REQUEST),
        (
            with("organization_id", "00D000000000000AAA"),
            StatusCode::NOT_FOUND,
        ),
    ] {
        let answer = bench.post(&format!("{KEYS}/upload"), body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
    let uploaded = bench.post(&format!("{KEYS}/upload"), upload()).await.json();
    assert_eq!(uploaded["key_type"], "byok");
    assert_eq!(uploaded["sfdc_params"]["source"], "UPLOADED");
    assert_eq!(
        uploaded["key_upload_params"]["source_key_name"],
        "name-of-key-256"
    );
    assert_eq!(uploaded["tenant_secret_backup"]["backup_key_tier"], "local");
    bench.console(json!({
        "change": "salesforce-delete-certificate", "organization_id": ORGANIZATION, "name": "byok",
    }));
    let answer = bench.post(&format!("{KEYS}/upload"), upload()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("Salesforce has no such certificate"));
}

#[tokio::test]
async fn a_certificate_made_in_salesforce_is_known_after_a_synchronization() {
    let mut bench = Bench::new(world()).await;
    bench.console(json!({
        "change": "salesforce-create-certificate", "organization_id": ORGANIZATION, "name": "new",
    }));
    let certificates = "/api/v1/cckm/sfdc/certificates";
    assert_eq!(bench.read(certificates).await["total"], 1);
    bench.sync("sfdc/certificates").await;
    let found = bench.read(&format!("{certificates}?name=new")).await;
    let mut body = upload();
    body["certificate_id"] = found["resources"][0]["id"].clone();
    assert_eq!(
        bench.post(&format!("{KEYS}/upload"), body).await.status,
        StatusCode::CREATED
    );
    let made = bench
        .post(
            certificates,
            json!({ "name": "third", "organization_id": UUID }),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let again = bench
        .post(
            certificates,
            json!({ "name": "third", "organization_id": UUID }),
        )
        .await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn create_and_upload_want_the_form_of_organization_id_that_is_theirs() {
    for (switch, uuid, salesforce) in [("00D", 400, 201), ("uuid", 201, 400), ("both", 201, 201)] {
        for (form, status) in [(UUID, uuid), (ORGANIZATION, salesforce)] {
            let bench = Bench::with(
                world(),
                &[&format!("sfdc-organization-id-on-upload={switch}")],
            )
            .await;
            let mut body = upload();
            body["organization_id"] = json!(form);
            let answer = bench.post(&format!("{KEYS}/upload"), body).await;
            assert_eq!(answer.status.as_u16(), status, "{switch} {form}");
        }
    }
    let bench = Bench::new(world()).await;
    let answer = bench
        .post(
            KEYS,
            json!({ "organization_id": ORGANIZATION, "type": "Data" }),
        )
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_have_the_form_that_is_set() {
    let bench = Bench::with(world(), &["sfdc-rotation-interval-enforced=false"]).await;
    let (_, plain) = create(&bench, "Data").await;
    assert_eq!(plain["organization_id"], UUID);
    assert!(plain["sfdc_params"].get("salesforce_id").is_some());
    assert!(plain["sfdc_params"].get("secret_value").is_none());

    bench.switch("sfdc-params-casing=pascal");
    bench.switch("sfdc-envelopes=leaked");
    bench.switch("sfdc-organization-id-answered=salesforce");
    bench.switch("secret-values-echoed=true");
    let (_, leaked) = create(&bench, "Data").await;
    let inner = &leaked["application/json"];
    assert_eq!(inner["organization_id"], ORGANIZATION);
    assert_eq!(inner["sfdc_params"]["Status"], "ACTIVE");
    assert!(inner["sfdc_params"]["SecretValue"].is_string());
    let uploaded = bench.post(&format!("{KEYS}/upload"), upload()).await.json();
    assert_eq!(uploaded["byok response"]["sfdc_params"]["Type"], "Data");
    let filtered = bench.read(&format!("{KEYS}?status=ACTIVE&type=Data")).await;
    assert_eq!(
        filtered["total"], 1,
        "filters don't depend on the form of answers"
    );
}

#[tokio::test]
async fn the_backup_is_told_where_it_is_set() {
    for (switch, flat, nested) in [
        ("as-documented", true, false),
        ("flat", true, false),
        ("nested", false, true),
        ("absent", false, false),
    ] {
        let bench = Bench::with(world(), &[&format!("sfdc-backup-fields={switch}")]).await;
        let (_, body) = create(&bench, "Data").await;
        assert_eq!(body.get("backup_key_id").is_some(), flat, "{switch}");
        assert_eq!(
            body.get("tenant_secret_backup").is_some(),
            nested,
            "{switch}"
        );
    }
}

#[tokio::test]
async fn the_created_date_is_told_when_it_is_set() {
    for (switch, on_action, on_read) in [
        ("reads-only", false, true),
        ("always", true, true),
        ("never", false, false),
    ] {
        let bench = Bench::with(world(), &[&format!("sfdc-created-date={switch}")]).await;
        let (_, body) = create(&bench, "Data").await;
        let read = bench.read(&format!("{KEYS}/{}", id(&body))).await;
        assert_eq!(
            body["sfdc_params"].get("created_date").is_some(),
            on_action,
            "{switch}"
        );
        assert_eq!(
            read["sfdc_params"].get("created_date").is_some(),
            on_read,
            "{switch}"
        );
        if on_read {
            assert_eq!(
                read["sfdc_params"]["created_date"],
                "2026-01-15T08:00:00.000+0000"
            );
        }
    }
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

#[tokio::test]
async fn an_organization_is_added_once() {
    let world = World::default().salesforce_organization(SalesforceOrganization {
        registered: false,
        ..organization()
    });
    let bench = Bench::new(world).await;
    assert_eq!(create(&bench, "Data").await.0, StatusCode::NOT_FOUND);
    let found = bench
        .post(
            "/api/v1/cckm/sfdc/get-organizations",
            json!({ "connection": "salesforce" }),
        )
        .await
        .json();
    assert_eq!(found["organization_id"], ORGANIZATION);
    let add = json!({ "connection": "salesforce", "sfdc_org_id": ORGANIZATION });
    let path = "/api/v1/cckm/sfdc/add-organizations";
    let added = bench.post(path, add.clone()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    assert_eq!(
        bench.post(path, add.clone()).await.status,
        StatusCode::CONFLICT
    );
    bench.switch("sfdc-second-registration=accepted");
    assert_eq!(bench.post(path, add).await.status, StatusCode::CREATED);
    let wrong = json!({ "connection": "salesforce", "sfdc_org_id": "00D000000000000AAA" });
    assert_eq!(
        bench.post(path, wrong).await.status,
        StatusCode::BAD_REQUEST
    );
    let organization = format!("/api/v1/cckm/sfdc/organizations/{}", id(&added.json()));
    assert_eq!(
        bench.call("DELETE", &organization, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(bench.get(&organization).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_patch_changes_what_cm_alone_knows() {
    let bench = Bench::new(world()).await;
    let (_, secret) = create(&bench, "Data").await;
    assert!(secret.get("name").is_none());
    let path = format!("{KEYS}/{}", id(&secret));
    let patched = bench
        .call(
            "PATCH",
            &path,
            Some(json!({ "name": "mine", "auto_rotate": true })),
        )
        .await
        .json();
    assert_eq!(
        (&patched["name"], &patched["auto_rotate"]),
        (&json!("mine"), &json!(true))
    );
    let found = bench.read(&format!("{KEYS}?name=mine")).await;
    assert_eq!(found["total"], 1);
    assert_eq!(
        bench.call("DELETE", &path, None).await.status,
        StatusCode::NOT_FOUND
    );
}
