use std::{collections::BTreeSet, fmt::Write as _};

use api::{
    AzureSecret, AzureVault, OciKey, OciVault, SalesforceOrganization, SalesforceTenantSecret,
};
use cckm::azure;
use cckm_operator::reconcile::{
    azure::AzureVaultKind, container::ContainerKind, oci::OciVaultKind,
    salesforce::OrganizationKind,
};
use serde_json::{Value, from_value, json};

use super::{
    containers::Importable,
    manifest::{file_name, manifest},
    names::Names,
    report,
    sorted::{Sorted, Spec},
    standing::Standing,
};
use crate::golden::golden;

/// All files of an import, one after the other.
fn files<K: Importable>(container: &K::Cr, sorted: &Sorted, standing: &mut Standing) -> String {
    let place = K::place(container);
    let mut names = Names::new(&mut standing.names);
    let mut text = String::new();
    for found in &sorted.found {
        let name = names.name(&place.container, &found.label, &found.cloud_id);
        let yaml = manifest(&place, found, &name).unwrap();
        let _ = write!(text, "---- {}\n{yaml}", file_name(found, &name));
    }
    if let Some(left_out) = report::left_out(&place, &sorted.left_out) {
        let _ = write!(text, "---- {}\n{left_out}", report::file_name(&place));
    }
    text
}

/// The files of an import, which must be the same in whatever order the rows come.
fn imported<K: Importable>(
    container: &K::Cr,
    rows: impl Fn() -> Vec<K::Row>,
    keys: &[K::Key],
) -> String {
    let mut standing = Standing::default();
    for key in keys {
        standing.note::<K>(key, std::slice::from_ref(container));
    }
    let once = files::<K>(
        container,
        &K::sort(container, rows(), &standing),
        &mut standing.clone(),
    );
    let mut reversed = rows();
    reversed.reverse();
    let again = files::<K>(
        container,
        &K::sort(container, reversed, &standing),
        &mut standing.clone(),
    );
    assert_eq!(once, again);
    once
}

fn container<T: serde::de::DeserializeOwned>(name: &str, spec: &Value) -> T {
    from_value(json!({"apiVersion": "cckm.dev/v1alpha1", "metadata": {"name": name, "namespace": "shop"}, "spec": spec,
        "kind": if spec.get("organizationId").is_some() { "SalesforceOrganization" } else if spec.get("vaultId").is_some() { "OciVault" } else { "AzureVault" }}))
    .unwrap()
}

fn azure_vault() -> AzureVault {
    container(
        "billing",
        &json!({"managerRef": {"name": "cm"}, "subscriptionId": "260ECBE7-777b-4d3c-84ea-678820490000", "vaultName": "Acme-Billing"}),
    )
}

fn secret(name: &str, status: &str, more: &Value) -> azure::Secret {
    let mut row = json!({"id": format!("id-{name}"), "secret_name": name, "status": status, "version": "1", "value": "hunter2",
        "azure_created_at": "2025-01-01T00:00:00Z", "azure_param": {"value": "hunter2", "contentType": "text/plain"}});
    for (field, value) in more.as_object().unwrap() {
        row[field] = value.clone();
    }
    serde_json::from_str(&row.to_string()).unwrap()
}

fn azure_rows() -> Vec<azure::Secret> {
    vec![
        secret("db-password", "AVAILABLE", &json!({})),
        secret(
            "DB-Password",
            "AVAILABLE",
            &json!({"id": "newer", "azure_created_at": "2025-06-01T00:00:00Z"}),
        ),
        secret("leaving", "SOFT-DELETED", &json!({})),
        secret("purged", "DELETED", &json!({})),
        secret("lost", "AVAILABLE", &json!({"gone": true})),
        secret(
            "theirs",
            "AVAILABLE",
            &json!({"azure_param": {"tags": {"cckm-operator-owner": "prod-eu/shop/theirs"}}}),
        ),
        secret("managed", "AVAILABLE", &json!({})),
        secret("named", "AVAILABLE", &json!({})),
        secret("strange", "FROZEN\nAND\u{1b}[31m", &json!({})),
        secret("not a name", "AVAILABLE", &json!({})),
        secret("true", "AVAILABLE", &json!({})),
        secret("1e5", "AVAILABLE", &json!({})),
        secret("taken", "AVAILABLE", &json!({})),
    ]
}

