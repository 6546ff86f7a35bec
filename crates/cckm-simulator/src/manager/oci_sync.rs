//! Reading Oracle Cloud's truth into CM's rows: by synchronization, by refresh, after a restore.

use std::collections::BTreeMap;

use crate::{
    manager::{
        oci::{Key, KeyVersion, Source},
        record::Record,
    },
    state::State,
    switches::FinalDeletion,
    world::oci::{self, LifecycleState},
};

impl State {
    /// A row for a key that CM has not known.
    pub(crate) fn new_oci_row(
        &mut self,
        cckm_vault_id: &str,
        seen: oci::Key,
        origin: &'static str,
        source: Option<&Source>,
    ) -> Key {
        let versions = seen
            .versions
            .iter()
            .map(|version| KeyVersion {
                record: Record::new(self.identifiers.uuid(), self.now),
                source: source.cloned(),
                seen: version.clone(),
            })
            .collect();
        Key {
            record: Record::new(self.identifiers.uuid(), self.now),
            cckm_vault_id: cckm_vault_id.to_owned(),
            compartment_name: self.oci.compartment_name(&seen.compartment_id),
            key_material_origin: origin,
            refreshed_at: self.now,
            gone: false,
            auto_rotate: false,
            labels: BTreeMap::new(),
            backup: Some(self.identifiers.backup()),
            restoring: None,
            versions,
            seen,
        }
    }

    /// Reads one key into its row, by CM's ID, at somebody's wish.
    pub(crate) fn refresh_oci_key(&mut self, id: &str) {
        self.read_oci_key(id);
        let now = self.now;
        if let Some(row) = self.manager.oci_keys.find_mut(|row| row.record.id == id) {
            row.refreshed_at = now;
        }
    }

    /// Takes what the cloud shows of one key into its row, by CM's ID.
    pub(crate) fn read_oci_key(&mut self, id: &str) {
        let now = self.now;
        let shown = self.switches.oci_final_deletion;
        let Some(row) = self.manager.oci_keys.find_mut(|row| row.record.id == id) else {
            return;
        };
        row.record.updated_at = now;
        let Ok(seen) = self.oci.key(&row.seen.key_id) else {
            row.gone = true;
            return;
        };
        let deleted = seen.lifecycle.state == LifecycleState::Deleted;
        row.gone = deleted && shown != FinalDeletion::State;
        if deleted && shown == FinalDeletion::Gone {
            return;
        }
        row.seen = seen.clone();
        row.compartment_name = self.oci.compartment_name(&seen.compartment_id);
        for version in &seen.versions {
            let known = row.versions.iter_mut().find(|known| {
                known.seen.version_id == version.version_id
                    || version.restored_from_key_version_id.as_ref() == Some(&known.seen.version_id)
            });
            if let Some(known) = known {
                known.seen = version.clone();
                known.record.updated_at = now;
            } else {
                let record = Record::new(self.identifiers.uuid(), now);
                row.versions.push(KeyVersion {
                    record,
                    source: None,
                    seen: version.clone(),
                });
            }
        }
    }

    /// Reads one vault, by CM's ID; only the first half of its keys when `half`.
    pub(crate) fn sync_oci_vault(&mut self, cckm_vault_id: &str, half: bool) {
        let now = self.now;
        let Some(vault) = self
            .manager
            .oci_vaults
            .find_mut(|vault| vault.record.id == cckm_vault_id)
        else {
            return;
        };
        vault.refreshed_at = now;
        let vault_id = vault.seen.vault_id.clone();
        let mut keys: Vec<oci::Key> = self
            .oci
            .keys
            .iter()
            .filter(|key| key.vault_id == vault_id)
            .cloned()
            .collect();
        if half {
            keys.truncate(keys.len().div_ceil(2));
        }
        let known: BTreeMap<String, String> = self
            .manager
            .oci_keys
            .all()
            .iter()
            .filter(|row| row.cckm_vault_id == cckm_vault_id)
            .map(|row| (row.seen.key_id.clone(), row.record.id.clone()))
            .collect();
        for (key_id, id) in &known {
            if !half || keys.iter().any(|key| key.key_id == *key_id) {
                self.refresh_oci_key(id);
            }
        }
        for key in keys {
            let wanted = key.lifecycle.state != LifecycleState::Deleted
                && !self.manager.oci_forgotten.contains(&key.key_id);
            if wanted && !known.contains_key(&key.key_id) {
                let row = self.new_oci_row(cckm_vault_id, key, "native", None);
                self.manager.oci_keys.push(row);
            }
        }
    }

    /// Takes over a restored key.
    pub(crate) fn finish_oci_restore(&mut self, id: &str) {
        let Some(row) = self.manager.oci_keys.find_mut(|row| row.record.id == id) else {
            return;
        };
        if let Some(restored) = row.restoring.take() {
            row.seen.key_id = restored;
            self.refresh_oci_key(id);
        }
    }
}
