//! The key: a Salesforce tenant secret.

use api::{
    SalesforceDesiredState, SalesforceObserved, SalesforceOrganization, SalesforceTenantSecret,
    SalesforceTenantSecretStatus, TenantSecretType,
};
use cckm::salesforce::{self, TenantSecretStatus};
use lifecycle::{
    action::Action,
    plan::Step,
    reason::Blocker,
    salesforce::{Desired, Identity, TenantSecret},
};

use super::{OrganizationKind, TenantSecretRow, certificates, facts, upload};
use crate::{
    context::Context,
    object::Kind,
    reconcile::{
        container::ContainerKind,
        failure::{ActError, done_before},
        fields::key_object,
        kind::{KeyKind, Scene, View},
        site::Site,
        status::{time, word},
    },
    runtime::objects::Objects,
};

key_object!(
    SalesforceTenantSecret,
    SalesforceTenantSecretStatus,
    organization_ref,
    SalesforceOrganization
);

/// The kind of key.
pub enum TenantSecretKind {}

/// A type in the words of the client.
pub(super) fn wire_type(of: TenantSecretType) -> salesforce::TenantSecretType {
    salesforce::TenantSecretType::from(of.as_str().to_owned())
}

fn identity_prefix(scene: &Scene<TenantSecretKind>) -> String {
    facts::identity_prefix(&scene.site.facts, scene.cr.spec.type_)
}

/// Reads all rows of a type anew.
pub(super) async fn look_at_type<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    of: TenantSecretType,
) -> Result<(), cckm::Error> {
    let Ok(connection) = &scene.site.connection else {
        return Ok(());
    };
    let organization = scene.site.facts.organization.as_str();
    let of_type = [("sfdc_org_id", organization), ("type", of.as_str())];
    let secrets = connection.client.salesforce().tenant_secrets();
    let rows = secrets.list(&of_type).await?.rows;
    let now = scene.now();
    let mut container = scene.site.container.lock();
    for row in rows {
        container.upsert(row, now);
    }
    Ok(())
}

/// Lets Salesforce make a secret.
pub(super) async fn create<K: KeyKind<Container = OrganizationKind>>(
    scene: &Scene<K>,
    of: TenantSecretType,
) -> Result<TenantSecretRow, ActError> {
    let secrets = scene.site.client()?.salesforce().tenant_secrets();
    let organization = &scene.site.facts.resource_id;
    Ok(secrets.create(organization, &wire_type(of)).await?)
}

impl KeyKind for TenantSecretKind {
    type Cr = SalesforceTenantSecret;
    type Container = OrganizationKind;
    type Lifecycle = TenantSecret;
    type Desired = ();
    const KIND: Kind = Kind::SalesforceTenantSecret;

    fn objects(context: &Context) -> &Objects<SalesforceTenantSecret> {
        &context.objects.tenant_secrets
    }

    fn desired_state(cr: &SalesforceTenantSecret) -> Desired {
        match cr.spec.desired_state() {
            SalesforceDesiredState::Active => Desired::Active,
            SalesforceDesiredState::Archived => Desired::Archived,
            SalesforceDesiredState::Destroyed => Desired::Destroyed,
            SalesforceDesiredState::BackupDeleted => Desired::BackupDeleted,
        }
    }

