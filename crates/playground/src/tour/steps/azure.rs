//! An Azure secret, from its first value to its purge.

use super::{Act, GONE, Object, Step, bob, key, object};

const DB_PASSWORD: Object = object("AzureSecret", "db-password");

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "Azure: make a secret",
        seed: None,
        manifest: Some("10-azure-secret.yaml"),
        acts: &[bob("10-azure-secret.yaml")],
        promises: &[DB_PASSWORD.is(
            "Reached",
            key("AVAILABLE", "AVAILABLE").with(&[
                ("/versions/0/value", "first-password"),
                ("/versions/0/tags/team", "billing"),
            ]),
        )],
        writes: &[("POST", "/api/v1/cckm/azure/secrets")],
    },
    Step {
        name: "Azure: a new value is a new version",
        seed: None,
        manifest: Some("changes/11-azure-new-value.yaml"),
        acts: &[
            bob("changes/11-azure-new-value.yaml"),
            Act::RequestLook(DB_PASSWORD),
        ],
        promises: &[DB_PASSWORD.is(
            "Reached",
            key("AVAILABLE", "AVAILABLE").with(&[("/versions/1/value", "second-password")]),
        )],
        writes: &[("POST", "/api/v1/cckm/azure/secrets")],
    },
    Step {
        name: "Azure: other tags and an end date",
        seed: None,
        manifest: Some("changes/12-azure-attributes.yaml"),
        acts: &[bob("changes/12-azure-attributes.yaml")],
        promises: &[DB_PASSWORD.is(
            "Reached",
            key("AVAILABLE", "AVAILABLE").with(&[
                ("/versions/1/tags/team", "payments"),
                ("/versions/1/tags/cost-center", "4711"),
                ("/versions/1/exp", "2051222400"),
            ]),
        )],
        writes: &[("PATCH", "/api/v1/cckm/azure/secrets/{id}")],
    },
    Step {
        name: "Azure: delete the secret, recoverably",
        seed: None,
        manifest: Some("changes/13-azure-soft-deleted.yaml"),
        acts: &[bob("changes/13-azure-soft-deleted.yaml")],
        promises: &[DB_PASSWORD.is("Reached", key("SOFT-DELETED", "SOFT-DELETED"))],
        writes: &[("POST", "/api/v1/cckm/azure/secrets/{id}/soft-delete")],
    },
    Step {
        name: "Azure: revert, and the secret is recovered",
        seed: None,
        manifest: Some("changes/12-azure-attributes.yaml"),
        acts: &[bob("changes/12-azure-attributes.yaml")],
        promises: &[DB_PASSWORD.is(
            "Reached",
            key("AVAILABLE", "AVAILABLE").with(&[("/versions/1/value", "second-password")]),
        )],
        writes: &[("POST", "/api/v1/cckm/azure/secrets/{id}/recover")],
    },
    Step {
        name: "Azure: ask for a purge; it waits for an approval",
        seed: None,
        manifest: Some("changes/14-azure-purged.yaml"),
        acts: &[bob("changes/14-azure-purged.yaml")],
        promises: &[DB_PASSWORD.is("AwaitingApproval", key("SOFT-DELETED", "SOFT-DELETED"))],
        writes: &[("POST", "/api/v1/cckm/azure/secrets/{id}/soft-delete")],
    },
    Step {
        name: "Azure: alice approves, and the secret is purged",
        seed: Some("003-azure-purge-secret.txt"),
        manifest: Some("changes/15-azure-purge-approval.template.yaml"),
        acts: &[Act::Approve {
            object: DB_PASSWORD,
            file: "changes/15-azure-purge-approval.template.yaml",
        }],
        promises: &[DB_PASSWORD.is("Reached", key("DELETED", GONE))],
        writes: &[("POST", "/api/v1/cckm/azure/secrets/{id}/hard-delete")],
    },
];
