//! Status and specs keep their form on the wire.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

use api::{
    Action, AzureSecret, AzureSecretStatus, Backup, CipherTrustManager, DestructionApproval,
    GoalOrigin, OciKey, Outcome, SalesforceOrganization, SalesforceTenantSecret,
};
use serde_json::{Value, json};

/// Reads a manifest, and holds it to write the same again.
fn round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(manifest: &Value) -> T {
    let read: T = serde_json::from_value(manifest.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&read).unwrap(), manifest);
    read
}

#[test]
fn a_fresh_object_with_the_default_status_reads_as_never_observed() {
    let manifest = json!({
        "apiVersion": "cckm.dev/v1alpha1",
        "kind": "AzureSecret",
        "metadata": {"name": "db-password", "namespace": "shop"},
        "spec": {"vaultRef": {"name": "billing"}},
        "status": {"observedGeneration": -1},
    });
    let secret: AzureSecret = round_trip(&manifest);
    assert_eq!(secret.status.unwrap().common.observed_generation, Some(-1));
}

#[test]
fn the_common_fields_of_a_keys_status_lie_flat_beside_its_own() {
    let manifest = json!({
        "observedGeneration": 4,
        "cloudId": "azure:260ecbe7/billing/db-password",
        "cloudVersion": "e4c3ec7a",
        "resourceId": "2cf88f46",
        "remoteState": "SOFT-DELETED",
        "goal": {"desiredState": "Purged", "origin": "Changed", "reached": false},
        "backup": "Present",
        "plan": {
            "steps": [{"action": "HardDelete", "effect": "Irreversible", "reason": "Purged is desired."}],
            "approvals": [{"action": "HardDelete", "cloudId": "azure:260ecbe7/billing/db-password", "token": "v1:0"}],
        },
        "intent": {"id": "a", "action": "PutValue", "generation": 4, "openedAt": "2026-10-01T00:00:00Z"},
        "undo": {"action": "Recover", "deadline": "At", "until": "2026-12-30T00:00:00Z"},
        "history": [{"action": "SoftDelete", "at": "2026-10-01T00:00:00Z", "outcome": "Succeeded", "generation": 4}],
        "conditions": [{
            "type": "Ready", "status": "False", "reason": "AwaitingApproval", "message": "m",
            "lastTransitionTime": "2026-10-01T00:00:00Z", "observedGeneration": 4,
        }],
        "lastHandledReconcileAt": "1",
        "lastHandledRestore": "2",
        "lastHandledPushValue": "3",
        "applied": {
            "tagKeys": ["team"], "contentType": "text/plain", "enabled": true,
            "notBefore": "2026-10-01T00:00:00Z", "expires": "2027-10-01T00:00:00Z",
            "valueMac": {"keyId": "1", "mac": "00"},
        },
        "observed": {
            "ownership": "Ours", "recoveryLevel": "Recoverable+Purgeable", "enabled": true,
            "notBefore": "2026-10-01T00:00:00Z", "expires": "2027-10-01T00:00:00Z",
            "differences": ["tags.team"], "softDeletedAt": "2026-10-01T00:00:00Z",
        },
    });
    let status: AzureSecretStatus = round_trip(&manifest);
    let common = status.common;
    assert_eq!(common.goal.unwrap().origin, GoalOrigin::Changed);
    assert_eq!(common.backup, Some(Backup::Present));
    assert_eq!(common.plan.unwrap().steps[0].action, Action::HardDelete);
    assert_eq!(common.history[0].outcome, Outcome::Succeeded);
    assert_eq!(common.conditions.unwrap()[0].reason, "AwaitingApproval");
}

#[test]
fn absent_fields_mean_what_is_documented() {
    let secret: AzureSecret = serde_json::from_value(json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": "db-password"},
        "spec": {"vaultRef": {"name": "billing"}},
    }))
    .unwrap();
    assert_eq!(secret.secret_name(), "db-password");
    assert_eq!(secret.spec.desired_state().as_str(), "Available");
    assert!(!secret.spec.adopt_existing() && !secret.spec.suspended());

    let key: OciKey = serde_json::from_value(json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "OciKey", "metadata": {"name": "master"},
        "spec": {"vaultRef": {"name": "payments"}, "keyShape": {"algorithm": "ECDSA", "curveId": "NIST_P521"}},
    }))
    .unwrap();
    assert_eq!(key.display_name(), "master");
    assert_eq!(key.spec.desired_state().as_str(), "Enabled");
    assert_eq!(key.spec.protection_mode().as_str(), "HSM");
    assert_eq!(key.spec.pending_deletion_days(), 30);
    assert_eq!(key.spec.key_shape.unwrap().curve_id.unwrap().length(), 66);

    let secret: SalesforceTenantSecret = serde_json::from_value(json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceTenantSecret", "metadata": {"name": "data"},
        "spec": {"organizationRef": {"name": "acme"}, "type": "Data", "version": 7},
    }))
    .unwrap();
    assert_eq!(secret.spec.desired_state().as_str(), "Active");

    let organization: SalesforceOrganization = serde_json::from_value(json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "SalesforceOrganization", "metadata": {"name": "acme"},
        "spec": {"managerRef": {"name": "prod"}, "organizationId": "00DB000000040bIMAQ", "syncInterval": "1h30m"},
    }))
    .unwrap();
    assert_eq!(organization.spec.sweep_interval().as_secs(), 300);
    assert_eq!(organization.spec.sync_interval().as_secs(), 5400);

    let manager: CipherTrustManager = serde_json::from_value(json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "CipherTrustManager", "metadata": {"name": "prod"},
        "spec": {"url": "https://cm", "credentials": {}, "tls": {"caRef": {"name": "ca"}}},
    }))
    .unwrap();
    let limits = manager.spec.limits();
    assert_eq!(
        (
            limits.requests_per_second(),
            limits.burst(),
            limits.concurrent_requests()
        ),
        (10, 20, 8)
    );
    assert_eq!(limits.minimum_pending_deletion_days(), 7);
    assert_eq!(
        manager.spec.approvals().irreversible(),
        api::IrreversibleRule::Require
    );
    assert_eq!(
        manager.spec.approvals().expiring(),
        api::ApprovalRule::Allow
    );
    assert_eq!(
        manager.spec.approvals().disruptive(),
        api::ApprovalRule::Allow
    );
    assert!(!manager.spec.insecure_skip_verify() && !manager.spec.suspended());
    let ca = manager.spec.tls.unwrap().ca_ref.unwrap();
    assert_eq!((ca.kind(), ca.key()), (api::CaKind::ConfigMap, "ca.crt"));
}

#[test]
fn an_entry_of_a_plans_approvals_is_an_entry_of_an_approval() {
    let entry = json!({"action": "Destroy", "cloudId": "sfdc:00D:Data:1", "cloudVersion": "1", "token": "v1:0"});
    let approval: DestructionApproval = round_trip(&json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "DestructionApproval", "metadata": {"name": "chg"},
        "spec": {
            "targetRef": {"kind": "SalesforceTenantSecret", "name": "data"}, "actions": [entry],
            "reason": "CHG-1", "expiresAt": "2026-10-01T00:00:00Z", "approvedBy": "alice",
        },
        "status": {
            "observedGeneration": 1,
            "actions": [{"token": "v1:0", "state": "Spent", "at": "2026-10-01T00:00:00Z", "outcome": "Refused"}],
        },
    }));
    let request: api::ApprovalRequest = serde_json::from_value(entry).unwrap();
    assert_eq!(approval.spec.actions, [request]);
}
