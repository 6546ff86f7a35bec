//! From rows to facts. Pure.

use api::{SalesforceTenantSecret, SecretSource, TenantSecretType};
use cckm::salesforce::TenantSecretStatus;
use lifecycle::{
    backup::Backup,
    salesforce::{Candidate, Dated, Facts, Identity, Secret, identify, made_after},
};

use super::{
    OrganizationFacts, RotationKind, TenantSecretKind, TenantSecretRow, certificates,
    organization::{is_of_type, secret_type},
};
use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    reconcile::{
        fields::KeyObject as _,
        kind::{KeyKind, Scene, View},
        report, site, translate,
    },
};

/// What the organization's rows say of a tenant secret.
pub(super) fn view(scene: &Scene<TenantSecretKind>) -> View<TenantSecretKind> {
    let (rows, reading, reserved) = {
        let state = scene.site.container.lock();
        let reserved = state
            .reserved(scene.cr.spec.type_.as_str())
            .filter(|other| **other != scene.object)
            .map(ToString::to_string);
        (state.rows(), state.reading(), reserved)
    };
    let spec = &scene.cr.spec;
    let of = secret_type(spec.type_);
    let all: Vec<&TenantSecretRow> = rows.values().collect();
    let recorded_version = scene.common().cloud_id.as_deref().and_then(version_of);
    let named = spec.version.or(recorded_version);
    let identity = match (named, &spec.created_after) {
        (None, Some(created_after)) => identify(created_after.0, &candidates(&scene.cr, &all)),
        (Some(_), _) | (None, None) => Identity::None,
    };
    let version = named.or(match identity {
        Identity::Version(version) => Some(version),
        Identity::None => made_unanswered(scene, &all),
        Identity::Ambiguous(_) => None,
    });
    let row = version
        .and_then(|version| find(&all, spec.type_, version))
        .cloned();
    let of_type = || all.iter().filter(|row| is_of_type(row, of));
    let active = || of_type().filter(|row| row.status == Some(TenantSecretStatus::Active));
    let found = row.as_ref().and_then(|row| row.version);
    let prefix = identity_prefix(&scene.site.facts, spec.type_);
    let cloud_id = found.map(|version| format!("{prefix}{version}"));
    let recorded =
        scene.common().cloud_id.is_some() && (row.is_none() || scene.common().cloud_id == cloud_id);
    // What is recorded of a backup is recorded of this very secret, or of none.
    let kept = scene.common().backup.filter(|_| recorded);
    let facts = Facts {
        secret: row.as_ref().map(|row| Secret {
            status: row
                .status
                .as_ref()
                .map_or("", TenantSecretStatus::as_str)
                .to_owned(),
            version: version.unwrap_or_default(),
            cache_only: row.cache_only(),
            backup: backup(kept, row),
        }),
        identity,
        recorded,
        version_named: spec.version.is_some(),
        upload: spec.source.is_some(),
        certificate: certificates::known(scene, spec.source.as_ref()),
        created_after: spec.created_after.as_ref().map(|time| time.0),
        superseded_by: version.and_then(|ours| {
            active()
                .filter_map(|row| number(row))
                .filter(|newer| *newer > ours)
                .max()
        }),
        active_rows: active().count(),
        live: of_type().filter(|row| is_live(row)).count(),
        rotation_opens: scene.site.facts.next_rotation(rows.values(), of),
        other_create: reserved.or_else(|| {
            other_create(
                &scene.context,
                &scene.object,
                &scene.site.container_ref,
                spec.type_,
            )
        }),
        managed_by: version.and_then(|version| managed_by(scene, version, recorded, &all)),
        backup_dropped_by_us: kept == Some(api::Backup::Deleted),
        made_too_early: made_too_early(scene, row.as_ref()),
        reading,
        first_seen: scene.memory.first_seen,
        decided_at: scene.memory.decided_at(scene.now()),
        absent_since: scene.memory.absent_since,
    };
    View {
        cloud_id: cloud_id.or_else(|| scene.common().cloud_id.clone()),
        cloud_version: None,
        version_before: of_type()
            .filter_map(|row| number(row))
            .max()
            .or(Some(0))
            .map(|newest| newest.to_string()),
        reading,
        made: row.is_some(),
        facts,
        row,
    }
}

/// What an open intent made, going by the numbers alone.
fn made_unanswered(scene: &Scene<TenantSecretKind>, rows: &[&TenantSecretRow]) -> Option<i64> {
    let before = scene.common().intent.as_ref()?.version_before.as_deref()?;
    let of = secret_type(scene.cr.spec.type_);
    let of_type = rows
        .iter()
        .filter(|row| is_of_type(row, of) && !row.cache_only())
        .filter_map(|row| number(row));
    made_after(before.parse().ok()?, of_type)
}

/// A cloud identity up to its version.
pub(super) fn identity_prefix(organization: &OrganizationFacts, of: TenantSecretType) -> String {
    format!(
        "sfdc:{}:{}:",
        organization.organization.as_str(),
        of.as_str()
    )
}

/// Where a secret's material comes from.
pub(super) fn source(row: &TenantSecretRow) -> SecretSource {
    match (row.cache_only(), row.uploaded()) {
        (true, _) => SecretSource::CacheOnly,
        (false, true) => SecretSource::Uploaded,
        (false, false) => SecretSource::Native,
    }
}

/// Whether it counts for Salesforce's limit.
pub(super) fn is_live(row: &TenantSecretRow) -> bool {
    matches!(
        row.status,
        Some(TenantSecretStatus::Active | TenantSecretStatus::Archived)
    )
}

