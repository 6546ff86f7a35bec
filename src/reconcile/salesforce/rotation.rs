//! A rotation: keeps a type of tenant secret young. It works as a key does whose state is the age of the ACTIVE secret, and
//! of which archived secrets beyond those that it keeps are a part that has to go.

mod facts;

use api::{
    ContainerReference, RotationArchived, RotationObserved, SalesforceRotation,
    SalesforceRotationStatus,
};
use cckm::salesforce::TenantSecretStatus;
use lifecycle::{
    action::Action,
    goal::DriftPolicy,
    plan::Step,
    reason::{Blocker, Reason},
    salesforce::{ArchivedSecret, Certificate, Rotation, RotationDesired},
};

use super::{
    OrganizationKind, TenantSecretRow, certificates,
    facts::{find, identity_prefix, source},
    tenant_secret, upload,
};
use crate::{
    context::Context,
    object::Kind,
    reconcile::{
        failure::ActError,
        fields::KeyObject,
        kind::{KeyKind, Scene, View},
        site::Site,
        status::{time, word},
        translate,
    },
    runtime::objects::Objects,
};

impl KeyObject for SalesforceRotation {
    type Status = SalesforceRotationStatus;

    const CONTAINER: Kind = Kind::SalesforceOrganization;

    fn container(&self) -> &ContainerReference {
        &self.spec.organization_ref
    }

    fn suspended(&self) -> bool {
        self.spec.suspended()
    }

    /// A secret that gets old is what a rotation is there for, and nobody's drift.
    fn drift_policy(&self) -> DriftPolicy {
        DriftPolicy::Correct
    }

    fn status(&self) -> SalesforceRotationStatus {
        self.status.clone().unwrap_or_default()
    }

    fn recorded(&self) -> Option<&api::KeyStatus> {
        self.status.as_ref().map(|status| &status.common)
    }

    fn common(status: &SalesforceRotationStatus) -> &api::KeyStatus {
        &status.common
    }

    fn common_mut(status: &mut SalesforceRotationStatus) -> &mut api::KeyStatus {
        &mut status.common
    }
}

pub(super) use facts::kept;

/// How many archived secrets a status lists: more than Salesforce takes.
const LISTED: usize = 64;

/// The kind of a rotation.
pub enum RotationKind {}

impl KeyKind for RotationKind {
    type Cr = SalesforceRotation;
    type Container = OrganizationKind;
    type Lifecycle = Rotation;
    type Desired = ();
    const KIND: Kind = Kind::SalesforceRotation;

    fn objects(context: &Context) -> &Objects<SalesforceRotation> {
        &context.objects.rotations
    }

    fn desired_state(_: &SalesforceRotation) -> RotationDesired {
        RotationDesired::Young
    }

