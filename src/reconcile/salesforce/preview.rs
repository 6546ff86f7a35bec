//! The facts of a tenant secret, from its status.

use api::{
    SalesforceOrganization, SalesforceTenantSecret, SalesforceTenantSecretStatus, SecretSource,
};
use lifecycle::salesforce::{Facts, Identity, Secret};

use super::TenantSecretKind;
use crate::reconcile::preview::{self, Known, Previewed};

impl Previewed for TenantSecretKind {
    fn facts(
        cr: &SalesforceTenantSecret,
        status: &SalesforceTenantSecretStatus,
        organization: Option<&SalesforceOrganization>,
        known: &Known,
    ) -> Facts {
        let common = &status.common;
        let seen = status.observed.clone().unwrap_or_default();
        let spec = &cr.spec;
        let status = organization.and_then(|organization| organization.status.as_ref());
        let types = status.into_iter().flat_map(|status| &status.types);
        let of_type = types.into_iter().find(|of| of.type_ == spec.type_);
        let count = |count: i32| usize::try_from(count).unwrap_or_default();
        Facts {
            secret: common.remote_state.clone().map(|status| Secret {
                status,
                version: seen.version.unwrap_or_default(),
                cache_only: seen.source == Some(SecretSource::CacheOnly),
                backup: preview::backup(common.backup),
            }),
            identity: match (&seen.candidates, seen.version) {
                (candidates, None) if !candidates.is_empty() => {
                    Identity::Ambiguous(candidates.clone())
                }
                (_, Some(version)) => Identity::Version(version),
                (_, None) => Identity::None,
            },
            recorded: common.cloud_id.is_some(),
            version_named: spec.version.is_some(),
            upload: spec.source.is_some(),
            created_after: spec.created_after.as_ref().map(|time| time.0),
            superseded_by: seen.superseded_by,
            active_rows: of_type.map(|of| count(of.active)).unwrap_or_default(),
            live: of_type
                .map(|of| count(of.active) + count(of.archived))
                .unwrap_or_default(),
            rotation_opens: of_type
                .and_then(|of| of.next_rotation_after.as_ref())
                .map(|time| time.0),
            other_create: None,
            managed_by: preview::managed_by(common),
            backup_dropped_by_us: common.backup == Some(api::Backup::Deleted),
            made_too_early: false,
            reading: known.reading,
            first_seen: known.since,
            decided_at: known.since,
            absent_since: None,
        }
    }
}
