//! From rows to facts. Pure.

use std::collections::BTreeMap;

use api::{OWNER_TAG, OciApplied, OciKey, OciObserved};
use cckm::oci::{self, LifecycleState};
use jiff::Timestamp;
use kube::ResourceExt;
use lifecycle::{
    backup::Backup,
    oci::{Attributes, CurrentVersion, Facts, Judged, Record, VersionDue, VersionWish, judge},
    ownership::{Ownership, Recorded},
};

use super::{KeyRow, OciKeyKind, nature::Nature};
use crate::{
    object::{Kind, ObjectRef},
    reconcile::{
        kind::{Scene, View},
        report, site,
        status::{tags, time, word},
        translate,
    },
};

/// As many versions as a status counts.
const MOST_VERSIONS: i32 = 10_000;

/// What the vault's rows say of a key.
pub(super) fn view(scene: &Scene<OciKeyKind>) -> View<OciKeyKind> {
    let (rows, reading) = {
        let state = scene.site.container.lock();
        (state.rows(), state.reading())
    };
    let spec = &scene.cr.spec;
    let (row, candidates) = find(scene, &rows);
    let candidates_owner = owner_of(scene, &candidates, &rows);
    let recorded = scene.common().cloud_id.is_some();
    let tag = row
        .as_ref()
        .and_then(|row| row.freeform_tags.get(OWNER_TAG))
        .map(String::as_str);
    let observed = scene.status.observed.as_ref();
    let before = translate::recorded(
        recorded,
        observed.and_then(|observed| observed.ownership.as_ref()),
    );
    let ownership = Ownership::judge(tag, &scene.owner, before, spec.key_id.is_some(), |owner| {
        scene
            .context
            .objects
            .oci_keys
            .may_exist(&owner.namespace, &owner.name)
    });
    let attributes = row.as_ref().map_or_else(Judged::default, |row| {
        judge(
            &wish(scene, &ownership),
            &applied(&scene.status),
            &remote(row),
        )
    });
    let facts = Facts {
        record: row.as_ref().map_or(Record::Absent, |row| Record::Row {
            state: row
                .lifecycle_state
                .as_ref()
                .map_or("", LifecycleState::as_str)
                .to_owned(),
            gone: row.gone == Some(true),
        }),
        recorded,
        key_named: spec.key_id.is_some(),
        candidates,
        candidates_owner,
        managed_by: row
            .as_ref()
            .filter(|_| tag.is_none())
            .and_then(|row| managed_by(scene, row, recorded)),
        upload: spec.source.is_some(),
        mismatch: row
            .as_ref()
            .map(|row| Nature::of_row(row).mismatch(row.key_id.as_deref(), &scene.cr))
            .unwrap_or_default(),
        primary: row.as_ref().and_then(|row| row.is_primary),
        days: spec.pending_deletion_days(),
        minimum_days: scene.site.terms.minimum_pending_deletion_days,
        time_of_deletion: row.as_ref().and_then(|row| row.time_of_deletion),
        attributes,
        version: version(
            &scene.cr,
            &scene.status,
            row.as_ref()
                .and_then(|row| row.version_made_at)
                .map_or(CurrentVersion::Unread, CurrentVersion::MadeAt),
            scene.now(),
        ),
        rotated_elsewhere: spec.rotation.is_some()
            && row
                .as_ref()
                .is_some_and(|row| row.auto_rotate == Some(true)),
        backup: backup(scene.common()),
        versions_left: row.as_ref().and_then(versions_left),
        restore_sent: translate::restore_sent(scene.common(), scene.generation()),
        restored_as: restored_as(scene, row.as_ref(), &rows),
        removed_by_us: translate::removed_by_us(scene.common()),
        reading,
        first_seen: scene.memory.first_seen,
        decided_at: scene.memory.decided_at(scene.now()),
        absent_since: scene.memory.absent_since,
        ownership: ownership.clone(),
    };
    View {
        cloud_id: row
            .as_ref()
            .filter(|_| ownership.is_ours())
            .and_then(|row| row.key_id.clone())
            .or_else(|| scene.common().cloud_id.clone()),
        cloud_version: row.as_ref().and_then(|row| row.current_key_version.clone()),
        version_before: row.as_ref().and_then(|row| row.current_key_version.clone()),
        reading,
        made: is_made(
            scene,
            row.as_ref(),
            tag.is_some() && ownership == Ownership::Ours,
        ),
        facts,
        row,
    }
}

