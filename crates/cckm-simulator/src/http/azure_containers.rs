//! `/v1/cckm/azure`: subscriptions and vaults.

use serde_json::{Value, json};

use crate::{
    http::{
        call::{Reply, Request},
        connections::named,
        fields::missing,
        paging::{Filter, Item, page},
        refusal::{Refusal, conflict, not_found},
        routes::Route,
    },
    manager::{
        azure::{Subscription, Vault, arm_id},
        record::Record,
    },
    state::State,
    world::azure,
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read(
        "POST",
        "/api/v1/cckm/azure/get-subscriptions",
        discover_subscriptions,
    ),
    Route::read(
        "GET",
        "/api/v1/cckm/azure/subscriptions",
        list_subscriptions,
    ),
    Route::read(
        "GET",
        "/api/v1/cckm/azure/subscriptions/{id}",
        get_subscription,
    ),
    Route::write(
        "DELETE",
        "/api/v1/cckm/azure/subscriptions/{id}",
        delete_subscription,
    ),
    Route::read("POST", "/api/v1/cckm/azure/get-vaults", discover),
    Route::write("POST", "/api/v1/cckm/azure/add-vaults", add),
    Route::read("GET", "/api/v1/cckm/azure/vaults", list),
    Route::read("GET", "/api/v1/cckm/azure/vaults/{id}", get),
    Route::write("PATCH", "/api/v1/cckm/azure/vaults/{id}", update),
    Route::write(
        "POST",
        "/api/v1/cckm/azure/vaults/{id}/remove-vault",
        remove,
    ),
];

impl Subscription {
    fn body(&self) -> Value {
        let mut body = self.record.body("cckm", "azure-subscription", "");
        body.insert("subscription_id".to_owned(), json!(self.subscription_id));
        body.insert("subscription_name".to_owned(), json!(self.name));
        body.insert("connection".to_owned(), json!(self.connection));
        Value::Object(body)
    }
}

fn discover_subscriptions(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["connection", "limit", "nextLink"])?;
    let connection = named(state, "azure", &fields.required("connection")?)?
        .name
        .clone();
    let mut ids: Vec<&str> = state
        .azure
        .vaults
        .values()
        .map(|vault| vault.subscription_id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let found: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "subscriptionId": id, "displayName": id }))
        .collect();
    Ok(Reply::ok(
        json!({ "connection": connection, "subscriptions": found }),
    ))
}

fn list_subscriptions(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    const FILTERS: &[Filter] = &[("id", &["/id"]), ("subscription_id", &["/subscription_id"])];
    let rows = state.manager.azure_subscriptions.visible(state.now);
    page(
        rows.map(|row| Item::same(row.body())).collect(),
        request,
        FILTERS,
        &state.switches,
    )
    .map(Reply::ok)
}

fn get_subscription(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = state
        .manager
        .azure_subscriptions
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body()))
}

fn delete_subscription(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    state
        .manager
        .azure_subscriptions
        .remove(request.parameter(0), state.now)?;
    Ok(Reply::no_content())
}

/// A vault in the form of Azure's resource manager, which `add-vaults` takes back unchanged.
fn arm(vault: &azure::Vault) -> Value {
    json!({
        "id": arm_id(&vault.subscription_id, &vault.name),
        "name": vault.name,
        "type": "Microsoft.KeyVault/vaults",
        "location": vault.region,
        "tags": {},
        "properties": {
            "tenantId": vault.tenant,
            "vaultUri": format!("https://{}.vault.azure.net/", vault.name),
            "enableSoftDelete": vault.soft_delete,
            "softDeleteRetentionInDays": vault.retention_days,
            "enablePurgeProtection": vault.purge_protection,
        },
    })
}

fn discover(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["connection", "subscription_id", "limit", "nextLink"])?;
    let connection = named(state, "azure", &fields.required("connection")?)?
        .name
        .clone();
    let subscription = fields.required("subscription_id")?;
    let limit = usize::try_from(fields.integer("limit")?.unwrap_or(10))
        .unwrap_or(10)
        .clamp(1, 1000);
    let skip: usize = fields
        .text("nextLink")?
        .and_then(|link| link.parse().ok())
        .unwrap_or(0);
    let all: Vec<Value> = state
        .azure
        .vaults
        .values()
        .filter(|vault| vault.subscription_id == subscription)
        .map(arm)
        .collect();
    let next = skip.saturating_add(limit);
    let link = if next < all.len() {
        next.to_string()
    } else {
        String::new()
    };
    let vaults: Vec<Value> = all.into_iter().skip(skip).take(limit).collect();
    Ok(Reply::ok(json!({
        "connection": connection,
        "subscription_id": subscription,
        "vaults": vaults,
        "nextLink": link,
    })))
}

