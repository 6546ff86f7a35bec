//! The versions of an OCI key that is rotated: OCI takes another one at any time, so that nothing but the operator keeps one
//! from being two.

use lifecycle::{
    goal::{DriftPolicy, Goal, Origin},
    oci::{Desired, Facts, Key, VersionDue},
    plan::{Input, Plan, plan},
};

use crate::{
    oci::enabled,
    series::{Age, Series, World, never_doubled},
};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Versions {}

impl Series for Versions {
    const FENCED: bool = false;
    const ARCHIVES: bool = false;
    const REFRESHES: bool = true;

    fn plan(world: &World<Self>) -> Plan {
        let facts = Facts {
            version: match world.row.age {
                Age::Old => VersionDue::TooOld,
                Age::Fresh | Age::Young => VersionDue::No,
            },
            reading: world.reading(),
            ..enabled()
        };
        plan::<Key>(&Input {
            facts: &facts,
            goal: Goal {
                desired: Desired::Enabled,
                origin: Origin::FirstSeen,
                reached: world.reached,
            },
            drift: DriftPolicy::Report,
            restore_asked: false,
            refused: &[],
            now: world.now(),
        })
    }
}

never_doubled!(Versions, 100);
