//! What is foreseen and how it reads.

use cckm_operator::{
    object::{Kind, ObjectRef},
    reconcile::{
        azure::AzureSecretKind, kind::ContainerOf, oci::OciKeyKind, preview::Previewed,
        salesforce::TenantSecretKind, site, terms::Terms,
    },
};
use kube::ResourceExt;
use lifecycle::{action::Effect, reason::Blocker};
use serde_json::{Value, json};

use super::{Foreseen, code, foresee::judge, manifests, setting::Setting, words};
use crate::{exit::Code, golden::golden};

/// What is foreseen of a key and its container as JSON, under a manager of this spec.
fn plan_of<K: Previewed>(key: Value, container: Option<Value>, manager: &Value) -> Foreseen {
    let mut spec = json!({"url": "https://cm", "credentials": {}});
    for (field, value) in manager.as_object().unwrap() {
        spec[field] = value.clone();
    }
    let setting = Setting {
        container: container.map(|container| serde_json::from_value(container).unwrap()),
        terms: Terms::of(&serde_json::from_value(spec).unwrap()),
    };
    judged::<K>(key, Ok(setting))
}

fn judged<K: Previewed>(key: Value, setting: Result<Setting<ContainerOf<K>>, Blocker>) -> Foreseen {
    let key: K::Cr = serde_json::from_value(key).unwrap();
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    judge::<K>(key.name_any(), &key, setting, now)
}

fn vault() -> Value {
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": "billing"},
        "spec": {"managerRef": {"name": "cm"}, "subscriptionId": "260ecbe7-777b-4d3c-84ea-678820490000",
            "vaultName": "acme-billing"},
        "status": {"softDelete": true, "retentionDays": 90}})
}

/// A secret in use, of which a spec now says this.
fn secret(spec: &Value) -> Foreseen {
    managed(spec, &json!({}))
}

/// The same, under a manager that says this.
fn managed(spec: &Value, manager: &Value) -> Foreseen {
    plan_of::<AzureSecretKind>(secret_in_use(spec), Some(vault()), manager)
}

fn secret_in_use(spec: &Value) -> Value {
    let mut key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret",
        "metadata": {"name": "db", "namespace": "shop", "generation": 2},
        "spec": {"vaultRef": {"name": "billing"}},
        "status": {"observedGeneration": 1, "cloudId": "azure:260ecbe7-777b-4d3c-84ea-678820490000/acme-billing/db", "remoteState": "AVAILABLE",
            "backup": "Present", "goal": {"desiredState": "Available", "origin": "FirstSeen", "reached": true},
            "applied": {"tagKeys": ["team"]},
            "observed": {"ownership": "Ours", "recoveryLevel": "Recoverable+Purgeable",
                "tags": {"team": "keys", "cckm-operator-owner": "prod/shop/db"}}}});
    for (field, value) in spec.as_object().unwrap() {
        key["spec"][field] = value.clone();
    }
    key
}

fn oci(state: &str) -> Foreseen {
    let key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciKey",
        "metadata": {"name": "master", "namespace": "shop", "generation": 1},
        "spec": {"vaultRef": {"name": "payments"}, "keyShape": {"algorithm": "AES", "length": 32},
            "desiredState": state}});
    plan_of::<OciKeyKind>(key, Some(oci_vault("ocid1.vault.oc1.iad.a.b")), &json!({}))
}

fn oci_vault(id: &str) -> Value {
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciVault", "metadata": {"name": "payments"},
        "spec": {"managerRef": {"name": "cm"}, "vaultId": id}})
}

/// An enabled key that its spec names, of which OCI says this, and that is to be deleted after a week.
fn named(observed: &Value) -> Value {
    let mut key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciKey",
        "metadata": {"name": "master", "namespace": "shop", "generation": 2},
        "spec": {"vaultRef": {"name": "payments"}, "keyId": "ocid1.key.oc1.iad.a.b",
            "keyShape": {"algorithm": "AES", "length": 32}, "protectionMode": "HSM",
            "desiredState": "PendingDeletion", "pendingDeletionDays": 7},
        "status": {"observedGeneration": 1, "cloudId": "ocid1.key.oc1.iad.a.b", "remoteState": "ENABLED",
            "goal": {"desiredState": "Enabled", "origin": "FirstSeen", "reached": true},
            "observed": {"ownership": "Adopted", "vaultId": "ocid1.vault.oc1.iad.a.b"}}});
    for (field, value) in observed.as_object().unwrap() {
        key["status"]["observed"][field] = value.clone();
    }
    key
}

fn tenant_secret() -> Foreseen {
    let key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceTenantSecret",
        "metadata": {"name": "old", "namespace": "shop", "generation": 2},
        "spec": {"organizationRef": {"name": "acme"}, "type": "Data", "version": 3, "desiredState": "BackupDeleted"},
        "status": {"observedGeneration": 1, "cloudId": "sfdc:00DB000000040bIMAQ:Data:3", "remoteState": "ARCHIVED",
            "backup": "Present", "goal": {"desiredState": "Archived", "origin": "FirstSeen", "reached": true},
            "observed": {"source": "Native", "version": 3, "supersededBy": 4}}});
    let organization = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceOrganization",
        "metadata": {"name": "acme"}, "spec": {"managerRef": {"name": "cm"}, "organizationId": "00DB000000040bIMAQ"},
        "status": {"types": [{"type": "Data", "active": 1, "archived": 1, "destroyed": 0}]}});
    plan_of::<TenantSecretKind>(key, Some(organization), &json!({}))
}

