//! A key's object, as far as approving needs it.

use api::{
    ApprovalTargetKind, AzureSecret, KeyStatus, OciKey, SalesforceRotation, SalesforceTenantSecret,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Api, api::ApiResource, core::DynamicObject};

use super::plural;
use crate::{
    cluster::{Cluster, refused},
    exit::{Failure, Outcome},
};

/// A key's object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    /// Its kind.
    pub(crate) kind: ApprovalTargetKind,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// How often its spec was changed.
    pub(crate) generation: i64,
    /// Whether its own spec holds back every change.
    pub(crate) suspended: bool,
    /// What the operator says of it.
    pub(crate) status: KeyStatus,
}

impl Key {
    /// Reads it.
    pub(crate) async fn read(
        cluster: &Cluster,
        kind: ApprovalTargetKind,
        name: &str,
    ) -> Outcome<Self> {
        let resource = resource(kind);
        let objects: Api<DynamicObject> =
            Api::namespaced_with(cluster.client.clone(), &cluster.namespace, &resource);
        let what = format!(
            "read {} {name} in namespace {}",
            kind.as_str(),
            cluster.namespace
        );
        let object = objects
            .get_opt(name)
            .await
            .map_err(|error| refused(&what, &error))?
            .ok_or_else(|| cluster.has_no(kind.as_str(), name))?;
        Self::from_object(kind, &object).ok_or_else(|| {
            Failure::failed(format!(
                "the status of {} {name} cannot be understood: plugin and operator are of different versions. Install the same version of both",
                kind.as_str()
            ))
        })
    }

    /// What an object says; nothing if its status has another form.
    pub(crate) fn from_object(kind: ApprovalTargetKind, object: &DynamicObject) -> Option<Self> {
        let status = match object.data.get("status") {
            None => KeyStatus::default(),
            Some(status) => serde_json::from_value(status.clone()).ok()?,
        };
        Some(Self {
            kind,
            namespace: object.metadata.namespace.clone().unwrap_or_default(),
            name: object.metadata.name.clone().unwrap_or_default(),
            generation: object.metadata.generation.unwrap_or_default(),
            suspended: object.data.pointer("/spec/suspend") == Some(&true.into()),
            status,
        })
    }

    /// The condition Ready.
    pub(crate) fn ready(&self) -> Option<&Condition> {
        self.condition("Ready")
    }

    /// Whether every change of it is held back, and not by its own spec.
    pub(crate) fn held_by_manager(&self) -> bool {
        !self.suspended && self.condition("Suspended").is_some()
    }

    fn condition(&self, type_: &str) -> Option<&Condition> {
        let conditions = self.status.conditions.as_deref().unwrap_or_default();
        conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// As a sentence calls it.
    pub(crate) fn called(&self) -> String {
        format!(
            "{} {} in namespace {}",
            self.kind.as_str(),
            self.name,
            self.namespace
        )
    }

    /// Its collection, as RBAC has it.
    pub(crate) fn plural(&self) -> String {
        match self.kind {
            ApprovalTargetKind::SalesforceTenantSecret => plural::<SalesforceTenantSecret>(),
            ApprovalTargetKind::AzureSecret => plural::<AzureSecret>(),
            ApprovalTargetKind::OciKey => plural::<OciKey>(),
            ApprovalTargetKind::SalesforceRotation => plural::<SalesforceRotation>(),
        }
    }
}

fn resource(kind: ApprovalTargetKind) -> ApiResource {
    match kind {
        ApprovalTargetKind::SalesforceTenantSecret => {
            ApiResource::erase::<SalesforceTenantSecret>(&())
        }
        ApprovalTargetKind::AzureSecret => ApiResource::erase::<AzureSecret>(&()),
        ApprovalTargetKind::OciKey => ApiResource::erase::<OciKey>(&()),
        ApprovalTargetKind::SalesforceRotation => ApiResource::erase::<SalesforceRotation>(&()),
    }
}
