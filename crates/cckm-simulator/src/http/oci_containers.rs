//! `/v1/cckm/oci`: compartments and vaults.

use serde_json::{Value, json};

use crate::{
    http::{
        call::{Reply, Request},
        connections::named,
        fields::missing,
        paging::{Filter, Item, page},
        refusal::{Refusal, conflict},
        routes::Route,
    },
    manager::{
        oci::{Compartment, Vault},
        record::Record,
    },
    state::State,
    world::oci,
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read(
        "POST",
        "/api/v1/cckm/oci/get-compartments",
        discover_compartments,
    ),
    Route::write(
        "POST",
        "/api/v1/cckm/oci/add-compartments",
        add_compartments,
    ),
    Route::read("GET", "/api/v1/cckm/oci/compartments", list_compartments),
    Route::read("GET", "/api/v1/cckm/oci/compartments/{id}", get_compartment),
    Route::write(
        "DELETE",
        "/api/v1/cckm/oci/compartments/{id}",
        delete_compartment,
    ),
    Route::read("POST", "/api/v1/cckm/oci/get-vaults", discover),
    Route::write("POST", "/api/v1/cckm/oci/add-vaults", add),
    Route::read("GET", "/api/v1/cckm/oci/vaults", list),
    Route::read("GET", "/api/v1/cckm/oci/vaults/{id}", get),
    Route::write("PATCH", "/api/v1/cckm/oci/vaults/{id}", update),
    Route::write("DELETE", "/api/v1/cckm/oci/vaults/{id}", remove),
];

fn discover_compartments(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["connection", "limit", "ociNextPage"])?;
    named(state, "oci", &fields.required("connection")?)?;
    let data: Vec<Value> = state
        .oci
        .compartments
        .iter()
        .map(|(id, name)| json!({ "id": id, "name": name }))
        .collect();
    Ok(Reply::ok(json!({ "data": data, "ociNextPage": "" })))
}

fn add_compartments(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["connection", "compartment_id"])?;
    let connection = named(state, "oci", &fields.required("connection")?)?
        .name
        .clone();
    let wanted = fields
        .texts("compartment_id")?
        .ok_or_else(|| missing("compartment_id"))?;
    for id in &wanted {
        state.oci.known_compartment(id)?;
        if state
            .manager
            .oci_compartments
            .find(|row| row.compartment_id == *id)
            .is_some()
        {
            return Err(conflict(format!(
                "the compartment {id} has already been added"
            )));
        }
    }
    let rows: Vec<Value> = wanted
        .iter()
        .map(|id| state.add_oci_compartment(id, &connection).body())
        .collect();
    Ok(Reply::created(json!({ "compartments": rows })))
}

fn list_compartments(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    const FILTERS: &[Filter] = &[
        ("id", &["/id"]),
        ("compartment_id", &["/compartment_id"]),
        ("name", &["/name"]),
    ];
    let rows = state.manager.oci_compartments.visible(state.now);
    page(
        rows.map(|row| Item::same(row.body())).collect(),
        request,
        FILTERS,
        &state.switches,
    )
    .map(Reply::ok)
}

fn get_compartment(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = state
        .manager
        .oci_compartments
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body()))
}

fn delete_compartment(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    state
        .manager
        .oci_compartments
        .remove(request.parameter(0), state.now)?;
    Ok(Reply::no_content())
}

fn discover(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "connection",
        "compartment_id",
        "region",
        "limit",
        "ociNextPage",
    ])?;
    named(state, "oci", &fields.required("connection")?)?;
    let compartment = fields.required("compartment_id")?;
    let region = fields.required("region")?;
    let data: Vec<Value> = state
        .oci
        .vaults
        .values()
        .filter(|vault| vault.compartment_id == compartment && vault.region == region)
        .map(|vault| {
            json!({
                "vault_id": vault.vault_id,
                "display_name": vault.display_name,
                "compartment_id": vault.compartment_id,
                "lifecycleState": "ACTIVE",
                "vault_type": vault.vault_type,
                "time_created": vault.time_created,
            })
        })
        .collect();
    Ok(Reply::ok(json!({ "data": data, "ociNextPage": "" })))
}

