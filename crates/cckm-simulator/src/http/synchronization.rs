//! `synchronization-jobs` of every family: start, list, get, cancel.

use crate::{
    http::{
        call::{Reply, Request},
        paging::{Filter, Item, page},
        refusal::{Refusal, invalid, not_found, wrong_state},
        routes::Route,
    },
    manager::jobs::{Family, Job, Status},
    state::State,
};

/// The four endpoints of a family under `$base`.
macro_rules! family {
    ($base:literal, $family:expr) => {
        [
            Route::write("POST", $base, |state, request| {
                start(state, request, $family)
            }),
            Route::read("GET", $base, |state, request| list(state, request, $family)),
            Route::read("GET", concat!($base, "/{id}"), |state, request| {
                get(state, request, $family)
            }),
            Route::write("POST", concat!($base, "/{id}/cancel"), |state, request| {
                cancel(state, request, $family)
            }),
        ]
    };
}

pub(crate) const AZURE_SECRETS: &[Route] = &family!(
    "/api/v1/cckm/azure/secrets/synchronization-jobs",
    Family::AzureSecrets
);
pub(crate) const SALESFORCE_KEYS: &[Route] = &family!(
    "/api/v1/cckm/sfdc/keys/synchronization-jobs",
    Family::SalesforceKeys
);
pub(crate) const SALESFORCE_CERTIFICATES: &[Route] = &family!(
    "/api/v1/cckm/sfdc/certificates/synchronization-jobs",
    Family::SalesforceCertificates
);
pub(crate) const OCI_KEYS: &[Route] =
    &family!("/api/v1/cckm/oci/synchronization-jobs", Family::OciKeys);

fn start(state: &mut State, request: &Request, family: Family) -> Result<Reply, Refusal> {
    let named = match family {
        Family::AzureSecrets => "key_vaults",
        Family::SalesforceKeys | Family::SalesforceCertificates => "organization_ids",
        Family::OciKeys => "vaults",
    };
    let fields = request.fields.only(&[named, "synchronize_all"])?;
    let names = fields.texts(named)?.filter(|names| !names.is_empty());
    let all = fields.flag("synchronize_all")?.unwrap_or(false);
    let containers = match (names, all) {
        (Some(names), false) => names
            .iter()
            .map(|name| container(state, family, name))
            .collect::<Result<Vec<_>, _>>()?,
        (None, true) => every_container(state, family),
        _ => {
            return Err(invalid(format!(
                "exactly one of {named} and synchronize_all must be given"
            )));
        }
    };
    let job = state.start_job(family, containers, all);
    Ok(Reply::created(job.body()))
}

/// CM's ID of the container that a request names.
fn container(state: &State, family: Family, name: &str) -> Result<String, Refusal> {
    let now = state.now;
    match family {
        Family::AzureSecrets => {
            super::azure::vault(state, name).map(|vault| vault.record.id.clone())
        }
        Family::SalesforceKeys | Family::SalesforceCertificates => state
            .manager
            .organizations
            .get(name, now)
            .map(|organization| organization.record.id.clone()),
        Family::OciKeys => state
            .manager
            .oci_vaults
            .get(name, now)
            .map(|vault| vault.record.id.clone()),
    }
}

fn every_container(state: &State, family: Family) -> Vec<String> {
    let manager = &state.manager;
    match family {
        Family::AzureSecrets => manager
            .azure_vaults
            .all()
            .iter()
            .map(|row| row.record.id.clone())
            .collect(),
        Family::SalesforceKeys | Family::SalesforceCertificates => manager
            .organizations
            .all()
            .iter()
            .map(|row| row.record.id.clone())
            .collect(),
        Family::OciKeys => manager
            .oci_vaults
            .all()
            .iter()
            .map(|row| row.record.id.clone())
            .collect(),
    }
}

const FILTERS: &[Filter] = &[("id", &["/id"]), ("overall_status", &["/overall_status"])];

fn list(state: &mut State, request: &Request, family: Family) -> Result<Reply, Refusal> {
    // Containers are a list in the body, so their filter is applied here.
    let mut request = request.clone();
    let (containers, others): (Vec<_>, Vec<_>) = request
        .query
        .into_iter()
        .partition(|(name, _)| name == family.containers());
    request.query = others;
    let items = state
        .manager
        .jobs
        .visible(state.now)
        .filter(|job| job.family == family)
        .filter(|job| {
            containers
                .iter()
                .all(|(_, wanted)| job.containers.contains(wanted))
        })
        .map(|job| Item::same(job.body()))
        .collect();
    page(items, &request, FILTERS, &state.switches).map(Reply::ok)
}

fn job<'a>(
    state: &'a mut State,
    request: &Request,
    family: Family,
) -> Result<&'a mut Job, Refusal> {
    let job = state
        .manager
        .jobs
        .get_mut(request.parameter(0), state.now)?;
    if job.family == family {
        Ok(job)
    } else {
        Err(not_found())
    }
}

fn get(state: &mut State, request: &Request, family: Family) -> Result<Reply, Refusal> {
    job(state, request, family).map(|job| Reply::ok(job.body()))
}

fn cancel(state: &mut State, request: &Request, family: Family) -> Result<Reply, Refusal> {
    request.fields.only(&[])?;
    let now = state.now;
    let job = job(state, request, family)?;
    if job.overall_status != Status::InProgress {
        return Err(wrong_state(
            "only a job that is in_progress can be cancelled",
        ));
    }
    job.abort = true;
    job.record.updated_at = now;
    Ok(Reply::ok(job.body()))
}