fn azure_objects() -> Vec<AzureSecret> {
    let object = |name: &str, spec: Value, status: Value| {
        from_value(json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": name, "namespace": "shop"}, "spec": spec, "status": status})).unwrap()
    };
    let here = json!({"vaultRef": {"name": "billing"}});
    let identity = AzureVaultKind::identity(&azure_vault());
    vec![
        object(
            "renamed",
            json!({"vaultRef": {"name": "billing"}, "secretName": "x"}),
            json!({"cloudId": format!("{identity}/managed")}),
        ),
        object("named", here, json!({})),
        object(
            "billing-taken",
            json!({"vaultRef": {"name": "elsewhere"}}),
            json!({}),
        ),
    ]
}

#[test]
fn what_a_key_of_another_namespace_stands_for_is_taken_and_its_name_is_free() {
    let vault = azure_vault();
    let key: AzureSecret = from_value(
        json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret",
        "metadata": {"name": "billing-true", "namespace": "store"},
        "spec": {"vaultRef": {"name": "billing", "namespace": "shop"}, "secretName": "true"}}),
    )
    .unwrap();
    let mut standing = Standing::default();
    standing.note::<AzureVaultKind>(&key, std::slice::from_ref(&vault));
    let identity = format!("{}/true", AzureVaultKind::identity(&vault));
    assert!(standing.identities.contains(&identity));
    assert!(standing.names.is_empty());
}

#[test]
fn secrets_become_manifests_that_adopt_them_as_they_are() {
    let text = imported::<AzureVaultKind>(&azure_vault(), azure_rows, &azure_objects());
    assert!(!text.contains("hunter2") && !text.contains('\u{1b}'));
    golden("import-azure.txt", &text);
}

fn organization() -> SalesforceOrganization {
    container(
        "acme",
        &json!({"managerRef": {"name": "cm"}, "organizationId": "00DB000000040bI"}),
    )
}

fn tenant_secret(
    type_: &str,
    version: u64,
    status: &str,
    more: &Value,
) -> cckm::salesforce::TenantSecret {
    let mut row = json!({"id": format!("id-{version}"), "organization_id": "00DB000000040bIMAQ", "created_at": "2025-01-01T00:00:00Z",
        "sfdc_params": {"type": type_, "version": version, "status": status, "SecretValue": "hunter2"}});
    for (field, value) in more.as_object().unwrap() {
        row[field] = value.clone();
    }
    serde_json::from_str(&row.to_string()).unwrap()
}

fn tenant_secrets() -> Vec<cckm::salesforce::TenantSecret> {
    let none = json!({});
    vec![
        tenant_secret("Data", 12, "ACTIVE", &none),
        tenant_secret("Data", 2, "ARCHIVED", &none),
        tenant_secret(
            "Data",
            2,
            "ACTIVE",
            &json!({"id": "older", "created_at": "2024-01-01T00:00:00Z"}),
        ),
        tenant_secret("Data", 1, "DESTROYED", &none),
        tenant_secret(
            "DeterministicData",
            5,
            "ACTIVE",
            &json!({"key_type": "byok"}),
        ),
        tenant_secret("Data", 7, "ACTIVE", &json!({"key_type": "cache-only"})),
        tenant_secret("Unheard", 8, "ACTIVE", &none),
        tenant_secret("Data", 9, "PENDING", &none),
        tenant_secret("Data", 10, "ARCHIVED", &none),
        tenant_secret("Data", 11, "ARCHIVED", &none),
    ]
}

