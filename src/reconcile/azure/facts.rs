//! From rows to facts. Pure.

use std::collections::BTreeMap;

use api::{AzureApplied, AzureObserved, OWNER_TAG, PUSH_VALUE_ANNOTATION};
use cckm::azure::{self, SecretStatus};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use lifecycle::{
    action::Action,
    azure::{Attributes, Facts, Judged, Record, Wish, judge},
    backup::Backup,
    ownership::Ownership,
};

use super::{
    AzureSecretKind, SecretRow, restore_from,
    versions::{Versions, newest},
};
use crate::{
    object::{Kind, ObjectRef},
    reconcile::{
        kind::{Scene, View},
        report, site,
        status::{tags, time},
        translate,
    },
};

/// What the vault's rows say of a secret.
pub(super) fn view(scene: &Scene<AzureSecretKind>) -> View<AzureSecretKind> {
    let (rows, reading) = {
        let state = scene.site.container.lock();
        (state.rows(), state.reading())
    };
    let now = scene.now();
    let desired = &scene.desired;
    let row = newest(rows.values(), &desired.name).cloned();
    let recorded = scene.common().cloud_id.as_ref() == Some(&desired.cloud_id);
    let tag = row
        .as_ref()
        .and_then(|row| row.tags.get(OWNER_TAG))
        .map(String::as_str);
    let observed = scene.status.observed.as_ref();
    let before = translate::recorded(
        recorded,
        observed.and_then(|observed| observed.ownership.as_ref()),
    );
    let judged = Ownership::judge(tag, &scene.owner, before, desired.adopt, |owner| {
        scene
            .context
            .objects
            .azure_secrets
            .may_exist(&owner.namespace, &owner.name)
    });
    // The tag that it brought along is written over at once.
    let ownership = if row.is_some() && restore_from::is_restored(scene, tag) {
        Ownership::Ours
    } else {
        judged
    };
    let applied = scene.status.applied.as_ref();
    let attributes = match &row {
        Some(row) => judge(&wish(scene, &ownership), &remote(row)),
        None => Judged::default(),
    };
    let version = row.as_ref().and_then(|row| row.version.clone());
    let made = match scene.common().intent.as_ref() {
        Some(intent) if intent.action == api::Action::PutValue => {
            row.is_some() && version != intent.version_before
        }
        Some(_) | None => tag.is_some() && ownership == Ownership::Ours,
    };
    let facts = Facts {
        record: row.as_ref().map_or(Record::Absent, |row| Record::Row {
            status: row
                .status
                .as_ref()
                .map_or("", SecretStatus::as_str)
                .to_owned(),
            gone: row.gone == Some(true),
        }),
        recorded,
        ownership: ownership.clone(),
        managed_by: managed_by(scene, tag, recorded),
        recovery_level: row.as_ref().and_then(|row| row.recovery_level.clone()),
        soft_delete: scene
            .site
            .facts
            .soft_delete
            .or(row.as_ref().and_then(|row| row.soft_delete_enabled)),
        value: desired
            .value
            .judge(applied.and_then(|applied| applied.value_mac.as_ref())),
        restore_from: restore_from::standing(scene),
        push: push_asked(scene),
        attributes,
        reading,
        first_seen: scene.memory.first_seen,
        decided_at: scene.memory.decided_at(now),
        absent_since: scene.memory.absent_since,
        backup: backup(scene, row.as_ref()),
        restore_sent: translate::restore_sent(scene.common(), scene.generation()),
        removed_by_us: translate::removed_by_us(scene.common()),
        retained_until: retained_until(scene),
    };
    let known = recorded || (row.is_some() && ownership.is_ours());
    View {
        facts,
        cloud_id: known.then(|| desired.cloud_id.clone()),
        cloud_version: version.clone(),
        version_before: version,
        reading,
        made,
        row,
    }
}

