//! Salesforce's part of a described world.

use crate::{
    manager::{
        record::Record,
        salesforce::{Certificate as CertificateRow, Organization as OrganizationRow, Origin},
    },
    seeding::Added,
    state::State,
    world::{description, salesforce},
};

impl State {
    pub(crate) fn add_organization(
        &mut self,
        described: &description::SalesforceOrganization,
        added: &mut Added,
    ) -> Result<(), String> {
        let organization_id = described
            .organization_id
            .clone()
            .unwrap_or_else(|| self.identifiers.salesforce("00D"));
        if self.salesforce.organizations.contains_key(&organization_id) {
            return Err(format!(
                "the Salesforce organization {organization_id} already exists"
            ));
        }
        if !organization_id.starts_with("00D") {
            return Err(format!(
                "the Salesforce organization ID {organization_id:?} does not start with 00D"
            ));
        }
        let mut organization = salesforce::Organization {
            organization_id: organization_id.clone(),
            name: described.name.clone(),
            sandbox: described.sandbox,
            user_id: self.identifiers.salesforce("005"),
            last_version: 0,
            tenant_secrets: Vec::new(),
            certificates: Vec::new(),
        };
        let connection = self.connection("salesforce", &described.connection, None);
        if let Ok(connection) = self.manager.connections.get_mut(&connection, self.now) {
            connection.organization_id = Some(organization_id.clone());
        }
        let row_id = self.given_or_drawn(described.id.as_ref());
        if described.registered {
            added.note("organizations", &organization_id, &row_id);
            self.manager.organizations.push(OrganizationRow {
                record: Record::new(row_id.clone(), self.now),
                name: described.name.clone(),
                organization_id: organization_id.clone(),
                connection: described.connection.clone(),
            });
        }
        for certificate in &described.certificates {
            self.add_certificate(
                &mut organization,
                certificate,
                described.registered.then_some(&row_id),
                added,
            );
        }
        for secret in &described.tenant_secrets {
            self.add_tenant_secret(
                &mut organization,
                secret,
                described.registered.then_some(&row_id),
                added,
            )?;
        }
        self.salesforce
            .organizations
            .insert(organization_id, organization);
        Ok(())
    }

    fn add_certificate(
        &mut self,
        organization: &mut salesforce::Organization,
        described: &description::SalesforceCertificate,
        row_id: Option<&String>,
        added: &mut Added,
    ) {
        let seen = salesforce::Certificate::new(
            self.identifiers.salesforce("0P1"),
            described.name.clone(),
            self.now,
            described.days,
        );
        organization.certificates.push(seen.clone());
        if let (Some(row_id), true) = (row_id, described.known) {
            let id = self.given_or_drawn(described.id.as_ref());
            added.note("certificates", &described.name, &id);
            self.manager.certificates.push(CertificateRow {
                record: Record::new(id, self.now),
                organization: row_id.clone(),
                sfdc_org_id: organization.organization_id.clone(),
                seen,
                gone: false,
            });
        }
    }

    fn add_tenant_secret(
        &mut self,
        organization: &mut salesforce::Organization,
        described: &description::TenantSecret,
        row_id: Option<&String>,
        added: &mut Added,
    ) -> Result<(), String> {
        let version = described.version.unwrap_or(organization.last_version + 1);
        if organization
            .tenant_secrets
            .iter()
            .any(|secret| secret.version == version)
        {
            return Err(format!(
                "the version {version} exists twice in {}",
                organization.organization_id
            ));
        }
        let active = salesforce::SecretStatus::Active;
        if described.status == active
            && organization
                .of_type(described.r#type)
                .any(|other| other.status == active)
        {
            return Err(format!(
                "{} has two ACTIVE tenant secrets of one type",
                organization.organization_id
            ));
        }
        organization.last_version = organization.last_version.max(version);
        let created = described.created.unwrap_or(self.now);
        let mut seen = salesforce::TenantSecret {
            salesforce_id: self.identifiers.salesforce("02G"),
            r#type: described.r#type,
            version,
            status: described.status,
            source: described.source,
            created_date: created,
            last_modified_date: created,
            user_id: organization.user_id.clone(),
            secret_value: Some(self.identifiers.backup()),
        };
        // The backup dates from before the material was destroyed.
        let backup = self.back_up_tenant_secret(&organization.organization_id, &seen);
        if described.status == salesforce::SecretStatus::Destroyed {
            seen.secret_value = None;
        }
        organization.tenant_secrets.push(seen.clone());
        if let (Some(row_id), true) = (row_id, described.known) {
            let mut row = self.new_tenant_secret_row(
                row_id,
                &organization.organization_id,
                seen,
                Origin::Native,
            );
            row.record.id = self.given_or_drawn(described.id.as_ref());
            row.backup = backup.filter(|_| described.backup);
            let name = format!(
                "{}/{:?}/{version}",
                organization.organization_id, described.r#type
            );
            added.note("tenant_secrets", &name, &row.record.id);
            self.manager.tenant_secrets.push(row);
        }
        Ok(())
    }
}
