//! The many forms of one resource.

use crate::scripted::answering;
use cckm::azure::{Secret, SecretStatus};
use cckm::oci::Key;
use cckm::salesforce::{Backup, SalesforceId, TenantSecret, TenantSecretStatus};
use cckm::{AnswerDefect, Error};

async fn tenant_secret(body: &str) -> TenantSecret {
    answering(200, body)
        .salesforce()
        .tenant_secrets()
        .get("some-id")
        .await
        .unwrap()
}

async fn azure_secret(body: &str) -> Secret {
    answering(200, body)
        .azure()
        .secrets()
        .get("some-id")
        .await
        .unwrap()
}

async fn oci_key(body: &str) -> Key {
    answering(200, body)
        .oci()
        .keys()
        .get("some-id")
        .await
        .unwrap()
}

async fn defect(body: &str) -> AnswerDefect {
    match answering(200, body).azure().secrets().get("some-id").await {
        Err(Error::UnexpectedAnswer {
            status: 200,
            defect,
            ..
        }) => defect,
        other => panic!("{body}: {other:?}"),
    }
}

#[tokio::test]
async fn one_secret_reads_the_same_in_every_casing_and_envelope() {
    let plain = r#"{"id":"a","sfdc_params":{"salesforce_id":"02GB0000000HYswMAG","created_date":"2021-08-19T14:46:44.000+0000","version":7,"status":"ACTIVE","type":"Data"}}"#;
    let expected = tenant_secret(plain).await;
    assert_eq!(expected.version, Some(7));
    assert!(expected.created_date.is_some());
    let others = [
        r#"{"id":"a","sfdc_params":{"SalesforceID":"02GB0000000HYswMAG","CreatedDate":"2021-08-19T14:46:44.000+0000","Version":7,"Status":"ACTIVE","Type":"Data"}}"#,
        r#"{"application/json":{"id":"a","sfdc_params":{"SalesforceID":"02GB0000000HYsw","CreatedDate":"2021-08-19T14:46:44Z","Version":"7","Status":"active","Type":"Data"}}}"#,
        r#"{"byok response":{"id":"a","sfdcParams":{"salesforceId":"02GB0000000HYswMAG","createdDate":1629384404,"version":7.0,"status":"ACTIVE","type":"Data"}}}"#,
        r#"{"id":"a","sfdc_params":{"salesforce_id":"02GB0000000HYswMAG","SalesforceID":"","CreatedDate":"1629384404","version":7,"Version":8,"Status":"ACTIVE","Type":"Data","extra":{"nested":[1,{"a":null}]}}}"#,
    ];
    for body in others {
        assert_eq!(tenant_secret(body).await, expected, "{body}");
    }
}

