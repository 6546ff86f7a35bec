//! A native tenant secret of Salesforce with CM's backup of it. Its successor is somebody else's doing.

use lifecycle::{
    action::Action,
    backup::Backup,
    salesforce::{Certificate, Desired, Facts, Identity, Secret, TenantSecret},
    sync::Reading,
};

use crate::{
    operator::{DECIDED, FIRST_SEEN, at},
    world::{Cloud, World, promises},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    NotThere,
    Active,
    /// A newer one is ACTIVE.
    Archived,
    Destroyed,
    WithoutBackup,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Salesforce {}

impl Cloud for Salesforce {
    type Lifecycle = TenantSecret;
    type Place = Place;
    const NOT_THERE: Place = Place::NotThere;
    const NEW: Place = Place::Active;
    const WISHES: &'static [Desired] = &[
        Desired::Active,
        Desired::Archived,
        Desired::Destroyed,
        Desired::BackupDeleted,
    ];
    const IRREVERSIBLE: &'static [Action] = &[Action::DeleteBackup];
    const RESTORING: &'static [Action] = &[Action::Import];
    const TAGS: bool = false;
    const REFRESHES: bool = false;

    /// A second secret is as welcome as the first: it archives it.
    fn refuses_create(_: Place) -> bool {
        false
    }

    fn send(action: Action, place: Place) -> Option<Place> {
        Some(match (action, place) {
            (Action::Destroy, Place::Archived) => Place::Destroyed,
            (Action::Import, Place::Destroyed) => Place::Archived,
            (Action::DeleteBackup, Place::Destroyed) => Place::WithoutBackup,
            _ => return None,
        })
    }

    fn elsewhere(place: Place) -> Vec<(&'static str, Place)> {
        match place {
            Place::Active => vec![("a successor appears", Place::Archived)],
            Place::Archived => vec![("somebody destroys", Place::Destroyed)],
            Place::Destroyed => vec![("somebody imports", Place::Archived)],
            Place::NotThere | Place::WithoutBackup => vec![],
        }
    }

    fn can_come_back(place: Place) -> bool {
        place == Place::Destroyed
    }

    /// What was archived stays archived: nothing in Salesforce makes it ACTIVE again.
    fn is_back(place: Place) -> bool {
        matches!(place, Place::Active | Place::Archived)
    }

    fn fulfils(desired: Desired, place: Place) -> bool {
        match desired {
            Desired::Active => Self::is_back(place),
            Desired::Archived => place == Place::Archived,
            Desired::Destroyed => place >= Place::Destroyed,
            Desired::BackupDeleted => place == Place::WithoutBackup,
        }
    }

    fn within_reach(desired: Desired, place: Place) -> bool {
        match place {
            Place::NotThere => false,
            // Somebody has to make a successor.
            Place::Active => desired == Desired::Active,
            Place::Archived | Place::Destroyed => true,
            Place::WithoutBackup => desired >= Desired::Destroyed,
        }
    }

    fn later(place: Place) -> Place {
        place
    }

    fn facts(world: &World<Self>, reading: Reading) -> Facts {
        let status = match world.row {
            Place::NotThere => None,
            Place::Active => Some("ACTIVE"),
            Place::Archived => Some("ARCHIVED"),
            Place::Destroyed | Place::WithoutBackup => Some("DESTROYED"),
        };
        let dropped = world.row == Place::WithoutBackup;
        let superseded = matches!(
            world.row,
            Place::Archived | Place::Destroyed | Place::WithoutBackup
        );
        Facts {
            secret: status.map(|status| Secret {
                status: status.into(),
                version: 7,
                cache_only: false,
                backup: if dropped {
                    Backup::Deleted
                } else {
                    Backup::Present
                },
            }),
            identity: if status.is_some() {
                Identity::Version(7)
            } else {
                Identity::None
            },
            recorded: world.recorded,
            version_named: false,
            upload: false,
            certificate: Certificate::NotNeeded,
            created_after: Some(at(-3600)),
            superseded_by: superseded.then_some(8),
            active_rows: 1,
            live: 2,
            rotation_opens: None,
            other_create: None,
            managed_by: None,
            backup_dropped_by_us: dropped,
            made_too_early: false,
            reading,
            first_seen: at(FIRST_SEEN),
            decided_at: at(DECIDED),
            absent_since: (world.recorded && status.is_none()).then(|| at(DECIDED)),
        }
    }
}

promises!(Salesforce, 1_000);

#[test]
fn an_operator_that_drops_a_backup_unapproved_is_found() {
    finds::<Salesforce>(
        Mistake::NeedsNoApproval,
        "an irreversible act without approval",
    );
}
