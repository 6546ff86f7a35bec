//! Azure's part of a described world.

use crate::{
    clock::days_later,
    seeding::Added,
    state::State,
    world::{azure, azure_rules, description},
};

impl State {
    pub(crate) fn add_azure_vault(
        &mut self,
        described: &description::AzureVault,
        added: &mut Added,
    ) -> Result<(), String> {
        let name = &described.name;
        if self.azure.vaults.contains_key(name) {
            return Err(format!("the Azure vault {name} already exists"));
        }
        if name.is_empty() || !(7..=90).contains(&described.retention_days) {
            return Err(format!(
                "the Azure vault {name:?} needs a name and retention_days of 7 to 90"
            ));
        }
        let mut vault = azure::Vault {
            name: name.clone(),
            subscription_id: described.subscription_id.clone(),
            tenant: described.tenant.clone(),
            region: described.region.clone(),
            soft_delete: described.soft_delete,
            retention_days: described.retention_days,
            purge_protection: described.purge_protection,
            secrets: std::collections::BTreeMap::new(),
        };
        let mut versions = Vec::new();
        for secret in &described.secrets {
            versions.push(self.add_azure_version(&mut vault, secret)?);
        }
        self.connection("azure", &described.connection, None);
        if described.registered {
            let row = self.azure_vault_row(&vault, &described.connection, described.id.clone());
            let vault_id = row.record.id.clone();
            added.note("azure_vaults", name, &vault_id);
            self.manager.azure_vaults.push(row);
            for (secret, version) in described
                .secrets
                .iter()
                .zip(versions)
                .filter(|(secret, _)| secret.known)
            {
                let Some(truth) = vault
                    .secrets
                    .get(&secret.name.to_ascii_lowercase())
                    .cloned()
                else {
                    continue;
                };
                let mut row = self.new_azure_row(&vault_id, &truth, version, "native", "");
                row.record.id = self.given_or_drawn(secret.id.as_ref());
                added.note(
                    "azure_secrets",
                    &format!("{name}/{}", secret.name),
                    &row.record.id,
                );
                self.manager.azure_secrets.push(row);
            }
        }
        self.azure.vaults.insert(name.clone(), vault);
        Ok(())
    }

    fn add_azure_version(
        &mut self,
        vault: &mut azure::Vault,
        described: &description::AzureSecret,
    ) -> Result<azure::Version, String> {
        let created = described.created.unwrap_or(self.now);
        let version = azure::Version {
            version: self.identifiers.azure_version(),
            value: described.value.clone(),
            content_type: described.content_type.clone(),
            tags: described.tags.clone(),
            enabled: described.enabled,
            exp: described.exp,
            nbf: described.nbf,
            created,
            updated: created,
        };
        let refused = |refusal| format!("the Azure secret {}: {refusal:?}", described.name);
        azure_rules::check(&described.name, &version).map_err(refused)?;
        let secret = vault
            .secrets
            .entry(described.name.to_ascii_lowercase())
            .or_insert_with(|| azure::Secret {
                name: described.name.clone(),
                versions: Vec::new(),
                deleted: None,
                recovering_until: None,
            });
        secret.versions.push(version.clone());
        if described.deleted {
            secret.deleted = Some(azure::Deletion {
                at: self.now,
                scheduled_purge_at: days_later(self.now, vault.retention_days),
                deleting_until: self.now,
            });
        }
        Ok(version)
    }
}
