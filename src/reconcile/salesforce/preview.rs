//! The facts of a tenant secret and of a rotation, from their status.

use api::{
    RotationArchived, SalesforceOrganization, SalesforceRotation, SalesforceRotationStatus,
    SalesforceTenantSecret, SalesforceTenantSecretStatus, SalesforceTypeStatus, SecretSource,
    TenantSecretType,
};
use jiff::{SignedDuration, Timestamp};
use lifecycle::salesforce::{
    ActiveSecret, ArchivedSecret, Certificate, Facts, Identity, RotationFacts, Secret,
};

use super::{RotationKind, TenantSecretKind, rotation::kept};
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
        let of_type = of_type(organization, spec.type_);
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
            // It is read when the secret is due.
            certificate: Certificate::Known(None),
            created_after: spec.created_after.as_ref().map(|time| time.0),
            superseded_by: seen.superseded_by,
            active_rows: of_type.map(|of| count(of.active)).unwrap_or_default(),
            live: of_type
                .map(|of| count(of.active) + count(of.archived))
                .unwrap_or_default(),
            rotation_opens: of_type.and_then(opens),
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

impl Previewed for RotationKind {
    fn facts(
        cr: &SalesforceRotation,
        status: &SalesforceRotationStatus,
        organization: Option<&SalesforceOrganization>,
        known: &Known,
    ) -> RotationFacts {
        let seen = status.observed.clone().unwrap_or_default();
        let mut facts = RotationFacts {
            active: seen.active_version.map(|version| ActiveSecret {
                version,
                made: seen.active_since.as_ref().map(|time| time.0),
                cache_only: seen.active_source == Some(SecretSource::CacheOnly),
            }),
            every: SignedDuration::from_hours(i64::from(cr.spec.every_days) * 24),
            old: false,
            upload: cr.spec.source.is_some(),
            certificate: Certificate::Known(seen.certificate_ends.map(|time| time.0)),
            live: seen.type_count.map(count).unwrap_or_default(),
            archived: seen.archived.iter().map(archived).collect(),
            keep_archived: kept(&cr.spec),
            rotation_opens: of_type(organization, cr.spec.type_).and_then(opens),
            other_create: None,
            rival: preview::managed_by(&status.common),
            reading: known.reading,
            decided_at: known.since,
        };
        facts.old = facts.due().is_some_and(|due| due <= known.now);
        facts
    }
}

fn archived(seen: &RotationArchived) -> ArchivedSecret {
    ArchivedSecret {
        version: seen.version,
        backup: preview::backup(Some(seen.backup)),
        cache_only: false,
        named: seen.exempt,
    }
}

/// What an organization's status says of a type.
fn of_type(
    organization: Option<&SalesforceOrganization>,
    of: TenantSecretType,
) -> Option<&SalesforceTypeStatus> {
    let status = organization.and_then(|organization| organization.status.as_ref());
    let mut types = status.into_iter().flat_map(|status| &status.types);
    types.find(|status| status.type_ == of)
}

fn opens(of: &SalesforceTypeStatus) -> Option<Timestamp> {
    of.next_rotation_after.as_ref().map(|time| time.0)
}

fn count(count: i32) -> usize {
    usize::try_from(count).unwrap_or_default()
}
