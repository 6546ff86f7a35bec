//! The key: an Azure secret.

use api::{
    AzureApplied, AzureDesiredState, AzureSecret, AzureSecretStatus, AzureVault,
    PUSH_VALUE_ANNOTATION,
};
use cckm::azure::{DateForm, NewSecret, SecretUpdate};
use kube::ResourceExt;
use lifecycle::{
    action::Action,
    azure::{Attributes, Desired, Secret},
    plan::Step,
    reason::{Blocker, Reason},
};

use super::{AzureVaultKind, SecretRow, dates, facts, restore_from, value::Wanted};
use crate::{
    context::Context,
    object::Kind,
    reconcile::{
        container::ContainerKind,
        failure::{ActError, done_before},
        fields::key_object,
        kind::{KeyKind, Scene, View},
        site::Site,
        status::time,
    },
    runtime::objects::Objects,
};

key_object!(AzureSecret, AzureSecretStatus, vault_ref, AzureVault);

/// The kind of key.
pub enum AzureSecretKind {}

/// Spec and value of an Azure secret, validated.
pub struct AzureDesired {
    /// Azure's name of it.
    pub name: String,
    /// What it is: names are compared without case.
    pub cloud_id: String,
    /// Whether to take over a secret that is there already.
    pub adopt: bool,
    /// The value.
    pub value: Wanted,
    /// The attributes.
    pub attributes: Attributes,
}

/// What a spec says of the attributes.
pub(super) fn attributes(cr: &AzureSecret) -> Attributes {
    let spec = &cr.spec;
    Attributes {
        content_type: spec.content_type.clone(),
        enabled: spec.enabled,
        not_before: spec.not_before.as_ref().map(|date| time(date.0).0),
        expires: spec.expires.as_ref().map(|date| time(date.0).0),
        tags: spec.tags.clone(),
    }
}

/// What a secret is.
fn cloud_id(cr: &AzureSecret, vault: &AzureVault) -> String {
    let vault = AzureVaultKind::identity(vault);
    format!("{vault}/{}", cr.secret_name().to_ascii_lowercase())
}

impl KeyKind for AzureSecretKind {
    type Cr = AzureSecret;
    type Container = AzureVaultKind;
    type Lifecycle = Secret;
    type Desired = AzureDesired;
    const KIND: Kind = Kind::AzureSecret;

    fn objects(context: &Context) -> &Objects<AzureSecret> {
        &context.objects.azure_secrets
    }

    fn desired_state(cr: &AzureSecret) -> Desired {
        match cr.spec.desired_state() {
            AzureDesiredState::Available => Desired::Available,
            AzureDesiredState::SoftDeleted => Desired::SoftDeleted,
            AzureDesiredState::Purged => Desired::Purged,
            AzureDesiredState::RemovedFromManager => Desired::RemovedFromManager,
        }
    }

