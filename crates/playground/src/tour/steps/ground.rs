//! Manager and containers.

use super::{Act, Step, admin, object};

/// What has to be there before any key.
pub(super) const STEP: Step = Step {
    name: "The manager, and one container of each cloud",
    seed: None,
    manifest: Some("03-containers.yaml"),
    acts: &[
        admin("00-namespace.yaml"),
        admin("01-login.yaml"),
        Act::Connect {
            file: "02-manager.yaml",
        },
        admin("03-containers.yaml"),
    ],
    promises: &[
        object("CipherTrustManager", "cm").is_ready(),
        object("SalesforceOrganization", "acme").is_ready(),
        object("AzureVault", "billing").is_ready(),
        object("OciVault", "payments").is_ready(),
    ],
    writes: &[],
};
