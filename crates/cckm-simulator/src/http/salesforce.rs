//! `/v1/cckm/sfdc/keys`.

use serde_json::{Value, json};

use crate::{
    http::{
        call::{Reply, Request},
        fields::{Fields, one_of},
        paging::{Filter, Item, page},
        refusal::{Refusal, invalid, wrong_state},
        routes::Route,
        salesforce_containers::organization,
    },
    manager::{
        connections::VaultKey,
        salesforce::{Organization, Origin, TenantSecret, Upload},
        salesforce_body::Occasion,
    },
    state::State,
    switches::{
        Acceptance, Envelopes, OrganizationIdOnUpload, PredecessorRow, RowAfterDeleteBackup,
    },
    world::salesforce::{self, SecretSource, SecretStatus, SecretType},
};

pub(crate) const ROUTES: &[Route] = &[
    Route::read("GET", "/api/v1/cckm/sfdc/keys", list),
    Route::write("POST", "/api/v1/cckm/sfdc/keys", create),
    Route::write("POST", "/api/v1/cckm/sfdc/keys/upload", upload),
    Route::read("GET", "/api/v1/cckm/sfdc/keys/{id}", get),
    Route::write("PATCH", "/api/v1/cckm/sfdc/keys/{id}", update),
    Route::write("POST", "/api/v1/cckm/sfdc/keys/{id}/destroy", destroy),
    Route::write("POST", "/api/v1/cckm/sfdc/keys/{id}/import", import),
    Route::write("POST", "/api/v1/cckm/sfdc/keys/{id}/activate", activate),
    Route::write(
        "POST",
        "/api/v1/cckm/sfdc/keys/{id}/delete-backup",
        delete_backup,
    ),
];

const FILTERS: &[Filter] = &[
    ("id", &["/id"]),
    ("name", &["/name"]),
    ("organization_id", &["/organization_id", "/sfdc_org_id"]),
    ("organization_type", &["/organization_type"]),
    ("status", &["/sfdc_params/status"]),
    ("source", &["/sfdc_params/source"]),
    ("origin", &["/origin"]),
    ("sfdc_org_id", &["/sfdc_org_id"]),
    ("sfdc_org_name", &["/sfdc_org_name"]),
    ("type", &["/sfdc_params/type"]),
    ("backup_key_tier", &["/backup_key_tier"]),
];

fn list(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let organizations = state.manager.organizations.all();
    let items = state
        .manager
        .tenant_secrets
        .visible(state.now)
        .map(|row| {
            let organization = organizations
                .iter()
                .find(|candidate| candidate.record.id == row.organization);
            let canonical =
                row.canonical(organization.map_or("", |organization| &organization.name));
            Item::new(canonical, || row.body(Occasion::Read, &state.switches))
        })
        .collect();
    page(items, request, FILTERS, &state.switches).map(Reply::ok)
}

fn get(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let row = state
        .manager
        .tenant_secrets
        .get(request.parameter(0), state.now)?;
    Ok(Reply::ok(row.body(Occasion::Read, &state.switches)))
}

fn secret_type(fields: &Fields) -> Result<SecretType, Refusal> {
    let name = fields.required("type")?;
    one_of("type", &name, &SecretType::NAMES)?;
    serde_json::from_value(json!(name)).map_err(|error| invalid(format!("type: {error}")))
}

fn create(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["organization_id", "type"])?;
    let id = fields.required("organization_id")?;
    let r#type = secret_type(fields)?;
    let organization = state.manager.organizations.get(&id, state.now)?.clone();
    let seen = make(state, &organization, r#type, SecretSource::Hsm)?;
    let row = state.new_tenant_secret_row(
        &organization.record.id,
        &organization.organization_id,
        seen,
        Origin::Native,
    );
    Ok(added(state, row, "application/json"))
}

