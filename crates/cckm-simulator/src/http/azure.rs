//! `/v1/cckm/azure/secrets`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    http::{
        azure_input::{Draft, known_fields},
        call::{Reply, Request},
        paging::{Filter, Item, page},
        refusal::{Refusal, conflict, invalid, not_found, wrong_state},
        routes::Route,
    },
    manager::azure::{Secret, Status, Vault},
    state::State,
    switches::{Identity, OlderRows, Switches},
    world::azure_rules,
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("GET", "/api/v1/cckm/azure/secrets", list),
    Route::write("POST", "/api/v1/cckm/azure/secrets", create),
    Route::read("GET", "/api/v1/cckm/azure/secrets/{id}", get),
    Route::write("PATCH", "/api/v1/cckm/azure/secrets/{id}", update),
    Route::write("DELETE", "/api/v1/cckm/azure/secrets/{id}", delete),
    Route::write(
        "POST",
        "/api/v1/cckm/azure/secrets/{id}/soft-delete",
        soft_delete,
    ),
    Route::write("POST", "/api/v1/cckm/azure/secrets/{id}/recover", recover),
    Route::write(
        "POST",
        "/api/v1/cckm/azure/secrets/{id}/hard-delete",
        hard_delete,
    ),
    Route::write("POST", "/api/v1/cckm/azure/secrets/{id}/restore", restore),
];

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("secret_name", &["/secret_name"]),
    ("secret_id", &["/azure_param/id"]),
    ("version", &["/version"]),
    ("key_vault", &["/key_vault"]),
    ("key_vault_id", &["/key_vault_id"]),
    ("region", &["/region"]),
    ("status", &["/status"]),
    ("enabled", &["/azure_param/attributes/enabled"]),
    ("backup", &["/backup"]),
    ("tags", &["/azure_param/tags"]),
    ("deleted_in_azure", &["/deleted"]),
    ("gone", &["/gone"]),
    ("key_material_origin", &["/key_material_origin"]),
];

/// A vault by CM's ID, or as `<name>::<subscription id>`.
pub(crate) fn vault<'a>(state: &'a State, name: &str) -> Result<&'a Vault, Refusal> {
    state
        .manager
        .azure_vaults
        .visible(state.now)
        .find(|vault| vault.record.id == name || vault.full_name() == name)
        .ok_or_else(|| Refusal::NotFound(format!("Resource not found: key vault {name}")))
}

/// The vault of a row.
fn vault_of<'a>(state: &'a State, secret: &Secret) -> Result<&'a Vault, Refusal> {
    let vaults = &state.manager.azure_vaults;
    vaults
        .find(|vault| vault.record.id == secret.key_vault_id)
        .ok_or_else(not_found)
}

fn body(state: &State, secret: &Secret) -> Result<serde_json::Value, Refusal> {
    Ok(secret.body(vault_of(state, secret)?, &state.switches))
}

fn answer(state: &State, id: &str) -> Result<serde_json::Value, Refusal> {
    let secret = state
        .manager
        .azure_secrets
        .find(|row| row.record.id == id)
        .ok_or_else(not_found)?;
    body(state, secret)
}

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let defaults = Switches::default();
    let mut request = request.clone();
    // `version=-1` is how the key lists ask for the latest version of each name.
    let every = request.query.len();
    request
        .query
        .retain(|(name, value)| !(name == "version" && value == "-1"));
    let latest_only = request.query.len() < every;
    let latest = latest_only.then(|| latest_versions(state));
    let mut items = Vec::new();
    for row in state.manager.azure_secrets.visible(state.now) {
        if latest
            .as_ref()
            .is_some_and(|latest| !latest.contains(row.record.id.as_str()))
        {
            continue;
        }
        let vault = vault_of(state, row)?;
        items.push(Item::new(row.body(vault, &defaults), || {
            row.body(vault, &state.switches)
        }));
    }
    page(items, &request, FILTERS, &state.switches).map(Reply::ok)
}

