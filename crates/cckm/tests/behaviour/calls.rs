//! Each call and the request it becomes.

use crate::scripted::{Scripted, Sent, client, json as reply};
use cckm::azure::{DateForm, NewSecret, SecretUpdate};
use cckm::connections::Service;
use cckm::oci::{Algorithm, KeyUpdate, KeyUpload, NewKey, NewKeyVersion, NewVault};
use cckm::salesforce::SalesforceId;
use cckm::{Client, Result, SecretString};
use serde_json::json;
use std::collections::BTreeMap;

/// Makes one call; returns the request it became.
async fn sent<T>(call: impl AsyncFnOnce(Client) -> Result<T>) -> Sent {
    let transport = Scripted::with_login(|_| reply(200, r#"{"id":"a","total":0}"#));
    call(client(transport.clone()))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let [sent] = &transport.calls()[..] else {
        panic!("one call, one request")
    };
    sent.clone()
}

fn text(value: &str) -> String {
    value.to_owned()
}

macro_rules! assert_sent {
    ($method:literal $path:literal $body:tt, |$client:ident| $call:expr) => {{
        let sent = sent(async |$client| $call.await).await;
        assert_eq!(
            (sent.method.as_str(), sent.path.as_str()),
            ($method, concat!("/api/v1/", $path))
        );
        assert_eq!(sent.body, json!($body));
        assert_eq!(sent.accept.as_deref(), Some("application/json"));
        assert_eq!(sent.authorization.as_deref(), Some("Bearer token"));
    }};
}

#[tokio::test]
async fn calls_for_salesforce_go_where_their_pages_say() {
    let organization = SalesforceId::parse("00DB000000040bI").unwrap();
    assert_sent!("GET" "cckm/sfdc/organizations" null, |c| c.salesforce().organizations().list(&[]));
    assert_sent!("GET" "cckm/sfdc/organizations/o" null, |c| c.salesforce().organizations().get("o"));
    assert_sent!("POST" "cckm/sfdc/get-organizations" {"connection": "sf"},
        |c| c.salesforce().organizations().discover("sf"));
    assert_sent!("POST" "cckm/sfdc/add-organizations" {"connection": "sf", "sfdc_org_id": "00DB000000040bIMAQ"},
        |c| c.salesforce().organizations().add("sf", &organization));
    assert_sent!("PATCH" "cckm/sfdc/organizations/o" {"connection": "sf"},
        |c| c.salesforce().organizations().reconnect("o", "sf"));
    assert_sent!("GET" "cckm/sfdc/certificates" null, |c| c.salesforce().certificates().list());
    assert_sent!("POST" "cckm/sfdc/certificates/synchronization-jobs" {"organization_ids": ["o"]},
        |c| c.salesforce().certificates().synchronize(&["o"]));
    assert_sent!("GET" "cckm/sfdc/certificates/synchronization-jobs/j" null,
        |c| c.salesforce().certificates().synchronization_job("j"));
    assert_sent!("GET" "cckm/sfdc/keys/k" null, |c| c.salesforce().tenant_secrets().get("k"));
    assert_sent!("POST" "cckm/sfdc/keys/k/destroy" null, |c| c.salesforce().tenant_secrets().destroy("k"));
    assert_sent!("POST" "cckm/sfdc/keys/k/import" null, |c| c.salesforce().tenant_secrets().import("k"));
    assert_sent!("POST" "cckm/sfdc/keys/synchronization-jobs" {"organization_ids": ["o", "p"]},
        |c| c.salesforce().tenant_secrets().synchronize(&["o", "p"]));
    assert_sent!("GET" "cckm/sfdc/keys/synchronization-jobs/j" null,
        |c| c.salesforce().tenant_secrets().synchronization_job("j"));
    let list = sent(async |c| {
        c.salesforce()
            .tenant_secrets()
            .list_of_organization(&organization)
            .await
    })
    .await;
    assert_eq!(
        (list.path.as_str(), list.query("sfdc_org_id")),
        ("/api/v1/cckm/sfdc/keys", Some("00DB000000040bIMAQ"))
    );
}

#[tokio::test]
async fn calls_for_azure_go_where_their_pages_say() {
    assert_sent!("GET" "cckm/azure/vaults" null, |c| c.azure().vaults().list(&[]));
    assert_sent!("GET" "cckm/azure/vaults/v" null, |c| c.azure().vaults().get("v"));
    assert_sent!("PATCH" "cckm/azure/vaults/v" {"connection": "az"}, |c| c.azure().vaults().reconnect("v", "az"));
    assert_sent!("GET" "cckm/azure/secrets/s" null, |c| c.azure().secrets().get("s"));
    assert_sent!("POST" "cckm/azure/secrets/s/soft-delete" null, |c| c.azure().secrets().soft_delete("s"));
    assert_sent!("POST" "cckm/azure/secrets/s/recover" null, |c| c.azure().secrets().recover("s"));
    assert_sent!("POST" "cckm/azure/secrets/s/restore" {}, |c| c.azure().secrets().restore("s", None));
    assert_sent!("POST" "cckm/azure/secrets/s/restore" {"key_vault": "v"},
        |c| c.azure().secrets().restore("s", Some("v")));
    assert_sent!("DELETE" "cckm/azure/secrets/s" null, |c| c.azure().secrets().remove("s"));
    assert_sent!("POST" "cckm/azure/secrets/synchronization-jobs" {"key_vaults": ["v"]},
        |c| c.azure().secrets().synchronize(&["v"]));
    assert_sent!("GET" "cckm/azure/secrets/synchronization-jobs/j" null,
        |c| c.azure().secrets().synchronization_job("j"));
}

#[tokio::test]
async fn an_azure_secret_is_made_with_its_value_and_changed_only_where_asked() {
    let secret = NewSecret {
        secret_name: text("db"),
        key_vault: text("v"),
        value: SecretString::from("hunter2 \"ü\n"),
        content_type: Some(text("text/plain")),
        tags: BTreeMap::from([(text("team"), text("billing"))]),
        enabled: Some(false),
        not_before: None,
        expires: Some("2026-10-01T00:00:00Z".parse().unwrap()),
        date_form: None,
    };
    assert_sent!("POST" "cckm/azure/secrets" {
        "secret_name": "db", "key_vault": "v",
        "azure_param": {
            "value": "hunter2 \"ü\n", "contentType": "text/plain", "content_type": "text/plain",
            "tags": {"team": "billing"},
            "attributes": {"enabled": false, "exp": "2026-10-01T00:00:00Z"},
        },
    }, |c| c.azure().secrets().create(&secret));
    let dates = SecretUpdate {
        expires: secret.expires,
        ..SecretUpdate::default()
    };
    assert_sent!("PATCH" "cckm/azure/secrets/s" {"attributes": {"exp": 1_790_812_800}},
        |c| c.azure().secrets().update("s", &dates));
    let dates = SecretUpdate {
        date_form: Some(DateForm::Text),
        ..dates
    };
    assert_sent!("PATCH" "cckm/azure/secrets/s" {"attributes": {"exp": "2026-10-01T00:00:00Z"}},
        |c| c.azure().secrets().update("s", &dates));
    let tags = SecretUpdate {
        tags: Some(BTreeMap::new()),
        content_type: Some(text("x")),
        ..SecretUpdate::default()
    };
    assert_sent!("PATCH" "cckm/azure/secrets/s" {"tags": {}, "contentType": "x", "content_type": "x"},
        |c| c.azure().secrets().update("s", &tags));
}

#[tokio::test]
async fn calls_for_oci_go_where_their_pages_say() {
    assert_sent!("GET" "cckm/oci/vaults" null, |c| c.oci().vaults().list(&[]));
    assert_sent!("GET" "cckm/oci/vaults/v" null, |c| c.oci().vaults().get("v"));
    assert_sent!("GET" "cckm/oci/keys/k" null, |c| c.oci().keys().get("k"));
    assert_sent!("POST" "cckm/oci/keys/k/refresh" null, |c| c.oci().keys().refresh("k"));
    assert_sent!("POST" "cckm/oci/keys/k/enable" null, |c| c.oci().keys().enable("k"));
    assert_sent!("POST" "cckm/oci/keys/k/disable" null, |c| c.oci().keys().disable("k"));
    assert_sent!("POST" "cckm/oci/keys/k/schedule-deletion" {"days": 30},
        |c| c.oci().keys().schedule_deletion("k", 30));
    assert_sent!("POST" "cckm/oci/keys/k/change-compartment" {"compartment_id": "ocid1.compartment.oc1..x"},
        |c| c.oci().keys().change_compartment("k", "ocid1.compartment.oc1..x"));
    assert_sent!("POST" "cckm/oci/keys/k/delete-backup" null, |c| c.oci().keys().delete_backup("k"));
    assert_sent!("POST" "cckm/oci/keys/k/restore" null, |c| c.oci().keys().restore("k"));
    assert_sent!("DELETE" "cckm/oci/keys/k" null, |c| c.oci().keys().remove("k"));
    assert_sent!("GET" "cckm/oci/keys/k/versions" null, |c| c.oci().key_versions().list("k"));
    assert_sent!("GET" "cckm/oci/keys/k/versions/w/" null, |c| c.oci().key_versions().get("k", "w"));
    assert_sent!("POST" "cckm/oci/synchronization-jobs" {"vaults": ["v"]}, |c| c.oci().keys().synchronize(&["v"]));
    assert_sent!("GET" "cckm/oci/synchronization-jobs/j" null, |c| c.oci().keys().synchronization_job("j"));
    let list = sent(async |c| c.oci().keys().list_of_vault("v").await).await;
    assert_eq!(
        (list.path.as_str(), list.query("cckm_vault_id")),
        ("/api/v1/cckm/oci/keys", Some("v"))
    );
}

#[tokio::test]
async fn an_oci_key_is_made_uploaded_changed_and_rotated_by_what_is_given() {
    let key = NewKey {
        vault: text("v"),
        name: text("payments"),
        algorithm: Algorithm::Ecdsa,
        length: 32,
        curve_id: Some(text("NIST_P256")),
        protection_mode: text("HSM"),
        compartment_id: text("c"),
        freeform_tags: BTreeMap::from([(text("team"), text("billing"))]),
        defined_tags: BTreeMap::new(),
    };
    assert_sent!("POST" "cckm/oci/keys" {
        "vault": "v", "name": "payments", "algorithm": "ECDSA", "length": 32, "curve_id": "NIST_P256",
        "protection_mode": "HSM", "compartment_id": "c", "freeform_tags": {"team": "billing"},
    }, |c| c.oci().keys().create(&key));
    let upload = KeyUpload {
        vault: text("v"),
        name: text("payments"),
        protection_mode: text("SOFTWARE"),
        compartment_id: text("c"),
        source_key_identifier: text("k"),
        source_key_tier: Some(text("local")),
        freeform_tags: BTreeMap::new(),
        defined_tags: BTreeMap::from([(text("ns"), BTreeMap::from([(text("a"), text("b"))]))]),
    };
    assert_sent!("POST" "cckm/oci/upload-key" {
        "vault": "v", "name": "payments", "protection_mode": "SOFTWARE", "compartment_id": "c",
        "source_key_identifier": "k", "source_key_tier": "local", "defined_tags": {"ns": {"a": "b"}},
    }, |c| c.oci().keys().upload(&upload));
    let update = KeyUpdate {
        display_name: Some(text("new")),
        ..KeyUpdate::default()
    };
    assert_sent!("PATCH" "cckm/oci/keys/k" {"display_name": "new"}, |c| c.oci().keys().update("k", &update));
    assert_sent!("POST" "cckm/oci/keys/k/versions" {"is_native": true},
        |c| c.oci().key_versions().add("k", &NewKeyVersion::Native));
    let uploaded = NewKeyVersion::Uploaded {
        source_key_identifier: text("s"),
        source_key_tier: None,
    };
    assert_sent!("POST" "cckm/oci/keys/k/versions" {"is_native": false, "source_key_identifier": "s"},
        |c| c.oci().key_versions().add("k", &uploaded));
}

#[tokio::test]
async fn calls_for_the_manager_itself_go_where_their_pages_say() {
    assert_sent!("GET" "vault/keys2/k" null, |c| c.vault_keys().get("k"));
    assert_sent!("GET" "system/info" null, |c| c.system().info());
}

#[tokio::test]
async fn calls_without_result_take_an_empty_reply_and_the_stand_in_of_the_pages_but_no_web_page() {
    for body in ["", r#"{"status":204}"#] {
        crate::scripted::answering(204, body)
            .oci()
            .keys()
            .remove("k")
            .await
            .unwrap();
    }
    let error = crate::scripted::answering(200, "<html></html>")
        .oci()
        .keys()
        .remove("k")
        .await
        .unwrap_err();
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn connections_are_listed_by_their_cloud() {
    for (service, path) in [
        (Service::Salesforce, "salesforce"),
        (Service::Azure, "azure"),
        (Service::Oci, "oci"),
    ] {
        let sent = sent(async |c| c.connections().list(service, &[("name", "prod")]).await).await;
        let expected = format!("/api/v1/connectionmgmt/services/{path}/connections");
        assert_eq!(
            (sent.path.as_str(), sent.query("name")),
            (expected.as_str(), Some("prod"))
        );
    }
}

#[tokio::test]
async fn an_oci_vault_is_registered_by_its_ocid_and_reached_by_another_connection() {
    let vault = NewVault {
        connection: "oc",
        region: "us-ashburn-1",
        vault_id: "ocid1.vault.a",
        bucket_name: None,
        bucket_namespace: None,
    };
    assert_sent!("POST" "cckm/oci/add-vaults"
        {"connection": "oc", "region": "us-ashburn-1", "vault_id": ["ocid1.vault.a"]},
        |c| c.oci().vaults().add(&vault));
    let vault = NewVault {
        bucket_name: Some("backups"),
        bucket_namespace: Some("acme"),
        ..vault
    };
    assert_sent!("POST" "cckm/oci/add-vaults"
        {"connection": "oc", "region": "us-ashburn-1", "vault_id": ["ocid1.vault.a"], "bucket_name": "backups",
            "bucket_namespace": "acme"},
        |c| c.oci().vaults().add(&vault));
    assert_sent!("PATCH" "cckm/oci/vaults/v" {"connection": "oc"}, |c| c.oci().vaults().reconnect("v", "oc"));
}

#[tokio::test]
async fn an_azure_vault_is_registered_as_it_was_discovered_page_by_page() {
    let transport = Scripted::with_login(|sent| {
        let first = sent.body.get("nextLink").is_none();
        let discovers = sent.path.ends_with("/get-vaults");
        reply(
            200,
            &match (discovers, first) {
                (true, true) => {
                    json!({"vaults": [{"name": "a", "properties": {"x": 1}}], "nextLink": "2"})
                }
                (true, false) => json!({"vaults": [{"name": "b"}], "nextLink": ""}),
                (false, _) => json!({"vaults": []}),
            }
            .to_string(),
        )
    });
    let client = client(transport.clone());
    let vaults = client.azure().vaults();
    let found = vaults.discover("az", "s").await.unwrap();
    let names: Vec<_> = found
        .iter()
        .map(cckm::azure::DiscoveredVault::name)
        .collect();
    assert_eq!(names, [Some("a"), Some("b")]);
    vaults.add("az", "s", &found[0]).await.unwrap();
    let bodies: Vec<_> = transport
        .calls()
        .into_iter()
        .map(|sent| sent.body)
        .collect();
    assert_eq!(
        bodies,
        [
            json!({"connection": "az", "subscription_id": "s", "limit": 1000}),
            json!({"connection": "az", "subscription_id": "s", "limit": 1000, "nextLink": "2"}),
            json!({"connection": "az", "subscription_id": "s", "vaults": [{"name": "a", "properties": {"x": 1}}]}),
        ]
    );
}
