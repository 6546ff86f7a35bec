//! Versions of OCI keys: rotation, their own deletion, and the restore of a whole key.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    http::refusal::{Refusal, not_found, wrong_state},
    seed::Identifiers,
    switches::{Identity, Switches},
    world::oci::{Cloud, Key, Lifecycle, LifecycleState as State},
};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct KeyVersion {
    pub(crate) version_id: String,
    pub(crate) lifecycle: Lifecycle,
    /// `INTERNAL` or, for supplied material, `EXTERNAL`.
    pub(crate) origin: &'static str,
    pub(crate) time_created: Timestamp,
    pub(crate) restored_from_key_version_id: Option<String>,
}

impl KeyVersion {
    pub(crate) fn new(
        origin: &'static str,
        now: Timestamp,
        switches: &Switches,
        identifiers: &mut Identifiers,
    ) -> Self {
        let mut lifecycle = Lifecycle::settled(State::Creating);
        lifecycle.pass(
            State::Creating,
            State::Enabled,
            now,
            switches.oci_transition_seconds,
        );
        Self {
            version_id: identifiers.ocid("keyversion"),
            lifecycle,
            origin,
            time_created: now,
            restored_from_key_version_id: None,
        }
    }
}

impl Key {
    /// Adds a version, which becomes the current one.
    pub(crate) fn rotate(&mut self, version: KeyVersion) -> Result<(), Refusal> {
        self.lifecycle.expect(&[State::Enabled], "rotated")?;
        self.versions.push(version);
        Ok(())
    }

    fn version_mut(&mut self, version_id: &str) -> Result<&mut KeyVersion, Refusal> {
        self.versions
            .iter_mut()
            .find(|version| version.version_id == version_id)
            .ok_or_else(not_found)
    }

    pub(crate) fn schedule_version_deletion(
        &mut self,
        version_id: &str,
        days: i64,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        if self.current_version() == version_id {
            return Err(wrong_state(
                "the version is the current key version and can't be deleted",
            ));
        }
        let seconds = switches.oci_transition_seconds;
        self.version_mut(version_id)?
            .lifecycle
            .schedule_deletion(days, now, seconds)
    }

    pub(crate) fn cancel_version_deletion(
        &mut self,
        version_id: &str,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        self.version_mut(version_id)?
            .lifecycle
            .cancel_deletion(now, switches)
    }
}

impl Cloud {
    /// Restores a DELETED key from a backup and returns its OCID, which may be a new one.
    pub(crate) fn restore(
        &mut self,
        key_id: &str,
        now: Timestamp,
        switches: &Switches,
        identifiers: &mut Identifiers,
    ) -> Result<String, Refusal> {
        let seconds = switches.oci_transition_seconds;
        let key = self.key_mut(key_id)?;
        key.lifecycle.expect(&[State::Deleted], "restored")?;
        let mut restored = key.clone();
        restored.lifecycle.time_of_deletion = None;
        restored
            .lifecycle
            .pass(State::Restoring, State::Enabled, now, seconds);
        for version in &mut restored.versions {
            version.lifecycle.time_of_deletion = None;
            version
                .lifecycle
                .pass(State::Creating, State::Enabled, now, seconds);
        }
        if switches.oci_restore_ocid == Identity::Same {
            *key = restored;
            return Ok(key_id.to_owned());
        }
        restored.restored_from_key_id = Some(std::mem::replace(
            &mut restored.key_id,
            identifiers.ocid("key"),
        ));
        for version in &mut restored.versions {
            let old = std::mem::replace(&mut version.version_id, identifiers.ocid("keyversion"));
            version.restored_from_key_version_id = Some(old);
        }
        let id = restored.key_id.clone();
        self.keys.push(restored);
        Ok(id)
    }
}
