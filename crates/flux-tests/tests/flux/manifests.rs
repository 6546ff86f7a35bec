//! Files of the repository.

use playground::world::{STANDARD, Simulator};

/// An Azure secret; its value is key `value` of the Secret `values`. `more` is the rest of its spec.
pub(crate) fn azure_secret(name: &str, more: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: AzureSecret
metadata: {{name: {name}}}
spec:
  vaultRef: {{name: billing}}
  valueFrom: {{secretKeyRef: {{name: values, key: value}}}}
{more}"
    )
}

/// A key that OCI makes. `more` is the rest of its spec.
pub(crate) fn oci_key(name: &str, more: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: OciKey
metadata: {{name: {name}}}
spec:
  vaultRef: {{name: payments}}
  keyShape: {{algorithm: AES, length: 32}}
{more}"
    )
}

/// A tenant secret that Salesforce makes. All that the standard world has are older.
pub(crate) fn tenant_secret(name: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: SalesforceTenantSecret
metadata: {{name: {name}}}
spec:
  organizationRef: {{name: acme}}
  type: Data
  createdAfter: \"2025-06-01T00:00:00Z\"
"
    )
}

/// The standard world's login, which is not in git, and its manager and containers, which are.
pub(crate) fn standard(simulator: &Simulator) -> (String, String) {
    let url = format!("url: {}", simulator.url());
    let standard = STANDARD.replace("url: http://127.0.0.1", &url);
    let (login, rest) = standard.split_once("---\n").unwrap();
    (login.to_owned(), rest.to_owned())
}
