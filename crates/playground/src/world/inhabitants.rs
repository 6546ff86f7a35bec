//! What there is in CM and in the clouds before anybody applies a manifest.

use serde_json::{Value, json};

/// The user that the operator logs in as.
pub const USERNAME: &str = "operator";
/// That user's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// The ID of CM's key that uploads take their material from: AES, 256 bits.
pub const SOURCE_KEY: &str = "b58f1c04-2d0c-4f3e-9b3a-6f2f0f9a1c55";

/// A production organization with a past, an Azure vault with soft-delete and an OCI vault, as `config/samples` name
/// them; and what an upload needs: a source key and a certificate.
///
/// Salesforce refuses a new tenant secret of a type while its last one is young (24 hours for `Data`), so the past
/// lies well before the `createdAfter` of the samples.
pub fn standard() -> Value {
    json!({
        "users": [{"username": USERNAME, "password": PASSWORD}],
        "vault_keys": [{"id": SOURCE_KEY, "name": "byok-source"}],
        "salesforce": [{
            "organization_id": "00DB000000040bIMAQ",
            "name": "Acme",
            "certificates": [{"name": "Wrapping2025"}],
            "tenant_secrets": [
                {"type": "Data", "status": "ARCHIVED", "created": "2024-05-20T08:00:00Z"},
                {"type": "Data", "status": "ACTIVE", "created": "2025-05-20T08:00:00Z"},
            ],
        }],
        "azure": [{
            "name": "acme-billing",
            "subscription_id": "260ecbe7-777b-4d3c-84ea-678820490000",
        }],
        "oci": {"vaults": [{
            "name": "payments",
            "vault_id": "ocid1.vault.oc1.iad.acmepayments.simulator",
            "compartment_id": "ocid1.compartment.oc1..acme",
        }]},
    })
}
