//! The keys of an OCI vault, sorted. Pure.

use std::collections::BTreeMap;

use api::{ContainerReference, OciDesiredState, OciKey, OciKeySpec, OciVault};
use cckm::oci::LifecycleState;
use cckm_operator::reconcile::oci::{KeyRow, OciVaultKind};
use kube::ResourceExt;

use super::{
    containers::Importable,
    sorted::{Found, LeftOut, Sorted, Spec, Why, owner, shown},
    standing::Standing,
};

impl Importable for OciVaultKind {
    type Key = OciKey;

    fn sort(vault: &OciVault, mut rows: Vec<KeyRow>, standing: &Standing) -> Sorted {
        // Display names are not unique: the oldest key of one gets the plain name.
        rows.sort_by(|one, other| {
            let age = |row: &KeyRow| (row.time_created.is_none(), row.time_created);
            age(one)
                .cmp(&age(other))
                .then_with(|| one.key_id.cmp(&other.key_id))
        });
        let mut sorted = Sorted::default();
        for row in rows {
            let Some(ocid) = row.key_id.clone().filter(|ocid| is_ocid(ocid)) else {
                sorted.left_out.push(LeftOut {
                    what: shown(&row.id),
                    why: Why::Unnamed,
                });
                continue;
            };
            if standing.identities.contains(&ocid) {
                sorted.standing += 1;
                continue;
            }
            match desired(&row) {
                Ok(desired) => sorted.found.push(found(vault, &row, ocid, desired)),
                Err(why) => sorted.left_out.push(LeftOut { what: ocid, why }),
            }
        }
        sorted
    }

    fn identity_of(key: &OciKey, _: &OciVault) -> Option<String> {
        key.spec.key_id.clone()
    }

    fn recorded_by(key: &OciKey) -> Option<&str> {
        key.status.as_ref()?.common.cloud_id.as_deref()
    }
}

/// Whether it is an OCID as `spec.keyId` takes it.
fn is_ocid(text: &str) -> bool {
    let mut parts = text.split('.');
    let fits = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let named = (parts.next(), parts.next()) == (Some("ocid1"), Some("key"));
    named
        && text.len() <= 255
        && parts.clone().count() >= 3
        && parts.all(|part| !part.is_empty() && fits(part))
}

/// What is desired of a key if it is to stay as it is.
fn desired(row: &KeyRow) -> Result<OciDesiredState, Why> {
    if row.lifecycle_state == Some(LifecycleState::Deleted) {
        return Err(Why::Deleted);
    }
    if row.gone == Some(true) {
        return Err(Why::Gone);
    }
    if row.is_primary == Some(false) {
        return Err(Why::Replica);
    }
    if let Some(owned) = owner(&row.freeform_tags) {
        return Err(owned);
    }
    let state = row
        .lifecycle_state
        .as_ref()
        .map_or("", LifecycleState::as_str);
    match &row.lifecycle_state {
        Some(LifecycleState::Enabled) => Ok(OciDesiredState::Enabled),
        Some(LifecycleState::Disabled) => Ok(OciDesiredState::Disabled),
        Some(LifecycleState::PendingDeletion) => Ok(OciDesiredState::PendingDeletion),
        Some(LifecycleState::Other(_)) | None => Err(Why::UnknownState(shown(state))),
        Some(_) => Err(Why::InMotion(shown(state))),
    }
}

fn found(vault: &OciVault, row: &KeyRow, ocid: String, desired: OciDesiredState) -> Found {
    let spec = OciKeySpec {
        vault_ref: ContainerReference::near(vault.name_any()),
        key_id: Some(ocid.clone()),
        compartment_id: None,
        display_name: None,
        key_shape: None,
        source: None,
        rotation: None,
        protection_mode: None,
        freeform_tags: BTreeMap::new(),
        defined_tags: BTreeMap::new(),
        desired_state: Some(desired),
        pending_deletion_days: None,
        suspend: Some(true),
        drift_policy: None,
    };
    Found {
        cloud_id: ocid,
        label: row.display_name.clone().unwrap_or_default(),
        state: row
            .lifecycle_state
            .as_ref()
            .map_or("", LifecycleState::as_str)
            .to_owned(),
        spec: Spec::OciKey(Box::new(spec)),
    }
}
