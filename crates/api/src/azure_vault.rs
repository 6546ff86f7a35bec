//! `AzureVault`: a container of Azure secrets.

use std::time;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Duration, ManagerReference, StateCount, SyncPolicy, container, rules, schema};

/// Which vault it is, which manager knows it, and how often news is fetched.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "AzureVault",
    namespaced,
    status = "AzureVaultStatus",
    derive = "PartialEq",
    doc = "An Azure key vault that is registered in a CipherTrust Manager. Deleting it changes nothing there or in Azure.",
    category = "cckm",
    shortname = "azv"
)]
#[serde(rename_all = "camelCase")]
pub struct AzureVaultSpec {
    /// The manager in which the vault is registered. Immutable.
    #[x_kube(validation = rules::immutable("managerRef is immutable. Create another AzureVault \
        for another manager."))]
    pub manager_ref: ManagerReference,
    /// The ID of the Azure subscription: a UUID. Immutable.
    #[schemars(length(min = 36, max = 36), regex(pattern = schema::UUID_PATTERN))]
    #[x_kube(validation = rules::immutable("subscriptionId is immutable. Create another \
        AzureVault for a vault of another subscription."))]
    pub subscription_id: String,
    /// The vault's name in Azure: 3 to 24 letters, digits and single hyphens, a letter first, no hyphen last.
    /// Immutable.
    #[schemars(
        length(min = 3, max = 24),
        regex(pattern = "^[a-zA-Z](-?[a-zA-Z0-9])+$")
    )]
    #[x_kube(validation = rules::immutable("vaultName is immutable. Create another AzureVault \
        for another vault."))]
    pub vault_name: String,
    /// The connection of CipherTrust Manager, by its name there, through which the vault is reached. If the vault is not
    /// registered yet, it is registered through it. Absent: the vault has to be registered, and its connection stays
    /// as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub connection: Option<String>,
    /// How often CipherTrust Manager's stored rows are read: `10s` to `24h`. Absent: `5m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::duration_within("10s", "24h", "sweepInterval has to be from 10s to \
        24h. Leave it out for 5m."))]
    pub sweep_interval: Option<Duration>,
    /// How often CipherTrust Manager is told to read the vault again from Azure: `1m` to `168h`.
    /// Absent: `1h`. Without effect where `sync` is `External`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::duration_within("1m", "168h", "syncInterval has to be from 1m to \
        168h. Leave it out for 1h, or set sync: External where another scheduler syncs."))]
    pub sync_interval: Option<Duration>,
    /// Who starts the periodic syncs. `Operator`: the operator. `External`: another scheduler; the operator still
    /// syncs where a step needs fresh news. Absent: `Operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncPolicy>,
    /// The namespaces whose keys may be in it besides its own, by their labels; `{}` selects all. Absent: its own only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::namespace_selector")]
    pub allowed_namespaces: Option<LabelSelector>,
}

impl AzureVaultSpec {
    /// The time between two sweeps, absence filled in.
    pub fn sweep_interval(&self) -> time::Duration {
        self.sweep_interval
            .map_or(container::SWEEP_INTERVAL, Into::into)
    }

    /// The time between two periodic syncs, absence filled in.
    pub fn sync_interval(&self) -> time::Duration {
        self.sync_interval
            .map_or(container::SYNC_INTERVAL, Into::into)
    }

    /// Who starts the periodic syncs, absence filled in.
    pub fn sync(&self) -> SyncPolicy {
        self.sync.unwrap_or_default()
    }
}

/// What the operator knows of the vault.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct AzureVaultStatus {
    /// The generation that this status was computed from; -1 until the operator first saw the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, and what else is to be known. Ready only after a completed sync and sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Option<Vec<Condition>>,
    /// The value of the annotation `reconcile.fluxcd.io/requestedAt` that was last answered by a sync and a sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_handled_reconcile_at: Option<String>,
    /// CipherTrust Manager's ID of its record of the vault. It may change while `cloudId` stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub resource_id: Option<String>,
    /// The connection by which CipherTrust Manager reaches it, by its name there. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub connection: Option<String>,
    /// Whether the last test of that connection was good, as CipherTrust Manager had it at the last sync. Absent: never
    /// tested, or not visible to this login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_connection_ok: Option<bool>,
    /// What the vault is, for good: `azure:<subscription>/<vault>`, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub cloud_id: Option<String>,
    /// Whether deleted secrets can be recovered for a while. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_delete: Option<bool>,
    /// Whether nobody may purge a deleted secret before its retention ends. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purge_protection: Option<bool>,
    /// Days that a deleted secret is kept: 7 to 90. Absent: not known, or without soft-delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub retention_days: Option<i32>,
    /// Azure's name of the vault's region. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub region: Option<String>,
    /// How many secrets are in each state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["state"]))]
    pub states: Vec<StateCount>,
}
