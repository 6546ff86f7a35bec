//! `SalesforceOrganization`: a container of tenant secrets.

use std::time;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Duration, ManagerReference, SyncPolicy, TenantSecretType, container, rules, schema};

/// Which organization it is, which manager knows it, and how often news is fetched.
#[derive(CustomResource, Clone, Debug, PartialEq, Deserialize, Serialize, KubeSchema)]
#[kube(
    group = "cckm.dev",
    version = "v1alpha1",
    kind = "SalesforceOrganization",
    namespaced,
    status = "SalesforceOrganizationStatus",
    derive = "PartialEq",
    doc = "A Salesforce organization that is registered in a CipherTrust Manager. Deleting it changes nothing there.",
    category = "cckm",
    shortname = "sforg"
)]
#[serde(rename_all = "camelCase")]
pub struct SalesforceOrganizationSpec {
    /// The manager in which the organization is registered. Immutable.
    #[x_kube(validation = rules::immutable("managerRef is immutable. Create another \
        SalesforceOrganization for another manager."))]
    pub manager_ref: ManagerReference,
    /// Salesforce's organization ID, in the form of 15 or of 18 characters: `00D`, then letters and digits. Immutable.
    #[schemars(
        length(min = 15, max = 18),
        regex(pattern = "^00D[0-9A-Za-z]{12}([0-9A-Za-z]{3})?$")
    )]
    #[x_kube(validation = rules::immutable("organizationId is immutable: a refreshed sandbox is \
        another organization. Create another SalesforceOrganization for it."))]
    pub organization_id: String,
    /// The connection of CipherTrust Manager, by its name there, through which the organization is reached. If the organization is not
    /// registered yet, it is registered through it. Absent: the organization has to be registered, and its connection stays
    /// as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub connection: Option<String>,
    /// How often CipherTrust Manager's stored rows are read: `10s` to `24h`. Absent: `5m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::duration_within("10s", "24h", "sweepInterval has to be from 10s to \
        24h. Leave it out for 5m."))]
    pub sweep_interval: Option<Duration>,
    /// How often CipherTrust Manager is told to read the organization again from Salesforce: `1m` to `168h`.
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

impl SalesforceOrganizationSpec {
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

/// What the operator knows of the organization.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("default" = {"observedGeneration": -1}))]
pub struct SalesforceOrganizationStatus {
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
    /// CipherTrust Manager's ID of its record of the organization. It may change while `cloudId` stays.
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
    /// What the organization is, for good: its ID in the form of 18 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub cloud_id: Option<String>,
    /// Whether it is a production organization or a sandbox: they differ in how often a type may be rotated.
    /// `Unknown`: CipherTrust Manager doesn't say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<OrganizationEnvironment>,
    /// The tenant secrets of each type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub types: Vec<SalesforceTypeStatus>,
    /// The form of the organization's ID that uploads were accepted with: CipherTrust Manager's own (`Uuid`) or
    /// Salesforce's (`SalesforceId`). Absent until an upload was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_organization_id_form: Option<OrganizationIdForm>,
}

/// What kind of organization it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OrganizationEnvironment {
    /// A production organization.
    Production,
    /// A sandbox.
    Sandbox,
    /// CipherTrust Manager doesn't say.
    Unknown,
}

/// A form of an organization's ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum OrganizationIdForm {
    /// CipherTrust Manager's ID of its record.
    Uuid,
    /// Salesforce's ID.
    SalesforceId,
}

/// The tenant secrets of one type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SalesforceTypeStatus {
    /// The type.
    #[serde(rename = "type")]
    pub type_: TenantSecretType,
    /// How many are ACTIVE.
    #[schemars(range(min = 0))]
    pub active: i32,
    /// How many are ARCHIVED.
    #[schemars(range(min = 0))]
    pub archived: i32,
    /// How many are DESTROYED.
    #[schemars(range(min = 0))]
    pub destroyed: i32,
    /// Before this time Salesforce refuses another secret of the type. Absent: there was none yet, or it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_rotation_after: Option<Time>,
}
