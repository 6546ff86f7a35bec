//! Uploads, organizations, and the forms of answers about tenant secrets.

use cckm_simulator::{SalesforceCertificate, SalesforceOrganization, World};
use http::StatusCode;
use serde_json::json;

use crate::{
    salesforce::{DAY, KEYS, ORGANIZATION, UUID, create, organization, upload, world},
    support::{Bench, id},
};

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

#[tokio::test]
async fn a_certificate_serves_its_own_organization_alone() {
    let other = SalesforceOrganization {
        organization_id: Some("00DB000000040bJMAQ".to_owned()),
        connection: "other".to_owned(),
        certificates: vec![SalesforceCertificate {
            id: Some("others".to_owned()),
            name: "others".to_owned(),
            known: true,
            days: 730,
        }],
        ..SalesforceOrganization::default()
    };
    let bench = Bench::new(world().salesforce_organization(other)).await;
    let mut body = upload();
    body["certificate_id"] = json!("others");
    let answer = bench.post(&format!("{KEYS}/upload"), body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("another organization"));
}

#[tokio::test]
async fn a_certificate_deleted_in_salesforce_is_gone_after_a_synchronization() {
    let mut bench = Bench::new(world()).await;
    let certificate = "/api/v1/cckm/sfdc/certificates/certificate";
    bench.console(json!({
        "change": "salesforce-delete-certificate", "organization_id": ORGANIZATION, "name": "byok",
    }));
    assert_eq!(bench.read(certificate).await["gone"], false);
    bench.sync("sfdc/certificates").await;
    assert_eq!(bench.read(certificate).await["gone"], true);
}

#[tokio::test]
async fn a_certificate_that_has_expired_takes_no_upload() {
    let mut bench = Bench::new(world()).await;
    bench.pass(729 * DAY).await;
    let path = format!("{KEYS}/upload");
    let before = bench.post(&path, upload()).await;
    assert!(before.status.is_success(), "{}", before.text);
    bench.pass(DAY).await;
    let after = bench.post(&path, upload()).await;
    assert_eq!(after.status, StatusCode::BAD_REQUEST);
    assert!(after.text.contains("expired"));
}

#[tokio::test]
async fn the_row_of_a_certificate_tells_of_its_end_where_the_switch_says() {
    for (switch, name) in [
        ("expiration-date", Some("expiration_date")),
        ("valid-to", Some("valid_to")),
        ("absent", None),
    ] {
        let switches = [format!("sfdc-certificate-end={switch}")];
        let bench = Bench::with(world(), &[&switches[0]]).await;
        let row = bench
            .read("/api/v1/cckm/sfdc/certificates/certificate")
            .await;
        let told = ["expiration_date", "valid_to"];
        let told: Vec<&str> = told
            .into_iter()
            .filter(|name| row.get(name).is_some())
            .collect();
        assert_eq!(told, Vec::from_iter(name));
    }
}
