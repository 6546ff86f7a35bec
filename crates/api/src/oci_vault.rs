//! `OciVault`: a container of OCI keys.

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
    kind = "OciVault",
    namespaced,
    status = "OciVaultStatus",
    derive = "PartialEq",
    doc = "An OCI vault that is registered in a CipherTrust Manager. Deleting it changes nothing there or in OCI.",
    category = "cckm",
    shortname = "ociv"
)]
#[serde(rename_all = "camelCase")]
pub struct OciVaultSpec {
    /// The manager in which the vault is registered. Immutable.
    #[x_kube(validation = rules::immutable("managerRef is immutable. Create another OciVault for \
        another manager."))]
    pub manager_ref: ManagerReference,
    /// The vault's OCID. Immutable.
    #[schemars(length(max = 255), regex(pattern = schema::VAULT_OCID_PATTERN))]
    #[x_kube(validation = rules::immutable("vaultId is immutable. Create another OciVault for \
        another vault."))]
    pub vault_id: String,
    /// OCI's identifier of the vault's region, such as `us-ashburn-1`. Absent: as CipherTrust Manager has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)+$"))]
    pub region: Option<String>,
    /// The connection of CipherTrust Manager, by its name there, through which the vault is reached. If the vault is not
    /// registered yet, it is registered through it, for which `region` has to be
    /// given. Absent: the vault has to be registered, and its connection stays
    /// as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub connection: Option<String>,
    /// Where OCI puts the backups of HSM keys of a virtual private vault. Used when the vault is registered; afterwards
    /// it is changed in CipherTrust Manager. Absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<OciBucket>,
    /// How often CipherTrust Manager's stored rows are read: `10s` to `24h`. Absent: `5m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::duration_within("10s", "24h", "sweepInterval has to be from 10s to \
        24h. Leave it out for 5m."))]
    pub sweep_interval: Option<Duration>,
    /// How often CipherTrust Manager is told to read the vault again from OCI: `1m` to `168h`.
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

/// A bucket of OCI's object storage.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OciBucket {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// The object storage namespace it is in.
    #[schemars(length(min = 1, max = 256))]
    pub namespace: String,
}

impl OciVaultSpec {
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
pub struct OciVaultStatus {
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
    /// What the vault is, for good: its OCID.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub cloud_id: Option<String>,
    /// OCI's type of the vault, in its own word: a shared one, or one with an HSM partition of its own. Absent: not
    /// known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub vault_type: Option<String>,
    /// OCI's state of the vault itself, in its own word. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub lifecycle_state: Option<String>,
    /// OCI's identifier of the vault's region. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub region: Option<String>,
    /// The OCID of the vault's compartment, where keys are made that name none. Absent: not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub compartment_id: Option<String>,
    /// How many keys are in each state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["state"]))]
    pub states: Vec<StateCount>,
}
