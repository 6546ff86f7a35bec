//! Goals, readings and instants.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    action::Action,
    backup::Backup,
    goal::{DriftPolicy, Goal, Origin},
    ownership::Ownership,
    plan::Input,
    sync::Reading,
    table::Lifecycle,
};
use proptest::{
    prelude::*,
    sample::{Select, select},
    test_runner::{Config, RngSeed},
};

/// When every plan is made.
pub(crate) const NOW: i64 = 10_000;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// Around `NOW`, and far from it.
pub(crate) fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![Just(0), NOW - 700..NOW + 700, Just(NOW * 100)].prop_map(at)
}

pub(crate) fn reading() -> impl Strategy<Value = Reading> {
    (proptest::option::of(instant()), any::<bool>()).prop_map(|(sync_started, consistent)| {
        Reading {
            sync_started,
            consistent,
        }
    })
}

pub(crate) fn backup() -> Select<Backup> {
    select(vec![Backup::Present, Backup::Deleted, Backup::Unknown])
}

pub(crate) fn ownership() -> Select<Ownership> {
    select(vec![
        Ownership::Ours,
        Ownership::Adopted,
        Ownership::Unowned,
        Ownership::Foreign("other/team/key".into()),
    ])
}

/// Another object, or none.
pub(crate) fn rival() -> impl Strategy<Value = Option<String>> {
    prop_oneof![4 => Just(None), 1 => Just(Some("team/other".to_owned()))]
}

/// All that a plan is made from, but for `now`.
#[derive(Clone, Debug)]
pub(crate) struct Case<F, D> {
    pub(crate) facts: F,
    pub(crate) goal: Goal<D>,
    pub(crate) drift: DriftPolicy,
    pub(crate) restore_asked: bool,
    pub(crate) refused: Vec<Action>,
}

/// A case of one cloud.
pub(crate) type CaseOf<L> = Case<<L as Lifecycle>::Facts, <L as Lifecycle>::Desired>;

impl<F, D: Copy> Case<F, D> {
    pub(crate) fn input<L: Lifecycle<Facts = F, Desired = D>>(
        &self,
        now: Timestamp,
    ) -> Input<'_, L> {
        Input {
            facts: &self.facts,
            goal: self.goal,
            drift: self.drift,
            restore_asked: self.restore_asked,
            refused: &self.refused,
            now,
        }
    }
}

pub(crate) fn case<F: Debug, D: Copy + Debug + 'static>(
    facts: impl Strategy<Value = F>,
    desired: &'static [D],
    restoring: &'static [Action],
) -> impl Strategy<Value = Case<F, D>> {
    let goal = (
        select(desired.to_vec()),
        select(vec![Origin::FirstSeen, Origin::Changed]),
        any::<bool>(),
    );
    let drift = select(vec![DriftPolicy::Report, DriftPolicy::Correct]);
    let refused = proptest::sample::subsequence(restoring.to_vec(), 0..=restoring.len());
    (facts, goal, drift, any::<bool>(), refused).prop_map(
        |(facts, (desired, origin, reached), drift, restore_asked, refused)| Case {
            facts,
            goal: Goal {
                desired,
                origin,
                reached,
            },
            drift,
            restore_asked,
            refused,
        },
    )
}

/// So many cases of each rule, the same ones everywhere.
pub(crate) fn config() -> Config {
    let standard = Config::default();
    Config {
        cases: standard.cases.max(4_000),
        rng_seed: match standard.rng_seed {
            RngSeed::Random => RngSeed::Fixed(20_261_125),
            chosen @ RngSeed::Fixed(_) => chosen,
        },
        failure_persistence: None,
        ..standard
    }
}
