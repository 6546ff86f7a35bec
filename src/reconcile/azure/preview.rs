//! The facts of an Azure secret, from its status.

use api::{AzureSecret, AzureSecretStatus, AzureVault, OWNER_TAG, PUSH_VALUE_ANNOTATION};
use jiff::SignedDuration;
use kube::ResourceExt;
use lifecycle::{
    azure::{Attributes, Facts, Judged, Record, RestoreFrom, Value, Wish, judge},
    backup::Backup,
    ownership::Ownership,
};

use super::{AzureSecretKind, facts::applied_attributes, secret::attributes};
use crate::reconcile::{
    preview::{self, Known, Previewed},
    translate,
};

impl Previewed for AzureSecretKind {
    fn facts(
        cr: &AzureSecret,
        status: &AzureSecretStatus,
        vault: Option<&AzureVault>,
        known: &Known,
    ) -> Facts {
        let common = &status.common;
        let seen = status.observed.clone().unwrap_or_default();
        let vault = vault.and_then(|vault| vault.status.clone());
        let vault = vault.unwrap_or_default();
        let applied = status.applied.as_ref();
        let ownership = preview::ownership(seen.ownership, common, cr.spec.adopt_existing());
        let remote = Attributes {
            content_type: seen.content_type,
            enabled: seen.enabled,
            not_before: seen.not_before.map(|time| time.0),
            expires: seen.expires.map(|time| time.0),
            tags: seen.tags,
        };
        let mut spec = attributes(cr);
        if ownership == Ownership::Ours && !remote.tags.contains_key(OWNER_TAG) {
            // It was lost and is written again, whatever it says.
            spec.tags.insert(OWNER_TAG.to_owned(), String::new());
        }
        let wish = Wish {
            spec,
            applied: applied.map(applied_attributes),
        };
        let retention = vault
            .retention_days
            .map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        let push = cr.annotations().get(PUSH_VALUE_ANNOTATION);
        Facts {
            attributes: match &common.remote_state {
                Some(_) => judge(&wish, &remote),
                None => Judged::default(),
            },
            record: common
                .remote_state
                .clone()
                .map_or(Record::Absent, |status| Record::Row {
                    status,
                    gone: seen.gone.unwrap_or_default(),
                }),
            recorded: common.cloud_id.is_some(),
            ownership,
            managed_by: preview::managed_by(common),
            recovery_level: seen.recovery_level,
            soft_delete: vault.soft_delete,
            value: match (
                &cr.spec.value_from,
                applied.map(|applied| &applied.value_mac),
            ) {
                (None, _) => Value::NotManaged,
                (Some(_), Some(Some(mac))) if mac.mac.is_empty() => Value::Changed,
                (Some(_), Some(Some(_))) => Value::Current,
                (Some(_), _) => Value::Unverified,
            },
            // What the other vault holds, its own objects tell.
            restore_from: match &cr.spec.restore_from {
                Some(_) => RestoreFrom::Deleted(Backup::Unknown),
                None => RestoreFrom::NotAsked,
            },
            push: push.is_some()
                && common.cloud_id.is_some()
                && status.last_handled_push_value.as_ref() != push,
            reading: known.reading,
            first_seen: known.since,
            decided_at: known.since,
            absent_since: None,
            backup: preview::backup(common.backup),
            restore_sent: translate::restore_sent(common, known.generation),
            removed_by_us: translate::removed_by_us(common),
            retained_until: seen
                .soft_deleted_at
                .zip(retention)
                .and_then(|(at, days)| at.0.checked_add(days).ok()),
        }
    }
}
