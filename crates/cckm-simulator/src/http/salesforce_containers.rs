//! `/v1/cckm/sfdc`: organizations and certificates.

use serde_json::json;

use crate::{
    http::{
        call::{Reply, Request},
        connections::named,
        paging::{Filter, Item, page},
        refusal::{Refusal, conflict, invalid},
        routes::Route,
    },
    manager::{
        record::Record,
        salesforce::{Certificate, Organization},
    },
    state::State,
    switches::Acceptance,
    world::salesforce,
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("POST", "/api/v1/cckm/sfdc/get-organizations", discover),
    Route::write("POST", "/api/v1/cckm/sfdc/add-organizations", add),
    Route::read("GET", "/api/v1/cckm/sfdc/organizations", list),
    Route::read("GET", "/api/v1/cckm/sfdc/organizations/{id}", get),
    Route::write("PATCH", "/api/v1/cckm/sfdc/organizations/{id}", update),
    Route::write("DELETE", "/api/v1/cckm/sfdc/organizations/{id}", delete),
    Route::read("GET", "/api/v1/cckm/sfdc/certificates", list_certificates),
    Route::write("POST", "/api/v1/cckm/sfdc/certificates", create_certificate),
    Route::read(
        "GET",
        "/api/v1/cckm/sfdc/certificates/{id}",
        get_certificate,
    ),
    Route::write(
        "DELETE",
        "/api/v1/cckm/sfdc/certificates/{id}",
        delete_certificate,
    ),
];

/// An organization by CM's resource ID or Salesforce's own.
pub(crate) fn organization<'a>(
    state: &'a State,
    wanted: &str,
) -> Result<&'a Organization, Refusal> {
    state
        .manager
        .organizations
        .visible(state.now)
        .find(|row| row.record.id == wanted || row.organization_id == wanted)
        .ok_or_else(|| Refusal::NotFound(format!("Resource not found: organization {wanted}")))
}

fn discover(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["connection"])?;
    let connection = named(state, "salesforce", &fields.required("connection")?)?;
    let reached = connection
        .organization_id
        .as_ref()
        .and_then(|id| state.salesforce.organizations.get(id));
    let found =
        reached.ok_or_else(|| invalid("connection: it reaches no Salesforce organization"))?;
    Ok(Reply::ok(json!({
        "name": found.name,
        "organization_id": found.organization_id,
        "connection": connection.name,
        "cloud_name": "sfdc",
        "type": "Regular",
    })))
}

fn add(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["connection", "sfdc_org_id"])?;
    let connection = named(state, "salesforce", &fields.required("connection")?)?;
    let connection_name = connection.name.clone();
    let wanted = fields.required("sfdc_org_id")?;
    if connection.organization_id.as_deref() != Some(wanted.as_str()) {
        return Err(invalid(format!(
            "sfdc_org_id: the connection does not reach {wanted}"
        )));
    }
    let name = state.salesforce.organization_mut(&wanted)?.name.clone();
    let registered = state
        .manager
        .organizations
        .find(|row| row.organization_id == wanted);
    if registered.is_some() && state.switches.sfdc_second_registration == Acceptance::Refused {
        return Err(conflict(format!(
            "the organization {wanted} has already been added"
        )));
    }
    let record = Record::new(state.identifiers.uuid(), state.now);
    let row = Organization {
        record: record.replicated_after(state.switches.replication_delay_ms),
        name,
        organization_id: wanted,
        connection: connection_name,
    };
    let body = row.body();
    state.manager.organizations.push(row);
    Ok(Reply::created(body))
}

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("sfdc_org_id", &["/organization_id"]),
    ("organization_type", &["/type"]),
    ("name", &["/name"]),
    ("connection", &["/connection"]),
    ("cloud_name", &["/cloud_name"]),
];

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let rows = state.manager.organizations.visible(state.now);
    page(
        rows.map(|row| Item::same(row.body())).collect(),
        request,
        FILTERS,
        &state.switches,
    )
    .map(Reply::ok)
}

fn get(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = state
        .manager
        .organizations
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body()))
}

fn update(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["connection"])?;
    let now = state.now;
    let connection = named(state, "salesforce", &fields.required("connection")?)?.clone();
    let row = state
        .manager
        .organizations
        .get_mut(request.parameter(0), now)?;
    if connection.organization_id.as_deref() != Some(row.organization_id.as_str()) {
        return Err(invalid("connection: it has no rights on the organization"));
    }
    row.connection = connection.name;
    row.record.updated_at = now;
    Ok(Reply::ok(row.body()))
}

/// Takes the organization out of CM with everything CM holds of it; Salesforce is untouched.
fn delete(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let id = request.parameter(0);
    state.manager.organizations.remove(id, state.now)?;
    state
        .manager
        .tenant_secrets
        .retain(|row| row.organization != id);
    state
        .manager
        .certificates
        .retain(|row| row.organization != id);
    Ok(Reply::no_content())
}

const CERTIFICATE_FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("name", &["/name"]),
    ("organization_id", &["/organization_id", "/sfdc_org_id"]),
    ("sfdc_org_id", &["/sfdc_org_id"]),
];

fn list_certificates(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let rows = state.manager.certificates.visible(state.now);
    let items = rows
        .map(|row| Item::same(row.body(state.switches.sfdc_certificate_end)))
        .collect();
    page(items, request, CERTIFICATE_FILTERS, &state.switches).map(Reply::ok)
}

fn create_certificate(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["name", "organization_id"])?;
    let name = fields.required("name")?;
    let organization = organization(state, &fields.required("organization_id")?)?.clone();
    let cloud = state
        .salesforce
        .organization_mut(&organization.organization_id)?;
    if cloud.certificates.iter().any(|held| held.name == name) {
        return Err(conflict(format!(
            "Salesforce already has a certificate named {name}"
        )));
    }
    let seen = salesforce::Certificate::new(
        state.identifiers.salesforce("0P1"),
        name,
        state.now,
        salesforce::CERTIFICATE_DAYS,
    );
    cloud.certificates.push(seen.clone());
    let record = Record::new(state.identifiers.uuid(), state.now);
    let row = Certificate {
        record: record.replicated_after(state.switches.replication_delay_ms),
        organization: organization.record.id,
        sfdc_org_id: organization.organization_id,
        seen,
        gone: false,
    };
    let body = row.body(state.switches.sfdc_certificate_end);
    state.manager.certificates.push(row);
    Ok(Reply::created(body))
}

fn get_certificate(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = state
        .manager
        .certificates
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body(state.switches.sfdc_certificate_end)))
}

/// Takes the certificate out of CM; a synchronization finds it again.
fn delete_certificate(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    state
        .manager
        .certificates
        .remove(request.parameter(0), state.now)?;
    Ok(Reply::no_content())
}
