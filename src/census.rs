//! How many objects there are, by what they say: for metrics.

use api::ApprovalReason;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource;
use lifecycle::reason::Reason;

use crate::{
    cluster::AllObjects,
    object::Kind,
    reconcile::fields::{ContainerObject, KeyObject},
    runtime::{
        metrics::{Metrics, ObjectLabels},
        objects::Objects,
    },
};

/// Of an object that cannot be decoded.
const UNDECODABLE: &str = "Undecodable";

impl AllObjects {
    /// Counts all objects by kind and condition `Ready`.
    pub fn count(&self, metrics: &Metrics) {
        count(metrics, Kind::CipherTrustManager, &self.managers, |cr| {
            cr.status.as_ref()?.conditions.as_ref()
        });
        count(
            metrics,
            Kind::ClusterCipherTrustManager,
            &self.cluster_managers,
            |cr| cr.status.as_ref()?.conditions.as_ref(),
        );
        count_containers(metrics, Kind::SalesforceOrganization, &self.organizations);
        count_containers(metrics, Kind::AzureVault, &self.azure_vaults);
        count_containers(metrics, Kind::OciVault, &self.oci_vaults);
        count_keys(metrics, Kind::SalesforceTenantSecret, &self.tenant_secrets);
        count_keys(metrics, Kind::SalesforceRotation, &self.rotations);
        count_keys(metrics, Kind::AzureSecret, &self.azure_secrets);
        count_keys(metrics, Kind::OciKey, &self.oci_keys);
        count(metrics, Kind::DestructionApproval, &self.approvals, |cr| {
            cr.status.as_ref()?.conditions.as_ref()
        });
    }
}

fn count_containers<C>(metrics: &Metrics, kind: Kind, objects: &Objects<C>)
where
    C: ContainerObject + Resource<DynamicType = ()> + Clone,
{
    count(metrics, kind, objects, C::conditions);
}

fn count_keys<K>(metrics: &Metrics, kind: Kind, objects: &Objects<K>)
where
    K: KeyObject + Resource<DynamicType = ()> + Clone,
{
    count(metrics, kind, objects, |cr| {
        cr.recorded()?.conditions.as_ref()
    });
}

fn count<K: Resource<DynamicType = ()> + Clone>(
    metrics: &Metrics,
    kind: Kind,
    objects: &Objects<K>,
    conditions: impl Fn(&K) -> Option<&Vec<Condition>>,
) {
    objects.for_each(|object| {
        let (status, reason) = match object {
            Some(object) => said(conditions(object)),
            None => ("Unknown", UNDECODABLE),
        };
        let labels = ObjectLabels {
            kind: kind.as_str(),
            status,
            reason,
        };
        metrics.objects.get_or_create(&labels).inc();
    });
}

/// Status and reason of `Ready`: nothing but words of ours, whatever somebody wrote there, so that series stay few.
fn said(conditions: Option<&Vec<Condition>>) -> (&'static str, &'static str) {
    let mut conditions = conditions.into_iter().flatten();
    let Some(ready) = conditions.find(|condition| condition.type_ == "Ready") else {
        return ("Unknown", "");
    };
    let status = match ready.status.as_str() {
        "True" => "True",
        "False" => "False",
        _ => "Unknown",
    };
    let ours = Reason::ALL.iter().map(|reason| reason.as_str());
    let mut known = ours.chain(ApprovalReason::ALL.iter().map(|reason| reason.as_str()));
    let reason = known.find(|known| *known == ready.reason);
    (status, reason.unwrap_or("Other"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ready(status: &str, reason: &str) -> (&'static str, &'static str) {
        let condition = json!({
            "type": "Ready", "status": status, "reason": reason, "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z",
        });
        said(Some(&vec![serde_json::from_value(condition).unwrap()]))
    }

    #[test]
    fn an_object_is_counted_by_what_its_ready_says() {
        assert_eq!(ready("True", "Reached"), ("True", "Reached"));
        assert_eq!(
            ready("False", "AwaitingApproval"),
            ("False", "AwaitingApproval")
        );
        assert_eq!(ready("False", "NoMatch"), ("False", "NoMatch"));
        assert_eq!(said(None), ("Unknown", ""));
    }

    #[test]
    fn words_that_are_not_ours_make_no_series() {
        assert_eq!(ready("Perhaps", "1f8a33"), ("Unknown", "Other"));
    }
}
