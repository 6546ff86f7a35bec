//! An Azure secret in a vault with soft-delete.

use lifecycle::{
    action::Action,
    azure::{Desired, Facts, Judged, Record, RestoreFrom, Secret, Value},
    backup::Backup,
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
    Available,
    SoftDeleted,
    /// CM keeps record and backup.
    Purged,
    /// Not in CM either.
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Azure {}

impl Cloud for Azure {
    type Lifecycle = Secret;
    type Place = Place;
    const NOT_THERE: Place = Place::NotThere;
    const NEW: Place = Place::Available;
    const WISHES: &'static [Desired] = &[
        Desired::Available,
        Desired::SoftDeleted,
        Desired::Purged,
        Desired::RemovedFromManager,
    ];
    const IRREVERSIBLE: &'static [Action] = &[Action::HardDelete, Action::RemoveRecord];
    const RESTORING: &'static [Action] = &[Action::Recover, Action::Restore];
    const TAGS: bool = true;
    const REFRESHES: bool = false;

    /// A name is taken while its secret is soft-deleted. A create on a secret that is there makes a version of it.
    fn refuses_create(place: Place) -> bool {
        place == Place::SoftDeleted
    }

    fn send(action: Action, place: Place) -> Option<Place> {
        Some(match (action, place) {
            (Action::SoftDelete, Place::Available) => Place::SoftDeleted,
            (Action::Recover, Place::SoftDeleted) | (Action::Restore, Place::Purged) => {
                Place::Available
            }
            (Action::HardDelete, Place::SoftDeleted) => Place::Purged,
            (Action::RemoveRecord, Place::Purged) => Place::Removed,
            _ => return None,
        })
    }

    fn elsewhere(place: Place) -> Vec<(&'static str, Place)> {
        match place {
            Place::Available => vec![("somebody deletes", Place::SoftDeleted)],
            Place::SoftDeleted => vec![
                ("somebody recovers", Place::Available),
                ("the retention ends", Place::Purged),
            ],
            Place::NotThere | Place::Purged | Place::Removed => vec![],
        }
    }

    fn can_come_back(place: Place) -> bool {
        matches!(place, Place::SoftDeleted | Place::Purged)
    }

    fn is_back(place: Place) -> bool {
        place == Place::Available
    }

    fn fulfils(desired: Desired, place: Place) -> bool {
        match desired {
            Desired::Available => place == Place::Available,
            Desired::SoftDeleted => place >= Place::SoftDeleted,
            Desired::Purged => place >= Place::Purged,
            Desired::RemovedFromManager => place == Place::Removed,
        }
    }

    fn within_reach(desired: Desired, place: Place) -> bool {
        place != Place::NotThere && (place != Place::Removed || desired != Desired::Available)
    }

    fn later(place: Place) -> Place {
        place
    }

    fn facts(world: &World<Self>, reading: Reading) -> Facts {
        let status = match world.row {
            Place::NotThere | Place::Removed => None,
            Place::Available => Some("AVAILABLE"),
            Place::SoftDeleted => Some("SOFT-DELETED"),
            Place::Purged => Some("DELETED"),
        };
        let ours = !world.foreign || world.mistake == Mistake::Grabs;
        Facts {
            record: status.map_or(Record::Absent, |status| Record::Row {
                status: status.into(),
                gone: false,
            }),
            recorded: world.recorded,
            ownership: if ours {
                Ownership::Ours
            } else {
                Ownership::Unowned
            },
            managed_by: None,
            recovery_level: Some("Recoverable+Purgeable".into()),
            soft_delete: Some(true),
            value: Value::Current,
            restore_from: RestoreFrom::NotAsked,
            push: false,
            attributes: Judged::default(),
            reading,
            first_seen: at(FIRST_SEEN),
            decided_at: at(DECIDED),
            absent_since: (world.recorded && status.is_none()).then(|| at(DECIDED)),
            backup: Backup::Present,
            restore_sent: None,
            removed_by_us: false,
            retained_until: None,
        }
    }
}

promises!(Azure, 3_000);

#[test]
fn an_operator_that_creates_on_old_rows_is_found() {
    finds::<Azure>(Mistake::TrustsOldRows, "it writes to what is not its own");
}

#[test]
fn an_operator_that_purges_unapproved_is_found() {
    finds::<Azure>(
        Mistake::NeedsNoApproval,
        "an irreversible act without approval",
    );
}

#[test]
fn an_operator_that_takes_over_what_is_not_its_own_is_found() {
    finds::<Azure>(Mistake::Grabs, "it writes to what is not its own");
}
