//! An OCI key. Deletion of a disabled key, cancelled, leaves it disabled; that of an enabled one, enabled.

use lifecycle::{
    action::Action,
    backup::Backup,
    oci::{Desired, Facts, Judged, Key, Record, VersionDue},
    ownership::Ownership,
    sync::Reading,
};

use crate::{
    operator::{DECIDED, FIRST_SEEN, at},
    world::{Cloud, World, promises},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    NotThere,
    Enabled,
    Disabled,
    /// With the state before.
    Scheduling(bool),
    Pending(bool),
    Cancelling(bool),
    /// CM keeps record and backup.
    Deleted,
    WithoutBackup,
    /// Not in CM either.
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Oci {}

fn usable(enabled: bool) -> Place {
    if enabled {
        Place::Enabled
    } else {
        Place::Disabled
    }
}

impl Cloud for Oci {
    type Lifecycle = Key;
    type Place = Place;
    const NOT_THERE: Place = Place::NotThere;
    const NEW: Place = Place::Enabled;
    const WISHES: &'static [Desired] = &[
        Desired::Enabled,
        Desired::Disabled,
        Desired::PendingDeletion,
        Desired::BackupDeleted,
        Desired::RemovedFromManager,
    ];
    const IRREVERSIBLE: &'static [Action] = &[Action::DeleteBackup, Action::RemoveRecord];
    const RESTORING: &'static [Action] = &[Action::Enable, Action::CancelDeletion, Action::Restore];
    const TAGS: bool = true;
    const REFRESHES: bool = true;

    /// Nothing tells OCI that two keys are meant to be one.
    fn refuses_create(_: Place) -> bool {
        false
    }

    fn send(action: Action, place: Place) -> Option<Place> {
        Some(match (action, place) {
            (Action::Disable, Place::Enabled) => Place::Disabled,
            (Action::Enable, Place::Disabled) | (Action::Restore, Place::Deleted) => Place::Enabled,
            (Action::ScheduleDeletion, Place::Enabled) => Place::Scheduling(true),
            (Action::ScheduleDeletion, Place::Disabled) => Place::Scheduling(false),
            (Action::CancelDeletion, Place::Pending(enabled)) => Place::Cancelling(enabled),
            (Action::DeleteBackup, Place::Deleted) => Place::WithoutBackup,
            (Action::RemoveRecord, Place::Deleted | Place::WithoutBackup) => Place::Removed,
            _ => return None,
        })
    }

    fn elsewhere(place: Place) -> Vec<(&'static str, Place)> {
        match place {
            Place::Enabled => vec![
                ("somebody disables", Place::Disabled),
                ("somebody deletes", Place::Scheduling(true)),
            ],
            Place::Disabled => vec![("somebody enables", Place::Enabled)],
            Place::Scheduling(enabled) => vec![("it settles", Place::Pending(enabled))],
            Place::Cancelling(enabled) => vec![("it settles", usable(enabled))],
            Place::Pending(enabled) => vec![
                ("somebody cancels", usable(enabled)),
                ("the waiting period ends", Place::Deleted),
            ],
            Place::NotThere | Place::Deleted | Place::WithoutBackup | Place::Removed => vec![],
        }
    }

    fn can_come_back(place: Place) -> bool {
        matches!(place, Place::Pending(_) | Place::Disabled | Place::Deleted)
    }

    /// Settling is the cloud's, and not awaited here.
    fn is_back(place: Place) -> bool {
        matches!(place, Place::Enabled | Place::Cancelling(_))
    }

    fn fulfils(desired: Desired, place: Place) -> bool {
        match desired {
            Desired::Enabled => place == Place::Enabled,
            Desired::Disabled => place == Place::Disabled,
            Desired::PendingDeletion => place > Place::Cancelling(true),
            Desired::BackupDeleted => place >= Place::WithoutBackup,
            Desired::RemovedFromManager => place == Place::Removed,
        }
    }

    fn within_reach(desired: Desired, place: Place) -> bool {
        match place {
            Place::NotThere => false,
            Place::WithoutBackup => desired >= Desired::PendingDeletion,
            // What is not even in CM tells nothing of its backup.
            Place::Removed => {
                matches!(
                    desired,
                    Desired::PendingDeletion | Desired::RemovedFromManager
                )
            }
            _ => true,
        }
    }

    fn later(place: Place) -> Place {
        match place {
            Place::Scheduling(enabled) => Place::Pending(enabled),
            Place::Pending(_) => Place::Deleted,
            Place::Cancelling(enabled) => usable(enabled),
            settled => settled,
        }
    }

    fn facts(world: &World<Self>, reading: Reading) -> Facts {
        let state = match world.row {
            Place::NotThere | Place::Removed => None,
            Place::Enabled => Some("ENABLED"),
            Place::Disabled => Some("DISABLED"),
            Place::Scheduling(_) => Some("SCHEDULING_DELETION"),
            Place::Pending(_) => Some("PENDING_DELETION"),
            Place::Cancelling(_) => Some("CANCELLING_DELETION"),
            Place::Deleted | Place::WithoutBackup => Some("DELETED"),
        };
        // A key without our tag is no row of ours; its name makes it one that could be meant.
        let meant = world.foreign && state.is_some() && world.mistake != Mistake::Grabs;
        let state = state.filter(|_| !world.foreign);
        Facts {
            record: state.map_or(Record::Absent, |state| Record::Row {
                state: state.into(),
                gone: false,
            }),
            recorded: world.recorded,
            candidates: if meant {
                vec!["ocid1.key.oc1..x".into()]
            } else {
                vec![]
            },
            backup: if world.row == Place::WithoutBackup {
                Backup::Deleted
            } else {
                Backup::Unknown
            },
            reading,
            absent_since: (world.recorded && state.is_none()).then(|| at(DECIDED)),
            ..enabled()
        }
    }
}

/// The facts of a key of ours that is well.
pub(crate) fn enabled() -> Facts {
    Facts {
        record: Record::Row {
            state: "ENABLED".into(),
            gone: false,
        },
        recorded: true,
        ownership: Ownership::Ours,
        key_named: false,
        candidates: vec![],
        candidates_owner: None,
        managed_by: None,
        upload: false,
        mismatch: vec![],
        primary: Some(true),
        days: 30,
        minimum_days: 7,
        time_of_deletion: None,
        attributes: Judged::default(),
        version: VersionDue::No,
        rotated_elsewhere: false,
        backup: Backup::Unknown,
        versions_left: Some(0),
        restore_sent: None,
        restored_as: None,
        removed_by_us: false,
        reading: Reading::default(),
        first_seen: at(FIRST_SEEN),
        decided_at: at(DECIDED),
        absent_since: None,
    }
}

promises!(Oci, 3_000);

#[test]
fn an_operator_that_creates_on_old_rows_is_found() {
    finds::<Oci>(Mistake::TrustsOldRows, "it writes to what is not its own");
}

#[test]
fn an_operator_that_rests_in_the_waiting_period_although_more_is_wished_for_is_found() {
    finds::<Oci>(Mistake::RestsTooEarly, "BackupDeleted is never fulfilled");
}

#[test]
fn an_operator_that_makes_a_key_beside_one_that_may_be_meant_is_found() {
    finds::<Oci>(Mistake::Grabs, "it writes to what is not its own");
}
