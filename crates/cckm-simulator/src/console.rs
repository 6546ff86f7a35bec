//! Changes made in the clouds' own consoles: real there, unknown to CM until it looks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    http::refusal::{Refusal, invalid, not_found},
    state::State,
    world::{azure, azure_rules, oci, oci_rules, salesforce},
};

/// A change of a cloud. Organizations are named by their `00D` ID, Azure secrets by vault and name,
/// OCI keys by OCID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Makes a tenant secret, which archives the ACTIVE one.
    SalesforceRotate {
        /// `00D` ID.
        organization_id: String,
        /// Type.
        r#type: salesforce::SecretType,
    },
    /// Destroys an ARCHIVED tenant secret.
    SalesforceDestroy {
        /// `00D` ID.
        organization_id: String,
        /// Version of the tenant secret.
        version: u64,
    },
    /// Makes a certificate.
    SalesforceCreateCertificate {
        /// `00D` ID.
        organization_id: String,
        /// Name.
        name: String,
        /// For how many days it is good: 730 if left out.
        #[serde(default)]
        days: Option<u16>,
    },
    /// Deletes a certificate.
    SalesforceDeleteCertificate {
        /// `00D` ID.
        organization_id: String,
        /// Name.
        name: String,
    },
    /// Refreshes a sandbox: it is another organization from now on, and whatever led to the old one leads to it.
    SalesforceRefreshSandbox {
        /// `00D` ID.
        organization_id: String,
        /// The new one.
        refreshed_as: String,
    },
    /// Sets a secret's value: its first version, or a new one.
    AzureSet {
        /// Vault.
        vault: String,
        /// Secret.
        name: String,
        /// Value.
        value: String,
        /// Tags.
        #[serde(default)]
        tags: BTreeMap<String, String>,
        /// Content type.
        #[serde(default)]
        content_type: Option<String>,
    },
    /// Changes the newest version's attributes; absent ones stay.
    AzureUpdate {
        /// Vault.
        vault: String,
        /// Secret.
        name: String,
        /// All tags.
        #[serde(default)]
        tags: Option<BTreeMap<String, String>>,
        /// Content type.
        #[serde(default)]
        content_type: Option<String>,
        /// Whether it may be used.
        #[serde(default)]
        enabled: Option<bool>,
    },
    /// Deletes a secret: softly where the vault does that.
    AzureDelete {
        /// Vault.
        vault: String,
        /// Secret.
        name: String,
    },
    /// Recovers a soft-deleted secret.
    AzureRecover {
        /// Vault.
        vault: String,
        /// Secret.
        name: String,
    },
    /// Purges a soft-deleted secret.
    AzurePurge {
        /// Vault.
        vault: String,
        /// Secret.
        name: String,
    },
    /// Enables a DISABLED key.
    OciEnable {
        /// OCID.
        key_id: String,
    },
    /// Disables an ENABLED key.
    OciDisable {
        /// OCID.
        key_id: String,
    },
    /// Schedules a key's deletion.
    OciScheduleDeletion {
        /// OCID.
        key_id: String,
        /// 7 to 30.
        days: i64,
    },
    /// Takes back a key's scheduled deletion.
    OciCancelDeletion {
        /// OCID.
        key_id: String,
    },
    /// Replaces a key's freeform tags.
    OciTag {
        /// OCID.
        key_id: String,
        /// All freeform tags.
        freeform_tags: BTreeMap<String, String>,
    },
    /// Renames a key.
    OciRename {
        /// OCID.
        key_id: String,
        /// Display name.
        display_name: String,
    },
}

impl State {
    /// Makes a change and returns the changed object as the cloud has it.
    pub(crate) fn console(&mut self, change: &Change) -> Result<Value, String> {
        self.change(change).map_err(|refusal| {
            let (status, body) = refusal.answer(&self.switches, "console");
            format!(
                "{status}: {}",
                body["codeDesc"].as_str().unwrap_or_default()
            )
        })
    }

    fn change(&mut self, change: &Change) -> Result<Value, Refusal> {
        match change {
            Change::SalesforceRotate { .. }
            | Change::SalesforceDestroy { .. }
            | Change::SalesforceCreateCertificate { .. }
            | Change::SalesforceDeleteCertificate { .. } => self.change_salesforce(change),
            Change::SalesforceRefreshSandbox {
                organization_id,
                refreshed_as,
            } => self.refresh_sandbox(organization_id, refreshed_as),
            Change::AzureSet { .. }
            | Change::AzureUpdate { .. }
            | Change::AzureDelete { .. }
            | Change::AzureRecover { .. }
            | Change::AzurePurge { .. } => self.change_azure(change),
            Change::OciEnable { key_id }
            | Change::OciDisable { key_id }
            | Change::OciScheduleDeletion { key_id, .. }
            | Change::OciCancelDeletion { key_id }
            | Change::OciTag { key_id, .. }
            | Change::OciRename { key_id, .. } => self.change_oci(key_id, change),
        }
    }

    fn refresh_sandbox(&mut self, before: &str, after: &str) -> Result<Value, Refusal> {
        let organizations = &mut self.salesforce.organizations;
        let mut organization = organizations.remove(before).ok_or_else(not_found)?;
        after.clone_into(&mut organization.organization_id);
        let refreshed = json!(organization);
        organizations.insert(after.to_owned(), organization);
        let registered = self.manager.organizations.all_mut().iter_mut();
        for row in registered.filter(|row| row.organization_id == before) {
            after.clone_into(&mut row.organization_id);
        }
        let connections = self.manager.connections.all_mut().iter_mut();
        for row in connections.filter(|row| row.organization_id.as_deref() == Some(before)) {
            row.organization_id = Some(after.to_owned());
        }
        Ok(refreshed)
    }