/// IDs of the rows with the newest version of each secret.
fn latest_versions(state: &State) -> BTreeSet<&str> {
    let mut latest: BTreeMap<(&str, String), &Secret> = BTreeMap::new();
    for row in state.manager.azure_secrets.visible(state.now) {
        let name = (
            row.key_vault_id.as_str(),
            row.secret_name.to_ascii_lowercase(),
        );
        let newest = latest.entry(name).or_insert(row);
        if row.seen.created >= newest.seen.created {
            *newest = row;
        }
    }
    latest
        .into_values()
        .map(|row| row.record.id.as_str())
        .collect()
}

fn get(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let secret = state
        .manager
        .azure_secrets
        .get(request.parameter(0), state.now)?;
    body(state, secret).map(Reply::ok)
}

fn create(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["secret_name", "key_vault", "azure_param"])?;
    let name = fields.required("secret_name")?;
    let vault = vault(state, &fields.required("key_vault")?)?;
    let (vault_id, vault_name) = (vault.record.id.clone(), vault.azure_name.clone());
    let parameters = fields
        .object("azure_param")?
        .ok_or_else(|| crate::http::fields::missing("azure_param"))?;
    known_fields(&parameters, &["value"])?;
    let value = parameters.required("value")?;
    let held = state.switches.azure_deleted_record_blocks_create
        && state.manager.azure_secrets.all().iter().any(|row| {
            row.key_vault_id == vault_id
                && row.secret_name.eq_ignore_ascii_case(&name)
                && row.status == Status::Deleted
        });
    if held {
        return Err(conflict(format!(
            "CipherTrust Manager still holds a deleted secret named {name}; restore it or delete its backup"
        )));
    }
    let draft = Draft::read(&parameters, &state.switches)?;
    let version = draft.into_version(value, state.identifiers.azure_version(), state.now);
    let secret = state
        .azure
        .vault_mut(&vault_name)?
        .set(&name, version.clone())?
        .clone();
    let mut row = state.new_azure_row(&vault_id, &secret, version, "cckm", &request.caller());
    row.record = row
        .record
        .replicated_after(state.switches.replication_delay_ms);
    let body = body(state, &row)?;
    state.manager.azure_secrets.push(row);
    Ok(Reply::created(body))
}

fn update(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    known_fields(&request.fields, &[])?;
    let (row, vault_name) = located(state, request)?;
    expect(&row, &[Status::Available], "changed")?;
    let draft = Draft::read(&request.fields, &state.switches)?;
    let now = state.now;
    let secret = state
        .azure
        .vault_mut(&vault_name)?
        .live(&row.secret_name, now)?;
    let version = secret.version_mut(&row.seen.version)?;
    let mut changed = version.clone();
    draft.apply(&mut changed, now, &state.switches);
    azure_rules::check_attributes(&changed)?;
    *version = changed.clone();
    let caller = request.caller();
    let row = state.manager.azure_secrets.get_mut(&row.record.id, now)?;
    row.seen = changed;
    row.touched(now, &caller);
    let id = row.record.id.clone();
    answer(state, &id).map(Reply::ok)
}

/// The row that a request names, and its vault's name in Azure.
fn located(state: &State, request: &Request) -> Result<(Secret, String), Refusal> {
    let row = state
        .manager
        .azure_secrets
        .get(request.parameter(0), state.now)?;
    Ok((row.clone(), vault_of(state, row)?.azure_name.clone()))
}

fn expect(row: &Secret, states: &[Status], action: &str) -> Result<(), Refusal> {
    if states.contains(&row.status) {
        return Ok(());
    }
    let name = &row.secret_name;
    let status = serde_json::json!(row.status);
    Err(wrong_state(format!(
        "secret {name} is {status} and can't be {action}"
    )))
}

