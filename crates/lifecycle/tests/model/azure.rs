//! An Azure secret in a vault with soft-delete.

use lifecycle::{
    action::Action,
    azure::{Desired, Facts, Judged, Record, Secret, Value},
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
    Purged,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Azure {}

impl Cloud for Azure {
    type Lifecycle = Secret;
    type Place = Place;
    const NOT_THERE: Place = Place::NotThere;
    const NEW: Place = Place::Available;
    const WISHES: &'static [Desired] = &[Desired::Available, Desired::SoftDeleted, Desired::Purged];
    const IRREVERSIBLE: &'static [Action] = &[Action::HardDelete];
    const RESTORING: &'static [Action] = &[Action::Recover];
    const TAGS: bool = true;
    const REFRESHES: bool = false;

    /// A name is taken while its secret is soft-deleted. A create on a secret that is there makes a version of it.
    fn refuses_create(place: Place) -> bool {
        place == Place::SoftDeleted
    }

    fn send(action: Action, place: Place) -> Option<Place> {
        Some(match (action, place) {
            (Action::SoftDelete, Place::Available) => Place::SoftDeleted,
            (Action::Recover, Place::SoftDeleted) => Place::Available,
            (Action::HardDelete, Place::SoftDeleted) => Place::Purged,
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
            Place::NotThere | Place::Purged => vec![],
        }
    }

    fn can_come_back(place: Place) -> bool {
        place == Place::SoftDeleted
    }

    fn is_back(place: Place) -> bool {
        place == Place::Available
    }

    fn facts(world: &World<Self>, reading: Reading) -> Facts {
        let status = match world.row {
            Place::NotThere => None,
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
            push: false,
            attributes: Judged::default(),
            reading,
            first_seen: at(FIRST_SEEN),
            decided_at: at(DECIDED),
            absent_since: (world.recorded && status.is_none()).then(|| at(DECIDED)),
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
