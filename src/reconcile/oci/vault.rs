//! The container: an OCI vault.

use std::ops::Deref;

use api::{OciVault, OciVaultStatus};
use cckm::{
    Client, Listing, SynchronizationJob,
    connections::Service,
    oci::{self, LifecycleState},
};
use jiff::Timestamp;
use lifecycle::reason::{Blocker, Reason};

use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    observe::{Registry, Row},
    reconcile::{
        azure::states,
        container::{ContainerKind, Found, Said, StateOf},
        failure::ActError,
        fields::container_object,
        status::{name, word},
        wake,
    },
    runtime::objects::Objects,
};

container_object!(OciVault, OciVaultStatus);

/// A row of CM: one key, and what was read of it beside its row.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRow {
    key: oci::Key,
    /// How many of its versions are not deleted; nothing: not read.
    pub versions_left: Option<usize>,
    /// When its current version was made, by OCI's word, if that was read: nothing inside where OCI does not say.
    pub version_made_at: Option<Option<Timestamp>>,
}

impl From<oci::Key> for KeyRow {
    fn from(key: oci::Key) -> Self {
        Self {
            key,
            versions_left: None,
            version_made_at: None,
        }
    }
}

impl Deref for KeyRow {
    type Target = oci::Key;

    fn deref(&self) -> &oci::Key {
        &self.key
    }
}

impl Row for KeyRow {
    fn id(&self) -> &str {
        &self.key.id
    }

    fn says_the_same(&self, other: &Self) -> bool {
        // These move at every refresh and sync.
        let still = |row: &Self| oci::Key {
            refreshed_at: None,
            updated_at: None,
            ..row.key.clone()
        };
        still(self) == still(other)
    }

    fn keep(&mut self, before: &Self) {
        if self.says_the_same(before) {
            self.versions_left = self.versions_left.or(before.versions_left);
            self.version_made_at = self.version_made_at.or(before.version_made_at);
        }
    }
}

/// What CM says of a vault.
#[derive(Clone, Debug, PartialEq)]
pub struct VaultFacts {
    /// CM's resource ID.
    pub resource_id: String,
    /// The connection by which CM reaches it.
    pub connection: Option<String>,
    /// The compartment it is in.
    pub compartment_id: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// `DEFAULT`, `VIRTUAL_PRIVATE` or `EXTERNAL`.
    pub vault_type: Option<String>,
    /// OCI's state of it.
    pub lifecycle_state: Option<String>,
}

/// The kind of container.
pub enum OciVaultKind {}

impl ContainerKind for OciVaultKind {
    type Cr = OciVault;
    type Row = KeyRow;
    type Facts = VaultFacts;
    const KIND: Kind = Kind::OciVault;
    const SERVICE: Service = Service::Oci;

    fn objects(context: &Context) -> &Objects<OciVault> {
        &context.objects.oci_vaults
    }

    fn registry(context: &Context) -> &Registry<KeyRow, VaultFacts> {
        &context.containers.oci_vaults
    }

    async fn find(client: &Client, cr: &OciVault) -> Result<Found<VaultFacts>, cckm::Error> {
        let listing = client
            .oci()
            .vaults()
            .list(&[("vault_id", &cr.spec.vault_id)])
            .await?;
        let ours = |vault: &oci::Vault| {
            vault.vault_id.as_ref() == Some(&cr.spec.vault_id)
                && (cr.spec.region.is_none()
                    || vault.region.is_none()
                    || vault.region == cr.spec.region)
        };
        let whole = listing.consistent;
        let facts = listing.rows.into_iter().find(ours).map(|vault| VaultFacts {
            resource_id: vault.id,
            connection: vault.connection,
            compartment_id: vault.compartment_id,
            region: vault.region,
            vault_type: vault.vault_type,
            lifecycle_state: vault.lifecycle_state,
        });
        Ok(Found::of(facts, whole))
    }

    async fn register(client: &Client, cr: &OciVault, connection: &str) -> Result<(), ActError> {
        let Some(region) = &cr.spec.region else {
            let message = "The vault is not registered in CipherTrust Manager. Give its region, so that it can be registered through the connection.";
            return Err(Blocker::new(Reason::NotRegistered, message).into());
        };
        let bucket = cr.spec.bucket.as_ref();
        let vault = oci::NewVault {
            connection,
            region,
            vault_id: &cr.spec.vault_id,
            bucket_name: bucket.map(|bucket| bucket.name.as_str()),
            bucket_namespace: bucket.map(|bucket| bucket.namespace.as_str()),
        };
        Ok(client.oci().vaults().add(&vault).await?)
    }

    async fn reconnect(
        client: &Client,
        facts: &VaultFacts,
        connection: &str,
    ) -> Result<(), cckm::Error> {
        let vaults = client.oci().vaults();
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
        client.oci().keys().synchronize(&[&facts.resource_id]).await
    }

    async fn job(client: &Client, id: &str) -> Result<SynchronizationJob, cckm::Error> {
        client.oci().keys().synchronization_job(id).await
    }

    async fn list(client: &Client, facts: &VaultFacts) -> Result<Listing<KeyRow>, cckm::Error> {
        let keys = client.oci().keys();
        let listing = keys.list_of_vault(&facts.resource_id).await?;
        Ok(listing.map(KeyRow::from))
    }

    fn report(cr: &OciVault, state: &StateOf<Self>, said: Said, status: &mut OciVaultStatus) {
        status.observed_generation = Some(said.generation);
        status.conditions = Some(said.conditions);
        status.last_handled_reconcile_at = said.handled.or(status.last_handled_reconcile_at.take());
        let Some(facts) = &state.facts else { return };
        status.resource_id = Some(facts.resource_id.clone());
        status.cloud_id = Some(Self::identity(cr));
        status.connection = facts.connection.as_deref().map(name);
        status.last_connection_ok = state.connection_ok;
        status.vault_type = facts.vault_type.as_deref().map(word);
        status.lifecycle_state = facts.lifecycle_state.as_deref().map(word);
        status.region.clone_from(&facts.region);
        status.compartment_id.clone_from(&facts.compartment_id);
        status.states = states(state.rows().values().map(|row| {
            row.lifecycle_state
                .as_ref()
                .map_or("", LifecycleState::as_str)
        }));
    }

    fn recorded(cr: &OciVault) -> Option<&str> {
        cr.status.as_ref()?.cloud_id.as_deref()
    }

    fn identity(cr: &OciVault) -> String {
        cr.spec.vault_id.clone()
    }

    fn wake(context: &Context, container: &ObjectRef, changed: &[KeyRow]) {
        let concerns = |cr: &api::OciKey| {
            let known = cr
                .status
                .as_ref()
                .and_then(|status| status.common.cloud_id.as_ref());
            changed.iter().any(|row| {
                row.key_id.is_some()
                    && (row.key_id.as_ref() == known || row.key_id == cr.spec.key_id)
            })
        };
        wake::keys(
            context,
            Kind::OciKey,
            &context.objects.oci_keys,
            container,
            concerns,
        );
    }
}
