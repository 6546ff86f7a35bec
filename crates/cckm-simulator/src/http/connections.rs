//! `/v1/connectionmgmt`, `/v1/vault/keys2` and `/v1/system`.

use serde_json::{Map, Value, json};

use crate::{
    http::{
        call::{Reply, Request},
        paging::{Filter, Item, page},
        refusal::{Refusal, conflict, not_found},
        routes::{Route, Slash},
    },
    manager::{
        connections::{Connection, VaultKey},
        record::Record,
    },
    state::State,
};

/// The endpoints of the connections of one cloud.
macro_rules! service {
    ($service:literal, $base:literal) => {
        [
            Route::read("GET", $base, |state, request| {
                list(state, request, Some($service))
            }),
            Route::write("POST", $base, |state, request| {
                create(state, request, $service)
            }),
            Route::read("GET", concat!($base, "/{id}"), |state, request| {
                get(state, request, $service)
            }),
            Route::write("PATCH", concat!($base, "/{id}"), |state, request| {
                update(state, request, $service)
            }),
            Route::write("DELETE", concat!($base, "/{id}"), |state, request| {
                delete(state, request, $service)
            }),
            Route::write("POST", concat!($base, "/{id}/test"), |state, request| {
                test(state, request, $service)
            }),
        ]
    };
}

pub(crate) const SALESFORCE: &[Route] = &service!(
    "salesforce",
    "/api/v1/connectionmgmt/services/salesforce/connections"
);
pub(crate) const AZURE: &[Route] =
    &service!("azure", "/api/v1/connectionmgmt/services/azure/connections");
pub(crate) const OCI: &[Route] =
    &service!("oci", "/api/v1/connectionmgmt/services/oci/connections");

pub(crate) const ROUTES: &[Route] = &[
    Route::read(
        "GET",
        "/api/v1/connectionmgmt/connections",
        |state, request| list(state, request, None),
    ),
    Route::read("GET", "/api/v1/vault/keys2", list_keys).slash(Slash::Optional),
    Route::read("GET", "/api/v1/vault/keys2/{id}", get_key),
    Route::read("GET", "/api/v1/system/info", |_, _| {
        Ok(Reply::ok(
            json!({ "name": "cckm-simulator", "version": "2.22.0-simulator" }),
        ))
    }),
];

/// Members of a connection that CM never gives back.
const SECRETS: &[&str] = &[
    "client_secret",
    "password",
    "key_file",
    "pass_phrase",
    "private_key",
];

/// A connection of a service by name, ID or URI.
pub(crate) fn named<'a>(
    state: &'a State,
    service: &str,
    wanted: &str,
) -> Result<&'a Connection, Refusal> {
    let id = wanted.rsplit(':').next().unwrap_or(wanted);
    state
        .manager
        .connections
        .visible(state.now)
        .find(|row| row.service == service && (row.record.id == id || row.name == wanted))
        .ok_or_else(|| {
            Refusal::NotFound(format!("Resource not found: {service} connection {wanted}"))
        })
}

fn found_id(state: &State, request: &Request, service: &str) -> Result<String, Refusal> {
    named(state, service, request.parameter(0)).map(|row| row.record.id.clone())
}

fn list(state: &mut State, request: &Request, service: Option<&str>) -> Result<Reply, Refusal> {
    const FILTERS: &[Filter] = &[
        ("id", &["/id"]),
        ("name", &["/name"]),
        ("service", &["/service"]),
    ];
    let rows = state.manager.connections.visible(state.now);
    let items = rows
        .filter(|row| service.is_none_or(|service| row.service == service))
        .map(|row| Item::same(row.body()))
        .collect();
    page(items, request, FILTERS, &state.switches).map(Reply::ok)
}

fn settings(request: &Request) -> Map<String, Value> {
    request
        .fields
        .members()
        .filter(|(name, _)| !SECRETS.contains(&name.as_str()))
        .collect()
}

fn create(state: &mut State, request: &Request, service: &str) -> Result<Reply, Refusal> {
    let name = request.fields.required("name")?;
    if named(state, service, &name).is_ok() {
        return Err(conflict(format!(
            "a connection named {name} already exists"
        )));
    }
    let row = Connection {
        record: Record::new(state.identifiers.uuid(), state.now),
        name,
        service: service.to_owned(),
        organization_id: None,
        settings: settings(request),
        last_connection_ok: None,
    };
    let body = row.body();
    state.manager.connections.push(row);
    Ok(Reply::created(body))
}

fn get(state: &mut State, request: &Request, service: &str) -> Result<Reply, Refusal> {
    named(state, service, request.parameter(0)).map(|row| Reply::ok(row.body()))
}

fn update(state: &mut State, request: &Request, service: &str) -> Result<Reply, Refusal> {
    let id = found_id(state, request, service)?;
    let now = state.now;
    let row = state.manager.connections.get_mut(&id, now)?;
    row.settings.extend(settings(request));
    row.record.updated_at = now;
    Ok(Reply::ok(row.body()))
}

fn delete(state: &mut State, request: &Request, service: &str) -> Result<Reply, Refusal> {
    let id = found_id(state, request, service)?;
    state.manager.connections.remove(&id, state.now)?;
    Ok(Reply::no_content())
}

fn test(state: &mut State, request: &Request, service: &str) -> Result<Reply, Refusal> {
    let id = found_id(state, request, service)?;
    let row = state.manager.connections.get_mut(&id, state.now)?;
    row.last_connection_ok = Some(true);
    Ok(Reply::ok(json!({ "connection_ok": true })))
}

/// Filters by name take `?` and `*`.
fn list_keys(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    const FILTERS: &[Filter] = &[
        ("id", &["/id"]),
        ("algorithm", &["/algorithm"]),
        ("size", &["/size"]),
    ];
    let mut request = request.clone();
    let (names, others): (Vec<_>, Vec<_>) = request
        .query
        .into_iter()
        .partition(|(name, _)| name == "name");
    request.query = others;
    let rows = state.manager.vault_keys.visible(state.now);
    let items = rows
        .filter(|row| {
            names
                .iter()
                .all(|(_, pattern)| wildcard(pattern.as_bytes(), row.name.as_bytes()))
        })
        .map(|row| Item::same(row.body()))
        .collect();
    page(items, &request, FILTERS, &state.switches).map(Reply::ok)
}

fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => wildcard(rest, text),
        (Some((b'*', rest)), Some((_, following))) => {
            wildcard(rest, text) || wildcard(pattern, following)
        }
        (Some((b'?', rest)), Some((_, following))) => wildcard(rest, following),
        (Some((wanted, rest)), Some((found, following))) => {
            wanted == found && wildcard(rest, following)
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn get_key(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let wanted = request.parameter(0);
    let matches = |row: &&VaultKey| row.record.id == wanted || row.name == wanted;
    let key = state
        .manager
        .vault_keys
        .visible(state.now)
        .find(matches)
        .ok_or_else(not_found)?;
    Ok(Reply::ok(key.body()))
}