fn add(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "connection",
        "region",
        "vault_id",
        "bucket_name",
        "bucket_namespace",
    ])?;
    let connection = named(state, "oci", &fields.required("connection")?)?
        .name
        .clone();
    let region = fields.required("region")?;
    let (bucket_name, bucket_namespace) = (
        fields.text("bucket_name")?,
        fields.text("bucket_namespace")?,
    );
    let mut found = Vec::new();
    for id in fields
        .texts("vault_id")?
        .ok_or_else(|| missing("vault_id"))?
    {
        let vault = state
            .oci
            .vaults
            .get(&id)
            .filter(|vault| vault.region == region);
        let vault = vault
            .ok_or_else(|| Refusal::NotFound(format!("NotAuthorizedOrNotFound: vault {id}")))?;
        if state
            .manager
            .oci_vaults
            .find(|row| row.seen.vault_id == id)
            .is_some()
        {
            return Err(conflict(format!("the vault {id} has already been added")));
        }
        found.push(vault.clone());
    }
    let mut bodies = Vec::new();
    for vault in found {
        let mut row = state.oci_vault_row(vault, &connection, None);
        row.bucket_name.clone_from(&bucket_name);
        row.bucket_namespace.clone_from(&bucket_namespace);
        row.record = row
            .record
            .replicated_after(state.switches.replication_delay_ms);
        bodies.push(row.body());
        state.manager.oci_vaults.push(row);
    }
    Ok(Reply::created(json!({ "vaults": bodies })))
}

impl State {
    pub(crate) fn add_oci_compartment(&mut self, id: &str, connection: &str) -> Compartment {
        let row = Compartment {
            record: Record::new(self.identifiers.uuid(), self.now),
            compartment_id: id.to_owned(),
            name: self.oci.compartment_name(id),
            connection: connection.to_owned(),
        };
        self.manager.oci_compartments.push(row.clone());
        row
    }

    /// CM's row of a vault, under an ID given or drawn.
    pub(crate) fn oci_vault_row(
        &mut self,
        seen: oci::Vault,
        connection: &str,
        id: Option<String>,
    ) -> Vault {
        Vault {
            record: Record::new(id.unwrap_or_else(|| self.identifiers.uuid()), self.now),
            connection: connection.to_owned(),
            compartment_name: self.oci.compartment_name(&seen.compartment_id),
            bucket_name: None,
            bucket_namespace: None,
            refreshed_at: self.now,
            seen,
        }
    }
}

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("display_name", &["/display_name"]),
    ("vault_id", &["/vault_id"]),
    ("connection", &["/connection"]),
    ("tenancy", &["/tenancy"]),
    ("region", &["/region"]),
    ("compartment_name", &["/compartment_name"]),
    ("compartment_id", &["/compartment_id"]),
];

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let rows = state.manager.oci_vaults.visible(state.now);
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
        .oci_vaults
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body()))
}

fn update(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["connection", "bucket_name", "bucket_namespace"])?;
    let connection = match fields.text("connection")? {
        Some(name) => Some(named(state, "oci", &name)?.name.clone()),
        None => None,
    };
    let now = state.now;
    let row = state
        .manager
        .oci_vaults
        .get_mut(request.parameter(0), now)?;
    row.connection = connection.unwrap_or_else(|| row.connection.clone());
    row.bucket_name = fields.text("bucket_name")?.or(row.bucket_name.take());
    row.bucket_namespace = fields
        .text("bucket_namespace")?
        .or(row.bucket_namespace.take());
    row.record.updated_at = now;
    Ok(Reply::ok(row.body()))
}

/// Takes the vault and its keys out of CM; the cloud keeps them.
fn remove(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let id = request.parameter(0);
    state.manager.oci_vaults.remove(id, state.now)?;
    state.manager.oci_keys.retain(|key| key.cckm_vault_id != id);
    Ok(Reply::no_content())
}
