//! Reading Azure's truth into CM's rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    manager::{
        azure::{Backup, Secret, Status},
        record::Record,
    },
    state::State,
    switches::Vanished,
    world::azure,
};

impl State {
    /// Keeps a copy of a secret and returns the copy's ID.
    pub(crate) fn back_up_azure(&mut self, secret: &azure::Secret) -> String {
        let id = self.identifiers.backup();
        let backup = Backup {
            taken_at: self.now,
            secret: secret.clone(),
        };
        self.manager.azure_backups.insert(id.clone(), backup);
        id
    }

    /// A row for a version that CM has not known.
    pub(crate) fn new_azure_row(
        &mut self,
        vault_id: &str,
        secret: &azure::Secret,
        seen: azure::Version,
        origin: &'static str,
        caller: &str,
    ) -> Secret {
        let backup = self.back_up_azure(secret);
        let id = self.identifiers.uuid();
        let soft_deleted = secret.deleted.is_some();
        Secret {
            record: Record::new(id, self.now),
            secret_name: secret.name.clone(),
            key_vault_id: vault_id.to_owned(),
            status: if soft_deleted {
                Status::SoftDeleted
            } else {
                Status::Available
            },
            deleted: false,
            secret_soft_deleted_in_azure: soft_deleted,
            gone: false,
            backup: Some(backup),
            backup_at: Some(self.now),
            synced_at: self.now,
            created_by: caller.to_owned(),
            modified_by: caller.to_owned(),
            key_material_origin: origin,
            seen,
        }
    }

    /// Reads one vault, by CM's ID; only the first half of its secrets when `half`.
    pub(crate) fn sync_azure_vault(&mut self, vault_id: &str, half: bool) {
        let (now, vanished) = (self.now, self.switches.azure_vanished_soft_deleted);
        let Some(row) = self
            .manager
            .azure_vaults
            .find_mut(|vault| vault.record.id == vault_id)
        else {
            return;
        };
        row.synced_at = Some(now);
        let Some(vault) = self.azure.vaults.get(&row.azure_name) else {
            return;
        };
        row.retention_days = vault.retention_days;
        row.purge_protection = vault.purge_protection;
        row.soft_delete = vault.soft_delete;
        row.recovery_level = vault.recovery_level();
        let count = if half {
            vault.secrets.len().div_ceil(2)
        } else {
            vault.secrets.len()
        };
        let secrets: Vec<azure::Secret> = vault.secrets.values().take(count).cloned().collect();

        let mut known: BTreeMap<(String, String), &mut Secret> = self
            .manager
            .azure_secrets
            .all_mut()
            .iter_mut()
            .filter(|row| row.key_vault_id == vault_id)
            .map(|row| {
                (
                    (
                        row.secret_name.to_ascii_lowercase(),
                        row.seen.version.clone(),
                    ),
                    row,
                )
            })
            .collect();
        let mut found = BTreeSet::new();
        let mut unknown = Vec::new();
        for secret in &secrets {
            for version in &secret.versions {
                let key = (secret.name.to_ascii_lowercase(), version.version.clone());
                match known.get_mut(&key) {
                    Some(row) => row.see(secret, version, now),
                    None => unknown.push((secret, version.clone())),
                }
                found.insert(key);
            }
        }
        if !half {
            for row in known
                .iter_mut()
                .filter(|(key, _)| !found.contains(*key))
                .map(|(_, row)| row)
            {
                row.gone = true;
                if row.status == Status::SoftDeleted && vanished == Vanished::Deleted {
                    row.status = Status::Deleted;
                    row.deleted = true;
                }
                row.synced_at = now;
                row.record.updated_at = now;
            }
        }
        for (secret, version) in unknown {
            let row = self.new_azure_row(vault_id, secret, version, "native", "");
            self.manager.azure_secrets.push(row);
        }
    }
}

impl Secret {
    /// Takes over what Azure shows of this version.
    fn see(&mut self, secret: &azure::Secret, version: &azure::Version, now: Timestamp) {
        self.seen = version.clone();
        self.gone = false;
        self.deleted = false;
        self.secret_soft_deleted_in_azure = secret.deleted.is_some();
        self.status = if secret.deleted.is_some() {
            Status::SoftDeleted
        } else {
            Status::Available
        };
        self.synced_at = now;
        self.record.updated_at = now;
    }
}