/// The key's row, by what is recorded or named, else by our tag; where that is not one, those that could be meant.
fn find(
    scene: &Scene<OciKeyKind>,
    rows: &BTreeMap<String, KeyRow>,
) -> (Option<KeyRow>, Vec<String>) {
    let recorded = scene.common().cloud_id.as_ref();
    if let Some(ocid) = recorded.or(scene.cr.spec.key_id.as_ref()) {
        let row = rows.values().find(|row| row.key_id.as_ref() == Some(ocid));
        return (row.cloned(), Vec::new());
    }
    let tagged: Vec<&KeyRow> = rows.values().filter(|row| is_tagged(scene, row)).collect();
    match tagged.as_slice() {
        [only] => (Some((*only).clone()), Vec::new()),
        [] => (None, namesakes(scene.cr.display_name(), rows)),
        _ => (None, ocids(tagged.into_iter())),
    }
}

fn is_tagged(scene: &Scene<OciKeyKind>, row: &KeyRow) -> bool {
    let tag = row.freeform_tags.get(OWNER_TAG);
    tag.is_some_and(|tag| *tag == scene.owner.to_string())
}

fn is_deleted(row: &KeyRow) -> bool {
    row.gone == Some(true) || row.lifecycle_state == Some(LifecycleState::Deleted)
}

/// No row tells of a backup, so only our own record of having dropped it counts.
pub(super) fn backup(status: &api::KeyStatus) -> Backup {
    match status.backup {
        Some(api::Backup::Deleted) => Backup::Deleted,
        Some(api::Backup::Present | api::Backup::Unknown) | None => Backup::Unknown,
    }
}

/// Whether what an open intent was to make is there: another version, or a key with our tag.
fn is_made(scene: &Scene<OciKeyKind>, row: Option<&KeyRow>, tagged: bool) -> bool {
    match scene.common().intent.as_ref() {
        Some(intent) if intent.action == api::Action::NewVersion => {
            let current = row.and_then(|row| row.current_key_version.as_ref());
            current.is_some() && current != intent.version_before.as_ref()
        }
        Some(_) | None => tagged,
    }
}

/// Whether a new version is due, going by when the current one was made, if that was read.
pub(super) fn version(
    cr: &OciKey,
    status: &api::OciKeyStatus,
    read: CurrentVersion<'_>,
    now: Timestamp,
) -> VersionDue {
    let spec = &cr.spec;
    let source = spec.source.as_ref().map(source_key);
    let wish = match (&spec.rotation, &source) {
        (Some(rotation), _) => VersionWish::EveryDays(rotation.every_days),
        (None, Some(source)) => VersionWish::OfSource(source),
        (None, None) => VersionWish::None,
    };
    let applied = status.applied.as_ref();
    let current = if source.is_some() {
        CurrentVersion::OfSource(applied.and_then(|applied| applied.source_key.as_deref()))
    } else {
        read
    };
    VersionDue::judge(wish, current, now)
}

/// A source key as a status has it.
fn source_key(source: &api::OciSource) -> String {
    let key = &source.upload.source_key;
    format!("{}/{}", key.tier.as_str(), key.id)
}

/// OCI knows no version of a key that it does not know.
fn versions_left(row: &KeyRow) -> Option<usize> {
    if row.gone == Some(true) {
        return Some(0);
    }
    row.versions_left
}

/// The key that a restore made of the recorded one, if it is another: it names the old one, or carries our tag as well.
fn restored_as(
    scene: &Scene<OciKeyKind>,
    row: Option<&KeyRow>,
    rows: &BTreeMap<String, KeyRow>,
) -> Option<String> {
    let recorded = scene.common().cloud_id.as_ref();
    let recorded = recorded.filter(|_| row.is_none_or(is_deleted))?;
    let restored = |row: &&KeyRow| {
        let is_another = row.key_id.as_ref() != Some(recorded);
        let from_it = row.restored_from_key_id.as_ref() == Some(recorded);
        is_another && (from_it || is_tagged(scene, row)) && !is_deleted(row)
    };
    ocids(rows.values().find(restored).into_iter()).pop()
}

/// Keys of the display name that are not deleted: those that nobody's tag is on, or else those of others. Any of them
/// could be meant.
fn namesakes(name: &str, rows: &BTreeMap<String, KeyRow>) -> Vec<String> {
    let (owned, free): (Vec<&KeyRow>, Vec<&KeyRow>) = rows
        .values()
        .filter(|row| row.display_name.as_deref() == Some(name) && !is_deleted(row))
        .partition(|row| row.freeform_tags.contains_key(OWNER_TAG));
    ocids(if free.is_empty() { owned } else { free }.into_iter())
}