fn tenant_secret_objects() -> Vec<SalesforceTenantSecret> {
    let object = |name: &str, spec: Value, status: Value| {
        from_value(json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceTenantSecret", "metadata": {"name": name, "namespace": "shop"}, "spec": spec, "status": status})).unwrap()
    };
    vec![
        object(
            "by-age",
            json!({"organizationRef": {"name": "acme"}, "type": "Data", "createdAfter": "2025-01-01T00:00:00Z"}),
            json!({"cloudId": "sfdc:00DB000000040bIMAQ:Data:10"}),
        ),
        object(
            "by-version",
            json!({"organizationRef": {"name": "acme"}, "type": "Data", "version": 11}),
            json!({}),
        ),
    ]
}

#[test]
fn tenant_secrets_are_named_by_type_and_version() {
    let text =
        imported::<OrganizationKind>(&organization(), tenant_secrets, &tenant_secret_objects());
    assert!(!text.contains("hunter2"));
    golden("import-salesforce.txt", &text);
}

fn oci_vault() -> OciVault {
    container(
        "payments",
        &json!({"managerRef": {"name": "cm"}, "vaultId": "ocid1.vault.oc1.iad.acmepayments.simulator"}),
    )
}

fn oci_key(unique: &str, name: &str, state: &str, more: &Value) -> cckm::oci::Key {
    let mut row = json!({"id": format!("id-{unique}"), "oci_params": {"key_id": format!("ocid1.key.oc1.iad.acme.{unique}"), "display_name": name,
        "lifecycle_state": state, "is_primary": true, "time_created": "2025-01-01T00:00:00Z"}});
    for (field, value) in more.as_object().unwrap() {
        row["oci_params"][field] = value.clone();
    }
    serde_json::from_str(&row.to_string()).unwrap()
}

fn oci_rows() -> Vec<cckm_operator::reconcile::oci::KeyRow> {
    vec![
        oci_key("a1", "master", "ENABLED", &json!({})),
        oci_key(
            "a0",
            "master",
            "DISABLED",
            &json!({"time_created": "2025-02-01T00:00:00Z"}),
        ),
        oci_key(
            "a2",
            "Payments / Master (old)",
            "PENDING_DELETION",
            &json!({}),
        ),
        oci_key("a3", "replica", "ENABLED", &json!({"is_primary": false})),
        oci_key("a4", "dead", "DELETED", &json!({})),
        oci_key("a5", "moving", "CHANGING_COMPARTMENT", &json!({})),
        oci_key("a6", "strange", "MELTED", &json!({})),
        oci_key(
            "a7",
            "theirs",
            "ENABLED",
            &json!({"freeform_tags": {"cckm-operator-owner": "prod-eu/shop/theirs"}}),
        ),
        oci_key("a8", "managed", "ENABLED", &json!({})),
        oci_key(
            "a9",
            "no ocid",
            "ENABLED",
            &json!({"key_id": "../../etc/passwd"}),
        ),
        oci_key("b0", "", "ENABLED", &json!({})),
    ]
    .into_iter()
    .map(Into::into)
    .collect()
}

#[test]
fn oci_keys_are_named_by_their_ocids_and_the_oldest_namesake_gets_the_plain_name() {
    let managed: OciKey = from_value(
        json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciKey", "metadata": {"name": "managed", "namespace": "shop"},
        "spec": {"vaultRef": {"name": "payments"}, "keyId": "ocid1.key.oc1.iad.acme.a8"}}),
    )
    .unwrap();
    golden(
        "import-oci.txt",
        &imported::<OciVaultKind>(&oci_vault(), oci_rows, &[managed]),
    );
}

#[test]
fn a_manifest_reads_back_as_what_was_written() {
    let vault = azure_vault();
    let place = AzureVaultKind::place(&vault);
    let sorted = AzureVaultKind::sort(&vault, azure_rows(), &Standing::default());
    for found in &sorted.found {
        let Spec::AzureSecret(spec) = &found.spec else {
            panic!("it is no Azure secret")
        };
        let text = manifest(&place, found, "a").unwrap();
        let read: AzureSecret = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(read.spec, **spec);
        assert_eq!(read.metadata.namespace.as_deref(), Some("shop"));
    }
}

#[test]
fn many_namesakes_all_get_names_of_their_own() {
    let vault = oci_vault();
    let rows: Vec<_> = (0..2_000)
        .map(|number| oci_key(&format!("n{number}"), "master", "ENABLED", &json!({})).into())
        .collect();
    let sorted = OciVaultKind::sort(&vault, rows, &Standing::default());
    let mut taken = BTreeSet::new();
    let mut names = Names::new(&mut taken);
    let all: BTreeSet<String> = sorted
        .found
        .iter()
        .map(|found| names.name("payments", &found.label, &found.cloud_id))
        .collect();
    assert_eq!(all.len(), 2_000);
}