/// The version in a recorded cloud identity.
fn version_of(cloud_id: &str) -> Option<i64> {
    cloud_id.rsplit(':').next()?.parse().ok()
}

pub(super) fn number(row: &TenantSecretRow) -> Option<i64> {
    row.version.and_then(|version| i64::try_from(version).ok())
}

/// The row of a version; where CM has two of it, the one made last.
pub(super) fn find<'a>(
    rows: &[&'a TenantSecretRow],
    of: TenantSecretType,
    version: i64,
) -> Option<&'a TenantSecretRow> {
    rows.iter()
        .filter(|row| number(row) == Some(version) && is_of_type(row, secret_type(of)))
        .max_by_key(|row| (row.created_at, row.id.clone()))
        .copied()
}

/// All rows of the organization as candidates; wanted are those of the type and source, never cache-only ones.
fn candidates(cr: &SalesforceTenantSecret, rows: &[&TenantSecretRow]) -> Vec<Candidate> {
    rows.iter()
        .filter_map(|row| {
            Some(Candidate {
                version: number(row)?,
                dated: match (row.created_date, row.created_no_later_than()) {
                    (Some(created), _) => Dated::At(created),
                    (None, Some(latest)) => Dated::NotAfter(latest),
                    (None, None) => Dated::Unknown,
                },
                wanted: is_of_type(row, secret_type(cr.spec.type_))
                    && !row.cache_only()
                    && row.uploaded() == cr.spec.source.is_some(),
            })
        })
        .collect()
}

/// CM's backup: our own record of having dropped it wins, then the row, then what was seen before.
pub(super) fn backup(kept: Option<api::Backup>, row: &TenantSecretRow) -> Backup {
    match kept {
        Some(api::Backup::Deleted) => Backup::Deleted,
        Some(api::Backup::Present) => Backup::Present,
        Some(api::Backup::Unknown) | None if row.backup.is_some() => Backup::Present,
        Some(api::Backup::Unknown) | None => Backup::Unknown,
    }
}

/// Another object of an organization and type whose create has an unknown outcome.
pub(super) fn other_create(
    context: &Context,
    us: &ObjectRef,
    organization: &ObjectRef,
    of: TenantSecretType,
) -> Option<String> {
    let objects = &context.objects;
    let secrets = objects.tenant_secrets.select(|cr| {
        cr.spec.type_ == of
            && may_create::<TenantSecretKind>(context, us, cr)
            && site::is_in::<TenantSecretKind>(context, cr, organization)
    });
    let rotations = objects.rotations.select(|cr| {
        cr.spec.type_ == of
            && may_create::<RotationKind>(context, us, cr)
            && site::is_in::<RotationKind>(context, cr, organization)
    });
    let secret = secrets.first().map(report::place);
    secret.or_else(|| rotations.first().map(report::place))
}

/// Whether another object's create may be under way: it says so, or what it said last has not come by the watch yet.
fn may_create<K: KeyKind>(context: &Context, us: &ObjectRef, cr: &K::Cr) -> bool {
    let object = ObjectRef::of(K::KIND, cr);
    let intent = cr.recorded().and_then(translate::intent);
    object != *us
        && (intent.is_some_and(|intent| intent.action.makes_something())
            || context.is_behind(&object, cr))
}

/// Another object that stands for this very version: one that records it, or else one that nothing tells apart.
fn managed_by(
    scene: &Scene<TenantSecretKind>,
    version: i64,
    recorded_here: bool,
    rows: &[&TenantSecretRow],
) -> Option<String> {
    let stands_for_it = |cr: &SalesforceTenantSecret| {
        let means_it = if recorded_here {
            recorded_by(cr) == Some(version)
        } else {
            meant(cr, rows) == Identity::Version(version)
        };
        means_it && is_rival(scene, cr)
    };
    scene
        .context
        .objects
        .tenant_secrets
        .select(stands_for_it)
        .first()
        .map(report::place)
}

/// The version that an object's status records.
fn recorded_by(cr: &SalesforceTenantSecret) -> Option<i64> {
    let status = cr.status.as_ref()?;
    version_of(status.common.cloud_id.as_deref()?)
}

/// Which version an object stands for: the one that it records, or names, or that its date leads to.
pub(super) fn meant(cr: &SalesforceTenantSecret, rows: &[&TenantSecretRow]) -> Identity {
    if let Some(version) = recorded_by(cr).or(cr.spec.version) {
        return Identity::Version(version);
    }
    cr.spec
        .created_after
        .as_ref()
        .map_or(Identity::None, |created_after| {
            identify(created_after.0, &candidates(cr, rows))
        })
}

/// Whether another object is of the same organization and type.
fn is_rival(scene: &Scene<TenantSecretKind>, cr: &SalesforceTenantSecret) -> bool {
    ObjectRef::of(Kind::SalesforceTenantSecret, cr) != scene.object
        && cr.spec.type_ == scene.cr.spec.type_
        && site::is_in::<TenantSecretKind>(&scene.context, cr, &scene.site.container_ref)
}

/// Whether a secret that we made is dated before the time it was due: it would not be found again.
fn made_too_early(scene: &Scene<TenantSecretKind>, row: Option<&TenantSecretRow>) -> bool {
    let made_by_us = scene.common().history.iter().any(|entry| {
        matches!(entry.action, api::Action::Create | api::Action::Upload)
            && entry.outcome == api::Outcome::Succeeded
    });
    let created = row.and_then(|row| row.created_date);
    let due = scene.cr.spec.created_after.as_ref().map(|time| time.0);
    made_by_us
        && scene.cr.spec.version.is_none()
        && created.zip(due).is_some_and(|(created, due)| created < due)
}
