//! What CM itself stores. Its rows of cloud objects are copies as last seen; nothing here reads the
//! clouds except a write through CM, a synchronization job, and the refresh of an OCI key.

pub(crate) mod azure;
pub(crate) mod azure_sync;
pub(crate) mod connections;
pub(crate) mod jobs;
pub(crate) mod oci;
pub(crate) mod oci_sync;
pub(crate) mod record;
pub(crate) mod refresh_tokens;
pub(crate) mod salesforce;
pub(crate) mod salesforce_body;
pub(crate) mod salesforce_sync;
pub(crate) mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use record::Table;
use serde::Serialize;

/// CM's stores.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Manager {
    pub(crate) connections: Table<connections::Connection>,
    pub(crate) vault_keys: Table<connections::VaultKey>,
    pub(crate) organizations: Table<salesforce::Organization>,
    pub(crate) certificates: Table<salesforce::Certificate>,
    pub(crate) tenant_secrets: Table<salesforce::TenantSecret>,
    pub(crate) azure_subscriptions: Table<azure::Subscription>,
    pub(crate) azure_vaults: Table<azure::Vault>,
    pub(crate) azure_secrets: Table<azure::Secret>,
    /// By the backup's ID.
    pub(crate) azure_backups: BTreeMap<String, azure::Backup>,
    pub(crate) oci_compartments: Table<oci::Compartment>,
    pub(crate) oci_vaults: Table<oci::Vault>,
    pub(crate) oci_keys: Table<oci::Key>,
    /// OCIDs of keys that were deleted from CM and don't come back.
    pub(crate) oci_forgotten: BTreeSet<String>,
    pub(crate) jobs: Table<jobs::Job>,
}
