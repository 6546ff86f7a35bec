//! What is foreseen and how it reads.

use cckm_operator::reconcile::{
    azure::AzureSecretKind, oci::OciKeyKind, salesforce::TenantSecretKind,
};
use lifecycle::action::Effect;
use serde_json::{Value, json};

use super::{Foreseen, code, foresee::plan_of, manifests, words};
use crate::{exit::Code, golden::golden};

fn vault() -> Value {
    json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": "billing"},
        "spec": {"managerRef": {"name": "cm"}, "subscriptionId": "260ecbe7-777b-4d3c-84ea-678820490000",
            "vaultName": "acme-billing"},
        "status": {"softDelete": true, "retentionDays": 90}})
}

/// A secret in use, of which a spec now says this.
fn secret(spec: &Value) -> Foreseen {
    let mut key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret",
        "metadata": {"name": "db", "namespace": "shop", "generation": 2},
        "spec": {"vaultRef": {"name": "billing"}},
        "status": {"observedGeneration": 1, "cloudId": "azure:s/acme-billing/db", "remoteState": "AVAILABLE",
            "backup": "Present", "goal": {"desiredState": "Available", "origin": "FirstSeen", "reached": true},
            "applied": {"tagKeys": ["team"]},
            "observed": {"ownership": "Ours", "recoveryLevel": "Recoverable+Purgeable",
                "tags": {"team": "keys", "cckm-operator-owner": "prod/shop/db"}}}});
    for (field, value) in spec.as_object().unwrap() {
        key["spec"][field] = value.clone();
    }
    plan_of::<AzureSecretKind>(key, vault())
}

fn oci(state: &str) -> Foreseen {
    let key = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciKey",
        "metadata": {"name": "master", "namespace": "shop", "generation": 1},
        "spec": {"vaultRef": {"name": "payments"}, "keyShape": {"algorithm": "AES", "length": 32},
            "desiredState": state}});
    let vault = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "OciVault", "metadata": {"name": "payments"},
        "spec": {"managerRef": {"name": "cm"}, "vaultId": "ocid1.vault.oc1.iad.a.b"}});
    plan_of::<OciKeyKind>(key, vault)
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
    plan_of::<TenantSecretKind>(key, organization)
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
