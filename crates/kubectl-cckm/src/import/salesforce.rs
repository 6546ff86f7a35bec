//! The tenant secrets of a Salesforce organization, sorted. Pure.

use std::collections::BTreeMap;

use api::{
    ContainerReference, SalesforceDesiredState, SalesforceOrganization, SalesforceTenantSecret,
    SalesforceTenantSecretSpec, TenantSecretType,
};
use cckm::salesforce::{self, TenantSecretStatus};
use cckm_operator::reconcile::{container::ContainerKind, salesforce::OrganizationKind};
use kube::ResourceExt;

use super::{
    containers::Importable,
    sorted::{Found, LeftOut, Sorted, Spec, Why, shown},
    standing::Standing,
};

impl Importable for OrganizationKind {
    type Key = SalesforceTenantSecret;

    fn sort(
        organization: &SalesforceOrganization,
        rows: Vec<salesforce::TenantSecret>,
        standing: &Standing,
    ) -> Sorted {
        let mut by_version: BTreeMap<(TenantSecretType, i64), salesforce::TenantSecret> =
            BTreeMap::new();
        let mut sorted = Sorted::default();
        for row in rows {
            let Some(what) = type_of(&row).zip(version_of(&row)) else {
                sorted.left_out.push(LeftOut {
                    what: shown(&row.id),
                    why: Why::Unnamed,
                });
                continue;
            };
            let age = |row: &salesforce::TenantSecret| (row.created_at, row.id.clone());
            // Where CM has two rows of a version, the operator takes the one made last.
            if by_version
                .get(&what)
                .is_none_or(|other| age(other) < age(&row))
            {
                by_version.insert(what, row);
            }
        }
        for ((of, version), row) in by_version {
            let cloud_id = format!("{}:{}:{version}", Self::identity(organization), of.as_str());
            if standing.identities.contains(&cloud_id) {
                sorted.standing += 1;
                continue;
            }
            match desired(&row) {
                Ok(desired) => sorted.found.push(Found {
                    cloud_id,
                    label: format!("{}-{version}", of.as_str()),
                    state: row
                        .status
                        .as_ref()
                        .map_or("", TenantSecretStatus::as_str)
                        .to_owned(),
                    spec: Spec::TenantSecret(Box::new(spec(organization, of, version, desired))),
                }),
                Err(why) => sorted.left_out.push(LeftOut {
                    what: cloud_id,
                    why,
                }),
            }
        }
        sorted
    }

    fn identity_of(
        key: &SalesforceTenantSecret,
        organization: &SalesforceOrganization,
    ) -> Option<String> {
        let version = key.spec.version?;
        let organization = Self::identity(organization);
        Some(format!(
            "{organization}:{}:{version}",
            key.spec.type_.as_str()
        ))
    }

    fn recorded_by(key: &SalesforceTenantSecret) -> Option<&str> {
        key.status.as_ref()?.common.cloud_id.as_deref()
    }
}

fn type_of(row: &salesforce::TenantSecret) -> Option<TenantSecretType> {
    let word = row.secret_type.as_ref()?.as_str();
    TenantSecretType::ALL
        .iter()
        .copied()
        .find(|of| of.as_str() == word)
}

fn version_of(row: &salesforce::TenantSecret) -> Option<i64> {
    i64::try_from(row.version?)
        .ok()
        .filter(|version| *version >= 1)
}

/// What is desired of a tenant secret if it is to stay as it is.
fn desired(row: &salesforce::TenantSecret) -> Result<SalesforceDesiredState, Why> {
    if row.cache_only() {
        return Err(Why::CacheOnly);
    }
    match &row.status {
        Some(TenantSecretStatus::Active) => Ok(SalesforceDesiredState::Active),
        Some(TenantSecretStatus::Archived) => Ok(SalesforceDesiredState::Archived),
        Some(TenantSecretStatus::Destroyed) => Ok(SalesforceDesiredState::Destroyed),
        other => Err(Why::UnknownState(shown(
            other.as_ref().map_or("", TenantSecretStatus::as_str),
        ))),
    }
}

fn spec(
    organization: &SalesforceOrganization,
    type_: TenantSecretType,
    version: i64,
    desired: SalesforceDesiredState,
) -> SalesforceTenantSecretSpec {
    SalesforceTenantSecretSpec {
        organization_ref: ContainerReference::near(organization.name_any()),
        type_,
        created_after: None,
        version: Some(version),
        source: None,
        desired_state: Some(desired),
        suspend: Some(true),
        drift_policy: None,
    }
}
