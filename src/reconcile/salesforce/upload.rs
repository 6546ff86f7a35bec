//! Uploading a tenant secret (BYOK).

use api::{OrganizationIdForm, SalesforceUpload, SourceKeyTier, TenantSecretType};
use cckm::salesforce::{KeyDerivationMode, TenantSecretUpload};
use lifecycle::reason::{Blocker, Reason};

use super::{OrganizationKind, TenantSecretRow};
use crate::reconcile::{
    failure::ActError,
    kind::{KeyKind, Scene},
};

/// CM's resource ID of the organization; the page of the upload shows Salesforce's ID instead.
pub(super) const UUID: &str = "Uuid";
const SALESFORCE_ID: &str = "SalesforceId";

/// Uploads the source key. Which ID of the organization a version of CM takes is not certain: where it refuses one,
/// the next visit tries the other, and the one that works is kept.
pub(super) async fn upload<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    of: TenantSecretType,
    upload: &SalesforceUpload,
) -> Result<TenantSecretRow, ActError> {
    let client = scene.site.client()?;
    let source = &upload.source_key;
    if source.tier == SourceKeyTier::Local {
        client
            .vault_keys()
            .get(&source.id)
            .await
            .map_err(|error| unknown(error, "The source key"))?;
    }
    let facts = &scene.site.facts;
    let form = scene
        .site
        .container
        .lock()
        .learned
        .clone()
        .or_else(|| recorded(scene));
    let organization_id = match form.as_deref() {
        Some(UUID) => facts.resource_id.clone(),
        Some(_) | None => facts.organization.as_str().to_owned(),
    };
    let request = TenantSecretUpload {
        organization_id,
        secret_type: super::tenant_secret::wire_type(of),
        source_key_tier: Some(source.tier.as_str().to_owned()),
        source_key_identifier: source.id.clone(),
        certificate_id: Some(certificate(scene, upload)?),
        key_derivation_mode: upload
            .key_derivation
            .map(|mode| KeyDerivationMode::from(mode.as_str().to_owned())),
    };
    let result = client.salesforce().tenant_secrets().upload(&request).await;
    let mut container = scene.site.container.lock();
    match result {
        Ok(row) => {
            container.learned = Some(form.unwrap_or_else(|| SALESFORCE_ID.to_owned()));
            Ok(row)
        }
        Err(error)
            if error
                .status()
                .is_some_and(|status| matches!(status.status, 400 | 404 | 422)) =>
        {
            let other = if form.as_deref() == Some(UUID) {
                SALESFORCE_ID
            } else {
                UUID
            };
            container.learned = Some(other.to_owned());
            if form.is_none() {
                let message = "CipherTrust Manager refused the upload with Salesforce's ID of the organization; its own resource ID is tried next.";
                return Err(
                    Blocker::until(Reason::ProgressingWithRetry, message, scene.now()).into(),
                );
            }
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The form that worked before this process was started.
fn recorded<K: KeyKind<Container = OrganizationKind>>(scene: &Scene<K>) -> Option<String> {
    let status = scene.site.container_cr.status.as_ref()?;
    Some(match status.upload_organization_id_form? {
        OrganizationIdForm::Uuid => UUID.to_owned(),
        OrganizationIdForm::SalesforceId => SALESFORCE_ID.to_owned(),
    })
}

/// CM's ID of the certificate that the spec names: it was looked at right before.
fn certificate<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    upload: &SalesforceUpload,
) -> Result<String, ActError> {
    let wanted = &upload.certificate;
    let state = scene.site.container.lock();
    let found = state
        .certificates
        .find(wanted.name.as_deref(), wanted.id.as_deref());
    found.map(|row| row.id.clone()).ok_or_else(|| {
        let message =
            "The certificate that spec.source.upload.certificate names is not there any more.";
        Blocker::new(Reason::NotFound, message).into()
    })
}

fn unknown(error: cckm::Error, what: &str) -> ActError {
    if !error.is_not_found() {
        return error.into();
    }
    Blocker::new(Reason::NotFound, format!("{what} that the spec names is not in CipherTrust Manager. Correct the spec, or make it.")).into()
}
