//! A `SalesforceRotation` that keeps one archived secret.

use jiff::SignedDuration;
use lifecycle::{
    backup::Backup,
    goal::{DriftPolicy, Goal, Origin},
    plan::{Input, Plan, plan},
    salesforce::{
        ActiveSecret, ArchivedSecret, Certificate, Rotation, RotationDesired, RotationFacts,
    },
};

use crate::{
    operator::{DECIDED, at},
    series::{Age, KEEP, NAMED, Series, World, never_doubled},
};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Secrets {}

impl Series for Secrets {
    const FENCED: bool = true;
    const ARCHIVES: bool = true;
    const REFRESHES: bool = false;

    fn plan(world: &World<Self>) -> Plan {
        plan::<Rotation>(&Input {
            facts: &facts(world),
            goal: Goal {
                desired: RotationDesired::Young,
                origin: Origin::FirstSeen,
                reached: world.reached,
            },
            drift: DriftPolicy::Correct,
            restore_asked: false,
            refused: &[],
            now: world.now(),
        })
    }

    fn oldest_surplus(world: &World<Self>) -> Option<i64> {
        facts(world).oldest_surplus().map(|secret| secret.version)
    }
}

pub(crate) fn facts(world: &World<Secrets>) -> RotationFacts {
    let archived = |version: &i64| ArchivedSecret {
        version: *version,
        backup: Backup::Present,
        cache_only: false,
        named: world.named && *version == NAMED && world.mistake != Mistake::Grabs,
    };
    RotationFacts {
        active: Some(ActiveSecret {
            version: world.row.newest,
            made: Some(at(0)),
            cache_only: false,
        }),
        every: SignedDuration::from_hours(24),
        old: world.row.age == Age::Old,
        upload: false,
        certificate: Certificate::NotNeeded,
        live: world.row.archived.len() + 1,
        archived: world.row.archived.iter().map(archived).collect(),
        keep_archived: Some(KEEP),
        rotation_opens: (world.row.age == Age::Fresh).then(|| at(100_000)),
        other_create: None,
        rival: None,
        reading: world.reading(),
        decided_at: at(DECIDED),
    }
}

never_doubled!(Secrets, 5_000);

#[test]
fn an_operator_that_destroys_unapproved_is_found() {
    finds::<Secrets>(
        Mistake::NeedsNoApproval,
        "a secret is destroyed that nobody approved",
    );
}

#[test]
fn an_operator_that_destroys_what_an_object_names_is_found() {
    finds::<Secrets>(Mistake::Grabs, "a secret is destroyed that an object names");
}
