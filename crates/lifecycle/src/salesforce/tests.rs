//! What a user of a Salesforce tenant secret relies on.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{
    action::{Action, Effect},
    backup::Backup,
    goal::{DriftPolicy, Goal, Origin},
    plan::{Input, Next, Plan, plan},
    reason::Reason,
    sync::Reading,
    table::Lifecycle,
    undo::{Deadline, undo},
};

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

fn facts(row: Option<(&str, Backup)>) -> Facts {
    Facts {
        secret: row.map(|(status, backup)| Secret {
            status: status.into(),
            version: 7,
            cache_only: false,
            backup,
        }),
        identity: Identity::None,
        recorded: row.is_some(),
        version_named: false,
        upload: false,
        certificate: Certificate::NotNeeded,
        created_after: Some(at(0)),
        superseded_by: None,
        active_rows: 1,
        live: 2,
        rotation_opens: None,
        other_create: None,
        managed_by: None,
        backup_dropped_by_us: false,
        made_too_early: false,
        reading: Reading {
            sync_started: Some(at(90)),
            consistent: true,
        },
        first_seen: at(30),
        decided_at: at(60),
        absent_since: None,
    }
}

fn superseded(status: &str, backup: Backup) -> Facts {
    Facts {
        superseded_by: Some(9),
        ..facts(Some((status, backup)))
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
    plan::<TenantSecret>(&Input {
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
fn a_secret_is_made_ten_minutes_after_it_is_due_and_not_before() {
    let goal = Goal::follow(None, Desired::Active);
    let facts = Facts {
        created_after: Some(at(100)),
        reading: Reading {
            sync_started: Some(at(105)),
            consistent: true,
        },
        ..facts(None)
    };
    let plan = planned_at(&facts, goal, at(99));
    assert_eq!((waits(&plan), plan.reached), (Reason::NotDueYet, false));
    let goal = Goal {
        reached: goal.reached || plan.reached,
        ..goal
    };
    assert_eq!(
        waits(&planned_at(&facts, goal, at(109))),
        Reason::RotationWindow
    );
    assert!(matches!(
        planned_at(&facts, goal, at(110)).next,
        Next::Act(_)
    ));
}

#[test]
fn a_secret_is_made_only_after_a_sync_and_within_salesforces_limits() {
    let goal = Goal::follow(None, Desired::Active);
    let unsynced = Facts {
        first_seen: at(95),
        ..facts(None)
    };
    assert_eq!(waits(&planned(&unsynced, goal)), Reason::WaitingForSync);
    let full = Facts {
        live: LIVE_LIMIT,
        ..facts(None)
    };
    assert_eq!(waits(&planned(&full, goal)), Reason::LimitReached);
    let early = Facts {
        // Just now: by Salesforce's clock, and with the seconds' fractions that CM leaves out, it may be too early.
        rotation_opens: Some(at(100)),
        ..facts(None)
    };
    assert_eq!(waits(&planned(&early, goal)), Reason::RotationWindow);
    let busy = Facts {
        other_create: Some("ns/other".into()),
        ..facts(None)
    };
    assert_eq!(waits(&planned(&busy, goal)), Reason::Progressing);
    assert_eq!(
        steps(&planned(&facts(None), goal)),
        [(Action::Create, Effect::Safe)]
    );
}

#[test]
fn an_upload_is_sent_as_an_upload() {
    let upload = Facts {
        upload: true,
        ..facts(None)
    };
    assert_eq!(
        steps(&planned(&upload, Goal::follow(None, Desired::Active))),
        [(Action::Upload, Effect::Safe)]
    );
}

#[test]
fn a_version_that_does_not_exist_is_not_made() {
    let named = Facts {
        version_named: true,
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&named, Goal::follow(None, Desired::Active))),
        Reason::NotFound
    );
}

#[test]
fn candidates_are_named_when_the_natural_key_is_ambiguous() {
    let ambiguous = Facts {
        identity: Identity::Ambiguous(vec![4, 5]),
        ..facts(None)
    };
    let Next::Wait(blocker) = planned(&ambiguous, Goal::follow(None, Desired::Active)).next else {
        panic!("created although a secret may exist");
    };
    assert_eq!(blocker.reason, Reason::OwnershipAmbiguous);
    assert!(blocker.message.contains("4, 5"));
}

#[test]
fn the_only_active_secret_waits_for_a_successor_that_is_never_made_unasked() {
    for desired in [
        Desired::Archived,
        Desired::Destroyed,
        Desired::BackupDeleted,
    ] {
        let plan = planned(&facts(Some(("ACTIVE", Backup::Present))), changed(desired));
        assert_eq!(waits(&plan), Reason::WaitingForSuccessor);
        assert!(
            !steps(&plan)
                .iter()
                .any(|(action, _)| *action == Action::Create)
        );
    }
}

#[test]
fn two_active_rows_are_a_stale_row_and_ask_for_a_sync() {
    let stale = Facts {
        active_rows: 2,
        ..superseded("ACTIVE", Backup::Present)
    };
    assert_eq!(
        waits(&planned(&stale, changed(Desired::Archived))),
        Reason::WaitingForSync
    );
}

#[test]
fn destroying_shows_what_it_takes_and_what_follows() {
    let plan = planned(
        &superseded("ARCHIVED", Backup::Present),
        changed(Desired::BackupDeleted),
    );
    assert_eq!(
        steps(&plan),
        [
            (Action::Destroy, Effect::Disruptive),
            (Action::DeleteBackup, Effect::Irreversible)
        ]
    );
}

#[test]
fn destroying_without_a_known_backup_is_irreversible() {
    for backup in [Backup::Unknown, Backup::Deleted] {
        let plan = planned(&superseded("ARCHIVED", backup), changed(Desired::Destroyed));
        assert_eq!(steps(&plan), [(Action::Destroy, Effect::Irreversible)]);
    }
}

#[test]
fn nothing_is_destroyed_on_stale_news_or_without_a_successor() {
    let stale = Facts {
        decided_at: at(95),
        ..superseded("ARCHIVED", Backup::Present)
    };
    assert_eq!(
        waits(&planned(&stale, changed(Desired::Destroyed))),
        Reason::WaitingForSync
    );
    let alone = Facts {
        superseded_by: None,
        ..superseded("ARCHIVED", Backup::Present)
    };
    assert_eq!(
        waits(&planned(&alone, changed(Desired::Destroyed))),
        Reason::WaitingForSuccessor
    );
}

#[test]
fn cache_only_secrets_are_not_driven() {
    let mut facts = superseded("ARCHIVED", Backup::Present);
    facts.secret.as_mut().expect("a row").cache_only = true;
    assert_eq!(
        waits(&planned(&facts, changed(Desired::Destroyed))),
        Reason::InvalidSpec
    );
}

#[test]
fn a_revert_imports_a_destroyed_secret_and_archived_satisfies_active() {
    let plan = planned(
        &superseded("DESTROYED", Backup::Present),
        changed(Desired::Active),
    );
    assert_eq!(steps(&plan), [(Action::Import, Effect::Restores)]);
    let back = planned(
        &superseded("ARCHIVED", Backup::Present),
        changed(Desired::Active),
    );
    assert!(matches!(back.next, Next::Rest(Reason::Superseded, _)));
}

#[test]
fn without_its_backup_nothing_brings_it_back() {
    assert_eq!(
        waits(&planned(
            &superseded("DESTROYED", Backup::Deleted),
            changed(Desired::Active)
        )),
        Reason::CannotUndo
    );
}

#[test]
fn an_undo_by_a_backup_of_which_cm_says_nothing_is_not_called_certain() {
    for (backup, deadline) in [
        (Backup::Present, Some(Deadline::Never)),
        (Backup::Unknown, Some(Deadline::Unknown)),
        (Backup::Deleted, None),
    ] {
        let facts = superseded("DESTROYED", backup);
        let state = TenantSecret::state(&facts).unwrap();
        let undo = undo::<TenantSecret>(state, &facts, at(100));
        assert_eq!(undo.map(|undo| undo.deadline), deadline, "{backup:?}");
    }
}

#[test]
fn a_row_that_vanished_with_its_backup_by_our_own_act_is_the_goal() {
    let gone = Facts {
        recorded: true,
        backup_dropped_by_us: true,
        absent_since: Some(at(99)),
        ..facts(None)
    };
    assert!(matches!(
        planned(&gone, changed(Desired::BackupDeleted)).next,
        Next::Rest(Reason::Reached, _)
    ));
    let vanished = Facts {
        backup_dropped_by_us: false,
        absent_since: Some(at(40)),
        ..gone
    };
    assert_eq!(
        waits(&planned(&vanished, changed(Desired::BackupDeleted))),
        Reason::Gone
    );
}