fn soft_delete(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let (row, vault_name) = located(state, request)?;
    expect(&row, &[Status::Available], "soft-deleted")?;
    let vault = state.azure.vault_mut(&vault_name)?;
    vault.delete(&row.secret_name, state.now, &state.switches)?;
    if vault.soft_delete {
        transition(state, request, &row, |secret| {
            secret.status = Status::SoftDeleted;
            secret.secret_soft_deleted_in_azure = true;
        })
    } else {
        transition(state, request, &row, |secret| {
            secret.status = Status::Deleted;
            secret.deleted = true;
        })
    }
}

fn recover(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let (row, vault_name) = located(state, request)?;
    expect(&row, &[Status::SoftDeleted], "recovered")?;
    state
        .azure
        .vault_mut(&vault_name)?
        .recover(&row.secret_name, state.now, &state.switches)?;
    transition(state, request, &row, |secret| {
        secret.status = Status::Available;
        secret.secret_soft_deleted_in_azure = false;
    })
}

fn hard_delete(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let (row, vault_name) = located(state, request)?;
    expect(&row, &[Status::SoftDeleted], "purged")?;
    state
        .azure
        .vault_mut(&vault_name)?
        .purge(&row.secret_name, state.now)?;
    transition(state, request, &row, |secret| {
        secret.status = Status::Deleted;
        secret.deleted = true;
    })
}

/// Changes the row, and those of the secret's other versions if they follow.
fn transition(
    state: &mut State,
    request: &Request,
    row: &Secret,
    change: impl Fn(&mut Secret),
) -> Result<Reply, Refusal> {
    let follow = state.switches.azure_older_rows == OlderRows::Follow;
    let (now, caller) = (state.now, request.caller());
    for candidate in state.manager.azure_secrets.all_mut() {
        let same = candidate.record.id == row.record.id;
        if same || (follow && candidate.is_version_of(row) && candidate.status == row.status) {
            change(candidate);
            candidate.touched(now, &caller);
        }
    }
    answer(state, &row.record.id).map(Reply::ok)
}

fn restore(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["key_vault"])?;
    let (row, _) = located(state, request)?;
    expect(&row, &[Status::Deleted], "restored")?;
    let target = fields
        .text("key_vault")?
        .unwrap_or_else(|| row.key_vault_id.clone());
    let target = vault(state, &target)?;
    let (vault_id, vault_name) = (target.record.id.clone(), target.azure_name.clone());
    let backup = row
        .backup
        .as_ref()
        .and_then(|id| state.manager.azure_backups.get(id));
    let backup = backup
        .ok_or_else(|| invalid("the secret has no backup"))?
        .secret
        .clone();
    state.azure.vault_mut(&vault_name)?.restore(backup)?;
    let id = match state.switches.azure_restore_id {
        Identity::Same => row.record.id.clone(),
        Identity::New => state.identifiers.uuid(),
    };
    let (now, caller) = (state.now, request.caller());
    let restored = state.manager.azure_secrets.get_mut(&row.record.id, now)?;
    restored.record.id.clone_from(&id);
    restored.key_vault_id = vault_id;
    restored.status = Status::Available;
    restored.deleted = false;
    restored.gone = false;
    restored.secret_soft_deleted_in_azure = false;
    restored.touched(now, &caller);
    answer(state, &id).map(Reply::ok)
}

/// Drops CM's records of the secret: those of all its versions, with their backups.
fn delete(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let (row, _) = located(state, request)?;
    expect(&row, &[Status::Deleted], "deleted from CipherTrust Manager")?;
    let dropped = |candidate: &Secret| {
        candidate.record.id == row.record.id
            || (candidate.is_version_of(&row) && candidate.status == Status::Deleted)
    };
    let backups: Vec<String> = state
        .manager
        .azure_secrets
        .all()
        .iter()
        .filter(|candidate| dropped(candidate))
        .filter_map(|candidate| candidate.backup.clone())
        .collect();
    for backup in backups {
        state.manager.azure_backups.remove(&backup);
    }
    state
        .manager
        .azure_secrets
        .retain(|candidate| !dropped(candidate));
    Ok(Reply::no_content())
}
