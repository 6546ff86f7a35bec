//! The examples of the published pages, letter by letter.

use crate::scripted::{Scripted, Sent, client, json};
use cckm::azure::{Secret, SecretStatus};
use cckm::oci::{Algorithm, Key, LifecycleState};
use cckm::salesforce::{
    Backup, KeyDerivationMode, KeyType, Origin, SalesforceId, Source, TenantSecret,
    TenantSecretStatus, TenantSecretType, TenantSecretUpload, UploadedKey,
};
use cckm::{Client, Result};
use std::collections::BTreeMap;

macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("../pages/", $name, ".json"))
    };
}

/// Makes one call that is answered by `page`; returns what it came to, and what was sent.
async fn read<T>(page: &'static str, call: impl AsyncFnOnce(Client) -> Result<T>) -> (T, Sent) {
    let transport = Scripted::with_login(move |_| json(200, page));
    let result = call(client(transport.clone())).await.unwrap();
    let [sent] = &transport.calls()[..] else {
        panic!("one call, one request")
    };
    (result, sent.clone())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn at(text: &str) -> Option<jiff::Timestamp> {
    Some(text.parse().unwrap())
}

fn salesforce(text: &str) -> Option<SalesforceId> {
    Some(SalesforceId::parse(text).unwrap())
}

#[tokio::test]
async fn the_page_on_deleting_a_backup_reads_as_a_destroyed_secret_with_its_date_of_creation() {
    let id = "912c7e4d-121e-42bc-ba28-33005cc665cf";
    let (secret, sent) = read(page!("000-sfdc-delete-backup"), async |client| {
        client.salesforce().tenant_secrets().delete_backup(id).await
    })
    .await;
    assert_eq!(sent.method, "POST");
    assert_eq!(
        sent.path,
        format!("/api/v1/cckm/sfdc/keys/{id}/delete-backup")
    );
    assert_eq!(
        secret,
        TenantSecret {
            id: "2cf88f46-441b-40e2-bc2c-1633f7e4ff4c".to_owned(),
            name: some("12345678901ABCDEFG-DeterministicData"),
            organization_resource_id: some("ce0ffe4b-fbda-4e87-88af-4b9b4e6484f9"),
            organization_id: salesforce("00DB000000012ABCDE"),
            organization_name: None,
            salesforce_id: salesforce("02G190000009TlEEAU"),
            version: Some(20),
            secret_type: Some(TenantSecretType::DeterministicData),
            status: Some(TenantSecretStatus::Destroyed),
            source: Some(Source::Hsm),
            key_type: None,
            origin: Some(Origin::Native),
            auto_rotate: Some(false),
            certificate_id: None,
            backup: None,
            uploaded_key: None,
            error_message: None,
            created_date: at("2021-08-19T14:46:44Z"),
            last_modified_date: at("2021-08-19T16:34:26Z"),
            system_modstamp: at("2021-08-19T16:34:26Z"),
            created_at: at("2021-08-25T04:31:20.32725Z"),
            updated_at: at("2021-08-25T05:24:04.200853337Z"),
        }
    );
}

#[tokio::test]
async fn the_page_on_creating_reads_as_an_active_secret_with_a_flat_backup_and_no_date_of_creation()
{
    let (secret, sent) = read(page!("001-sfdc-create-tenant-secret"), async |client| {
        let organization = "b80b18b1-b5e2-4b4f-b5bc-35398d8dae10";
        client
            .salesforce()
            .tenant_secrets()
            .create(organization, &TenantSecretType::Data)
            .await
    })
    .await;
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/api/v1/cckm/sfdc/keys")
    );
    assert_eq!(
        sent.body,
        serde_json::json!({"organization_id": "b80b18b1-b5e2-4b4f-b5bc-35398d8dae10", "type": "Data"})
    );
    assert_eq!(
        secret,
        TenantSecret {
            id: "eca1ff8e-8609-48a2-becd-40e9d13300dc".to_owned(),
            name: None,
            organization_resource_id: None,
            organization_id: salesforce("00DB000000040bIMAQ"),
            organization_name: None,
            salesforce_id: salesforce("02GB0000000HYswMAG"),
            version: Some(2191),
            secret_type: Some(TenantSecretType::Data),
            status: Some(TenantSecretStatus::Active),
            source: Some(Source::Hsm),
            key_type: None,
            origin: None,
            auto_rotate: None,
            certificate_id: None,
            backup: Some(Backup {
                key_id: some("f7a4397b885c4cb5a0ace78aa676952b31df08a10eb543f985f6982db56b4502"),
                key_name: some("00DB000000040bIMAQ:Data:2191:02GB0000000HYswMAG"),
                key_tier: some("local"),
            }),
            uploaded_key: None,
            error_message: None,
            created_date: None,
            last_modified_date: at("2021-07-23T05:29:26Z"),
            system_modstamp: at("2021-07-23T05:29:26Z"),
            created_at: at("2021-07-23T05:29:26.988553739Z"),
            updated_at: at("2021-07-23T05:29:26.98710412Z"),
        }
    );
    assert!(!secret.uploaded());
    assert_eq!(secret.created_no_later_than(), at("2021-07-23T05:29:26Z"));
}