fn upload(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&[
        "organization_id",
        "type",
        "source_key_tier",
        "source_key_identifier",
        "certificate_id",
        "key_derivation_mode",
    ])?;
    let wanted = fields.required("organization_id")?;
    let r#type = secret_type(fields)?;
    let key = fields.required("source_key_identifier")?;
    let certificate = fields.required("certificate_id")?;
    let tier = fields
        .text("source_key_tier")?
        .unwrap_or_else(|| "local".to_owned());
    one_of("source_key_tier", &tier, &["local", "dsm", "hsm-luna"])?;
    if let Some(mode) = fields.text("key_derivation_mode")? {
        one_of("key_derivation_mode", &mode, &["PBKDF2", "NONE"])?;
    }
    let organization = organization_for_upload(state, &wanted)?.clone();
    usable_certificate(state, &organization, &certificate)?;
    let key = source_key(state, &tier, &key)?.clone();
    if key.algorithm != "AES" || key.size != 256 {
        return Err(invalid(format!(
            "source_key_identifier: key {} is not an AES key of 256 bits",
            key.name
        )));
    }
    let seen = make(state, &organization, r#type, SecretSource::Uploaded)?;
    let mut row = state.new_tenant_secret_row(
        &organization.record.id,
        &organization.organization_id,
        seen,
        Origin::Cckm,
    );
    row.name = Some(key.name.clone());
    row.certificate_id = Some(certificate);
    row.upload = Some(Upload {
        source_key_tier: tier,
        source_key_id: key.record.id,
        source_key_name: key.name,
    });
    Ok(added(state, row, "byok response"))
}

fn organization_for_upload<'a>(
    state: &'a State,
    wanted: &str,
) -> Result<&'a Organization, Refusal> {
    let found = organization(state, wanted)?;
    let by_uuid = found.record.id == wanted;
    match state.switches.sfdc_organization_id_on_upload {
        OrganizationIdOnUpload::Salesforce if by_uuid => Err(invalid(
            "organization_id: must be the Salesforce organization ID (00D..)",
        )),
        OrganizationIdOnUpload::Uuid if !by_uuid => Err(invalid(
            "organization_id: must be the resource ID of the organization",
        )),
        _ => Ok(found),
    }
}

/// A certificate is usable when CM knows it, for this organization, and Salesforce still has it.
fn usable_certificate(state: &State, organization: &Organization, id: &str) -> Result<(), Refusal> {
    let certificates = &state.manager.certificates;
    let certificate = certificates
        .get(id, state.now)
        .map_err(|_| Refusal::NotFound(format!("Resource not found: certificate {id}")))?;
    if certificate.organization != organization.record.id {
        return Err(invalid(
            "certificate_id: the certificate belongs to another organization",
        ));
    }
    let cloud = state
        .salesforce
        .organizations
        .get(&organization.organization_id);
    let held = cloud.and_then(|cloud| {
        let mut certificates = cloud.certificates.iter();
        certificates.find(|held| held.salesforce_id == certificate.seen.salesforce_id)
    });
    if held.is_some_and(|held| held.expiration_date <= state.now) {
        return Err(invalid("certificate_id: the certificate has expired"));
    }
    if held.is_some() {
        Ok(())
    } else {
        Err(invalid(
            "certificate_id: Salesforce has no such certificate",
        ))
    }
}

/// A key of CM by ID or name. Nothing is held in the tiers beside `local`.
pub(crate) fn source_key<'a>(
    state: &'a State,
    tier: &str,
    wanted: &str,
) -> Result<&'a VaultKey, Refusal> {
    state
        .manager
        .vault_keys
        .visible(state.now)
        .find(|key| tier == "local" && (key.record.id == wanted || key.name == wanted))
        .ok_or_else(|| {
            Refusal::NotFound(format!(
                "Resource not found: source key {wanted} in tier {tier}"
            ))
        })
}