/// Another object for this very secret, unless the tag says that it is ours: one that records it, or, where neither
/// does, one that merely names it.
fn managed_by(scene: &Scene<AzureSecretKind>, tag: Option<&str>, recorded: bool) -> Option<String> {
    if tag.is_some() {
        return None;
    }
    let stands_for_it = |cr: &api::AzureSecret| {
        let theirs = cr
            .status
            .as_ref()
            .and_then(|status| status.common.cloud_id.as_ref());
        let named = cr.secret_name().eq_ignore_ascii_case(&scene.desired.name)
            && site::is_in::<AzureSecretKind>(&scene.context, cr, &scene.site.container_ref);
        ObjectRef::of(Kind::AzureSecret, cr) != scene.object
            && (theirs == Some(&scene.desired.cloud_id) || (named && !recorded))
    };
    scene
        .context
        .objects
        .azure_secrets
        .select(stands_for_it)
        .first()
        .map(report::place)
}

/// Whether the value is to be written once more: each distinct value of the annotation asks once. Of a secret that is not
/// recorded yet it asks nothing: it may have been in git for years, and answered by another cluster.
fn push_asked(scene: &Scene<AzureSecretKind>) -> bool {
    let asked = scene.cr.annotations().get(PUSH_VALUE_ANNOTATION);
    asked.is_some()
        && scene.common().cloud_id.is_some()
        && scene.status.last_handled_push_value.as_ref() != asked
}

/// CM's backup: the row names one, or it went with the record that we removed.
fn backup(scene: &Scene<AzureSecretKind>, row: Option<&SecretRow>) -> Backup {
    match row.and_then(|row| row.backup.as_ref()) {
        Some(_) => Backup::Present,
        None if translate::removed_by_us(scene.common()) => Backup::Deleted,
        None => Backup::Unknown,
    }
}

fn retained_until(scene: &Scene<AzureSecretKind>) -> Option<Timestamp> {
    let deleted_at = scene.status.observed.as_ref()?.soft_deleted_at.as_ref()?.0;
    let days = i64::from(scene.site.facts.retention_days?);
    deleted_at
        .checked_add(SignedDuration::from_hours(24 * days))
        .ok()
}

/// What the spec wishes of the attributes, and what we last wrote. The owner tag is part of it, except on an adopted
/// secret that is claimed by a step of its own.
pub(super) fn wish(scene: &Scene<AzureSecretKind>, ownership: &Ownership) -> Wish {
    let mut spec = scene.desired.attributes.clone();
    if *ownership == Ownership::Ours {
        spec.tags
            .insert(OWNER_TAG.to_owned(), scene.owner.to_string());
    }
    Wish {
        spec,
        applied: scene.status.applied.as_ref().map(applied_attributes),
    }
}

pub(super) fn applied_attributes(applied: &AzureApplied) -> Attributes {
    Attributes {
        content_type: applied.content_type.clone(),
        enabled: applied.enabled,
        not_before: applied.not_before.as_ref().map(|time| time.0),
        expires: applied.expires.as_ref().map(|time| time.0),
        tags: applied
            .tag_keys
            .iter()
            .map(|key| (key.clone(), String::new()))
            .collect(),
    }
}

fn remote(row: &azure::Secret) -> Attributes {
    Attributes {
        content_type: row.content_type.clone(),
        enabled: row.enabled,
        not_before: row.not_before,
        expires: row.expires,
        tags: row.tags.clone(),
    }
}

/// All of the spec as applied: after it was written, and as the baseline of a secret that was there before.
pub(super) fn all_applied(
    scene: &Scene<AzureSecretKind>,
    before: Option<&AzureApplied>,
) -> AzureApplied {
    let attributes = &scene.desired.attributes;
    AzureApplied {
        tag_keys: attributes.tags.keys().cloned().collect(),
        content_type: attributes.content_type.clone(),
        enabled: attributes.enabled,
        not_before: attributes.not_before.map(time),
        expires: attributes.expires.map(time),
        value_mac: before.and_then(|before| before.value_mac.clone()),
    }
}

