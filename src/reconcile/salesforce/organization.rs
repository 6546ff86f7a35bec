//! The container: a Salesforce organization.

use api::{
    OrganizationEnvironment, OrganizationIdForm, SalesforceOrganization,
    SalesforceOrganizationStatus, SalesforceTypeStatus, TenantSecretType,
};
use cckm::{
    Client, Listing, SynchronizationJob,
    connections::Service,
    salesforce::{self, SalesforceId, TenantSecretStatus},
};
use jiff::Timestamp;
use lifecycle::{
    reason::{Blocker, Reason},
    salesforce::{Environment, SecretType, minimum_interval},
};

use crate::{
    context::Context,
    object::{Kind, ObjectRef},
    observe::{Registry, Row},
    reconcile::{
        container::{ContainerKind, Found, Said, StateOf},
        failure::ActError,
        fields::container_object,
        status::{name, time},
        wake,
    },
    runtime::objects::Objects,
};

container_object!(SalesforceOrganization, SalesforceOrganizationStatus);

/// A row of CM: one tenant secret.
pub type TenantSecretRow = salesforce::TenantSecret;

impl Row for salesforce::TenantSecret {
    fn id(&self) -> &str {
        &self.id
    }

    fn says_the_same(&self, other: &Self) -> bool {
        // This moves at every sync.
        let still = |row: &Self| Self {
            updated_at: None,
            ..row.clone()
        };
        still(self) == still(other)
    }
}

/// What CM says of an organization.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganizationFacts {
    /// CM's resource ID.
    pub resource_id: String,
    /// The connection by which CM reaches it.
    pub connection: Option<String>,
    /// Salesforce's ID, `00D…`, of 18 characters.
    pub organization: SalesforceId,
    /// Production or sandbox, where CM says so.
    pub environment: Option<Environment>,
}

impl OrganizationFacts {
    /// When Salesforce accepts the next secret of a type, going by the newest there is. Nothing: now.
    pub fn next_rotation<'a>(
        &self,
        rows: impl Iterator<Item = &'a TenantSecretRow>,
        secret_type: SecretType,
    ) -> Option<Timestamp> {
        let newest = rows
            .filter(|row| is_of_type(row, secret_type) && !row.cache_only())
            .filter_map(|row| row.created_date.or_else(|| row.created_no_later_than()))
            .max()?;
        let environment = self.environment.unwrap_or(Environment::Production);
        newest
            .checked_add(minimum_interval(secret_type, environment))
            .ok()
    }
}

/// Whether a row is of a type.
pub(super) fn is_of_type(row: &TenantSecretRow, secret_type: SecretType) -> bool {
    row.secret_type
        .as_ref()
        .is_some_and(|of| of.as_str() == secret_type.as_str())
}

/// A type in the words of the core.
pub(super) const fn secret_type(of: TenantSecretType) -> SecretType {
    match of {
        TenantSecretType::Data => SecretType::Data,
        TenantSecretType::EventBus => SecretType::EventBus,
        TenantSecretType::SearchIndex => SecretType::SearchIndex,
        TenantSecretType::DeterministicData => SecretType::DeterministicData,
        TenantSecretType::Analytics => SecretType::Analytics,
    }
}

/// The kind of container.
pub enum OrganizationKind {}

impl ContainerKind for OrganizationKind {
    type Cr = SalesforceOrganization;
    type Row = TenantSecretRow;
    type Facts = OrganizationFacts;
    const KIND: Kind = Kind::SalesforceOrganization;
    const SERVICE: Service = Service::Salesforce;

    fn objects(context: &Context) -> &Objects<SalesforceOrganization> {
        &context.objects.organizations
    }

    fn registry(context: &Context) -> &Registry<TenantSecretRow, OrganizationFacts> {
        &context.containers.organizations
    }

    async fn find(
        client: &Client,
        cr: &SalesforceOrganization,
    ) -> Result<Found<OrganizationFacts>, cckm::Error> {
        let Ok(organization) = SalesforceId::parse_organization(&cr.spec.organization_id) else {
            return Ok(Found::Nowhere);
        };
        let listing = client.salesforce().organizations().list(&[]).await?;
        let whole = listing.consistent;
        let (found, others): (Vec<_>, Vec<_>) = listing
            .rows
            .into_iter()
            .partition(|row| row.organization_id.as_ref() == Some(&organization));
        let Some(row) = found.into_iter().next() else {
            return Ok(replaced(cr, others).unwrap_or(Found::of(None, whole)));
        };
        Ok(Found::Here({
            let words = [row.cloud_name, row.organization_type]
                .into_iter()
                .flatten();
            let sandbox = words
                .into_iter()
                .any(|word| word.to_ascii_lowercase().contains("sandbox"));
            OrganizationFacts {
                resource_id: row.id,
                connection: row.connection,
                organization,
                environment: sandbox.then_some(Environment::Sandbox),
            }
        }))
    }

    async fn register(
        client: &Client,
        cr: &SalesforceOrganization,
        connection: &str,
    ) -> Result<(), ActError> {
        let organizations = client.salesforce().organizations();
        let refused = |message: String| Blocker::new(Reason::NotRegistered, message);
        let wanted = SalesforceId::parse_organization(&cr.spec.organization_id)
            .map_err(|error| refused(error.to_string()))?;
        let led_to = organizations.discover(connection).await?.organization_id;
        if let Some(other) = led_to.filter(|other| *other != wanted) {
            let message = format!(
                "Connection {connection} leads to organization {}, not to {}. Name the connection of this organization.",
                other.as_str(),
                wanted.as_str()
            );
            return Err(refused(message).into());
        }
        Ok(organizations.add(connection, &wanted).await?)
    }

