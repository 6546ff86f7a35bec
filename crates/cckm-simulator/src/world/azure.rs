//! Azure Key Vault: secrets by name, each with versions; soft-delete, purge and recovery.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    clock::{days_later, seconds_later},
    http::refusal::{Refusal, conflict, wrong_state},
    switches::Switches,
};

#[derive(Debug, Default, Serialize)]
pub(crate) struct Cloud {
    /// By name, which is unique in all of Azure.
    pub(crate) vaults: BTreeMap<String, Vault>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Vault {
    pub(crate) name: String,
    pub(crate) subscription_id: String,
    pub(crate) tenant: String,
    pub(crate) region: String,
    pub(crate) soft_delete: bool,
    /// 7 to 90.
    pub(crate) retention_days: i64,
    pub(crate) purge_protection: bool,
    /// By name in small letters: names are the same without regard to case.
    pub(crate) secrets: BTreeMap<String, Secret>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    /// Oldest first; never empty.
    pub(crate) versions: Vec<Version>,
    pub(crate) deleted: Option<Deletion>,
    /// Until then the secret is being recovered and can't be changed.
    pub(crate) recovering_until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Deletion {
    pub(crate) at: Timestamp,
    pub(crate) scheduled_purge_at: Timestamp,
    /// Until then Azure is still deleting, and neither purge nor recover is possible.
    pub(crate) deleting_until: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Version {
    pub(crate) version: String,
    pub(crate) value: String,
    pub(crate) content_type: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) enabled: bool,
    /// Seconds since 1970.
    pub(crate) exp: Option<i64>,
    /// Seconds since 1970.
    pub(crate) nbf: Option<i64>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Cloud {
    pub(crate) fn vault_mut(&mut self, name: &str) -> Result<&mut Vault, Refusal> {
        self.vaults
            .get_mut(name)
            .ok_or_else(|| Refusal::NotFound(format!("VaultNotFound: no vault is named {name}")))
    }

    /// Purges what has reached the end of its retention.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        for vault in self.vaults.values_mut() {
            vault.secrets.retain(|_, secret| {
                secret
                    .deleted
                    .is_none_or(|deletion| now < deletion.scheduled_purge_at)
            });
        }
    }
}

impl Vault {
    pub(crate) fn recovery_level(&self) -> &'static str {
        let customized = self.retention_days < 90;
        match (self.soft_delete, self.purge_protection, customized) {
            (false, _, _) => "Purgeable",
            (true, false, false) => "Recoverable+Purgeable",
            (true, false, true) => "CustomizedRecoverable+Purgeable",
            (true, true, false) => "Recoverable",
            (true, true, true) => "CustomizedRecoverable",
        }
    }

    /// Sets the value of a secret: its first version, or a new one.
    pub(crate) fn set(&mut self, name: &str, version: Version) -> Result<&Secret, Refusal> {
        super::azure_rules::check(name, &version)?;
        let now = version.created;
        let secret = self
            .secrets
            .entry(name.to_ascii_lowercase())
            .or_insert_with(|| Secret {
                name: name.to_owned(),
                versions: Vec::new(),
                deleted: None,
                recovering_until: None,
            });
        if secret.deleted.is_some() {
            return Err(conflict(format!(
                "ObjectIsDeletedButRecoverable: secret {name} is deleted but recoverable; recover or purge it first"
            )));
        }
        secret.settled(now)?;
        secret.versions.push(version);
        Ok(secret)
    }

    /// A live secret that is not being recovered.
    pub(crate) fn live(&mut self, name: &str, now: Timestamp) -> Result<&mut Secret, Refusal> {
        let secret = self.secret(name)?;
        if secret.deleted.is_some() {
            return Err(missing(name));
        }
        secret.settled(now)?;
        Ok(secret)
    }

    fn secret(&mut self, name: &str) -> Result<&mut Secret, Refusal> {
        self.secrets
            .get_mut(&name.to_ascii_lowercase())
            .ok_or_else(|| missing(name))
    }

    /// Deletes a secret with all its versions: softly where the vault does that, or else for good.
    pub(crate) fn delete(
        &mut self,
        name: &str,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        let retention = self.retention_days;
        let soft = self.soft_delete;
        let secret = self.live(name, now)?;
        secret.deleted = Some(Deletion {
            at: now,
            scheduled_purge_at: days_later(now, retention),
            deleting_until: seconds_later(now, switches.azure_deletion_seconds),
        });
        if !soft {
            self.secrets.remove(&name.to_ascii_lowercase());
        }
        Ok(())
    }

    /// Takes back a soft-delete.
    pub(crate) fn recover(
        &mut self,
        name: &str,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        let secret = self.secret(name)?;
        secret.deletion(now)?;
        secret.deleted = None;
        secret.recovering_until = Some(seconds_later(now, switches.azure_recovery_seconds));
        Ok(())
    }

    /// Deletes a soft-deleted secret for good.
    pub(crate) fn purge(&mut self, name: &str, now: Timestamp) -> Result<(), Refusal> {
        let protected = self.purge_protection;
        let secret = self.secret(name)?;
        let deletion = secret.deletion(now);
        // A live secret is refused as such, whatever the vault protects.
        if let Err(Refusal::State(text)) = deletion {
            return Err(wrong_state(text));
        }
        if protected {
            return Err(Refusal::PurgeProtected(format!(
                "Forbidden: purge protection of vault {} keeps secret {name} until the end of its retention",
                self.name
            )));
        }
        deletion?;
        self.secrets.remove(&name.to_ascii_lowercase());
        Ok(())
    }

    /// Puts a backup back, with the versions that it holds.
    pub(crate) fn restore(&mut self, mut backup: Secret) -> Result<(), Refusal> {
        let key = backup.name.to_ascii_lowercase();
        if self.secrets.contains_key(&key) {
            return Err(conflict(format!(
                "Conflict: secret {} already exists in vault {}",
                backup.name, self.name
            )));
        }
        backup.deleted = None;
        backup.recovering_until = None;
        self.secrets.insert(key, backup);
        Ok(())
    }
}

impl Secret {
    fn settled(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.recovering_until.is_some_and(|until| now < until) {
            return Err(conflict(format!(
                "ObjectIsBeingRecovered: secret {} is being recovered",
                self.name
            )));
        }
        Ok(())
    }

    /// The deletion, once it has been carried out.
    fn deletion(&self, now: Timestamp) -> Result<Deletion, Refusal> {
        let deletion = self
            .deleted
            .ok_or_else(|| wrong_state(format!("secret {} is not soft-deleted", self.name)))?;
        if now < deletion.deleting_until {
            return Err(conflict(format!(
                "ObjectIsBeingDeleted: secret {} is currently being deleted",
                self.name
            )));
        }
        Ok(deletion)
    }

    pub(crate) fn version_mut(&mut self, version: &str) -> Result<&mut Version, Refusal> {
        let name = &self.name;
        self.versions
            .iter_mut()
            .find(|candidate| candidate.version == version)
            .ok_or_else(|| missing(name))
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::NotFound(format!(
        "SecretNotFound: a secret with name {name} was not found in this key vault"
    ))
}
