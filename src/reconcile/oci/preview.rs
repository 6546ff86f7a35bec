//! The facts of an OCI key, from its status.

use api::{OWNER_TAG, OciKey, OciKeyStatus, OciVault};
use lifecycle::{
    oci::{Attributes, CurrentVersion, Facts, Judged, Record, judge},
    ownership::Ownership,
};

use super::{OciKeyKind, facts, nature::Nature};
use crate::reconcile::{
    preview::{self, Known, Previewed},
    translate,
};

impl Previewed for OciKeyKind {
    fn facts(cr: &OciKey, status: &OciKeyStatus, _: Option<&OciVault>, known: &Known) -> Facts {
        let common = &status.common;
        let seen = status.observed.clone().unwrap_or_default();
        let mismatch = Nature::of_status(&seen).mismatch(common.cloud_id.as_deref(), cr);
        let spec = &cr.spec;
        let ownership = preview::ownership(seen.ownership, common, spec.key_id.is_some());
        let remote = Attributes {
            display_name: seen.display_name,
            compartment_id: seen.compartment_id,
            freeform_tags: seen.freeform_tags,
            defined_tags: seen.defined_tags,
        };
        // A lost owner tag is written again, whatever it says.
        let lost = ownership == Ownership::Ours && !remote.freeform_tags.contains_key(OWNER_TAG);
        let wish = facts::wish_of(cr, lost.then(String::new));
        let read = seen
            .current_version_created
            .map_or(CurrentVersion::Unread, |time| {
                CurrentVersion::MadeAt(Some(time.0))
            });
        Facts {
            attributes: match &common.remote_state {
                Some(_) => judge(&wish, &facts::applied(status), &remote),
                None => Judged::default(),
            },
            record: common
                .remote_state
                .clone()
                .map_or(Record::Absent, |state| Record::Row {
                    state,
                    gone: seen.gone.unwrap_or_default(),
                }),
            recorded: common.cloud_id.is_some(),
            ownership,
            key_named: spec.key_id.is_some(),
            candidates: seen.candidates,
            candidates_owner: None,
            managed_by: preview::managed_by(common),
            upload: spec.source.is_some(),
            mismatch,
            primary: seen.primary,
            days: spec.pending_deletion_days(),
            minimum_days: known.terms.minimum_pending_deletion_days,
            time_of_deletion: seen.time_of_deletion.map(|time| time.0),
            version: facts::version(cr, status, read, known.now),
            rotated_elsewhere: spec.rotation.is_some() && seen.auto_rotate == Some(true),
            backup: facts::backup(common),
            versions_left: seen
                .versions_left
                .and_then(|left| usize::try_from(left).ok()),
            restore_sent: translate::restore_sent(common, known.generation),
            restored_as: seen.restored_as,
            removed_by_us: translate::removed_by_us(common),
            reading: known.reading,
            first_seen: known.since,
            decided_at: known.since,
            absent_since: None,
        }
    }
}