    async fn reconnect(
        client: &Client,
        facts: &OrganizationFacts,
        connection: &str,
    ) -> Result<(), cckm::Error> {
        let organizations = client.salesforce().organizations();
        organizations
            .reconnect(&facts.resource_id, connection)
            .await
            .map(|_| ())
    }

    fn connection(facts: &OrganizationFacts) -> Option<&str> {
        facts.connection.as_deref()
    }

    fn resource_id(facts: &OrganizationFacts) -> &str {
        &facts.resource_id
    }

    async fn synchronize(
        client: &Client,
        facts: &OrganizationFacts,
    ) -> Result<SynchronizationJob, cckm::Error> {
        client
            .salesforce()
            .tenant_secrets()
            .synchronize(&[&facts.resource_id])
            .await
    }

    async fn job(client: &Client, id: &str) -> Result<SynchronizationJob, cckm::Error> {
        client
            .salesforce()
            .tenant_secrets()
            .synchronization_job(id)
            .await
    }

    async fn list(
        client: &Client,
        facts: &OrganizationFacts,
    ) -> Result<Listing<TenantSecretRow>, cckm::Error> {
        client
            .salesforce()
            .tenant_secrets()
            .list_of_organization(&facts.organization)
            .await
    }

    fn report(
        cr: &SalesforceOrganization,
        state: &StateOf<Self>,
        said: Said,
        status: &mut SalesforceOrganizationStatus,
    ) {
        status.observed_generation = Some(said.generation);
        status.conditions = Some(said.conditions);
        status.last_handled_reconcile_at = said.handled.or(status.last_handled_reconcile_at.take());
        let Some(facts) = &state.facts else { return };
        status.resource_id = Some(facts.resource_id.clone());
        status.cloud_id = Some(Self::identity(cr));
        status.connection = facts.connection.as_deref().map(name);
        status.last_connection_ok = state.connection_ok;
        status.environment = Some(match facts.environment {
            Some(Environment::Production) => OrganizationEnvironment::Production,
            Some(Environment::Sandbox) => OrganizationEnvironment::Sandbox,
            None => OrganizationEnvironment::Unknown,
        });
        status.types = TenantSecretType::ALL
            .iter()
            .filter_map(|of| type_status(facts, state, *of))
            .collect();
        if let Some(form) = state.learned.as_deref() {
            status.upload_organization_id_form = Some(if form == super::upload::UUID {
                OrganizationIdForm::Uuid
            } else {
                OrganizationIdForm::SalesforceId
            });
        }
    }

    fn recorded(cr: &SalesforceOrganization) -> Option<&str> {
        cr.status.as_ref()?.cloud_id.as_deref()
    }

    fn identity(cr: &SalesforceOrganization) -> String {
        let id = SalesforceId::parse_organization(&cr.spec.organization_id);
        format!(
            "sfdc:{}",
            id.as_ref()
                .map_or(cr.spec.organization_id.as_str(), SalesforceId::as_str)
        )
    }

    fn wake(context: &Context, container: &ObjectRef, changed: &[TenantSecretRow]) {
        let concerns = |of| {
            let of = secret_type(of);
            changed.iter().any(|row| is_of_type(row, of))
        };
        wake::keys(
            context,
            Kind::SalesforceTenantSecret,
            &context.objects.tenant_secrets,
            container,
            |cr| concerns(cr.spec.type_),
        );
        wake::keys(
            context,
            Kind::SalesforceRotation,
            &context.objects.rotations,
            container,
            |cr| concerns(cr.spec.type_),
        );
    }
}

/// A refreshed sandbox is another organization: CM's record of the old one leads to it.
fn replaced(
    cr: &SalesforceOrganization,
    others: Vec<salesforce::Organization>,
) -> Option<Found<OrganizationFacts>> {
    let recorded = cr.status.as_ref()?.resource_id.as_ref()?;
    let same = others.into_iter().find(|row| row.id == *recorded)?;
    let id = same.organization_id?;
    Some(Found::Replaced(format!("sfdc:{}", id.as_str())))
}

/// The counts of one type; nothing where the organization has none of it.
fn type_status(
    facts: &OrganizationFacts,
    state: &StateOf<OrganizationKind>,
    of: TenantSecretType,
) -> Option<SalesforceTypeStatus> {
    let rows = state.rows();
    let count = |status: &TenantSecretStatus| {
        let of_type = rows.values().filter(|row| is_of_type(row, secret_type(of)));
        i32::try_from(
            of_type
                .filter(|row| row.status.as_ref() == Some(status))
                .count(),
        )
        .unwrap_or(i32::MAX)
    };
    let (active, archived, destroyed) = (
        count(&TenantSecretStatus::Active),
        count(&TenantSecretStatus::Archived),
        count(&TenantSecretStatus::Destroyed),
    );
    (active + archived + destroyed > 0).then(|| SalesforceTypeStatus {
        type_: of,
        active,
        archived,
        destroyed,
        next_rotation_after: facts
            .next_rotation(rows.values(), secret_type(of))
            .map(time),
    })
}