/// Whose the candidates are, if the first is somebody else's: then all are.
fn owner_of(
    scene: &Scene<OciKeyKind>,
    candidates: &[String],
    rows: &BTreeMap<String, KeyRow>,
) -> Option<String> {
    let first = candidates.first()?;
    let row = rows
        .values()
        .find(|row| row.key_id.as_ref() == Some(first))?;
    let tag = row.freeform_tags.get(OWNER_TAG)?;
    match Ownership::judge(Some(tag), &scene.owner, Recorded::Not, false, |_| true) {
        Ownership::Foreign(owner) => Some(owner),
        Ownership::Ours | Ownership::Adopted | Ownership::Unowned => None,
    }
}

fn ocids<'a>(rows: impl Iterator<Item = &'a KeyRow>) -> Vec<String> {
    let safe = |ocid: &&String| {
        ocid.len() <= 255
            && ocid
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    rows.filter_map(|row| row.key_id.as_ref())
        .filter(safe)
        .take(10)
        .cloned()
        .collect()
}

/// Another object for this very key: one that records it, or, where neither does, one that merely names it.
fn managed_by(scene: &Scene<OciKeyKind>, row: &KeyRow, recorded: bool) -> Option<String> {
    let stands_for_it = |cr: &OciKey| {
        let theirs = cr
            .status
            .as_ref()
            .and_then(|status| status.common.cloud_id.as_ref());
        let named = cr.spec.key_id.is_some()
            && cr.spec.key_id == row.key_id
            && site::is_in::<OciKeyKind>(&scene.context, cr, &scene.site.container_ref);
        ObjectRef::of(Kind::OciKey, cr) != scene.object
            && ((theirs.is_some() && theirs == row.key_id.as_ref()) || (named && !recorded))
    };
    scene
        .context
        .objects
        .oci_keys
        .select(stands_for_it)
        .first()
        .map(report::place)
}

/// What the spec wishes of name and tags. A key named by its OCID keeps its display name unless the spec gives one; the
/// owner tag is part of it, except on an adopted key that is claimed by a step of its own.
fn wish(scene: &Scene<OciKeyKind>, ownership: &Ownership) -> Attributes {
    let owner = (*ownership == Ownership::Ours).then(|| scene.owner.to_string());
    wish_of(&scene.cr, owner)
}

/// The same, with the owner tag where there is to be one.
pub(super) fn wish_of(cr: &OciKey, owner: Option<String>) -> Attributes {
    let spec = &cr.spec;
    let mut freeform_tags = spec.freeform_tags.clone();
    if let Some(owner) = owner {
        freeform_tags.insert(OWNER_TAG.to_owned(), owner);
    }
    let display_name = match (&spec.display_name, &spec.key_id) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(_)) => None,
        (None, None) => Some(cr.name_any()),
    };
    Attributes {
        display_name,
        compartment_id: spec.compartment_id.clone(),
        freeform_tags,
        defined_tags: flat(&spec.defined_tags),
    }
}

/// What the operator last wrote.
pub(super) fn applied(status: &api::OciKeyStatus) -> Attributes {
    let keys = |keys: &[String]| {
        keys.iter()
            .map(|key| (key.clone(), String::new()))
            .collect()
    };
    status
        .applied
        .as_ref()
        .map_or_else(Attributes::default, |applied| Attributes {
            display_name: None,
            compartment_id: None,
            freeform_tags: keys(&applied.tag_keys),
            defined_tags: keys(&applied.defined_tag_keys),
        })
}

fn remote(row: &oci::Key) -> Attributes {
    Attributes {
        display_name: row.display_name.clone(),
        compartment_id: row.compartment_id.clone(),
        freeform_tags: row.freeform_tags.clone(),
        defined_tags: flat(&row.defined_tags),
    }
}

/// Defined tags as `namespace.key`.
fn flat(tags: &BTreeMap<String, BTreeMap<String, String>>) -> BTreeMap<String, String> {
    let flat = tags.iter().flat_map(|(namespace, tags)| {
        tags.iter()
            .map(move |(key, value)| (format!("{namespace}.{key}"), value.clone()))
    });
    flat.collect()
}

