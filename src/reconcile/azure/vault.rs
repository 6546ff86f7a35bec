//! The container: an Azure vault.

use std::collections::BTreeMap;

use api::{AzureVault, AzureVaultStatus, StateCount};
use cckm::{Client, Listing, SynchronizationJob, azure, connections::Service};
use lifecycle::reason::{Blocker, Reason};

use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    observe::{Registry, Row},
    reconcile::{
        container::{ContainerKind, Found, Said, StateOf},
        failure::ActError,
        fields::container_object,
        status::name,
        wake,
    },
    runtime::objects::Objects,
};

container_object!(AzureVault, AzureVaultStatus);

/// A row of CM: one version of a secret.
pub type SecretRow = azure::Secret;

impl Row for azure::Secret {
    fn id(&self) -> &str {
        &self.id
    }

    fn says_the_same(&self, other: &Self) -> bool {
        // These move at every sync.
        let still = |row: &Self| Self {
            synced_at: None,
            updated_at: None,
            backup_at: None,
            ..row.clone()
        };
        still(self) == still(other)
    }
}

/// What CM says of a vault.
#[derive(Clone, Debug, PartialEq)]
pub struct VaultFacts {
    /// CM's resource ID.
    pub resource_id: String,
    /// The connection by which CM reaches it.
    pub connection: Option<String>,
    /// Whether the vault keeps deleted secrets for a while.
    pub soft_delete: Option<bool>,
    /// Whether nobody may purge before the retention ends.
    pub purge_protection: Option<bool>,
    /// The retention in days: 7 to 90.
    pub retention_days: Option<i32>,
    /// Azure's region.
    pub region: Option<String>,
}

/// The kind of container.
pub enum AzureVaultKind {}

impl ContainerKind for AzureVaultKind {
    type Cr = AzureVault;
    type Row = SecretRow;
    type Facts = VaultFacts;
    const KIND: Kind = Kind::AzureVault;
    const SERVICE: Service = Service::Azure;

    fn objects(context: &Context) -> &Objects<AzureVault> {
        &context.objects.azure_vaults
    }

    fn registry(context: &Context) -> &Registry<SecretRow, VaultFacts> {
        &context.containers.azure_vaults
    }

    async fn find(client: &Client, cr: &AzureVault) -> Result<Found<VaultFacts>, cckm::Error> {
        let listing = client
            .azure()
            .vaults()
            .list(&[("subscription_id", &cr.spec.subscription_id)])
            .await?;
        let ours = |vault: &azure::Vault| {
            let of_subscription = vault
                .subscription_id
                .as_ref()
                .is_none_or(|id| id.eq_ignore_ascii_case(&cr.spec.subscription_id));
            of_subscription
                && vault
                    .azure_name
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(&cr.spec.vault_name))
        };
        let whole = listing.consistent;
        let facts = listing.rows.into_iter().find(ours).map(|vault| VaultFacts {
            resource_id: vault.id,
            connection: vault.connection,
            soft_delete: vault.soft_delete_enabled,
            purge_protection: vault.purge_protection_enabled,
            retention_days: vault
                .soft_delete_retention_days
                .and_then(|days| i32::try_from(days).ok()),
            region: vault.location,
        });
        Ok(Found::of(facts, whole))
    }

    async fn register(client: &Client, cr: &AzureVault, connection: &str) -> Result<(), ActError> {
        let (vaults, spec) = (client.azure().vaults(), &cr.spec);
        let seen = vaults.discover(connection, &spec.subscription_id).await?;
        let ours = |vault: &&azure::DiscoveredVault| {
            let name = vault.name();
            name.is_some_and(|name| name.eq_ignore_ascii_case(&spec.vault_name))
        };
        let Some(vault) = seen.iter().find(ours) else {
            let message = format!(
                "Azure shows no vault {} in subscription {} through connection {connection}. Correct the spec, or give the connection's application the right to see it.",
                spec.vault_name, spec.subscription_id
            );
            return Err(Blocker::new(Reason::NotRegistered, message).into());
        };
        Ok(vaults.add(connection, &spec.subscription_id, vault).await?)
    }

    async fn reconnect(
        client: &Client,
        facts: &VaultFacts,
        connection: &str,
    ) -> Result<(), cckm::Error> {
        let vaults = client.azure().vaults();
        vaults
            .reconnect(&facts.resource_id, connection)
            .await
            .map(|_| ())
    }

    fn connection(facts: &VaultFacts) -> Option<&str> {
        facts.connection.as_deref()
    }

    fn resource_id(facts: &VaultFacts) -> &str {
        &facts.resource_id
    }

    async fn synchronize(
        client: &Client,
        facts: &VaultFacts,
    ) -> Result<SynchronizationJob, cckm::Error> {
        client
            .azure()
            .secrets()
            .synchronize(&[&facts.resource_id])
            .await
    }

    async fn job(client: &Client, id: &str) -> Result<SynchronizationJob, cckm::Error> {
        client.azure().secrets().synchronization_job(id).await
    }

    async fn list(client: &Client, facts: &VaultFacts) -> Result<Listing<SecretRow>, cckm::Error> {
        client
            .azure()
            .secrets()
            .list_of_vault(&facts.resource_id)
            .await
    }

    fn report(cr: &AzureVault, state: &StateOf<Self>, said: Said, status: &mut AzureVaultStatus) {
        status.observed_generation = Some(said.generation);
        status.conditions = Some(said.conditions);
        status.last_handled_reconcile_at = said.handled.or(status.last_handled_reconcile_at.take());
        let Some(facts) = &state.facts else { return };
        status.resource_id = Some(facts.resource_id.clone());
        status.cloud_id = Some(Self::identity(cr));
        status.connection = facts.connection.as_deref().map(name);
        status.last_connection_ok = state.connection_ok;
        status.soft_delete = facts.soft_delete;
        status.purge_protection = facts.purge_protection;
        status.retention_days = facts.retention_days;
        status.region.clone_from(&facts.region);
        status.states = states(
            state
                .rows()
                .values()
                .map(|row| row.status.as_ref().map_or("", azure::SecretStatus::as_str)),
        );
    }

    fn recorded(cr: &AzureVault) -> Option<&str> {
        cr.status.as_ref()?.cloud_id.as_deref()
    }

    fn identity(cr: &AzureVault) -> String {
        format!(
            "azure:{}/{}",
            cr.spec.subscription_id.to_ascii_lowercase(),
            cr.spec.vault_name.to_ascii_lowercase()
        )
    }

    fn wake(context: &Context, container: &ObjectRef, changed: &[SecretRow]) {
        let concerns = |cr: &api::AzureSecret| {
            let named = |row: &SecretRow| {
                row.secret_name
                    .as_ref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(cr.secret_name()))
            };
            changed.iter().any(named)
        };
        wake::keys(
            context,
            Kind::AzureSecret,
            &context.objects.azure_secrets,
            container,
            concerns,
        );
    }
}

/// Counts keys by the cloud's words; at most as many as a status takes.
pub fn states<'a>(words: impl Iterator<Item = &'a str>) -> Vec<StateCount> {
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let safe = |word: &&str| {
        !word.is_empty()
            && word.len() <= 64
            && word
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b"_-".contains(&b))
    };
    counts
        .into_iter()
        .filter(|(word, _)| safe(word))
        .map(|(state, count)| StateCount {
            state: state.to_owned(),
            count,
        })
        .collect()
}
