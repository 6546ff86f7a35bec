//! From rows to the facts of a rotation. Pure.

use std::collections::BTreeSet;

use api::{SalesforceRotation, SalesforceRotationSpec, SalesforceTenantSecret};
use cckm::salesforce::TenantSecretStatus;
use jiff::SignedDuration;
use lifecycle::salesforce::{ActiveSecret, ArchivedSecret, Identity, RotationFacts, made_after};

use super::super::{
    RotationKind, TenantSecretRow, certificates, facts,
    organization::{is_of_type, secret_type},
};
use crate::{
    object::{Kind, ObjectRef},
    reconcile::{
        fields,
        kind::{Scene, View},
        report, site,
    },
};

/// What the organization's rows say of the type.
pub(super) fn view(scene: &Scene<RotationKind>) -> View<RotationKind> {
    let spec = &scene.cr.spec;
    let (rows, reading, reserved) = {
        let state = scene.site.container.lock();
        let reserved = state
            .reserved(spec.type_.as_str())
            .filter(|other| **other != scene.object)
            .map(ToString::to_string);
        (state.rows(), state.reading(), reserved)
    };
    let of = secret_type(spec.type_);
    let all: Vec<&TenantSecretRow> = rows.values().collect();
    let of_type = || rows.values().filter(|row| is_of_type(row, of));
    let row = of_type()
        .filter(|row| row.status == Some(TenantSecretStatus::Active))
        .max_by_key(|row| (row.version, row.created_at))
        .cloned();
    let active = row.as_ref().and_then(|row| {
        Some(ActiveSecret {
            version: facts::number(row)?,
            made: row.created_date.or_else(|| row.created_no_later_than()),
            cache_only: row.cache_only(),
        })
    });
    let every = SignedDuration::from_hours(i64::from(spec.every_days) * 24);
    let mut facts = RotationFacts {
        active,
        every,
        old: false,
        upload: spec.source.is_some(),
        certificate: certificates::known(scene, spec.source.as_ref()),
        live: of_type().filter(|row| facts::is_live(row)).count(),
        archived: archived(scene, &all),
        keep_archived: kept(spec),
        rotation_opens: scene.site.facts.next_rotation(rows.values(), of),
        other_create: reserved.or_else(|| {
            facts::other_create(
                &scene.context,
                &scene.object,
                &scene.site.container_ref,
                spec.type_,
            )
        }),
        rival: rival(scene),
        reading,
        decided_at: scene.memory.decided_at(scene.now()),
    };
    facts.old = facts.due().is_some_and(|due| due <= scene.now());
    let numbers = || of_type().filter_map(facts::number);
    View {
        cloud_id: facts.active.as_ref().map(|active| {
            let prefix = facts::identity_prefix(&scene.site.facts, spec.type_);
            format!("{prefix}{}", active.version)
        }),
        cloud_version: None,
        version_before: Some(numbers().max().unwrap_or_default().to_string()),
        made: made(scene, numbers()),
        reading,
        facts,
        row,
    }
}

/// Whether an open intent made something, going by the numbers.
fn made(scene: &Scene<RotationKind>, numbers: impl Iterator<Item = i64>) -> bool {
    let intent = scene.common().intent.as_ref();
    let before = intent.and_then(|intent| intent.version_before.as_deref());
    before
        .and_then(|before| before.parse().ok())
        .is_some_and(|before| made_after(before, numbers).is_some())
}

/// How many archived secrets a spec keeps.
pub(in crate::reconcile::salesforce) fn kept(spec: &SalesforceRotationSpec) -> Option<usize> {
    spec.keep_archived
        .and_then(|keep| usize::try_from(keep).ok())
}

/// Whether an object is for a secret of this type and organization: by its reference, whether it may or not, or by what it
/// records.
fn is_of_it(scene: &Scene<RotationKind>, cr: &SalesforceTenantSecret) -> bool {
    let prefix = facts::identity_prefix(&scene.site.facts, scene.cr.spec.type_);
    let status = cr.status.as_ref();
    let recorded = status.and_then(|status| status.common.cloud_id.as_deref());
    let refers = fields::container_of(cr) == scene.site.container_ref;
    cr.spec.type_ == scene.cr.spec.type_
        && (refers || recorded.is_some_and(|recorded| recorded.starts_with(&prefix)))
}

/// The versions that some of these objects stand for, or may: that they record or name, or that their date leads to.
pub(super) fn named(
    scene: &Scene<RotationKind>,
    objects: &[SalesforceTenantSecret],
) -> BTreeSet<i64> {
    let rows = scene.site.container.lock().rows();
    let rows: Vec<&TenantSecretRow> = rows.values().collect();
    let of_it = objects.iter().filter(|cr| is_of_it(scene, cr));
    of_it
        .flat_map(|cr| {
            let meant = match facts::meant(cr, &rows) {
                Identity::Version(version) => vec![version],
                Identity::Ambiguous(candidates) => candidates,
                Identity::None => Vec::new(),
            };
            meant.into_iter().chain(cr.spec.version)
        })
        .collect()
}

/// The archived secrets of the type, oldest first, and which of them objects stand for.
fn archived(scene: &Scene<RotationKind>, rows: &[&TenantSecretRow]) -> Vec<ArchivedSecret> {
    let of = scene.cr.spec.type_;
    let objects = &scene.context.objects.tenant_secrets;
    let all_are_known = objects.all_are_known();
    let named = named(scene, &objects.select(|cr| is_of_it(scene, cr)));
    let is_archived = |row: &&&TenantSecretRow| {
        row.status == Some(TenantSecretStatus::Archived) && is_of_type(row, secret_type(of))
    };
    let mut archived: Vec<ArchivedSecret> = rows
        .iter()
        .filter(is_archived)
        .filter_map(|row| {
            let version = facts::number(row)?;
            // Of two rows of one version, the other is stale.
            let counts = facts::find(rows, of, version)?.id == row.id;
            counts.then(|| ArchivedSecret {
                version,
                backup: facts::backup(None, row),
                cache_only: row.cache_only(),
                named: !all_are_known || named.contains(&version),
            })
        })
        .collect();
    archived.sort_by_key(|secret| secret.version);
    archived
}

/// Another rotation of the organization and type.
fn rival(scene: &Scene<RotationKind>) -> Option<String> {
    let rotates_it = |cr: &SalesforceRotation| {
        ObjectRef::of(Kind::SalesforceRotation, cr) != scene.object
            && cr.spec.type_ == scene.cr.spec.type_
            && site::is_in::<RotationKind>(&scene.context, cr, &scene.site.container_ref)
    };
    let rivals = scene.context.objects.rotations.select(rotates_it);
    rivals.first().map(report::place)
}
