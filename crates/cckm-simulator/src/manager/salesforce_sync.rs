//! Reading Salesforce's truth into CM's rows.

use std::collections::BTreeMap;

use crate::{
    manager::{
        record::Record,
        salesforce::{Backup, Certificate, Origin, TenantSecret},
    },
    state::State,
    world::salesforce,
};

impl State {
    /// A copy of a tenant secret that still has material.
    pub(crate) fn back_up_tenant_secret(
        &mut self,
        organization_id: &str,
        secret: &salesforce::TenantSecret,
    ) -> Option<Backup> {
        let material = secret.secret_value.clone()?;
        let name = format!(
            "{organization_id}:{:?}:{}:{}",
            secret.r#type, secret.version, secret.salesforce_id
        );
        Some(Backup {
            id: self.identifiers.backup(),
            name,
            material,
        })
    }

    /// A row for a tenant secret that CM has not known.
    pub(crate) fn new_tenant_secret_row(
        &mut self,
        organization: &str,
        sfdc_org_id: &str,
        seen: salesforce::TenantSecret,
        origin: Origin,
    ) -> TenantSecret {
        TenantSecret {
            record: Record::new(self.identifiers.uuid(), self.now),
            name: None,
            organization: organization.to_owned(),
            sfdc_org_id: sfdc_org_id.to_owned(),
            origin,
            auto_rotate: false,
            backup: self.back_up_tenant_secret(sfdc_org_id, &seen),
            certificate_id: None,
            upload: None,
            seen,
        }
    }

    /// Reads one organization, by CM's ID; only the first half of its secrets when `half`.
    pub(crate) fn sync_tenant_secrets(&mut self, organization: &str, half: bool) {
        let now = self.now;
        let Some(row) = self
            .manager
            .organizations
            .find(|row| row.record.id == organization)
        else {
            return;
        };
        let sfdc_org_id = row.organization_id.clone();
        let Some(cloud) = self.salesforce.organizations.get(&sfdc_org_id) else {
            return;
        };
        let mut secrets = cloud.tenant_secrets.clone();
        if half {
            secrets.truncate(secrets.len().div_ceil(2));
        }
        let mut known: BTreeMap<String, &mut TenantSecret> = self
            .manager
            .tenant_secrets
            .all_mut()
            .iter_mut()
            .filter(|row| row.organization == organization)
            .map(|row| (row.seen.salesforce_id.clone(), row))
            .collect();
        let mut unknown = Vec::new();
        for secret in secrets {
            match known.get_mut(&secret.salesforce_id) {
                Some(row) => {
                    row.seen = secret;
                    row.record.updated_at = now;
                }
                None => unknown.push(secret),
            }
        }
        for secret in unknown {
            let name = format!("{}-{:?}", secret.salesforce_id, secret.r#type);
            let mut row =
                self.new_tenant_secret_row(organization, &sfdc_org_id, secret, Origin::Native);
            row.name = Some(name);
            self.manager.tenant_secrets.push(row);
        }
    }

    /// Reads the certificates of one organization, by CM's ID.
    pub(crate) fn sync_certificates(&mut self, organization: &str, half: bool) {
        let now = self.now;
        let Some(row) = self
            .manager
            .organizations
            .find(|row| row.record.id == organization)
        else {
            return;
        };
        let sfdc_org_id = row.organization_id.clone();
        let Some(cloud) = self.salesforce.organizations.get(&sfdc_org_id) else {
            return;
        };
        let mut certificates = cloud.certificates.clone();
        if half {
            certificates.truncate(certificates.len().div_ceil(2));
        }
        for row in self
            .manager
            .certificates
            .all_mut()
            .iter_mut()
            .filter(|row| row.organization == organization)
        {
            let found = certificates
                .iter()
                .position(|seen| seen.salesforce_id == row.seen.salesforce_id);
            if let Some(index) = found {
                row.seen = certificates.remove(index);
                row.gone = false;
            } else if !half {
                row.gone = true;
            }
            row.record.updated_at = now;
        }
        for seen in certificates {
            let row = Certificate {
                record: Record::new(self.identifiers.uuid(), now),
                organization: organization.to_owned(),
                sfdc_org_id: sfdc_org_id.clone(),
                seen,
                gone: false,
            };
            self.manager.certificates.push(row);
        }
    }
}
