//! Oracle Cloud's Key Management: vaults and their keys, whose states change over seconds and days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    clock::{days_later, seconds_later},
    http::refusal::{Refusal, conflict, not_found, wrong_state},
    switches::{Acceptance, AfterCancel, Switches},
    world::oci_versions::KeyVersion,
};

/// Tags by name.
pub(crate) type FreeformTags = BTreeMap<String, String>;
/// Tags by namespace and name.
pub(crate) type DefinedTags = BTreeMap<String, BTreeMap<String, String>>;

/// Lifecycle states of keys and key versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LifecycleState {
    /// Being made.
    Creating,
    /// Being enabled.
    Enabling,
    /// In use.
    Enabled,
    /// Being disabled.
    Disabling,
    /// Out of use.
    Disabled,
    /// Its deletion is being scheduled.
    SchedulingDeletion,
    /// Waits for its deletion.
    PendingDeletion,
    /// Its deletion is being taken back.
    CancellingDeletion,
    /// Being deleted.
    Deleting,
    /// Deleted.
    Deleted,
    /// Being changed.
    Updating,
    /// Being restored from a backup.
    Restoring,
}

use LifecycleState as State;

/// A state, and when and into what it changes by itself.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Lifecycle {
    pub(crate) state: State,
    /// When a transitional state ends, and in which.
    pub(crate) next: Option<(Timestamp, State)>,
    /// The state before deletion was scheduled.
    pub(crate) before: State,
    pub(crate) time_of_deletion: Option<Timestamp>,
    /// Seconds that a transitional state takes.
    #[serde(skip)]
    seconds: f64,
}

impl Lifecycle {
    pub(crate) const fn settled(state: State) -> Self {
        Self {
            state,
            next: None,
            before: State::Enabled,
            time_of_deletion: None,
            seconds: 0.0,
        }
    }

    /// Enters `through`, which ends in `to`.
    pub(crate) fn pass(&mut self, through: State, to: State, now: Timestamp, seconds: f64) {
        self.state = through;
        self.seconds = seconds;
        self.next = Some((seconds_later(now, seconds), to));
        self.settle(now);
    }

    pub(crate) fn settle(&mut self, now: Timestamp) {
        loop {
            if let Some((at, state)) = self.next
                && at <= now
            {
                self.state = state;
                self.next = None;
            } else if let Some(at) = self.time_of_deletion
                && self.state == State::PendingDeletion
                && at <= now
            {
                self.state = State::Deleting;
                self.next = Some((seconds_later(at, self.seconds), State::Deleted));
            } else {
                return;
            }
        }
    }

    pub(crate) fn schedule_deletion(
        &mut self,
        days: i64,
        now: Timestamp,
        seconds: f64,
    ) -> Result<(), Refusal> {
        self.expect(&[State::Enabled, State::Disabled], "scheduled for deletion")?;
        self.before = self.state;
        self.time_of_deletion = Some(days_later(now, days));
        self.pass(
            State::SchedulingDeletion,
            State::PendingDeletion,
            now,
            seconds,
        );
        Ok(())
    }

    pub(crate) fn cancel_deletion(
        &mut self,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        let accepted: &[State] = match switches.oci_cancel_while_scheduling {
            Acceptance::Refused => &[State::PendingDeletion],
            Acceptance::Accepted => &[State::PendingDeletion, State::SchedulingDeletion],
        };
        self.expect(accepted, "saved from deletion")?;
        let end = match (self.before, switches.oci_cancel_of_disabled) {
            (State::Disabled, AfterCancel::Enabled) => State::Enabled,
            (before, _) => before,
        };
        self.time_of_deletion = None;
        self.pass(
            State::CancellingDeletion,
            end,
            now,
            switches.oci_transition_seconds,
        );
        Ok(())
    }

