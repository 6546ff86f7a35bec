//! What goes wrong with operators and clusters, and does no harm.

use super::{Act, GONE, Object, Step, admin, bob, key, object};

const AUDIT: Object = object("OciKey", "payments-audit");

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "The operator is killed while a key is made: there is one key",
        seed: None,
        manifest: Some("34-oci-audit.yaml"),
        acts: &[Act::KillDuring {
            path: "/api/v1/cckm/oci/keys",
            file: "34-oci-audit.yaml",
        }],
        promises: &[AUDIT.is("Reached", key("ENABLED", "ENABLED"))],
        writes: &[("POST", "/api/v1/cckm/oci/keys")],
    },
    Step {
        name: "Every object is lost, and applied again from git: the same keys, and no change to any",
        seed: None,
        manifest: None,
        acts: &[
            Act::LoseEverything,
            admin("01-login.yaml"),
            Act::Connect {
                file: "02-manager.yaml",
            },
            admin("03-containers.yaml"),
            bob("changes/14-azure-purged.yaml"),
            bob("20-salesforce-native.yaml"),
            bob("21-salesforce-byok.yaml"),
            bob("changes/24-salesforce-backup-deleted.yaml"),
            bob("30-oci-native.yaml"),
            bob("31-oci-byok.yaml"),
            bob("34-oci-audit.yaml"),
        ],
        promises: &[
            object("AzureSecret", "db-password").is("Reached", key("DELETED", GONE)),
            object("SalesforceTenantSecret", "data-2025-06").is("Reached", key("ACTIVE", "ACTIVE")),
            object("SalesforceTenantSecret", "analytics-2025-06")
                .is("Reached", key("ACTIVE", "ACTIVE")),
            // Nothing in CM tells that there was a backup and that it was deleted, so that it would be asked again.
            object("SalesforceTenantSecret", "data-2024").is(
                "AwaitingApproval",
                key("DESTROYED", "DESTROYED").backup(false),
            ),
            object("OciKey", "payments-master").is("Reached", key("ENABLED", "ENABLED")),
            object("OciKey", "payments-byok").is("Reached", key("ENABLED", "ENABLED")),
            AUDIT.is("Reached", key("ENABLED", "ENABLED")),
        ],
        writes: &[],
    },
];