#[tokio::test]
async fn an_organization_is_told_by_the_form_of_its_id_and_not_by_the_name_of_the_field() {
    let resource = "ce0ffe4b-fbda-4e87-88af-4b9b4e6484f9";
    let cases = [
        (
            format!(r#"{{"id":"a","organization_id":"{resource}"}}"#),
            Some(resource),
            None,
        ),
        (
            r#"{"id":"a","organization_id":"00DB000000040bI"}"#.to_owned(),
            None,
            Some("00DB000000040bIMAQ"),
        ),
        (
            r#"{"id":"a","sfdc_organization_id":"00DB000000040bIMAQ"}"#.to_owned(),
            None,
            Some("00DB000000040bIMAQ"),
        ),
        (
            format!(
                r#"{{"id":"a","organization_id":"{resource}","sfdc_org_id":"00DB000000040bIMAQ"}}"#
            ),
            Some(resource),
            Some("00DB000000040bIMAQ"),
        ),
        (
            r#"{"id":"a","organization_id":null}"#.to_owned(),
            None,
            None,
        ),
    ];
    for (body, resource, salesforce) in cases {
        let secret = tenant_secret(&body).await;
        assert_eq!(
            secret.organization_resource_id.as_deref(),
            resource,
            "{body}"
        );
        assert_eq!(
            secret.organization_id.as_ref().map(SalesforceId::as_str),
            salesforce,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_backup_is_found_flat_and_nested_and_is_unknown_when_the_reply_is_silent() {
    let backup = Backup {
        key_id: None,
        key_name: Some("00D:Data:7:02G".to_owned()),
        key_tier: Some("local".to_owned()),
    };
    let cases = [
        (
            r#"{"id":"a","backup_key_name":"00D:Data:7:02G","backup_key_tier":"local"}"#,
            Some(&backup),
        ),
        (
            r#"{"id":"a","tenant_secret_backup":{"backup_key_name":"00D:Data:7:02G","backup_key_tier":"local"}}"#,
            Some(&backup),
        ),
        (r#"{"id":"a","tenant_secret_backup":null}"#, None),
        (
            r#"{"id":"a","backup_key_id":"","backup_key_tier":"local"}"#,
            None,
        ),
        (r#"{"id":"a"}"#, None),
    ];
    for (body, expected) in cases {
        assert_eq!(
            tenant_secret(body).await.backup.as_ref(),
            expected,
            "{body}"
        );
    }
}

#[tokio::test]
async fn dates_of_azure_are_read_as_seconds_and_as_text_and_zero_means_none() {
    let expected = Some("2022-09-09T05:45:40Z".parse().unwrap());
    for (date, expected) in [
        ("1662702340", expected),
        ("\"1662702340\"", expected),
        ("1.66270234e+09", expected),
        ("\"2022-09-09T05:45:40Z\"", expected),
        ("\"2022-09-09T07:45:40+02:00\"", expected),
        ("\"2022-09-09T05:45:40.000+0000\"", expected),
        ("null", None),
        ("0", None),
        ("\"\"", None),
        ("\"0001-01-01T00:00:00Z\"", None),
        ("\"soon\"", None),
        ("9223372036854775807", None),
        ("18446744073709551615", None),
        ("{\"a\":1}", None),
    ] {
        let body =
            format!(r#"{{"id":"a","azure_param":{{"attributes":{{"exp":{date},"nbf":{date}}}}}}}"#);
        let secret = azure_secret(&body).await;
        assert_eq!(
            (secret.expires, secret.not_before),
            (expected, expected),
            "{date}"
        );
    }
}

#[tokio::test]
async fn the_content_type_of_azure_is_read_in_every_spelling_and_tags_keep_theirs() {
    for name in ["contentType", "content_type", "ContentType"] {
        let body = format!(
            r#"{{"id":"a","azure_param":{{"{name}":"text/plain","tags":{{"Cost_Center":"7","cost-center":8,"none":null}}}}}}"#
        );
        let secret = azure_secret(&body).await;
        assert_eq!(secret.content_type.as_deref(), Some("text/plain"), "{name}");
        let tags: Vec<_> = secret
            .tags
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            tags,
            [("Cost_Center", "7"), ("cost-center", "8"), ("none", "")]
        );
    }
}

#[tokio::test]
async fn flags_are_read_as_text_too_and_the_flag_of_a_key_stands_in_for_that_of_a_secret() {
    let secret =
        azure_secret(r#"{"id":"a","deleted":"true","gone":0,"key_soft_deleted_in_azure":true}"#)
            .await;
    assert_eq!(
        (secret.deleted, secret.gone, secret.soft_deleted_in_azure),
        (Some(true), Some(false), Some(true))
    );
}

#[tokio::test]
async fn words_that_are_not_known_are_kept() {
    let secret = azure_secret(r#"{"id":"a","status":"QUARANTINED"}"#).await;
    assert_eq!(
        secret.status,
        Some(SecretStatus::Other("QUARANTINED".to_owned()))
    );
    let secret = tenant_secret(r#"{"id":"a","sfdc_params":{"status":"ARCHIVE"}}"#).await;
    assert_eq!(secret.status, Some(TenantSecretStatus::Archived));
}

#[tokio::test]
async fn a_vault_of_oci_is_told_by_the_form_of_its_id() {
    let key =
        oci_key(r#"{"id":"a","vault_id":"ocid1.vault.oc1.iad.x","cckm_vault_id":"5e9ee2f1"}"#)
            .await;
    assert_eq!(
        (key.vault_id.as_deref(), key.cckm_vault_id.as_deref()),
        (Some("ocid1.vault.oc1.iad.x"), Some("5e9ee2f1"))
    );
    let key = oci_key(r#"{"id":"a","vault_id":"5e9ee2f1","oci_params":null}"#).await;
    assert_eq!(
        (key.vault_id, key.cckm_vault_id.as_deref()),
        (None, Some("5e9ee2f1"))
    );
}

#[tokio::test]
async fn defined_tags_of_oci_keep_their_namespaces() {
    let key = oci_key(r#"{"id":"a","oci_params":{"defined_tags":{"Operations":{"CostCenter":"42"},"empty":null}}}"#).await;
    assert_eq!(key.defined_tags["Operations"]["CostCenter"], "42");
    assert!(key.defined_tags["empty"].is_empty());
}

#[tokio::test]
async fn a_reply_that_is_no_resource_is_an_unexpected_answer_and_never_an_empty_resource() {
    assert_eq!(defect("").await, AnswerDefect::Empty);
    assert_eq!(
        defect("<!DOCTYPE html><html></html>").await,
        AnswerDefect::Html
    );
    assert_eq!(defect("OK").await, AnswerDefect::NotJson);
    assert_eq!(defect(r#"{"id":"a""#).await, AnswerDefect::NotJson);
    for body in [
        "{}",
        "[]",
        "null",
        r#"{"id":null}"#,
        r#"{"id":""}"#,
        r#"{"a":{"b":{"id":"x"}}}"#,
        r#"{"a":{"id":"x"},"b":1}"#,
    ] {
        assert_eq!(defect(body).await, AnswerDefect::WrongShape, "{body}");
    }
}

#[tokio::test]
async fn the_end_of_a_certificate_is_read_under_each_of_its_likely_names() {
    let ends = async |fields: &str| {
        let row = format!(r#"{{"id": "c", "name": "byok"{fields}}}"#);
        let body = format!(r#"{{"skip": 0, "limit": 10, "total": 1, "resources": [{row}]}}"#);
        let client = answering(200, &body);
        let listing = client.salesforce().certificates().list().await.unwrap();
        listing.rows[0].expires_at
    };
    let end = "2027-03-01T00:00:00Z".parse().ok();
    for name in ["expiration_date", "ExpirationDate", "valid_to", "not_after"] {
        let fields = format!(r#", "{name}": "2027-03-01T00:00:00Z""#);
        assert_eq!(ends(&fields).await, end, "{name}");
    }
    assert_eq!(ends("").await, None);
}
