//! `/v1/cckm/oci/keys/{id}/versions`.

use crate::{
    http::{
        call::{Reply, Request},
        oci::{act, located},
        oci_create::source,
        paging::{Filter, Item, page},
        refusal::{Refusal, invalid, not_found},
        routes::{Route, Slash},
    },
    state::State,
    world::{oci_rules, oci_versions::KeyVersion},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("GET", "/api/v1/cckm/oci/keys/{id}/versions", list),
    Route::write("POST", "/api/v1/cckm/oci/keys/{id}/versions", rotate),
    Route::read("GET", "/api/v1/cckm/oci/keys/{id}/versions/{version}", get).slash(Slash::Switched),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/versions/{version}/schedule-deletion",
        schedule_deletion,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/keys/{id}/versions/{version}/cancel-deletion",
        cancel_deletion,
    ),
];

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("version_id", &["/oci_key_version_params/version_id"]),
    (
        "lifecycle_state",
        &["/oci_key_version_params/lifecycle_state"],
    ),
];

/// Days until a version is deleted when a request doesn't say.
const DEFAULT_DAYS: i64 = 7;

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = located(state, request)?;
    let items = row
        .versions
        .iter()
        .map(|version| Item::same(version.body(&row)))
        .collect();
    page(items, request, FILTERS, &state.switches).map(Reply::ok)
}

fn get(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = located(state, request)?;
    let version = row
        .versions
        .iter()
        .find(|version| version.record.id == request.parameter(1));
    version
        .map(|version| Reply::ok(version.body(&row)))
        .ok_or_else(not_found)
}

fn rotate(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["is_native", "source_key_identifier", "source_key_tier"])?;
    let native = fields.flag("is_native")?.unwrap_or(false);
    let source = if native {
        if fields.get("source_key_identifier").is_some() {
            return Err(invalid(
                "source_key_identifier: only when is_native is false",
            ));
        }
        None
    } else {
        Some(source(state, fields)?)
    };
    let origin = if native { "INTERNAL" } else { "EXTERNAL" };
    let version = KeyVersion::new(origin, state.now, &state.switches, &mut state.identifiers);
    let version_id = version.version_id.clone();
    act(state, request, |key, _| key.rotate(version))?;
    let now = state.now;
    let row = state.manager.oci_keys.get_mut(request.parameter(0), now)?;
    let known = row
        .versions
        .iter_mut()
        .find(|known| known.seen.version_id == version_id);
    let known = known.ok_or_else(not_found)?;
    known.source = source;
    let id = known.record.id.clone();
    answer(state, request, &id).map(|reply| Reply {
        status: 201,
        ..reply
    })
}

fn answer(state: &State, request: &Request, id: &str) -> Result<Reply, Refusal> {
    let row = located(state, request)?;
    let version = row
        .versions
        .iter()
        .find(|version| version.record.id == id)
        .ok_or_else(not_found)?;
    Ok(Reply::ok(version.body(&row)))
}

/// The OCID of the version that a request names.
fn version_id(state: &State, request: &Request) -> Result<String, Refusal> {
    let row = located(state, request)?;
    let version = row
        .versions
        .iter()
        .find(|version| version.record.id == request.parameter(1));
    version
        .map(|version| version.seen.version_id.clone())
        .ok_or_else(not_found)
}

fn schedule_deletion(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let days = request
        .fields
        .only(&["days"])?
        .integer("days")?
        .unwrap_or(DEFAULT_DAYS);
    oci_rules::check_days(days)?;
    let version = version_id(state, request)?;
    let now = state.now;
    act(state, request, |key, switches| {
        key.schedule_version_deletion(&version, days, now, switches)
    })?;
    answer(state, request, request.parameter(1))
}

fn cancel_deletion(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let version = version_id(state, request)?;
    let now = state.now;
    act(state, request, |key, switches| {
        key.cancel_version_deletion(&version, now, switches)
    })?;
    answer(state, request, request.parameter(1))
}