    fn words() -> &'static [(&'static str, Desired)] {
        &[
            ("Available", Desired::Available),
            ("SoftDeleted", Desired::SoftDeleted),
            ("Purged", Desired::Purged),
            ("RemovedFromManager", Desired::RemovedFromManager),
        ]
    }

    async fn resolve(
        context: &Context,
        cr: &AzureSecret,
        site: &Site<Self>,
    ) -> Result<AzureDesired, Blocker> {
        Ok(AzureDesired {
            cloud_id: cloud_id(cr, &site.container_cr),
            name: cr.secret_name().to_owned(),
            adopt: cr.spec.adopt_existing(),
            value: Wanted::read(context, cr).await,
            attributes: attributes(cr),
        })
    }

    fn observe(scene: &Scene<Self>) -> View<Self> {
        facts::view(scene)
    }

    async fn look(scene: &Scene<Self>, view: &View<Self>) -> Result<(), cckm::Error> {
        let Ok(connection) = &scene.site.connection else {
            return Ok(());
        };
        let secrets = connection.client.azure().secrets();
        let rows = match &view.row {
            Some(row) => vec![secrets.get(&row.id).await?],
            None => {
                secrets
                    .list(&[
                        ("key_vault_id", &scene.site.facts.resource_id),
                        ("secret_name", &scene.desired.name),
                    ])
                    .await?
                    .rows
            }
        };
        let now = scene.now();
        for row in rows {
            scene.site.container.lock().upsert(row, now);
        }
        let source = restore_from::source(scene).filter(|_| view.row.is_none());
        if let Some(Ok((vault, Some(row)))) = source {
            let row = secrets.get(&row.id).await?;
            vault.lock().upsert(row, now);
        }
        Ok(())
    }

    fn recorded_elsewhere(
        cr: &AzureSecret,
        status: &AzureSecretStatus,
        vault: &AzureVault,
    ) -> bool {
        let recorded = status.common.cloud_id.as_ref();
        recorded.is_some_and(|recorded| *recorded != cloud_id(cr, vault))
    }

    fn exclusive(scene: &Scene<Self>, step: &Step) -> Option<String> {
        // Azure makes a POST on a name that exists a new version of it, whoever sends it.
        step.action
            .makes_something()
            .then(|| scene.desired.cloud_id.clone())
    }

    async fn act(
        scene: &Scene<Self>,
        view: &View<Self>,
        step: &Step,
    ) -> Result<Option<SecretRow>, ActError> {
        let secrets = scene.site.client()?.azure().secrets();
        let id = view
            .row
            .as_ref()
            .map(|row| row.id.as_str())
            .unwrap_or_default();
        let write = &view.facts.attributes.write;
        let row = match step.action {
            Action::Create | Action::PutValue => {
                let secret = new_secret(scene, view)?;
                let result = secrets.create(&secret).await;
                let dateless = (secret.not_before, secret.expires) == (None, None);
                dates::learn(scene, secret.date_form, DateForm::Text, dateless, result)?
            }
            Action::ClaimOwnership => {
                let tags = Some(facts::claimed_tags(scene, view.row.as_ref()));
                secrets
                    .update(
                        id,
                        &SecretUpdate {
                            tags,
                            ..SecretUpdate::default()
                        },
                    )
                    .await?
            }
            Action::UpdateAttributes => {
                let update = SecretUpdate {
                    content_type: write.content_type.clone(),
                    tags: view.facts.attributes.write_tags.then(|| write.tags.clone()),
                    enabled: write.enabled,
                    not_before: write.not_before,
                    expires: write.expires,
                    date_form: dates::form(scene),
                };
                let result = secrets.update(id, &update).await;
                let dateless = (update.not_before, update.expires) == (None, None);
                dates::learn(scene, update.date_form, DateForm::Seconds, dateless, result)?
            }
            Action::SoftDelete => secrets.soft_delete(id).await?,
            Action::Recover => secrets.recover(id).await?,
            Action::HardDelete => secrets.hard_delete(id).await?,
            Action::Restore if view.row.is_none() => restored_here(scene).await?,
            Action::Restore => {
                let row = secrets.restore(id, None).await?;
                if row.id != id {
                    // The deleted row would stand beside the restored one, as old as it is.
                    scene.site.container.lock().remove(id, scene.now());
                }
                row
            }
            Action::RemoveRecord => {
                done_before(scene, step, secrets.remove(id).await)?;
                scene.site.container.lock().remove(id, scene.now());
                return Ok(None);
            }
            other => return Err(ActError::unknown(other)),
        };
        Ok(Some(row))
    }

    fn announce(scene: &Scene<Self>, _: &View<Self>, step: &Step, status: &mut AzureSecretStatus) {
        let (true, Wanted::Known { mac, .. }) =
            (step.action.makes_something(), &scene.desired.value)
        else {
            return;
        };
        // What becomes of the call may never be heard: whoever asked for it is answered by the attempt.
        status.last_handled_push_value = scene.cr.annotations().get(PUSH_VALUE_ANNOTATION).cloned();
        let all = facts::all_applied(scene, None);
        let kept = status
            .applied
            .take()
            .filter(|_| step.action == Action::PutValue)
            .unwrap_or_else(|| all.clone());
        status.applied = Some(AzureApplied {
            tag_keys: all.tag_keys,
            content_type: all.content_type,
            value_mac: Some(mac.clone()),
            ..kept
        });
    }

    fn acted(
        scene: &Scene<Self>,
        step: &Step,
        _: Option<&SecretRow>,
        status: &mut AzureSecretStatus,
    ) {
        facts::acted(scene, step.action, status);
    }

    fn pass_over_requests(cr: &AzureSecret, status: &mut AzureSecretStatus) {
        status.last_handled_push_value = cr.annotations().get(PUSH_VALUE_ANNOTATION).cloned();
    }

    fn not_made(action: Action, status: &mut AzureSecretStatus) {
        match (action, &mut status.applied) {
            // The value that was announced is not the secret's, so it differs from any and is written again.
            (
                Action::PutValue,
                Some(AzureApplied {
                    value_mac: Some(mac),
                    ..
                }),
            ) => mac.mac.clear(),
            _ => status.applied = None,
        }
    }

    fn record(scene: &Scene<Self>, view: &View<Self>, status: &mut AzureSecretStatus) {
        facts::record(scene, view, status);
    }
}

/// Restores the deleted secret of another vault into this one.
async fn restored_here(scene: &Scene<AzureSecretKind>) -> Result<SecretRow, ActError> {
    let Some(Ok((vault, Some(source)))) = restore_from::source(scene) else {
        return Err(ActError::unknown(Action::Restore));
    };
    let secrets = scene.site.client()?.azure().secrets();
    let here = scene.site.facts.resource_id.as_str();
    let row = secrets.restore(&source.id, Some(here)).await?;
    // CM may have moved its record, or made another beside it: the next list of that vault tells.
    vault.lock().want_sweep();
    Ok(row)
}

/// The secret, or new version, to make. A new version keeps the flag and dates of the one before: changing those is an
/// act of its own, with its own effect.
fn new_secret(
    scene: &Scene<AzureSecretKind>,
    view: &View<AzureSecretKind>,
) -> Result<NewSecret, ActError> {
    let Wanted::Known { value, .. } = &scene.desired.value else {
        let message = "There is no value to write.";
        return Err(ActError::NotSent(Blocker::new(
            Reason::ValueRequired,
            message,
        )));
    };
    let (spec, row) = (&scene.desired.attributes, view.row.as_ref());
    Ok(NewSecret {
        secret_name: scene.desired.name.clone(),
        key_vault: scene.site.facts.resource_id.clone(),
        value: value.clone(),
        content_type: spec
            .content_type
            .clone()
            .or_else(|| row?.content_type.clone()),
        tags: facts::merged_tags(scene, row),
        enabled: row.map_or(spec.enabled, |row| row.enabled),
        not_before: row.map_or(spec.not_before, |row| row.not_before),
        expires: row.map_or(spec.expires, |row| row.expires),
        date_form: dates::form(scene),
    })
}
