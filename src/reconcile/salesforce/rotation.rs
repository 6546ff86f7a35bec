//! A rotation: keeps a type of tenant secret young. It works as a key does whose state is the age of the ACTIVE secret.

use api::{ContainerReference, RotationObserved, SalesforceRotation, SalesforceRotationStatus};
use cckm::salesforce::TenantSecretStatus;
use jiff::SignedDuration;
use lifecycle::{
    action::Action,
    goal::DriftPolicy,
    plan::Step,
    reason::Blocker,
    salesforce::{ActiveSecret, Rotation, RotationDesired, RotationFacts, made_after},
};

use super::{
    OrganizationKind, TenantSecretRow, facts,
    organization::{is_of_type, secret_type},
    tenant_secret, upload,
};
use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    reconcile::{
        failure::ActError,
        fields::KeyObject,
        kind::{KeyKind, Scene, View},
        report,
        site::{self, Site},
        status::{time, word},
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

    fn common(status: &SalesforceRotationStatus) -> &api::KeyStatus {
        &status.common
    }

    fn common_mut(status: &mut SalesforceRotationStatus) -> &mut api::KeyStatus {
        &mut status.common
    }
}

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
        view(scene)
    }

    async fn look(scene: &Scene<Self>, _: &View<Self>) -> Result<(), cckm::Error> {
        tenant_secret::look_at_type(scene, scene.cr.spec.type_).await
    }

    fn exclusive(scene: &Scene<Self>, step: &Step) -> Option<String> {
        step.action
            .makes_something()
            .then(|| scene.cr.spec.type_.as_str().to_owned())
    }

    async fn act(
        scene: &Scene<Self>,
        _: &View<Self>,
        step: &Step,
    ) -> Result<Option<TenantSecretRow>, ActError> {
        let of = scene.cr.spec.type_;
        let row = match (step.action, &scene.cr.spec.source) {
            (Action::Create, _) => tenant_secret::create(scene, of).await?,
            (Action::Upload, Some(source)) => upload::upload(scene, of, &source.upload).await?,
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

    fn record(_: &Scene<Self>, view: &View<Self>, status: &mut SalesforceRotationStatus) {
        let row = view.row.as_ref();
        status.common.cloud_id.clone_from(&view.cloud_id);
        status.common.resource_id = row.map(|row| row.id.clone());
        status.common.remote_state =
            row.map(|row| word(row.status.as_ref().map_or("", TenantSecretStatus::as_str)));
        let active = view.facts.active.as_ref();
        status.observed = Some(RotationObserved {
            active_version: active.map(|active| active.version),
            active_since: active.and_then(|active| active.made).map(time),
            due: view.facts.due().map(time),
            type_count: i32::try_from(view.facts.live).ok(),
        });
    }
}

/// What the organization's rows say of the type.
fn view(scene: &Scene<RotationKind>) -> View<RotationKind> {
    let spec = &scene.cr.spec;
    let (rows, reading, reserved) = {
        let state = scene.site.container.lock();
        let reserved = state
            .reserved(spec.type_.as_str())
            .filter(|other| **other != scene.object)
            .map(ToString::to_string);
        (state.rows(), state.reading(), reserved)
    };
    let of = secret_type(spec.type_);
    let of_type = || rows.values().filter(|row| is_of_type(row, of));
    let row = of_type()
        .filter(|row| row.status == Some(TenantSecretStatus::Active))
        .max_by_key(|row| (row.version, row.created_at))
        .cloned();
    let active = row.as_ref().and_then(|row| {
        Some(ActiveSecret {
            version: facts::number(row)?,
            made: row.created_date.or_else(|| row.created_no_later_than()),
            cache_only: row.cache_only(),
        })
    });
    let every = SignedDuration::from_hours(i64::from(spec.every_days) * 24);
    let mut facts = RotationFacts {
        active,
        every,
        old: false,
        upload: spec.source.is_some(),
        live: of_type().filter(|row| facts::is_live(row)).count(),
        rotation_opens: scene.site.facts.next_rotation(rows.values(), of),
        other_create: reserved.or_else(|| {
            facts::other_create(
                &scene.context,
                &scene.object,
                &scene.site.container_ref,
                spec.type_,
            )
        }),
        rival: rival(scene),
        reading,
        decided_at: scene.memory.decided_at(scene.now()),
    };
    facts.old = facts.due().is_some_and(|due| due <= scene.now());
    let numbers = || of_type().filter_map(facts::number);
    View {
        cloud_id: facts.active.as_ref().map(|active| {
            let prefix = facts::identity_prefix(&scene.site.facts, spec.type_);
            format!("{prefix}{}", active.version)
        }),
        cloud_version: None,
        version_before: Some(numbers().max().unwrap_or_default().to_string()),
        made: made(scene, numbers()),
        reading,
        facts,
        row,
    }
}

/// Whether an open intent made something, going by the numbers.
fn made(scene: &Scene<RotationKind>, numbers: impl Iterator<Item = i64>) -> bool {
    let intent = scene.common().intent.as_ref();
    let before = intent.and_then(|intent| intent.version_before.as_deref());
    before
        .and_then(|before| before.parse().ok())
        .is_some_and(|before| made_after(before, numbers).is_some())
}

/// Another rotation of the organization and type.
fn rival(scene: &Scene<RotationKind>) -> Option<String> {
    let rotates_it = |cr: &SalesforceRotation| {
        ObjectRef::of(Kind::SalesforceRotation, cr) != scene.object
            && cr.spec.type_ == scene.cr.spec.type_
            && site::is_in::<RotationKind>(&scene.context, cr, &scene.site.container_ref)
    };
    let rivals = scene.context.objects.rotations.select(rotates_it);
    rivals.first().map(report::place)
}
