//! What a user of an OCI key relies on.

use jiff::{SignedDuration, Timestamp};

mod the_end;
mod versions;

use super::*;
use crate::{
    action::{Action, Effect},
    backup::Backup,
    goal::{DriftPolicy, Goal, Origin},
    ownership::Ownership,
    plan::{Input, Next, NoteKind, Plan, plan},
    reason::Reason,
    sync::Reading,
    undo::{Deadline, Undo, undo},
};

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

fn facts(state: Option<&str>) -> Facts {
    Facts {
        record: state.map_or(Record::Absent, |state| Record::Row {
            state: state.into(),
            gone: false,
        }),
        recorded: state.is_some(),
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
        time_of_deletion: (state == Some("PENDING_DELETION")).then(|| at(1000)),
        attributes: Judged::default(),
        version: VersionDue::No,
        rotated_elsewhere: false,
        backup: Backup::Unknown,
        versions_left: None,
        restore_sent: None,
        restored_as: None,
        removed_by_us: false,
        reading: Reading {
            sync_started: Some(at(50)),
            consistent: true,
        },
        first_seen: at(10),
        decided_at: at(20),
        absent_since: None,
    }
}

fn changed(desired: Desired) -> Goal<Desired> {
    Goal {
        desired,
        origin: Origin::Changed,
        reached: false,
    }
}

fn planned(facts: &Facts, goal: Goal<Desired>) -> Plan {
    planned_at(facts, goal, at(100))
}

fn planned_at(facts: &Facts, goal: Goal<Desired>, now: Timestamp) -> Plan {
    plan::<Key>(&Input {
        facts,
        goal,
        drift: DriftPolicy::Report,
        restore_asked: false,
        refused: &[],
        now,
    })
}

fn steps(plan: &Plan) -> Vec<(Action, Effect)> {
    plan.steps
        .iter()
        .map(|step| (step.action, step.effect))
        .collect()
}

fn waits(plan: &Plan) -> Reason {
    match &plan.next {
        Next::Wait(blocker) => blocker.reason,
        other => panic!("expected a wait, got {other:?}"),
    }
}

#[test]
fn a_key_is_made_only_when_a_sync_shows_that_none_carries_our_tag() {
    let goal = Goal::follow(None, Desired::Enabled);
    assert_eq!(
        steps(&planned(&facts(None), goal)),
        [(Action::Create, Effect::Safe)]
    );
    let unsynced = Facts {
        first_seen: at(60),
        ..facts(None)
    };
    assert_eq!(waits(&planned(&unsynced, goal)), Reason::WaitingForSync);
    let upload = Facts {
        upload: true,
        ..facts(None)
    };
    assert_eq!(
        steps(&planned(&upload, goal)),
        [(Action::Upload, Effect::Safe)]
    );
}

#[test]
fn a_key_of_the_same_display_name_is_not_doubled() {
    let candidates = Facts {
        candidates: vec!["ocid1.key.a".into()],
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&candidates, Goal::follow(None, Desired::Enabled))),
        Reason::AlreadyExists
    );
}

#[test]
fn a_key_of_the_same_display_name_that_is_somebody_elses_is_not_doubled_either() {
    let candidates = Facts {
        candidates: vec!["ocid1.key.a".into()],
        candidates_owner: Some("other/shop/master".into()),
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&candidates, Goal::follow(None, Desired::Enabled))),
        Reason::AlreadyManaged
    );
}

#[test]
fn a_named_key_that_is_not_there_is_never_made() {
    let named = Facts {
        key_named: true,
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&named, Goal::follow(None, Desired::Enabled))),
        Reason::NotFound
    );
}

#[test]
fn every_transitional_state_is_waited_out() {
    let transitional = [
        ("CREATING", Desired::Enabled),
        ("ENABLING", Desired::Disabled),
        ("UPDATING", Desired::Disabled),
        ("CHANGING_COMPARTMENT", Desired::Enabled),
        ("DISABLING", Desired::Enabled),
        ("SCHEDULING_DELETION", Desired::Enabled),
        ("CANCELLING_DELETION", Desired::PendingDeletion),
    ];
    for (state, desired) in transitional {
        assert_eq!(
            waits(&planned(&facts(Some(state)), changed(desired))),
            Reason::WaitingForRemote,
            "{state}"
        );
    }
}

#[test]
fn a_revert_while_the_deletion_is_being_scheduled_waits_and_then_cancels() {
    let plan = planned(
        &facts(Some("SCHEDULING_DELETION")),
        changed(Desired::Enabled),
    );
    assert_eq!(
        (waits(&plan), steps(&plan)),
        (
            Reason::WaitingForRemote,
            vec![(Action::CancelDeletion, Effect::Restores)]
        )
    );
}