    pub(crate) fn expect(&self, states: &[State], action: &str) -> Result<(), Refusal> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let name = |state: &State| {
            serde_json::to_value(state)
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned))
        };
        let wanted: Vec<String> = states.iter().filter_map(name).collect();
        Err(wrong_state(format!(
            "IncorrectState: the resource is {} and can only be {action} in one of the following states: {}",
            name(&self.state).unwrap_or_default(),
            wanted.join(", ")
        )))
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    pub(crate) key_id: String,
    pub(crate) vault_id: String,
    pub(crate) display_name: String,
    pub(crate) compartment_id: String,
    pub(crate) algorithm: String,
    /// In bytes.
    pub(crate) length: i64,
    pub(crate) curve_id: Option<String>,
    pub(crate) protection_mode: String,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) time_created: Timestamp,
    pub(crate) freeform_tags: FreeformTags,
    pub(crate) defined_tags: DefinedTags,
    /// False for the replica of a key of another region, which is read-only.
    pub(crate) is_primary: bool,
    pub(crate) restored_from_key_id: Option<String>,
    /// Oldest first; the last is the current one. Never empty.
    pub(crate) versions: Vec<KeyVersion>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Vault {
    pub(crate) vault_id: String,
    pub(crate) display_name: String,
    pub(crate) compartment_id: String,
    pub(crate) tenancy: String,
    pub(crate) region: String,
    pub(crate) vault_type: String,
    pub(crate) time_created: Timestamp,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Cloud {
    /// Names by OCID.
    pub(crate) compartments: BTreeMap<String, String>,
    pub(crate) tag_namespaces: BTreeSet<String>,
    /// By OCID.
    pub(crate) vaults: BTreeMap<String, Vault>,
    pub(crate) keys: Vec<Key>,
}

impl Cloud {
    pub(crate) fn settle(&mut self, now: Timestamp) {
        for key in &mut self.keys {
            key.lifecycle.settle(now);
            for version in &mut key.versions {
                version.lifecycle.settle(now);
                if key.lifecycle.state == State::Deleted {
                    version.lifecycle = Lifecycle::settled(State::Deleted);
                }
            }
        }
    }

    pub(crate) fn key(&self, key_id: &str) -> Result<&Key, Refusal> {
        self.keys
            .iter()
            .find(|key| key.key_id == key_id)
            .ok_or_else(not_found)
    }

    /// A key that may be changed: replicas may not.
    pub(crate) fn key_mut(&mut self, key_id: &str) -> Result<&mut Key, Refusal> {
        let key = self
            .keys
            .iter_mut()
            .find(|key| key.key_id == key_id)
            .ok_or_else(not_found)?;
        if key.is_primary {
            Ok(key)
        } else {
            Err(conflict("the key is a replica; change its primary key"))
        }
    }

    pub(crate) fn compartment_name(&self, id: &str) -> String {
        self.compartments.get(id).cloned().unwrap_or_default()
    }

    pub(crate) fn known_compartment(&self, id: &str) -> Result<(), Refusal> {
        if self.compartments.contains_key(id) {
            return Ok(());
        }
        Err(Refusal::NotFound(format!(
            "NotAuthorizedOrNotFound: compartment {id}"
        )))
    }
}

impl Key {
    pub(crate) fn current_version(&self) -> &str {
        self.versions
            .last()
            .map_or("", |version| &version.version_id)
    }

    pub(crate) fn enable(&mut self, now: Timestamp, switches: &Switches) -> Result<(), Refusal> {
        self.lifecycle.expect(&[State::Disabled], "enabled")?;
        self.lifecycle.pass(
            State::Enabling,
            State::Enabled,
            now,
            switches.oci_transition_seconds,
        );
        Ok(())
    }

    pub(crate) fn disable(&mut self, now: Timestamp, switches: &Switches) -> Result<(), Refusal> {
        self.lifecycle.expect(&[State::Enabled], "disabled")?;
        self.lifecycle.pass(
            State::Disabling,
            State::Disabled,
            now,
            switches.oci_transition_seconds,
        );
        Ok(())
    }

    /// Changes name and tags, which OCI allows while the key is ENABLED or CREATING.
    pub(crate) fn change(
        &mut self,
        now: Timestamp,
        switches: &Switches,
        change: impl FnOnce(&mut Self),
    ) -> Result<(), Refusal> {
        self.lifecycle
            .expect(&[State::Enabled, State::Creating], "updated")?;
        change(self);
        self.lifecycle.pass(
            State::Updating,
            State::Enabled,
            now,
            switches.oci_transition_seconds,
        );
        Ok(())
    }

    pub(crate) fn change_compartment(
        &mut self,
        compartment_id: String,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<(), Refusal> {
        self.lifecycle
            .expect(&[State::Enabled, State::Disabled], "moved")?;
        self.compartment_id = compartment_id;
        let end = self.lifecycle.state;
        self.lifecycle
            .pass(State::Updating, end, now, switches.oci_transition_seconds);
        Ok(())
    }
}
