//! `/v1/cckm/oci/keys`.

use serde_json::Value;

use crate::{
    clock::seconds_later,
    http::{
        call::{Reply, Request},
        fields::{Fields, missing},
        paging::{Filter, Item, page},
        refusal::{Refusal, not_found, wrong_state},
        routes::Route,
    },
    manager::oci::{Key, Vault},
    state::{Event, State},
    switches::{Switches, TagsOnPatch},
    world::{
        oci::{self, DefinedTags, FreeformTags, LifecycleState},
        oci_rules,
    },
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("GET", "/api/v1/cckm/oci/keys", list),
    Route::write("POST", "/api/v1/cckm/oci/keys", super::oci_create::create),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/upload-key",
        super::oci_create::upload,
    ),
    Route::read("GET", "/api/v1/cckm/oci/keys/{id}", get),
    Route::write("PATCH", "/api/v1/cckm/oci/keys/{id}", update),
    Route::write("DELETE", "/api/v1/cckm/oci/keys/{id}", delete),
    Route::write("POST", "/api/v1/cckm/oci/keys/{id}/refresh", refresh),
    Route::write("POST", "/api/v1/cckm/oci/keys/{id}/enable", enable),
    Route::write("POST", "/api/v1/cckm/oci/keys/{id}/disable", disable),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/schedule-deletion",
        schedule_deletion,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/cancel-deletion",
        cancel_deletion,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/change-compartment",
        change_compartment,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/enable-auto-rotation",
        enable_auto_rotation,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/disable-auto-rotation",
        disable_auto_rotation,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/delete-backup",
        delete_backup,
    ),
    Route::write("POST", "/api/v1/cckm/oci/keys/{id}/restore", restore),
];

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("key_name", &["/oci_params/display_name"]),
    ("display_name", &["/oci_params/display_name"]),
    ("key_id", &["/oci_params/key_id"]),
    ("algorithm", &["/oci_params/algorithm"]),
    ("length", &["/oci_params/length"]),
    ("curve_id", &["/oci_params/curve_id"]),
    ("protection_mode", &["/oci_params/protection_mode"]),
    ("lifecycle_state", &["/oci_params/lifecycle_state"]),
    ("vault_name", &["/oci_params/vault_name"]),
    ("vault_id", &["/vault_id", "/vault_ocid"]),
    ("cckm_vault_id", &["/cckm_vault_id"]),
    ("tenancy", &["/tenancy"]),
    ("compartment_name", &["/compartment_name"]),
    ("region", &["/region"]),
    ("job_config_id", &["/labels/job_config_id"]),
    ("gone", &["/gone"]),
    ("key_material_origin", &["/key_material_origin"]),
];

fn vault<'a>(state: &'a State, row: &Key) -> Result<&'a Vault, Refusal> {
    state
        .manager
        .oci_vaults
        .find(|vault| vault.record.id == row.cckm_vault_id)
        .ok_or_else(not_found)
}

pub(crate) fn answer(state: &State, id: &str) -> Result<Value, Refusal> {
    let row = state
        .manager
        .oci_keys
        .find(|row| row.record.id == id)
        .ok_or_else(not_found)?;
    Ok(row.body(vault(state, row)?, &state.switches))
}

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let defaults = Switches::default();
    let mut items = Vec::new();
    for row in state.manager.oci_keys.visible(state.now) {
        let vault = vault(state, row)?;
        let mut canonical = row.body(vault, &defaults);
        canonical["vault_ocid"] = vault.seen.vault_id.clone().into();
        items.push(Item::new(canonical, || row.body(vault, &state.switches)));
    }
    page(items, request, FILTERS, &state.switches).map(Reply::ok)
}

/// The row that a request names, unless CM is busy restoring it and can't say.
pub(crate) fn located(state: &State, request: &Request) -> Result<Key, Refusal> {
    let row = state
        .manager
        .oci_keys
        .get(request.parameter(0), state.now)?;
    if row.restoring.is_some() && state.switches.oci_get_fails_during_restore {
        return Err(Refusal::Internal("unexpected error".to_owned()));
    }
    Ok(row.clone())
}

fn get(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = located(state, request)?;
    answer(state, &row.record.id).map(Reply::ok)
}

fn refresh(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let row = located(state, request)?;
    state.refresh_oci_key(&row.record.id);
    answer(state, &row.record.id).map(Reply::ok)
}

/// Changes the key in the cloud and takes the cloud's answer into CM's row.
pub(crate) fn act(
    state: &mut State,
    request: &Request,
    action: impl FnOnce(&mut oci::Key, &Switches) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    let row = located(state, request)?;
    action(state.oci.key_mut(&row.seen.key_id)?, &state.switches)?;
    state.read_oci_key(&row.record.id);
    answer(state, &row.record.id).map(Reply::ok)
}

/// The tags of a request, checked.
pub(crate) fn tags(
    state: &State,
    fields: &Fields,
) -> Result<(Option<FreeformTags>, Option<DefinedTags>), Refusal> {
    let freeform = fields.text_map("freeform_tags")?;
    let defined = fields.text_map_map("defined_tags")?;
    if let Some(tags) = &freeform {
        oci_rules::check_freeform_tags(tags)?;
    }
    if let Some(tags) = &defined {
        oci_rules::check_defined_tags(tags, &state.oci.tag_namespaces)?;
    }
    Ok((freeform, defined))
}