#[test]
fn every_step_is_shown_with_its_effect_and_why() {
    let foreseen = [
        secret(&json!({"tags": {"team": "keys"}})),
        secret(&json!({"tags": {"team": "vaults"}})),
        secret(&json!({"tags": {"team": "keys"}, "desiredState": "RemovedFromManager"})),
        secret(&json!({"tags": {"team": "keys"}, "desiredState": "SoftDeleted", "suspend": true})),
        oci("Enabled"),
        oci("PendingDeletion"),
        tenant_secret(),
    ];
    golden("plan.txt", &words::all(&foreseen));
}

#[test]
fn what_the_manager_asks_is_taken_into_account() {
    let gone = json!({"tags": {"team": "keys"}, "desiredState": "RemovedFromManager"});
    let deny = json!({"approvals": {"irreversible": "Deny"}});
    let vault = || Some(oci_vault("ocid1.vault.oc1.iad.a.b"));
    let patient = json!({"limits": {"minimumPendingDeletionDays": 14}});
    let mut held = gone.clone();
    held["suspend"] = json!(true);
    let foreseen = [
        managed(&gone, &json!({"approvals": {"expiring": "Require"}})),
        managed(&gone, &json!({"approvals": {"expiring": "Deny"}})),
        managed(&gone, &deny),
        managed(&gone, &json!({"suspend": true})),
        managed(&held, &json!({"suspend": true})),
        plan_of::<OciKeyKind>(named(&json!({})), vault(), &patient),
        plan_of::<OciKeyKind>(named(&json!({})), vault(), &json!({"limits": {}})),
    ];
    golden("plan-manager.txt", &words::all(&foreseen));
}

#[test]
fn a_container_or_manager_that_is_not_open_reads_like_one_that_is_not_there() {
    let refused = |blocker| judged::<AzureSecretKind>(secret_in_use(&json!({})), Err(blocker));
    let vault = ObjectRef::new(Kind::AzureVault, "platform", "billing");
    let manager = ObjectRef::new(Kind::ClusterCipherTrustManager, "", "company");
    let foreseen = [
        refused(site::no_container("shop", &vault)),
        refused(site::no_container("platform", &vault)),
        refused(site::no_manager(&manager)),
    ];
    golden("plan-not-open.txt", &words::all(&foreseen));
}

#[test]
fn a_key_that_is_not_what_its_spec_says_is_left_alone() {
    let vault = || Some(oci_vault("ocid1.vault.oc1.iad.a.b"));
    let seen = |observed: Value| plan_of::<OciKeyKind>(named(&observed), vault(), &json!({}));
    let other = Some(oci_vault("ocid1.vault.oc1.iad.other.b"));
    let foreseen = [
        seen(json!({"algorithm": "AES", "length": 32, "protectionMode": "HSM"})),
        seen(json!({"algorithm": "AES", "length": 16, "protectionMode": "HSM"})),
        seen(json!({"algorithm": "RSA", "length": 256, "protectionMode": "SOFTWARE"})),
        plan_of::<OciKeyKind>(named(&json!({})), other, &json!({})),
    ];
    golden("plan-differs.txt", &words::all(&foreseen));
}

#[test]
fn without_its_container_the_worst_effect_is_shown() {
    let deleted = json!({"tags": {"team": "keys"}, "desiredState": "SoftDeleted"});
    let foreseen = plan_of::<AzureSecretKind>(secret_in_use(&deleted), None, &json!({}));
    assert_eq!(foreseen.steps[0].effect, Effect::Irreversible);
}

#[test]
fn the_exit_code_tells_what_is_worst() {
    let rests = secret(&json!({"tags": {"team": "keys"}}));
    let changes = secret(&json!({"tags": {"team": "vaults"}}));
    let purges = secret(&json!({"tags": {"team": "keys"}, "desiredState": "Purged"}));
    assert_eq!(code(std::slice::from_ref(&rests)), None);
    assert_eq!(code(&[rests.clone(), changes.clone()]), Some(Code::Changes));
    assert_eq!(
        code(&[changes, purges.clone(), rests]),
        Some(Code::Irreversible)
    );
    assert!(
        purges
            .steps
            .iter()
            .any(|step| step.effect == Effect::Irreversible)
    );
}

#[test]
fn keys_are_found_in_many_documents_and_in_lists_and_others_are_passed_over() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n---\n\
        apiVersion: cckm.dev/v1alpha1\nkind: OciKey\nmetadata: {name: a, namespace: shop}\n---\n\
        apiVersion: v1\nkind: List\nitems:\n- apiVersion: cckm.dev/v1alpha1\n  kind: AzureSecret\n  metadata: {name: b}\n";
    let found = manifests::keys(text).unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|manifest| {
            (
                manifest.kind.as_str(),
                manifest.name.as_str(),
                manifest.namespace.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        names,
        [("OciKey", "a", Some("shop")), ("AzureSecret", "b", None)]
    );
}