/// Makes a tenant secret in Salesforce, and brings its predecessor's row up to date if CM does so.
fn make(
    state: &mut State,
    organization: &Organization,
    r#type: SecretType,
    source: SecretSource,
) -> Result<salesforce::TenantSecret, Refusal> {
    let (now, enforced) = (state.now, state.switches.sfdc_rotation_interval_enforced);
    let cloud = state
        .salesforce
        .organization_mut(&organization.organization_id)?;
    let seen = cloud.create(r#type, source, now, enforced, &mut state.identifiers)?;
    if state.switches.sfdc_predecessor_row == PredecessorRow::Updated {
        for row in state.manager.tenant_secrets.all_mut() {
            let predecessor = row.organization == organization.record.id
                && row.seen.r#type == r#type
                && row.seen.status == SecretStatus::Active;
            if predecessor {
                row.seen.status = SecretStatus::Archived;
                row.record.updated_at = now;
            }
        }
    }
    Ok(seen)
}

fn added(state: &mut State, mut row: TenantSecret, envelope: &str) -> Reply {
    row.record = row
        .record
        .replicated_after(state.switches.replication_delay_ms);
    let body = row.body(Occasion::Action, &state.switches);
    state.manager.tenant_secrets.push(row);
    Reply::created(wrapped(state, body, envelope))
}

fn wrapped(state: &State, body: Value, envelope: &str) -> Value {
    match state.switches.sfdc_envelopes {
        Envelopes::Bare => body,
        Envelopes::Leaked => json!({ envelope: body }),
    }
}

fn update(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let fields = request.fields.only(&["name", "auto_rotate"])?;
    let now = state.now;
    let row = state
        .manager
        .tenant_secrets
        .get_mut(request.parameter(0), now)?;
    row.name = fields.text("name")?.or(row.name.take());
    row.auto_rotate = fields.flag("auto_rotate")?.unwrap_or(row.auto_rotate);
    row.record.updated_at = now;
    Ok(Reply::ok(row.body(Occasion::Action, &state.switches)))
}

/// Acts on Salesforce and takes the answer into CM's row.
fn act(
    state: &mut State,
    request: &Request,
    action: impl FnOnce(
        &mut salesforce::Organization,
        &TenantSecret,
    ) -> Result<salesforce::TenantSecret, Refusal>,
) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let now = state.now;
    let row = state
        .manager
        .tenant_secrets
        .get(request.parameter(0), now)?
        .clone();
    let cloud = state.salesforce.organization_mut(&row.sfdc_org_id)?;
    let seen = action(cloud, &row)?;
    let row = state.manager.tenant_secrets.get_mut(&row.record.id, now)?;
    row.seen = seen;
    row.record.updated_at = now;
    let body = row.body(Occasion::Action, &state.switches);
    Ok(Reply::ok(wrapped(state, body, "application/json")))
}

fn destroy(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let now = state.now;
    act(state, request, |cloud, row| {
        cloud.destroy(&row.seen.salesforce_id, now)
    })
}

fn import(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let now = state.now;
    act(state, request, |cloud, row| {
        let backup = row
            .backup
            .as_ref()
            .ok_or_else(|| wrong_state("the tenant secret has no backup to import"))?;
        cloud.import(&row.seen.salesforce_id, backup.material.clone(), now)
    })
}

fn activate(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let now = state.now;
    act(state, request, |cloud, row| {
        cloud.activate(&row.seen.salesforce_id, now)
    })
}

fn delete_backup(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let now = state.now;
    let row = state
        .manager
        .tenant_secrets
        .get_mut(request.parameter(0), now)?;
    if row.seen.status != SecretStatus::Destroyed {
        return Err(wrong_state(
            "only the backup of a DESTROYED tenant secret can be deleted",
        ));
    }
    if row.backup.is_none() && state.switches.sfdc_second_delete_backup == Acceptance::Refused {
        return Err(wrong_state("the tenant secret has no backup"));
    }
    row.backup = None;
    row.record.updated_at = now;
    let id = row.record.id.clone();
    let body = row.body(Occasion::Action, &state.switches);
    if state.switches.sfdc_row_after_delete_backup == RowAfterDeleteBackup::Gone {
        state.manager.tenant_secrets.remove(&id, now)?;
    }
    Ok(Reply::ok(wrapped(state, body, "application/json")))
}
