//! Oracle Cloud's part of a described world.

use crate::{
    clock::days_later,
    seeding::Added,
    state::State,
    world::{
        description,
        oci::{Key, Lifecycle, LifecycleState, Vault},
        oci_rules,
        oci_versions::KeyVersion,
    },
};

impl State {
    pub(crate) fn add_oci(
        &mut self,
        described: &description::Oci,
        added: &mut Added,
    ) -> Result<(), String> {
        self.oci
            .tag_namespaces
            .extend(described.tag_namespaces.iter().cloned());
        for compartment in &described.compartments {
            let id = &compartment.compartment_id;
            self.oci
                .compartments
                .insert(id.clone(), compartment.name.clone());
            if let Some(connection) = &compartment.connection {
                self.connection("oci", connection, None);
                let row = self.add_oci_compartment(id, connection);
                added.note("oci_compartments", &compartment.name, &row.record.id);
            }
        }
        described
            .vaults
            .iter()
            .try_for_each(|vault| self.add_oci_vault(vault, added))
    }

    fn add_oci_vault(
        &mut self,
        described: &description::OciVault,
        added: &mut Added,
    ) -> Result<(), String> {
        let vault_id = described
            .vault_id
            .clone()
            .unwrap_or_else(|| self.identifiers.ocid("vault"));
        if self.oci.vaults.contains_key(&vault_id) {
            return Err(format!("the OCI vault {vault_id} already exists"));
        }
        self.oci
            .compartments
            .entry(described.compartment_id.clone())
            .or_insert_with(|| {
                described
                    .compartment_id
                    .rsplit('.')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            });
        self.connection("oci", &described.connection, None);
        let vault = Vault {
            vault_id: vault_id.clone(),
            display_name: described.name.clone(),
            compartment_id: described.compartment_id.clone(),
            tenancy: described.tenancy.clone(),
            region: described.region.clone(),
            vault_type: described.vault_type.clone(),
            time_created: self.now,
        };
        self.oci.vaults.insert(vault_id, vault.clone());
        let mut row_id = None;
        if described.registered {
            let row =
                self.oci_vault_row(vault.clone(), &described.connection, described.id.clone());
            added.note("oci_vaults", &described.name, &row.record.id);
            row_id = Some(row.record.id.clone());
            self.manager.oci_vaults.push(row);
        }
        for key in &described.keys {
            let truth = self.described_oci_key(&vault, key)?;
            self.oci.keys.push(truth.clone());
            if let (Some(row_id), true) = (&row_id, key.known) {
                let mut row = self.new_oci_row(row_id, truth, "native", None);
                row.record.id = self.given_or_drawn(key.id.as_ref());
                added.note(
                    "oci_keys",
                    &format!("{}/{}", described.name, key.name),
                    &row.record.id,
                );
                self.manager.oci_keys.push(row);
            }
        }
        Ok(())
    }

    fn described_oci_key(
        &mut self,
        vault: &Vault,
        described: &description::OciKey,
    ) -> Result<Key, String> {
        let refused = |refusal| format!("the OCI key {}: {refusal:?}", described.name);
        oci_rules::check_shape(
            &described.algorithm,
            described.length,
            described.curve_id.as_deref(),
        )
        .and_then(|()| oci_rules::check_protection_mode(&described.protection_mode))
        .and_then(|()| oci_rules::check_freeform_tags(&described.freeform_tags))
        .map_err(refused)?;
        self.oci
            .tag_namespaces
            .extend(described.defined_tags.keys().cloned());
        let now = self.now;
        let mut lifecycle = Lifecycle::settled(described.state);
        match described.state {
            LifecycleState::Enabled | LifecycleState::Disabled | LifecycleState::Deleted => {}
            LifecycleState::PendingDeletion => {
                lifecycle.time_of_deletion = Some(days_later(now, described.days));
            }
            other => {
                return Err(format!(
                    "the OCI key {} can't start as {other:?}",
                    described.name
                ));
            }
        }
        let created = described.created.unwrap_or(now);
        let versions = (0..described.versions.max(1))
            .map(|_| KeyVersion {
                version_id: self.identifiers.ocid("keyversion"),
                lifecycle: Lifecycle::settled(LifecycleState::Enabled),
                origin: "INTERNAL",
                time_created: created,
                restored_from_key_version_id: None,
            })
            .collect();
        Ok(Key {
            key_id: described
                .key_id
                .clone()
                .unwrap_or_else(|| self.identifiers.ocid("key")),
            vault_id: vault.vault_id.clone(),
            display_name: described.name.clone(),
            compartment_id: vault.compartment_id.clone(),
            algorithm: described.algorithm.clone(),
            length: described.length,
            curve_id: described.curve_id.clone(),
            protection_mode: described.protection_mode.clone(),
            lifecycle,
            time_created: created,
            freeform_tags: described.freeform_tags.clone(),
            defined_tags: described.defined_tags.clone(),
            is_primary: described.is_primary,
            restored_from_key_id: None,
            versions,
        })
    }
}
