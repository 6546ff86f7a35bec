//! Tenant secrets of Salesforce: made, uploaded, destroyed and brought back, and destroyed for good.

use super::{Act, Object, Step, bob, key, object};

const DATA_NEW: Object = object("SalesforceTenantSecret", "data-2025-06");
const ANALYTICS: Object = object("SalesforceTenantSecret", "analytics-2025-06");
const DATA_OLD: Object = object("SalesforceTenantSecret", "data-2024");

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "Salesforce: make a tenant secret",
        seed: Some("001-sfdc-create-tenant-secret.txt"),
        manifest: Some("20-salesforce-native.yaml"),
        acts: &[bob("20-salesforce-native.yaml")],
        promises: &[DATA_NEW.is(
            "Reached",
            key("ACTIVE", "ACTIVE")
                .with(&[("/version", "3"), ("/source", "HSM")])
                .backup(true),
        )],
        writes: &[("POST", "/api/v1/cckm/sfdc/keys")],
    },
    Step {
        name: "Salesforce: upload a tenant secret (BYOK)",
        seed: Some("002-sfdc-upload-tenant-secret.txt"),
        manifest: Some("21-salesforce-byok.yaml"),
        acts: &[bob("21-salesforce-byok.yaml")],
        promises: &[ANALYTICS.is(
            "Reached",
            key("ACTIVE", "ACTIVE").with(&[("/source", "UPLOADED"), ("/type", "Analytics")]),
        )],
        writes: &[("POST", "/api/v1/cckm/sfdc/keys/upload")],
    },
    Step {
        name: "Salesforce: take over a tenant secret of before",
        seed: None,
        manifest: Some("22-salesforce-existing.yaml"),
        acts: &[bob("22-salesforce-existing.yaml")],
        promises: &[DATA_OLD.is("Superseded", key("ARCHIVED", "ARCHIVED").backup(true))],
        writes: &[],
    },
    Step {
        name: "Salesforce: destroy it",
        seed: None,
        manifest: Some("changes/23-salesforce-destroyed.yaml"),
        acts: &[bob("changes/23-salesforce-destroyed.yaml")],
        promises: &[DATA_OLD.is("Reached", key("DESTROYED", "DESTROYED").backup(true))],
        writes: &[("POST", "/api/v1/cckm/sfdc/keys/{id}/destroy")],
    },
    Step {
        name: "Salesforce: revert, and it is imported from its backup",
        seed: None,
        manifest: Some("22-salesforce-existing.yaml"),
        acts: &[bob("22-salesforce-existing.yaml")],
        promises: &[DATA_OLD.is("Superseded", key("ARCHIVED", "ARCHIVED").backup(true))],
        writes: &[("POST", "/api/v1/cckm/sfdc/keys/{id}/import")],
    },
    Step {
        name: "Salesforce: ask for its end; deleting the backup waits for an approval",
        seed: None,
        manifest: Some("changes/24-salesforce-backup-deleted.yaml"),
        acts: &[bob("changes/24-salesforce-backup-deleted.yaml")],
        promises: &[DATA_OLD.is(
            "AwaitingApproval",
            key("DESTROYED", "DESTROYED").backup(true),
        )],
        writes: &[("POST", "/api/v1/cckm/sfdc/keys/{id}/destroy")],
    },
    Step {
        name: "Salesforce: alice approves, and the backup is deleted",
        seed: Some("000-sfdc-delete-backup.txt"),
        manifest: Some("changes/25-salesforce-backup-approval.template.yaml"),
        acts: &[Act::Approve {
            object: DATA_OLD,
            file: "changes/25-salesforce-backup-approval.template.yaml",
        }],
        promises: &[DATA_OLD.is("Reached", key("DESTROYED", "DESTROYED").backup(false))],
        writes: &[("POST", "/api/v1/cckm/sfdc/keys/{id}/delete-backup")],
    },
];
