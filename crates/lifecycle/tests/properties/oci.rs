//! OCI keys.

use jiff::Timestamp;
use lifecycle::{
    action::Action,
    backup::RestoreSent,
    oci::{Desired, Facts, Judged, Key, Record, VersionDue},
    ownership::Ownership,
    plan::plan,
    sync::Reading,
};
use proptest::{prelude::*, sample::select};

use crate::{
    common::{CaseOf, backup, case, config, instant, ownership, reading, rival},
    rules::{Rules, finds, hold, on_any_reading, without_guards, without_permission},
};

const DESIRED: &[Desired] = &[
    Desired::Enabled,
    Desired::Disabled,
    Desired::PendingDeletion,
    Desired::BackupDeleted,
    Desired::RemovedFromManager,
];

const STATES: &[&str] = &[
    "CREATING",
    "ENABLING",
    "ENABLED",
    "UPDATING",
    "RESTORING",
    "DISABLING",
    "DISABLED",
    "SCHEDULING_DELETION",
    "PENDING_DELETION",
    "CANCELLING_DELETION",
    "DELETING",
    "DELETED",
    "HYPERDELETED",
];

impl Rules for Key {
    fn is_not_ours(facts: &Facts) -> bool {
        let there = facts.record != Record::Absent;
        facts.managed_by.is_some()
            || (there && matches!(facts.ownership, Ownership::Unowned | Ownership::Foreign(_)))
    }

    fn may_make(facts: &Facts) -> bool {
        facts.record == Record::Absent
            && !facts.recorded
            && !facts.key_named
            && facts.candidates.is_empty()
            && facts.reading.proves_absence(facts.first_seen)
    }

    fn read(facts: &Facts, reading: Reading) -> Facts {
        Facts {
            reading,
            ..facts.clone()
        }
    }

    fn news(facts: &Facts) -> (Timestamp, Reading) {
        (facts.decided_at, facts.reading)
    }
}

fn record() -> impl Strategy<Value = Record> {
    let row = (select(STATES.to_vec()), any::<bool>());
    prop_oneof![
        1 => Just(Record::Absent),
        6 => row.prop_map(|(state, gone)| Record::Row { state: state.into(), gone }),
    ]
}

fn attributes() -> impl Strategy<Value = Judged> {
    (any::<bool>(), any::<bool>()).prop_map(|(named, moved)| Judged {
        to_write: named
            .then(|| "displayName".to_owned())
            .into_iter()
            .collect(),
        compartment_id: moved.then(|| "ocid1.compartment.oc1..b".to_owned()),
        ..Judged::default()
    })
}

/// Something by that name, seldom.
fn sometimes(name: &'static str) -> impl Strategy<Value = Option<String>> {
    prop_oneof![5 => Just(None), 1 => Just(Some(name.to_owned()))]
}

fn facts() -> impl Strategy<Value = Facts> {
    let of_the_row = (record(), any::<bool>(), ownership(), rival(), backup());
    let of_the_vault = (sometimes("ocid1.key.oc1..b"), sometimes("ocid1.key.oc1..c"));
    let of_the_spec = (
        any::<bool>(),
        any::<bool>(),
        sometimes("keyShape"),
        select(vec![7, 30]),
        attributes(),
    );
    let of_the_key = (
        proptest::option::of(any::<bool>()),
        proptest::option::of(0..3_usize),
        proptest::option::of(instant()),
        select(vec![
            VersionDue::No,
            VersionDue::Unread,
            VersionDue::Unknown,
            VersionDue::TooOld,
            VersionDue::OtherSource,
        ]),
    );
    let times = (
        reading(),
        instant(),
        instant(),
        proptest::option::of(instant()),
        proptest::option::of(instant()),
    );
    let history = any::<bool>();
    (
        of_the_row,
        of_the_vault,
        of_the_spec,
        of_the_key,
        times,
        history,
    )
        .prop_map(
            |(
                (record, recorded, ownership, managed_by, backup),
                (candidate, restored_as),
                (key_named, upload, mismatch, days, attributes),
                (primary, versions_left, time_of_deletion, version),
                (reading, first_seen, decided_at, absent_since, restore_sent),
                removed_by_us,
            )| Facts {
                record,
                recorded,
                ownership,
                key_named,
                candidates: candidate.into_iter().collect(),
                candidates_owner: None,
                managed_by,
                upload,
                mismatch: mismatch.into_iter().collect(),
                primary,
                days,
                minimum_days: 14,
                time_of_deletion,
                attributes,
                version,
                rotated_elsewhere: false,
                backup,
                versions_left,
                restore_sent: restore_sent.map(|at| RestoreSent {
                    at,
                    of_this_generation: true,
                }),
                restored_as,
                removed_by_us,
                reading,
                first_seen,
                decided_at,
                absent_since,
            },
        )
}

fn cases() -> impl Strategy<Value = CaseOf<Key>> {
    case(
        facts(),
        DESIRED,
        &[Action::Enable, Action::CancelDeletion, Action::Restore],
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_the_facts_every_rule_holds(case in cases()) {
        hold::<Key>(&case, plan::<Key>)?;
    }
}

#[test]
fn a_planner_that_skips_the_guards_breaks_a_rule() {
    finds::<Key>(
        cases(),
        without_guards::<Key>,
        &[
            "nothing is made unproven",
            "nothing final stands on old news",
            "nothing is given back unasked",
        ],
    );
}

#[test]
fn a_planner_that_gives_back_what_nobody_asked_for_breaks_a_rule() {
    finds::<Key>(
        cases(),
        without_permission::<Key>,
        &[
            "nothing is given back unasked",
            "nothing moves that was reached",
        ],
    );
}

#[test]
fn a_planner_that_takes_old_rows_for_news_breaks_a_rule() {
    finds::<Key>(
        cases(),
        on_any_reading::<Key>,
        &[
            "nothing is made unproven",
            "nothing final stands on old news",
            "knowing less allows no more",
        ],
    );
}