    fn words() -> &'static [(&'static str, RotationDesired)] {
        &[("Young", RotationDesired::Young)]
    }

    async fn resolve(_: &Context, _: &SalesforceRotation, _: &Site<Self>) -> Result<(), Blocker> {
        Ok(())
    }

    fn observe(scene: &Scene<Self>) -> View<Self> {
        facts::view(scene)
    }

    async fn look(scene: &Scene<Self>, view: &View<Self>) -> Result<(), cckm::Error> {
        if let Some(source) = &scene.cr.spec.source {
            certificates::look(scene, &source.upload.certificate, view.facts.old).await;
        }
        tenant_secret::look_at_type(scene, scene.cr.spec.type_).await
    }

    /// That the certificate ends has to be told in time.
    fn is_unread(scene: &Scene<Self>, view: &View<Self>) -> bool {
        certificates::are_stale(scene, scene.cr.spec.source.as_ref(), view.facts.old)
    }

    fn exclusive(scene: &Scene<Self>, step: &Step) -> Option<String> {
        step.action
            .makes_something()
            .then(|| scene.cr.spec.type_.as_str().to_owned())
    }

    fn target(scene: &Scene<Self>, view: &View<Self>, step: &Step) -> Option<String> {
        if step.action != Action::Destroy {
            return view.cloud_id.clone();
        }
        let oldest = view.facts.oldest_surplus()?;
        let prefix = identity_prefix(&scene.site.facts, scene.cr.spec.type_);
        Some(format!("{prefix}{}", oldest.version))
    }

    /// Nobody may have come to name the secret that is to be destroyed.
    async fn still_wanted(scene: &Scene<Self>, view: &View<Self>) -> Result<(), Blocker> {
        let again = |what: &str| {
            let message = format!("The objects of tenant secrets {what}; it is looked at again.");
            Blocker::new(Reason::ProgressingWithRetry, message)
        };
        let objects = &scene.context.objects.tenant_secrets;
        let present = objects.list(&scene.context.client).await;
        let present = present.map_err(|_| again("could not be read once more before the act"))?;
        let named = facts::named(scene, &present);
        let oldest = view.facts.oldest_surplus();
        if oldest.is_some_and(|oldest| named.contains(&oldest.version)) {
            return Err(again("changed before the act"));
        }
        Ok(())
    }

    async fn act(
        scene: &Scene<Self>,
        view: &View<Self>,
        step: &Step,
    ) -> Result<Option<TenantSecretRow>, ActError> {
        let of = scene.cr.spec.type_;
        let row = match (step.action, &scene.cr.spec.source) {
            (Action::Create, _) => tenant_secret::create(scene, of).await?,
            (Action::Upload, Some(source)) => upload::upload(scene, of, &source.upload).await?,
            (Action::Destroy, _) => destroy_oldest(scene, view).await?,
            (other, _) => return Err(ActError::unknown(other)),
        };
        Ok(Some(row))
    }

    fn announce(_: &Scene<Self>, _: &View<Self>, _: &Step, _: &mut SalesforceRotationStatus) {}

    fn acted(
        _: &Scene<Self>,
        _: &Step,
        _: Option<&TenantSecretRow>,
        _: &mut SalesforceRotationStatus,
    ) {
    }

    fn not_made(_: Action, _: &mut SalesforceRotationStatus) {}

    fn record(scene: &Scene<Self>, view: &View<Self>, status: &mut SalesforceRotationStatus) {
        let row = view.row.as_ref();
        status.common.cloud_id.clone_from(&view.cloud_id);
        status.common.resource_id = row.map(|row| row.id.clone());
        status.common.remote_state =
            row.map(|row| word(row.status.as_ref().map_or("", TenantSecretStatus::as_str)));
        let oldest = view.facts.oldest_surplus();
        status.common.backup = oldest.map(|secret| translate::api_backup(secret.backup));
        let active = view.facts.active.as_ref();
        status.observed = Some(RotationObserved {
            active_version: active.map(|active| active.version),
            certificate_ends: match view.facts.certificate {
                Certificate::Known(ends) => ends.map(time),
                _ => None,
            },
            active_source: row.map(source),
            active_since: active.and_then(|active| active.made).map(time),
            due: view.facts.due().map(time),
            type_count: i32::try_from(view.facts.live).ok(),
            archived: noted(scene, &view.facts.archived),
        });
    }
}

fn noted(scene: &Scene<RotationKind>, archived: &[ArchivedSecret]) -> Vec<RotationArchived> {
    let rows = scene.site.container.lock().rows();
    let rows: Vec<&TenantSecretRow> = rows.values().collect();
    let of = scene.cr.spec.type_;
    let noted = |secret: &ArchivedSecret| {
        Some(RotationArchived {
            version: secret.version,
            resource_id: find(&rows, of, secret.version)?.id.clone(),
            backup: translate::api_backup(secret.backup),
            exempt: secret.named || secret.cache_only,
        })
    };
    archived.iter().filter_map(noted).take(LISTED).collect()
}

/// Has the oldest surplus secret destroyed.
async fn destroy_oldest(
    scene: &Scene<RotationKind>,
    view: &View<RotationKind>,
) -> Result<TenantSecretRow, ActError> {
    let rows = scene.site.container.lock().rows();
    let rows: Vec<&TenantSecretRow> = rows.values().collect();
    let oldest = view.facts.oldest_surplus();
    let row = oldest.and_then(|oldest| find(&rows, scene.cr.spec.type_, oldest.version));
    let Some(row) = row else {
        return Err(ActError::unknown(Action::Destroy));
    };
    let secrets = scene.site.client()?.salesforce().tenant_secrets();
    Ok(secrets.destroy(&row.id).await?)
}
