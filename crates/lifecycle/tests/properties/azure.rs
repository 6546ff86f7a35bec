//! Azure secrets.

use jiff::Timestamp;
use lifecycle::{
    action::Action,
    azure::{Desired, Facts, Judged, Record, RestoreFrom, Secret, Value},
    backup::{Backup, RestoreSent},
    ownership::Ownership,
    plan::plan,
    reason::{Blocker, Reason},
    sync::Reading,
};
use proptest::{prelude::*, sample::select};

use crate::{
    common::{CaseOf, backup, case, config, instant, ownership, reading, rival},
    rules::{Rules, finds, hold, on_any_reading, without_guards, without_permission},
};

const DESIRED: &[Desired] = &[
    Desired::Available,
    Desired::SoftDeleted,
    Desired::Purged,
    Desired::RemovedFromManager,
];

impl Rules for Secret {
    fn is_not_ours(facts: &Facts) -> bool {
        let there = facts.record != Record::Absent;
        facts.managed_by.is_some()
            || (there && matches!(facts.ownership, Ownership::Unowned | Ownership::Foreign(_)))
    }

    fn may_make(facts: &Facts) -> bool {
        let material = match &facts.restore_from {
            RestoreFrom::NotAsked => {
                !matches!(facts.value, Value::NotManaged | Value::Unavailable(_))
            }
            RestoreFrom::Deleted(backup) => *backup != Backup::Deleted,
            _ => false,
        };
        facts.record == Record::Absent
            && !facts.recorded
            && material
            && facts.reading.proves_absence(facts.first_seen)
    }

    /// A restore from another vault makes a secret in this one.
    fn makes(facts: &Facts, action: Action) -> bool {
        let not_there = facts.record == Record::Absent && !facts.recorded;
        action == Action::Create || (action == Action::Restore && not_there)
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
    let row = (
        select(vec![
            "AVAILABLE",
            "SOFT-DELETED",
            "DELETED",
            "",
            "HYPERDELETED",
        ]),
        any::<bool>(),
    );
    prop_oneof![
        1 => Just(Record::Absent),
        4 => row.prop_map(|(status, gone)| Record::Row { status: status.into(), gone }),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    select(vec![
        Value::NotManaged,
        Value::Unavailable(Blocker::new(Reason::SecretNotFound, "It is not there.")),
        Value::Current,
        Value::Changed,
        Value::Unverified,
    ])
}

fn attributes() -> impl Strategy<Value = Judged> {
    let fields = select(vec![vec![], vec!["tags.a"], vec!["enabled"]]);
    (fields, proptest::option::of(any::<bool>())).prop_map(|(fields, enabling)| Judged {
        to_write: fields.iter().map(ToString::to_string).collect(),
        enabling: enabling.filter(|_| fields.contains(&"enabled")),
        ..Judged::default()
    })
}

fn restore_from() -> impl Strategy<Value = RestoreFrom> {
    select(vec![
        RestoreFrom::NotAsked,
        RestoreFrom::Absent,
        RestoreFrom::NotDeleted("AVAILABLE".into()),
        RestoreFrom::Deleted(Backup::Present),
        RestoreFrom::Deleted(Backup::Deleted),
    ])
}

fn facts() -> impl Strategy<Value = Facts> {
    let of_the_row = (record(), any::<bool>(), ownership(), rival(), backup());
    let of_the_vault = (
        proptest::option::of(select(vec![
            "Purgeable",
            "Recoverable",
            "Recoverable+Purgeable",
        ])),
        proptest::option::of(any::<bool>()),
    );
    let of_the_spec = (value(), restore_from(), any::<bool>(), attributes());
    let times = (
        reading(),
        instant(),
        instant(),
        proptest::option::of(instant()),
        proptest::option::of(instant()),
        proptest::option::of(instant()),
    );
    (of_the_row, of_the_vault, of_the_spec, times, any::<bool>()).prop_map(
        |(
            (record, recorded, ownership, managed_by, backup),
            (recovery_level, soft_delete),
            (value, restore_from, push, attributes),
            (reading, first_seen, decided_at, absent_since, retained_until, restore_sent),
            removed_by_us,
        )| Facts {
            record,
            recorded,
            ownership,
            managed_by,
            recovery_level: recovery_level.map(Into::into),
            soft_delete,
            value,
            restore_from,
            push,
            attributes,
            reading,
            first_seen,
            decided_at,
            absent_since,
            backup,
            restore_sent: restore_sent.map(|at| RestoreSent {
                at,
                of_this_generation: true,
            }),
            removed_by_us,
            retained_until,
        },
    )
}

fn cases() -> impl Strategy<Value = CaseOf<Secret>> {
    case(facts(), DESIRED, &[Action::Recover, Action::Restore])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_the_facts_every_rule_holds(case in cases()) {
        hold::<Secret>(&case, plan::<Secret>)?;
    }
}

#[test]
fn a_planner_that_skips_the_guards_breaks_a_rule() {
    finds::<Secret>(
        cases(),
        without_guards::<Secret>,
        &[
            "nothing is made unproven",
            "nothing final stands on old news",
            "nothing is given back unasked",
        ],
    );
}

#[test]
fn a_planner_that_gives_back_what_nobody_asked_for_breaks_a_rule() {
    finds::<Secret>(
        cases(),
        without_permission::<Secret>,
        &[
            "nothing is given back unasked",
            "nothing moves that was reached",
        ],
    );
}

#[test]
fn a_planner_that_takes_old_rows_for_news_breaks_a_rule() {
    finds::<Secret>(
        cases(),
        on_any_reading::<Secret>,
        &[
            "nothing is made unproven",
            "nothing final stands on old news",
            "knowing less allows no more",
        ],
    );
}