#[test]
fn pending_deletion_is_a_finished_state_with_its_date_and_its_undo() {
    let pending = facts(Some("PENDING_DELETION"));
    assert!(matches!(
        planned(&pending, changed(Desired::PendingDeletion)).next,
        Next::Rest(Reason::DeletionScheduled, _)
    ));
    let expected = Undo {
        action: Action::CancelDeletion,
        deadline: Deadline::At(at(1000)),
    };
    assert_eq!(
        undo::<Key>(State::PendingDeletion, &pending, at(100)),
        Some(expected)
    );
}

#[test]
fn a_deletion_is_cancelled_until_five_minutes_before_its_end_and_then_waits_to_be_restored() {
    let pending = facts(Some("PENDING_DELETION"));
    let goal = changed(Desired::Enabled);
    assert!(matches!(
        planned_at(&pending, goal, at(994)).next,
        Next::Act(_)
    ));
    assert_eq!(
        waits(&planned_at(&pending, goal, at(995))),
        Reason::WaitingForRemote
    );
    let without_backup = Facts {
        backup: Backup::Deleted,
        ..pending.clone()
    };
    assert_eq!(
        waits(&planned_at(&without_backup, goal, at(995))),
        Reason::CannotUndo
    );
    assert_eq!(undo::<Key>(State::PendingDeletion, &pending, at(995)), None);
}

#[test]
fn a_cancelled_key_that_comes_back_enabled_is_disabled_if_that_is_the_goal() {
    assert_eq!(
        steps(&planned(
            &facts(Some("PENDING_DELETION")),
            changed(Desired::Disabled)
        )),
        [(Action::CancelDeletion, Effect::Restores)]
    );
    assert_eq!(
        steps(&planned(
            &facts(Some("ENABLED")),
            changed(Desired::Disabled)
        )),
        [(Action::Disable, Effect::Disruptive)]
    );
}

#[test]
fn a_kill_switch_thrown_in_the_console_is_reported_and_not_undone() {
    let reached = Goal {
        reached: true,
        ..Goal::follow(None, Desired::Enabled)
    };
    let plan = planned(&facts(Some("DISABLED")), reached);
    assert_eq!((waits(&plan), steps(&plan)), (Reason::Drifted, vec![]));
}

#[test]
fn days_below_the_managers_minimum_schedule_nothing() {
    let short = Facts {
        days: 7,
        minimum_days: 14,
        ..facts(Some("ENABLED"))
    };
    assert_eq!(
        waits(&planned(&short, changed(Desired::PendingDeletion))),
        Reason::PendingDeletionTooShort
    );
}

#[test]
fn a_replica_is_read_only() {
    let replica = Facts {
        primary: Some(false),
        ..facts(Some("ENABLED"))
    };
    assert_eq!(
        waits(&planned(&replica, changed(Desired::Disabled))),
        Reason::InvalidSpec
    );
}

#[test]
fn a_change_waits_while_the_key_is_disabled_and_is_never_enabled_for_it() {
    let attributes = Judged {
        to_write: vec!["displayName".into()],
        ..Judged::default()
    };
    let disabled = Facts {
        attributes: attributes.clone(),
        ..facts(Some("DISABLED"))
    };
    let plan = planned(&disabled, Goal::follow(None, Desired::Disabled));
    assert_eq!((steps(&plan), plan.reached), (vec![], true));
    assert_eq!(
        plan.notes.first().map(|note| note.condition),
        Some(NoteKind::PendingChange)
    );
    let enabled = Facts {
        attributes,
        ..facts(Some("ENABLED"))
    };
    let down: Vec<_> = steps(&planned(&enabled, changed(Desired::Disabled)))
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(down, [Action::UpdateAttributes, Action::Disable]);
    let up: Vec<_> = steps(&planned(&disabled, changed(Desired::Enabled)))
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(up, [Action::Enable, Action::UpdateAttributes]);
}

#[test]
fn immutable_fields_that_differ_from_an_adopted_key_are_named() {
    let differs = Facts {
        mismatch: vec!["keyShape".into()],
        ownership: Ownership::Adopted,
        ..facts(Some("ENABLED"))
    };
    assert_eq!(
        waits(&planned(&differs, Goal::follow(None, Desired::Enabled))),
        Reason::InvalidSpec
    );
}

#[test]
fn a_destructive_wish_never_creates() {
    for desired in [Desired::Disabled, Desired::PendingDeletion] {
        assert_eq!(
            waits(&planned(&facts(None), changed(desired))),
            Reason::NothingToDestroy
        );
    }
}