/// The tags of a new version: those that stay, ours, and the owner tag.
pub(super) fn merged_tags(
    scene: &Scene<AzureSecretKind>,
    row: Option<&SecretRow>,
) -> BTreeMap<String, String> {
    let wish = wish(scene, &Ownership::Ours);
    let remote = row.map(|row| row.tags.clone()).unwrap_or_default();
    let applied = wish.applied.unwrap_or_default();
    lifecycle::tags::merge(&wish.spec.tags, applied.tags.keys(), &remote).tags
}

/// The tags of a secret that is claimed: all that it has, and the owner tag.
pub(super) fn claimed_tags(
    scene: &Scene<AzureSecretKind>,
    row: Option<&SecretRow>,
) -> BTreeMap<String, String> {
    let mut tags = row.map(|row| row.tags.clone()).unwrap_or_default();
    tags.insert(OWNER_TAG.to_owned(), scene.owner.to_string());
    tags
}

/// What a view says in the status.
pub(super) fn record(
    scene: &Scene<AzureSecretKind>,
    view: &View<AzureSecretKind>,
    status: &mut api::AzureSecretStatus,
) {
    let Some(row) = &view.row else {
        status.common.remote_state = None;
        let restores = restore_from::source(scene).and_then(|source| Some(source.ok()?.1?.id));
        if restores.is_some() || status.observed.is_some() {
            status.observed.get_or_insert_default().restores = restores;
        }
        return;
    };
    status.common.remote_state = Some(crate::reconcile::status::word(
        row.status.as_ref().map_or("", SecretStatus::as_str),
    ));
    let ownership = translate::api_ownership(&view.facts.ownership);
    let soft_deleted = row.status == Some(SecretStatus::SoftDeleted);
    let versions = Versions::of(&scene.site.container.lock().rows(), &scene.desired.name);
    let deleted_at = status
        .observed
        .as_ref()
        .and_then(|observed| observed.soft_deleted_at.clone());
    status.observed = Some(AzureObserved {
        ownership: Some(ownership),
        recovery_level: row
            .recovery_level
            .as_deref()
            .map(crate::reconcile::status::word),
        gone: row.gone.filter(|gone| *gone),
        content_type: row.content_type.clone().filter(|text| text.len() <= 255),
        tags: tags(row.tags.clone()),
        enabled: row.enabled,
        not_before: row.not_before.map(time),
        expires: row.expires.map(time),
        differences: view
            .facts
            .attributes
            .to_write
            .iter()
            .chain(&view.facts.attributes.drifted)
            .take(32)
            .cloned()
            .collect(),
        soft_deleted_at: deleted_at.filter(|_| soft_deleted),
        restores: None,
        version_count: Some(versions.count),
        versions: versions.listed,
    });
    let Some(cloud_id) = &view.cloud_id else {
        return;
    };
    let common = &mut status.common;
    common.cloud_id = Some(cloud_id.clone());
    common.cloud_version.clone_from(&view.cloud_version);
    common.resource_id = Some(row.id.clone());
    common.backup = Some(translate::api_backup(view.facts.backup));
    if status.applied.is_none() {
        let owned = all_applied(scene, None);
        let equal = |key: &String| row.tags.get(key) == scene.desired.attributes.tags.get(key);
        status.applied = Some(AzureApplied {
            tag_keys: owned.tag_keys.into_iter().filter(equal).collect(),
            ..owned
        });
    }
}

/// An act that ended well leaves its mark in the status.
pub(super) fn acted(
    scene: &Scene<AzureSecretKind>,
    action: Action,
    status: &mut api::AzureSecretStatus,
) {
    match action {
        Action::UpdateAttributes => {
            status.applied = Some(all_applied(scene, status.applied.as_ref()));
        }
        Action::SoftDelete => {
            let observed = status.observed.get_or_insert_with(AzureObserved::default);
            observed.soft_deleted_at = Some(time(scene.now()));
        }
        Action::RemoveRecord => status.common.backup = Some(api::Backup::Deleted),
        _ => {}
    }
}