    fn words() -> &'static [(&'static str, Desired)] {
        &[
            ("Active", Desired::Active),
            ("Archived", Desired::Archived),
            ("Destroyed", Desired::Destroyed),
            ("BackupDeleted", Desired::BackupDeleted),
        ]
    }

    async fn resolve(
        _: &Context,
        _: &SalesforceTenantSecret,
        _: &Site<Self>,
    ) -> Result<(), Blocker> {
        Ok(())
    }

    fn observe(scene: &Scene<Self>) -> View<Self> {
        facts::view(scene)
    }

    async fn look(scene: &Scene<Self>, view: &View<Self>) -> Result<(), cckm::Error> {
        let Ok(connection) = &scene.site.connection else {
            return Ok(());
        };
        let Some(row) = &view.row else {
            if let Some(source) = &scene.cr.spec.source {
                certificates::look(scene, &source.upload.certificate, true).await;
            }
            return look_at_type(scene, scene.cr.spec.type_).await;
        };
        let secrets = connection.client.salesforce().tenant_secrets();
        let row = secrets.get(&row.id).await?;
        scene.site.container.lock().upsert(row, scene.now());
        Ok(())
    }

    /// A certificate is needed once, when the secret is made.
    fn is_unread(scene: &Scene<Self>, view: &View<Self>) -> bool {
        let spec = &scene.cr.spec;
        let is_to_be_made = view.row.is_none()
            && scene.common().cloud_id.is_none()
            && spec.version.is_none()
            && Self::desired_state(&scene.cr) == Desired::Active;
        is_to_be_made
            && view.facts.is_due(scene.now())
            && certificates::are_stale(scene, spec.source.as_ref(), true)
    }

    fn recorded_elsewhere(
        cr: &SalesforceTenantSecret,
        status: &SalesforceTenantSecretStatus,
        organization: &SalesforceOrganization,
    ) -> bool {
        let organization = OrganizationKind::identity(organization);
        let here = format!("{organization}:{}:", cr.spec.type_.as_str());
        let recorded = status.common.cloud_id.as_ref();
        recorded.is_some_and(|recorded| !recorded.starts_with(&here))
    }

    fn exclusive(scene: &Scene<Self>, step: &Step) -> Option<String> {
        step.action
            .makes_something()
            .then(|| scene.cr.spec.type_.as_str().to_owned())
    }

    async fn act(
        scene: &Scene<Self>,
        view: &View<Self>,
        step: &Step,
    ) -> Result<Option<TenantSecretRow>, ActError> {
        let secrets = scene.site.client()?.salesforce().tenant_secrets();
        let id = view
            .row
            .as_ref()
            .map(|row| row.id.as_str())
            .unwrap_or_default();
        let of = scene.cr.spec.type_;
        let row = match (step.action, &scene.cr.spec.source) {
            (Action::Create, _) => create(scene, of).await?,
            (Action::Upload, Some(source)) => upload::upload(scene, of, &source.upload).await?,
            (Action::Destroy, _) => secrets.destroy(id).await?,
            (Action::Import, _) => secrets.import(id).await?,
            (Action::DeleteBackup, _) => {
                let answer = secrets.delete_backup(id).await;
                return Ok(done_before(scene, step, answer)?);
            }
            (other, _) => return Err(ActError::unknown(other)),
        };
        Ok(Some(row))
    }

    fn announce(_: &Scene<Self>, _: &View<Self>, _: &Step, _: &mut SalesforceTenantSecretStatus) {}

    fn acted(
        scene: &Scene<Self>,
        step: &Step,
        row: Option<&TenantSecretRow>,
        status: &mut SalesforceTenantSecretStatus,
    ) {
        match step.action {
            // Recorded from the answer: what was made is known even if its date would not lead there.
            Action::Create | Action::Upload => {
                if let Some(version) = row.and_then(|row| row.version) {
                    status.common.cloud_id = Some(format!("{}{version}", identity_prefix(scene)));
                }
            }
            Action::DeleteBackup => status.common.backup = Some(api::Backup::Deleted),
            _ => {}
        }
    }

    fn not_made(_: Action, _: &mut SalesforceTenantSecretStatus) {}

    fn record(_: &Scene<Self>, view: &View<Self>, status: &mut SalesforceTenantSecretStatus) {
        let candidates = match &view.facts.identity {
            Identity::Ambiguous(versions) => versions.clone(),
            Identity::None | Identity::Version(_) => Vec::new(),
        };
        let row = view.row.as_ref();
        status.common.remote_state =
            row.map(|row| word(row.status.as_ref().map_or("", TenantSecretStatus::as_str)));
        status.observed = Some(SalesforceObserved {
            source: row.map(facts::source),
            created_date: row.and_then(|row| row.created_date).map(time),
            version: row
                .and_then(|row| row.version)
                .and_then(|version| i64::try_from(version).ok()),
            salesforce_id: row
                .and_then(|row| row.salesforce_id.as_ref())
                .map(|id| id.as_str().to_owned()),
            superseded_by: view.facts.superseded_by,
            candidates,
            type_count: i32::try_from(view.facts.live).ok(),
        });
        let Some(row) = row.filter(|_| view.facts.managed_by.is_none()) else {
            return;
        };
        if !view.facts.recorded {
            status.common.backup = None;
        }
        status.common.cloud_id.clone_from(&view.cloud_id);
        status.common.resource_id = Some(row.id.clone());
        if status.common.backup != Some(api::Backup::Deleted) {
            let present =
                row.backup.is_some() || status.common.backup == Some(api::Backup::Present);
            status.common.backup = Some(if present {
                api::Backup::Present
            } else {
                api::Backup::Unknown
            });
        }
    }
}
