//! Keys of an OCI vault: made, uploaded, switched off and on, nearly deleted, and kept.

use super::{Act, Object, Step, bob, key, object};

const MASTER: Object = object("OciKey", "payments-master");
const BYOK: Object = object("OciKey", "payments-byok");

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "OCI: make a key",
        seed: None,
        manifest: Some("30-oci-native.yaml"),
        acts: &[bob("30-oci-native.yaml")],
        promises: &[MASTER.is(
            "Reached",
            key("ENABLED", "ENABLED").with(&[
                ("/display_name", "payments-master"),
                ("/freeform_tags/team", "payments"),
            ]),
        )],
        writes: &[("POST", "/api/v1/cckm/oci/keys")],
    },
    Step {
        name: "OCI: upload a key (BYOK)",
        seed: None,
        manifest: Some("31-oci-byok.yaml"),
        acts: &[bob("31-oci-byok.yaml")],
        promises: &[BYOK.is(
            "Reached",
            key("ENABLED", "ENABLED").with(&[("/versions/0/origin", "EXTERNAL")]),
        )],
        writes: &[("POST", "/api/v1/cckm/oci/upload-key")],
    },
    Step {
        name: "OCI: switch a key off",
        seed: None,
        manifest: Some("changes/32-oci-disabled.yaml"),
        acts: &[bob("changes/32-oci-disabled.yaml")],
        promises: &[MASTER.is("Reached", key("DISABLED", "DISABLED"))],
        writes: &[("POST", "/api/v1/cckm/oci/keys/{id}/disable")],
    },
    Step {
        name: "OCI: switch it on again",
        seed: None,
        manifest: Some("30-oci-native.yaml"),
        acts: &[bob("30-oci-native.yaml")],
        promises: &[MASTER.is("Reached", key("ENABLED", "ENABLED"))],
        writes: &[("POST", "/api/v1/cckm/oci/keys/{id}/enable")],
    },
    Step {
        name: "OCI: schedule its deletion",
        seed: None,
        manifest: Some("changes/33-oci-pending-deletion.yaml"),
        acts: &[bob("changes/33-oci-pending-deletion.yaml")],
        promises: &[MASTER.is(
            "DeletionScheduled",
            key("PENDING_DELETION", "PENDING_DELETION"),
        )],
        writes: &[("POST", "/api/v1/cckm/oci/keys/{id}/schedule-deletion")],
    },
    Step {
        name: "OCI: revert, and the deletion is cancelled",
        seed: Some("004-oci-cancel-key-deletion.txt"),
        manifest: Some("30-oci-native.yaml"),
        acts: &[bob("30-oci-native.yaml")],
        promises: &[MASTER.is("Reached", key("ENABLED", "ENABLED"))],
        writes: &[("POST", "/api/v1/cckm/oci/keys/{id}/cancel-deletion")],
    },
    Step {
        name: "Delete an object: the key stays",
        seed: None,
        manifest: None,
        acts: &[Act::Delete(BYOK)],
        promises: &[BYOK.is_deleted(key("ENABLED", "ENABLED"))],
        writes: &[],
    },
];
