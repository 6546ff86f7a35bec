//! The certificates for which secrets are encrypted that are uploaded: read where an upload needs one, and synced from
//! Salesforce where CM does not have it.

use api::{CertificateReference, SalesforceSource};
use lifecycle::salesforce::Certificate;

use super::OrganizationKind;
use crate::reconcile::{
    failure,
    kind::{KeyKind, Scene},
};

/// What is known of the certificate that a spec names.
pub(super) fn known<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    source: Option<&SalesforceSource>,
) -> Certificate {
    let Some(source) = source else {
        return Certificate::NotNeeded;
    };
    let state = scene.site.container.lock();
    let certificates = &state.certificates;
    let wanted = &source.upload.certificate;
    match certificates.find(wanted.name.as_deref(), wanted.id.as_deref()) {
        Some(row) => Certificate::Known(row.expires_at),
        None if certificates.is_incomplete() => Certificate::Unread,
        None => Certificate::Missing(certificates.job().is_some()),
    }
}

/// Whether it is time to read them. `needed`: something is to be uploaded now.
pub(super) fn are_stale<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    source: Option<&SalesforceSource>,
    needed: bool,
) -> bool {
    let is_found = matches!(known(scene, source), Certificate::Known(_));
    let state = scene.site.container.lock();
    source.is_some() && state.certificates.is_stale(is_found, needed, scene.now())
}

/// Reads them, and has CM read Salesforce's where the one that is wanted is not among them. What cannot be read stays
/// unread: only an upload waits for it.
pub(super) async fn look<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    wanted: &CertificateReference,
    needed: bool,
) {
    let now = scene.now();
    if let Err(error) = read(scene, wanted, needed).await {
        scene.site.container.lock().certificates.unread(now);
        let blocker = failure::judge(&error, "Reading the certificates", now).blocker;
        tracing::warn!(object = %scene.object, why = %blocker.message, "the certificates of an organization could not be read");
    }
}

async fn read<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    wanted: &CertificateReference,
    needed: bool,
) -> Result<(), cckm::Error> {
    let Ok(connection) = &scene.site.connection else {
        return Ok(());
    };
    let (facts, container) = (&scene.site.facts, &scene.site.container);
    let calls = connection.client.salesforce().certificates();
    let job = container.lock().certificates.job().map(str::to_owned);
    if let Some(job) = job {
        let ended = match calls.synchronization_job(&job).await {
            Ok(job)
                if !job.is_finished()
                    && container.lock().certificates.sync_is_endless(scene.now()) =>
            {
                Some(false)
            }
            Ok(job) => job.is_finished().then(|| job.ok_for(&facts.resource_id)),
            Err(error) if error.is_not_found() => Some(false),
            Err(error) => return Err(error),
        };
        let now = scene.now();
        if let Some(well) = ended {
            container.lock().certificates.sync_ended(well, now);
        }
    }
    let mut rows = calls.list().await?.rows;
    rows.retain(|row| {
        let resource_id = row.organization_resource_id.as_ref();
        let organization = row.organization_id.as_ref();
        resource_id.is_none_or(|id| *id == facts.resource_id)
            && organization.is_none_or(|id| *id == facts.organization)
    });
    let now = scene.now();
    let wants_sync = {
        let certificates = &mut container.lock().certificates;
        certificates.read(rows, now);
        let found = certificates.find(wanted.name.as_deref(), wanted.id.as_deref());
        found.is_none() && certificates.wants_sync(needed, now)
    };
    if wants_sync {
        let job = calls.synchronize(&[&facts.resource_id]).await?;
        container.lock().certificates.sync_started(job.id, now);
    }
    Ok(())
}