/// Defined tags by namespace.
pub(super) fn nested(
    tags: &BTreeMap<String, String>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut nested: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (name, value) in tags {
        if let Some((namespace, key)) = name.split_once('.') {
            nested
                .entry(namespace.to_owned())
                .or_default()
                .insert(key.to_owned(), value.clone());
        }
    }
    nested
}

/// The tags of the spec as applied.
pub(super) fn all_applied(cr: &OciKey) -> OciApplied {
    OciApplied {
        tag_keys: cr.spec.freeform_tags.keys().cloned().collect(),
        defined_tag_keys: flat(&cr.spec.defined_tags).into_keys().collect(),
        source_key: cr.spec.source.as_ref().map(source_key),
    }
}

/// The names of the spec's fields from which the key differs, as many as a status takes.
fn differences(attributes: &Judged) -> Vec<String> {
    let compartment = attributes.compartment_id.as_ref();
    compartment
        .map(|_| "compartmentId".to_owned())
        .into_iter()
        .chain(attributes.to_write.iter().cloned())
        .take(32)
        .collect()
}

/// What a view says in the status.
pub(super) fn record(
    scene: &Scene<OciKeyKind>,
    view: &View<OciKeyKind>,
    status: &mut api::OciKeyStatus,
) {
    let row = view.row.as_ref();
    status.common.remote_state = row.map(|row| {
        word(
            row.lifecycle_state
                .as_ref()
                .map_or("", LifecycleState::as_str),
        )
    });
    // A key stays in its vault: another one means that the reference leads elsewhere now.
    let recorded = status.observed.take().and_then(|seen| seen.vault_id);
    let vault_id = recorded.or_else(|| row.map(|_| scene.site.container_cr.spec.vault_id.clone()));
    let mut observed = OciObserved {
        vault_id,
        ownership: row.map(|_| translate::api_ownership(&view.facts.ownership)),
        primary: view.facts.primary,
        gone: row.and_then(|row| row.gone).filter(|gone| *gone),
        display_name: row.and_then(|row| row.display_name.clone()),
        compartment_id: row.and_then(|row| row.compartment_id.clone()),
        freeform_tags: row
            .map(|row| tags(row.freeform_tags.clone()))
            .unwrap_or_default(),
        defined_tags: row
            .map(|row| tags(flat(&row.defined_tags)))
            .unwrap_or_default(),
        auto_rotate: row.and_then(|row| row.auto_rotate),
        time_of_deletion: view.facts.time_of_deletion.map(time),
        current_version_created: row.and_then(|row| row.version_made_at).flatten().map(time),
        versions_left: view
            .facts
            .versions_left
            .filter(|_| row.is_some_and(is_deleted))
            .map(|left| {
                i32::try_from(left)
                    .unwrap_or(MOST_VERSIONS)
                    .min(MOST_VERSIONS)
            }),
        restored_as: view.facts.restored_as.clone(),
        differences: differences(&view.facts.attributes),
        candidates: view.facts.candidates.clone(),
        ..OciObserved::default()
    };
    if let Some(row) = row {
        Nature::of_row(row).record(&mut observed);
    }
    status.observed = Some(observed);
    let Some(row) =
        row.filter(|_| view.facts.ownership.is_ours() && view.facts.managed_by.is_none())
    else {
        return;
    };
    status.common.cloud_id.clone_from(&view.cloud_id);
    status.common.cloud_version.clone_from(&view.cloud_version);
    status.common.resource_id = Some(row.id.clone());
    if !is_deleted(row) {
        // A key that is there has whatever backup CM made of it since.
        status.common.backup = None;
    }
    if let Some(applied) = &mut status.applied
        && applied.source_key.is_none()
    {
        applied.source_key = scene.cr.spec.source.as_ref().map(source_key);
    }
    if status.applied.is_none() {
        let listed = all_applied(&scene.cr);
        let freeform =
            |key: &String| row.freeform_tags.get(key) == scene.cr.spec.freeform_tags.get(key);
        let (remote, wished) = (flat(&row.defined_tags), flat(&scene.cr.spec.defined_tags));
        let defined = |key: &String| remote.get(key) == wished.get(key);
        status.applied = Some(OciApplied {
            tag_keys: listed.tag_keys.into_iter().filter(freeform).collect(),
            defined_tag_keys: listed
                .defined_tag_keys
                .into_iter()
                .filter(defined)
                .collect(),
            source_key: listed.source_key,
        });
    }
}
