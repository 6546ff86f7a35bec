//! Manifests of keys in the standard world: one of each kind, as small as they can be.

/// An Azure secret; its value is key `value` of the Secret `values`.
pub(crate) fn azure_secret(name: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: AzureSecret
metadata: {{name: {name}}}
spec:
  vaultRef: {{name: billing}}
  valueFrom: {{secretKeyRef: {{name: values, key: value}}}}
"
    )
}

/// A native tenant secret of that type: a new one, because all that the standard world has are older.
pub(crate) fn tenant_secret(name: &str, type_: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: SalesforceTenantSecret
metadata: {{name: {name}}}
spec:
  organizationRef: {{name: acme}}
  type: {type_}
  createdAfter: \"2025-06-01T00:00:00Z\"
"
    )
}

/// A native OCI key.
pub(crate) fn oci_key(name: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: OciKey
metadata: {{name: {name}}}
spec:
  vaultRef: {{name: payments}}
  keyShape: {{algorithm: AES, length: 32}}
"
    )
}