#[tokio::test]
async fn the_page_on_uploading_reads_as_an_uploaded_secret_though_its_source_says_hsm() {
    let (secret, sent) = read(page!("002-sfdc-upload-tenant-secret"), async |client| {
        let upload = TenantSecretUpload {
            organization_id: "00DB000000040bIMAQ".to_owned(),
            secret_type: TenantSecretType::Data,
            source_key_tier: some("local"),
            source_key_identifier: "123".to_owned(),
            certificate_id: some("123"),
            key_derivation_mode: Some(KeyDerivationMode::Pbkdf2),
        };
        client.salesforce().tenant_secrets().upload(&upload).await
    })
    .await;
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/api/v1/cckm/sfdc/keys/upload")
    );
    assert_eq!(
        sent.body,
        serde_json::json!({
            "organization_id": "00DB000000040bIMAQ", "type": "Data", "source_key_tier": "local",
            "source_key_identifier": "123", "certificate_id": "123", "key_derivation_mode": "PBKDF2",
        })
    );
    assert_eq!(
        secret,
        TenantSecret {
            id: "a2c9f01e-48fd-4a82-bf40-918e581b3255".to_owned(),
            name: some("IsaTS"),
            organization_resource_id: None,
            organization_id: salesforce("00DB000000040bIMAQ"),
            organization_name: None,
            salesforce_id: salesforce("02GB0000000HYQOMA4"),
            version: Some(2112),
            secret_type: Some(TenantSecretType::Data),
            status: Some(TenantSecretStatus::Active),
            source: Some(Source::Hsm),
            key_type: Some(KeyType::Byok),
            origin: None,
            auto_rotate: None,
            certificate_id: None,
            backup: Some(Backup {
                key_id: None,
                key_name: some("00DB000000040bIMAQ:Data:2112:02GB0000000HYQOMA4"),
                key_tier: some("local"),
            }),
            uploaded_key: Some(UploadedKey {
                tier: some("local"),
                id: some("626fdff442284cf1ad4b9030c21bfcddb2004e1cfd2b420da7c33d7f50e78c91"),
                name: some("sfdc_key1"),
            }),
            error_message: None,
            created_date: None,
            last_modified_date: at("2021-07-03T20:32:31Z"),
            system_modstamp: at("2021-07-03T20:32:31Z"),
            created_at: at("2021-07-03T20:32:31.526936169Z"),
            updated_at: at("2021-07-03T20:32:31.524915269Z"),
        }
    );
    assert!(secret.uploaded());
    assert!(!secret.cache_only());
}

