//! Tenant secrets.

use jiff::Timestamp;
use lifecycle::{
    action::Action,
    plan::plan,
    salesforce::{Certificate, Desired, Facts, Identity, Secret, TenantSecret},
    sync::Reading,
};
use proptest::{prelude::*, sample::select};

use crate::{
    common::{CaseOf, NOW, at, backup, case, config, instant, reading, rival},
    rules::{Rules, finds, hold, on_any_reading, without_guards, without_permission},
};

const DESIRED: &[Desired] = &[
    Desired::Active,
    Desired::Archived,
    Desired::Destroyed,
    Desired::BackupDeleted,
];

impl Rules for TenantSecret {
    fn is_not_ours(facts: &Facts) -> bool {
        facts.managed_by.is_some()
    }

    fn may_make(facts: &Facts) -> bool {
        let due = facts.created_after.is_some_and(|due| due <= at(NOW - 600));
        let open = facts.rotation_opens.is_none_or(|opens| opens <= at(NOW));
        facts.secret.is_none()
            && !facts.recorded
            && !facts.version_named
            && facts.other_create.is_none()
            && facts.live < 50
            && (due && open)
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

fn secret() -> impl Strategy<Value = Secret> {
    let status = select(vec!["ACTIVE", "ARCHIVED", "DESTROYED", "", "LOST"]);
    (status, any::<bool>(), backup()).prop_map(|(status, cache_only, backup)| Secret {
        status: status.into(),
        version: 7,
        cache_only,
        backup,
    })
}

fn identity() -> impl Strategy<Value = Identity> {
    select(vec![
        Identity::None,
        Identity::Version(7),
        Identity::Ambiguous(vec![6, 7]),
    ])
}

fn certificate() -> impl Strategy<Value = Certificate> {
    select(vec![
        Certificate::NotNeeded,
        Certificate::Unread,
        Certificate::Missing(false),
        Certificate::Known(None),
        Certificate::Known(Some(at(NOW))),
    ])
}

fn facts() -> impl Strategy<Value = Facts> {
    let of_the_row = (
        proptest::option::of(secret()),
        identity(),
        any::<bool>(),
        rival(),
        any::<bool>(),
        any::<bool>(),
    );
    let of_the_spec = (
        any::<bool>(),
        any::<bool>(),
        certificate(),
        proptest::option::of(instant()),
    );
    let of_the_type = (
        proptest::option::of(Just(8)),
        0..3_usize,
        select(vec![0_usize, 49, 50]),
        proptest::option::of(instant()),
        rival(),
    );
    let times = (
        reading(),
        instant(),
        instant(),
        proptest::option::of(instant()),
    );
    (of_the_row, of_the_spec, of_the_type, times).prop_map(
        |(
            (secret, identity, recorded, managed_by, backup_dropped_by_us, made_too_early),
            (version_named, upload, certificate, created_after),
            (superseded_by, active_rows, live, rotation_opens, other_create),
            (reading, first_seen, decided_at, absent_since),
        )| Facts {
            secret,
            identity,
            recorded,
            version_named,
            upload,
            certificate,
            created_after,
            superseded_by,
            active_rows,
            live,
            rotation_opens,
            other_create,
            managed_by,
            backup_dropped_by_us,
            made_too_early,
            reading,
            first_seen,
            decided_at,
            absent_since,
        },
    )
}

fn cases() -> impl Strategy<Value = CaseOf<TenantSecret>> {
    case(facts(), DESIRED, &[Action::Import])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_the_facts_every_rule_holds(case in cases()) {
        hold::<TenantSecret>(&case, plan::<TenantSecret>)?;
    }
}

#[test]
fn a_planner_that_skips_the_guards_breaks_a_rule() {
    finds::<TenantSecret>(
        cases(),
        without_guards::<TenantSecret>,
        &[
            "nothing is made unproven",
            "nothing final stands on old news",
            "nothing is given back unasked",
        ],
    );
}

#[test]
fn a_planner_that_gives_back_what_nobody_asked_for_breaks_a_rule() {
    finds::<TenantSecret>(
        cases(),
        without_permission::<TenantSecret>,
        &[
            "nothing is given back unasked",
            "nothing moves that was reached",
        ],
    );
}

#[test]
fn a_planner_that_takes_old_rows_for_news_breaks_a_rule() {
    finds::<TenantSecret>(
        cases(),
        on_any_reading::<TenantSecret>,
        &[
            "nothing is made unproven",
            "nothing final stands on old news",
            "knowing less allows no more",
        ],
    );
}
