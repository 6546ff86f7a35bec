//! Manifests of keys in the standard world: one of each kind, as small as they can be.

use super::inhabitants::SOURCE_KEY;

/// An Azure secret; its value is key `value` of the Secret `values`.
pub fn azure_secret(name: &str) -> String {
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
pub fn tenant_secret(name: &str, type_: &str) -> String {
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

/// A rotation of that type, which is due at once: all that the standard world has are older than a month.
pub fn rotation(name: &str, type_: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: SalesforceRotation
metadata: {{name: {name}}}
spec:
  organizationRef: {{name: acme}}
  type: {type_}
  everyDays: 30
"
    )
}

/// A native OCI key.
pub fn oci_key(name: &str) -> String {
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

/// A tenant secret of that type, made from a source key of CM.
pub fn uploaded_tenant_secret(name: &str, type_: &str) -> String {
    format!(
        "{}  source:
    upload:
      sourceKey: {{tier: local, id: {SOURCE_KEY}}}
      certificate: {{name: Wrapping2025}}
",
        tenant_secret(name, type_)
    )
}

/// An OCI key, made from a source key of CM.
pub fn uploaded_oci_key(name: &str) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: OciKey
metadata: {{name: {name}}}
spec:
  vaultRef: {{name: payments}}
  source: {{upload: {{sourceKey: {{tier: local, id: {SOURCE_KEY}}}}}}}
"
    )
}

/// A tenant secret of type Data that exists, by its version.
pub fn existing_tenant_secret(name: &str, version: usize) -> String {
    format!(
        "apiVersion: cckm.dev/v1alpha1
kind: SalesforceTenantSecret
metadata: {{name: {name}}}
spec:
  organizationRef: {{name: acme}}
  type: Data
  version: {version}
"
    )
}