    fn change_salesforce(&mut self, change: &Change) -> Result<Value, Refusal> {
        let (now, enforced) = (self.now, self.switches.sfdc_rotation_interval_enforced);
        match change {
            Change::SalesforceRotate {
                organization_id,
                r#type,
            } => {
                let organization = self.salesforce.organization_mut(organization_id)?;
                let source = salesforce::SecretSource::Hsm;
                organization
                    .create(*r#type, source, now, enforced, &mut self.identifiers)
                    .map(|secret| json!(secret))
            }
            Change::SalesforceDestroy {
                organization_id,
                version,
            } => {
                let organization = self.salesforce.organization_mut(organization_id)?;
                let secret = organization
                    .tenant_secrets
                    .iter()
                    .find(|secret| secret.version == *version);
                let id = secret.ok_or_else(not_found)?.salesforce_id.clone();
                organization.destroy(&id, now).map(|secret| json!(secret))
            }
            Change::SalesforceCreateCertificate {
                organization_id,
                name,
                days,
            } => {
                let salesforce_id = self.identifiers.salesforce("0P1");
                let organization = self.salesforce.organization_mut(organization_id)?;
                let days = days.unwrap_or(salesforce::CERTIFICATE_DAYS);
                let certificate =
                    salesforce::Certificate::new(salesforce_id, name.clone(), now, days);
                organization.certificates.push(certificate.clone());
                Ok(json!(certificate))
            }
            Change::SalesforceDeleteCertificate {
                organization_id,
                name,
            } => {
                let organization = self.salesforce.organization_mut(organization_id)?;
                organization
                    .certificates
                    .retain(|certificate| certificate.name != *name);
                Ok(json!(organization.certificates))
            }
            _ => Err(invalid("not a change of Salesforce")),
        }
    }

    fn change_azure(&mut self, change: &Change) -> Result<Value, Refusal> {
        let now = self.now;
        match change {
            Change::AzureSet {
                vault,
                name,
                value,
                tags,
                content_type,
            } => {
                let version = azure::Version {
                    version: self.identifiers.azure_version(),
                    value: value.clone(),
                    content_type: content_type.clone(),
                    tags: tags.clone(),
                    enabled: true,
                    exp: None,
                    nbf: None,
                    created: now,
                    updated: now,
                };
                self.azure
                    .vault_mut(vault)?
                    .set(name, version)
                    .map(|secret| json!(secret))
            }
            Change::AzureUpdate {
                vault,
                name,
                tags,
                content_type,
                enabled,
            } => {
                let secret = self.azure.vault_mut(vault)?.live(name, now)?;
                let version = secret.versions.last_mut().ok_or_else(not_found)?;
                let mut changed = version.clone();
                changed.tags = tags.clone().unwrap_or(changed.tags);
                changed.content_type = content_type.clone().or(changed.content_type);
                changed.enabled = enabled.unwrap_or(changed.enabled);
                changed.updated = now;
                azure_rules::check_attributes(&changed)?;
                *version = changed;
                Ok(json!(secret))
            }
            Change::AzureDelete { vault, name } => {
                let vault = self.azure.vault_mut(vault)?;
                vault
                    .delete(name, now, &self.switches)
                    .map(|()| json!(vault.secrets.get(&name.to_ascii_lowercase())))
            }
            Change::AzureRecover { vault, name } => {
                let vault = self.azure.vault_mut(vault)?;
                vault
                    .recover(name, now, &self.switches)
                    .map(|()| json!(vault.secrets.get(&name.to_ascii_lowercase())))
            }
            Change::AzurePurge { vault, name } => self
                .azure
                .vault_mut(vault)?
                .purge(name, now)
                .map(|()| Value::Null),
            _ => Err(invalid("not a change of Azure")),
        }
    }

    fn change_oci(&mut self, key_id: &str, change: &Change) -> Result<Value, Refusal> {
        let (now, switches) = (self.now, &self.switches);
        let key = self.oci.key_mut(key_id)?;
        match change {
            Change::OciEnable { .. } => key.enable(now, switches)?,
            Change::OciDisable { .. } => key.disable(now, switches)?,
            Change::OciScheduleDeletion { days, .. } => {
                oci_rules::check_days(*days)?;
                key.lifecycle
                    .schedule_deletion(*days, now, switches.oci_transition_seconds)?;
            }
            Change::OciCancelDeletion { .. } => key.lifecycle.cancel_deletion(now, switches)?,
            Change::OciTag { freeform_tags, .. } => {
                oci_rules::check_freeform_tags(freeform_tags)?;
                key.change(now, switches, |key: &mut oci::Key| {
                    key.freeform_tags.clone_from(freeform_tags);
                })?;
            }
            Change::OciRename { display_name, .. } => {
                oci_rules::check_name(display_name)?;
                key.change(now, switches, |key: &mut oci::Key| {
                    key.display_name.clone_from(display_name);
                })?;
            }
            _ => return Err(invalid("not a change of Oracle Cloud")),
        }
        Ok(json!(key))
    }
}