fn add(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "subscription_id",
        "connection",
        "vaults",
        "cloud_key_backup_limit",
    ])?;
    let connection = named(state, "azure", &fields.required("connection")?)?
        .name
        .clone();
    let subscription = fields.required("subscription_id")?;
    let limit = fields.integer("cloud_key_backup_limit")?;
    let wanted = fields
        .objects("vaults")?
        .filter(|list| !list.is_empty())
        .ok_or_else(|| missing("vaults"))?;
    let mut found = Vec::new();
    for wanted in wanted {
        let name = wanted.required("name")?;
        let vault = state
            .azure
            .vaults
            .get(&name)
            .filter(|vault| vault.subscription_id == subscription);
        found.push(
            vault
                .cloned()
                .ok_or_else(|| Refusal::NotFound(format!("VaultNotFound: {name}")))?,
        );
        if state
            .manager
            .azure_vaults
            .find(|row| row.azure_name == name)
            .is_some()
        {
            return Err(conflict(format!("the vault {name} has already been added")));
        }
    }
    let mut bodies = Vec::new();
    for vault in found {
        let mut row = state.azure_vault_row(&vault, &connection, None);
        row.cloud_key_backup_limit = limit;
        row.record = row
            .record
            .replicated_after(state.switches.replication_delay_ms);
        bodies.push(row.body());
        state.manager.azure_vaults.push(row);
    }
    Ok(Reply::created(json!({ "vaults": bodies })))
}

impl State {
    /// CM's row of a vault, under an ID given or drawn. Its subscription becomes known with it.
    pub(crate) fn azure_vault_row(
        &mut self,
        vault: &azure::Vault,
        connection: &str,
        id: Option<String>,
    ) -> Vault {
        let known = |row: &Subscription| row.subscription_id == vault.subscription_id;
        if self.manager.azure_subscriptions.find(known).is_none() {
            let row = Subscription {
                record: Record::new(self.identifiers.uuid(), self.now),
                subscription_id: vault.subscription_id.clone(),
                name: vault.subscription_id.clone(),
                connection: connection.to_owned(),
            };
            self.manager.azure_subscriptions.push(row);
        }
        Vault {
            record: Record::new(id.unwrap_or_else(|| self.identifiers.uuid()), self.now),
            azure_name: vault.name.clone(),
            subscription_id: vault.subscription_id.clone(),
            connection: connection.to_owned(),
            location: vault.region.clone(),
            tenant: vault.tenant.clone(),
            soft_delete: vault.soft_delete,
            retention_days: vault.retention_days,
            purge_protection: vault.purge_protection,
            recovery_level: vault.recovery_level(),
            cloud_key_backup_limit: None,
            synced_at: None,
        }
    }
}

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("azure_name", &["/azure_name"]),
    ("name", &["/azure_name"]),
    ("subscription_id", &["/subscription_id"]),
    ("connection", &["/connection"]),
    ("location", &["/location"]),
];

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let rows = state.manager.azure_vaults.visible(state.now);
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
        .azure_vaults
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body()))
}

fn update(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request
        .fields
        .only(&["connection", "cloud_key_backup_limit"])?;
    let connection = match fields.text("connection")? {
        Some(name) => Some(named(state, "azure", &name)?.name.clone()),
        None => None,
    };
    let now = state.now;
    let row = state
        .manager
        .azure_vaults
        .get_mut(request.parameter(0), now)?;
    row.connection = connection.unwrap_or_else(|| row.connection.clone());
    row.cloud_key_backup_limit = fields
        .integer("cloud_key_backup_limit")?
        .or(row.cloud_key_backup_limit);
    row.record.updated_at = now;
    Ok(Reply::ok(row.body()))
}

/// Takes the vault and its secrets out of CM; Azure keeps them.
fn remove(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let id = request.parameter(0);
    state
        .manager
        .azure_vaults
        .remove(id, state.now)
        .map_err(|_| not_found())?;
    state
        .manager
        .azure_secrets
        .retain(|secret| secret.key_vault_id != id);
    Ok(Reply::no_content())
}