#[tokio::test]
async fn the_page_on_purging_reads_as_a_deleted_secret_that_has_a_backup_and_is_not_gone() {
    let id = "beb06ea5-47a0-4d47-85c0-0a0e4f1a9531";
    let (secret, sent) = read(page!("003-azure-purge-secret"), async |client| {
        client.azure().secrets().hard_delete(id).await
    })
    .await;
    assert_eq!(sent.method, "POST");
    assert_eq!(
        sent.path,
        format!("/api/v1/cckm/azure/secrets/{id}/hard-delete")
    );
    assert_eq!(
        secret,
        Secret {
            id: "a5c277fc-16bb-4662-b6b6-29e76a1faa9b".to_owned(),
            secret_name: some("secret-13-apr-01"),
            version: some("e4c3ec7abcda43158d1234b9d1bbfd62"),
            key_vault: some("secret-vault::260ecbe7-777b-4d3c-84ea-678820491234"),
            key_vault_id: some("62478c30-7b33-4ad1-92aa-62145af3f399"),
            region: some("northcentralus"),
            cloud_name: some("AzureCloud"),
            tenant: some("d27e139e-e487-4b0e-abcd-a71e64567d10"),
            status: Some(SecretStatus::Deleted),
            deleted: Some(true),
            soft_delete_enabled: Some(true),
            soft_deleted_in_azure: Some(true),
            gone: Some(false),
            backup: some("ac796b0ce3ee491c92c2e9e84ea4e2bb789b1c780b6742f882aa318e1aac0b5c"),
            backup_at: at("2022-04-13T05:04:16.335995Z"),
            key_material_origin: None,
            azure_id: some(
                "https://secret-vault.vault.azure.net/secrets/secret-13-apr-01/e4c3ec7abcda43158d1234b9d1bbfd62"
            ),
            content_type: None,
            tags: BTreeMap::new(),
            enabled: Some(true),
            not_before: None,
            expires: None,
            recovery_level: some("Recoverable+Purgeable"),
            azure_created_at: at("2022-04-13T05:04:16Z"),
            azure_updated_at: at("2022-04-13T05:04:16Z"),
            synced_at: at("2022-04-13T05:04:16Z"),
            created_at: at("2022-04-13T05:04:16.337973Z"),
            updated_at: at("2022-04-13T05:04:53.869535Z"),
        }
    );
    assert_eq!(secret.purgeable(), Some(true));
}

#[tokio::test]
async fn the_page_on_cancelling_a_deletion_reads_as_a_key_on_its_way_back() {
    let id = "3e954908-285b-4b91-bd59-620819392b03";
    let (key, sent) = read(page!("004-oci-cancel-key-deletion"), async |client| {
        client.oci().keys().cancel_deletion(id).await
    })
    .await;
    assert_eq!(sent.method, "POST");
    assert_eq!(
        sent.path,
        format!("/api/v1/cckm/oci/keys/{id}/cancel-deletion")
    );
    assert_eq!(
        key,
        Key {
            id: id.to_owned(),
            key_id: some(
                "ocid1.key.oc1.iad.b5q6uxdhaahdg.abuwcljs64i4m5tbhyobhyir7aoa2nskkgjibb2d7xhgpjpvey2l5ukmfxlq"
            ),
            display_name: some("test-76490d08-ed16-4a94-accb-bbb3be0ead4e"),
            cckm_vault_id: some("5e9ee2f1-1b90-4b7d-b319-2b0848e78e75"),
            vault_id: None,
            vault_name: some("cckmqa-automation"),
            tenancy: some("gemaltoproductdev"),
            region: some("us-ashburn-1"),
            compartment_id: some(
                "ocid1.tenancy.oc1..aaaaaaaadixb52q2mvlsn634ql5aaal6hb2vg7audpd4d4mcf5zluymff6sq"
            ),
            compartment_name: None,
            algorithm: Some(Algorithm::Aes),
            length: Some(32),
            curve_id: None,
            protection_mode: some("SOFTWARE"),
            lifecycle_state: Some(LifecycleState::CancellingDeletion),
            current_key_version: some(
                "ocid1.keyversion.oc1.iad.b5q6uxdhaahdg.auq2mh5g76iaa.abuwcljszekgbd5d7x57jq7lxrrswf4gxitkr3wtna4wfkqrpev7gykldhbq"
            ),
            time_created: at("2022-02-02T11:50:18.499Z"),
            time_of_deletion: None,
            is_primary: Some(true),
            replication_id: None,
            restored_from_key_id: None,
            freeform_tags: BTreeMap::new(),
            defined_tags: BTreeMap::new(),
            key_material_origin: some("native"),
            auto_rotate: None,
            labels: BTreeMap::new(),
            gone: None,
            refreshed_at: at("2022-02-03T04:19:50.026144Z"),
            created_at: at("2022-02-03T04:20:05.9991Z"),
            updated_at: at("2022-02-03T04:28:51.515698474Z"),
        }
    );
}