fn update(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["display_name", "freeform_tags", "defined_tags"])?;
    let name = fields.text("display_name")?;
    if let Some(name) = &name {
        oci_rules::check_name(name)?;
    }
    let (freeform, defined) = tags(state, fields)?;
    let now = state.now;
    act(state, request, |key, switches| {
        let mut changed = key.clone();
        changed.display_name = name.unwrap_or(changed.display_name);
        let merged = switches.tags_on_patch == TagsOnPatch::Merged;
        if let Some(tags) = freeform {
            if !merged {
                changed.freeform_tags.clear();
            }
            changed.freeform_tags.extend(tags);
            oci_rules::check_freeform_tags(&changed.freeform_tags)?;
        }
        if let Some(tags) = defined {
            if !merged {
                changed.defined_tags.clear();
            }
            for (namespace, tags) in tags {
                changed
                    .defined_tags
                    .entry(namespace)
                    .or_default()
                    .extend(tags);
            }
        }
        key.change(now, switches, |key| {
            key.display_name = changed.display_name;
            key.freeform_tags = changed.freeform_tags;
            key.defined_tags = changed.defined_tags;
        })
    })
}

/// Takes the key out of CM alone.
fn delete(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let row = located(state, request)?;
    state.manager.oci_keys.remove(&row.record.id, state.now)?;
    if !state.switches.oci_row_returns_after_delete {
        state.manager.oci_forgotten.insert(row.seen.key_id);
    }
    Ok(Reply::no_content())
}

fn enable(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let now = state.now;
    act(state, request, |key, switches| key.enable(now, switches))
}

fn disable(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let now = state.now;
    act(state, request, |key, switches| key.disable(now, switches))
}

fn schedule_deletion(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["days"])?;
    let days = fields.integer("days")?.ok_or_else(|| missing("days"))?;
    oci_rules::check_days(days)?;
    let now = state.now;
    act(state, request, |key, switches| {
        key.lifecycle
            .schedule_deletion(days, now, switches.oci_transition_seconds)
    })
}

fn cancel_deletion(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let now = state.now;
    act(state, request, |key, switches| {
        key.lifecycle.cancel_deletion(now, switches)
    })
}

fn change_compartment(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let compartment = request
        .fields
        .only(&["compartment_id"])?
        .required("compartment_id")?;
    state.oci.known_compartment(&compartment)?;
    let now = state.now;
    act(state, request, |key, switches| {
        key.change_compartment(compartment, now, switches)
    })
}

fn enable_auto_rotation(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "job_config_id",
        "auto_rotate_key_source",
        "auto_rotate_partition_id",
        "auto_rotate_domain_id",
        "auto_rotate_external_cm_domain_id",
    ])?;
    let job = fields.required("job_config_id")?;
    let source = fields
        .text("auto_rotate_key_source")?
        .unwrap_or_else(|| "native".to_owned());
    auto_rotation(state, request, |row| {
        row.auto_rotate = true;
        row.labels.insert("job_config_id".to_owned(), job);
        row.labels
            .insert("auto_rotate_key_source".to_owned(), source);
    })
}

fn disable_auto_rotation(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    auto_rotation(state, request, |row| {
        row.auto_rotate = false;
        row.labels.clear();
    })
}

fn auto_rotation(
    state: &mut State,
    request: &Request,
    change: impl FnOnce(&mut Key),
) -> Result<Reply, Refusal> {
    let id = located(state, request)?.record.id;
    let now = state.now;
    let row = state.manager.oci_keys.get_mut(&id, now)?;
    change(row);
    row.record.updated_at = now;
    answer(state, &id).map(Reply::ok)
}

/// Drops CM's backup of a key that CM knows to be deleted in the cloud.
fn delete_backup(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let row = located(state, request)?;
    if row.seen.lifecycle.state != LifecycleState::Deleted && !row.gone {
        return Err(wrong_state(
            "the backup can be deleted only after the key and its versions are deleted in OCI",
        ));
    }
    if row.backup.is_none() {
        return Err(wrong_state("the key has no backup"));
    }
    let now = state.now;
    let row = state.manager.oci_keys.get_mut(&row.record.id, now)?;
    row.backup = None;
    row.record.updated_at = now;
    Ok(Reply::no_content())
}

/// Starts to restore a deleted key. CM takes the outcome over when the cloud has finished.
fn restore(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let row = located(state, request)?;
    if row.backup.is_none() {
        return Err(wrong_state("the key has no backup to restore"));
    }
    if row.seen.lifecycle.state != LifecycleState::Deleted && !row.gone {
        return Err(wrong_state("only a deleted key can be restored"));
    }
    let restored = state.oci.restore(
        &row.seen.key_id,
        state.now,
        &state.switches,
        &mut state.identifiers,
    )?;
    let (now, id) = (state.now, row.record.id);
    let row = state.manager.oci_keys.get_mut(&id, now)?;
    row.restoring = Some(restored);
    let end = seconds_later(now, state.switches.oci_transition_seconds);
    state.schedule(end, Event::FinishRestore(id));
    Ok(Reply::no_content())
}
