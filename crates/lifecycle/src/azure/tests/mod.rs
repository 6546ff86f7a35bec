//! What a user of an Azure secret relies on.

use jiff::{SignedDuration, Timestamp};

mod elsewhere;
mod the_end;

use super::*;
use crate::{
    action::{Action, Effect},
    backup::Backup,
    goal::{DriftPolicy, Goal, Origin},
    ownership::Ownership,
    plan::{Input, Next, NoteKind, Plan, plan},
    reason::{Blocker, Reason},
    sync::Reading,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn facts(status: Option<&str>) -> Facts {
    Facts {
        record: status.map_or(Record::Absent, |status| Record::Row {
            status: status.into(),
            gone: false,
        }),
        recorded: status.is_some(),
        ownership: Ownership::Ours,
        managed_by: None,
        recovery_level: Some("Recoverable+Purgeable".into()),
        soft_delete: Some(true),
        value: Value::Current,
        restore_from: RestoreFrom::NotAsked,
        push: false,
        attributes: Judged::default(),
        reading: Reading {
            sync_started: Some(at(50)),
            consistent: true,
        },
        first_seen: at(10),
        decided_at: at(20),
        absent_since: None,
        backup: Backup::Present,
        restore_sent: None,
        removed_by_us: false,
        retained_until: None,
    }
}

fn first_seen(desired: Desired) -> Goal<Desired> {
    Goal::follow(None, desired)
}

fn changed(desired: Desired) -> Goal<Desired> {
    Goal {
        desired,
        origin: Origin::Changed,
        reached: false,
    }
}

fn planned(facts: &Facts, goal: Goal<Desired>) -> Plan {
    plan::<Secret>(&Input {
        facts,
        goal,
        drift: DriftPolicy::Report,
        restore_asked: false,
        refused: &[],
        now: at(100),
    })
}

fn actions(plan: &Plan) -> Vec<Action> {
    plan.steps.iter().map(|step| step.action).collect()
}

fn waits(plan: &Plan) -> Reason {
    match &plan.next {
        Next::Wait(blocker) => blocker.reason,
        other => panic!("expected a wait, got {other:?}"),
    }
}

#[test]
fn a_secret_that_is_not_there_is_created_after_a_sync_that_began_after_it_was_asked_for() {
    let plan = planned(&facts(None), first_seen(Desired::Available));
    assert_eq!(actions(&plan), [Action::Create]);
    assert!(matches!(plan.next, Next::Act(_)));
    let stale = Facts {
        reading: Reading {
            sync_started: Some(at(9)),
            consistent: true,
        },
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&stale, first_seen(Desired::Available))),
        Reason::WaitingForSync
    );
    let torn = Facts {
        reading: Reading {
            sync_started: Some(at(50)),
            consistent: false,
        },
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&torn, first_seen(Desired::Available))),
        Reason::WaitingForSync
    );
}

#[test]
fn a_destructive_wish_never_creates() {
    for desired in [Desired::SoftDeleted, Desired::Purged] {
        let plan = planned(&facts(None), changed(desired));
        assert_eq!(
            (actions(&plan), waits(&plan)),
            (vec![], Reason::NothingToDestroy)
        );
    }
}

#[test]
fn a_secret_that_vanished_is_never_made_again() {
    let gone = Facts {
        recorded: true,
        absent_since: Some(at(40)),
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&gone, changed(Desired::Available))),
        Reason::Gone
    );
}

#[test]
fn a_missing_row_is_no_proof_until_a_sync_agrees() {
    let missing = Facts {
        recorded: true,
        absent_since: Some(at(60)),
        ..facts(None)
    };
    let plan = planned(&missing, changed(Desired::Purged));
    assert_eq!(
        (waits(&plan), plan.reached),
        (Reason::WaitingForSync, false)
    );
}

#[test]
fn purging_shows_both_steps_before_the_first_is_taken() {
    let plan = planned(&facts(Some("AVAILABLE")), changed(Desired::Purged));
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|step| (step.action, step.effect))
        .collect();
    assert_eq!(
        steps,
        [
            (Action::SoftDelete, Effect::Expiring),
            (Action::HardDelete, Effect::Irreversible)
        ]
    );
}

#[test]
fn deleting_is_irreversible_where_the_vault_does_not_keep_it() {
    for plain in [
        Facts {
            soft_delete: Some(false),
            ..facts(Some("AVAILABLE"))
        },
        Facts {
            soft_delete: None,
            ..facts(Some("AVAILABLE"))
        },
        Facts {
            recovery_level: Some("Purgeable".into()),
            ..facts(Some("AVAILABLE"))
        },
    ] {
        let plan = planned(&plain, changed(Desired::SoftDeleted));
        assert_eq!(
            plan.steps.first().map(|step| step.effect),
            Some(Effect::Irreversible)
        );
        let unsynced = Facts {
            decided_at: at(60),
            ..plain
        };
        assert_eq!(
            waits(&planned(&unsynced, changed(Desired::SoftDeleted))),
            Reason::WaitingForSync
        );
    }
}

#[test]
fn purge_protection_is_waited_out_without_anybody() {
    let protected = Facts {
        recovery_level: Some("Recoverable".into()),
        ..facts(Some("SOFT-DELETED"))
    };
    let plan = planned(&protected, changed(Desired::Purged));
    assert_eq!(
        (waits(&plan), plan.reached, actions(&plan)),
        (Reason::PurgesOnExpiry, true, vec![])
    );
}

#[test]
fn a_revert_recovers_what_was_soft_deleted() {
    let plan = planned(&facts(Some("SOFT-DELETED")), changed(Desired::Available));
    assert_eq!(actions(&plan), [Action::Recover]);
}

#[test]
fn a_soft_deleted_secret_that_nobody_asked_back_stays_deleted() {
    let plan = planned(&facts(Some("SOFT-DELETED")), first_seen(Desired::Available));
    assert_eq!(
        (actions(&plan), waits(&plan)),
        (vec![], Reason::RestoreNotAsked)
    );
    let reached = Goal {
        reached: true,
        ..changed(Desired::Available)
    };
    assert_eq!(
        waits(&planned(&facts(Some("SOFT-DELETED")), reached)),
        Reason::Drifted
    );
}

#[test]
fn drift_of_the_state_is_corrected_only_if_asked() {
    let facts = facts(Some("SOFT-DELETED"));
    let goal = Goal {
        reached: true,
        ..first_seen(Desired::Available)
    };
    let correct = Input {
        facts: &facts,
        goal,
        drift: DriftPolicy::Correct,
        restore_asked: false,
        refused: &[],
        now: at(1),
    };
    assert_eq!(actions(&plan::<Secret>(&correct)), [Action::Recover]);
    let asked = Input {
        drift: DriftPolicy::Report,
        restore_asked: true,
        ..correct
    };
    assert_eq!(actions(&plan::<Secret>(&asked)), [Action::Recover]);
}

#[test]
fn a_drifted_deletion_is_not_repeated() {
    let goal = Goal {
        reached: true,
        ..changed(Desired::SoftDeleted)
    };
    let plan = planned(&facts(Some("AVAILABLE")), goal);
    assert_eq!((actions(&plan), waits(&plan)), (vec![], Reason::Drifted));
}

#[test]
fn a_refused_restore_is_not_tried_again_for_the_same_goal() {
    let facts = facts(Some("SOFT-DELETED"));
    let goal = changed(Desired::Available);
    let input = Input {
        facts: &facts,
        goal,
        drift: DriftPolicy::Report,
        restore_asked: false,
        refused: &[Action::Recover],
        now: at(1),
    };
    assert_eq!(waits(&plan::<Secret>(&input)), Reason::CannotUndo);
}

#[test]
fn a_secret_of_somebody_else_is_left_alone_in_every_state() {
    for status in ["AVAILABLE", "SOFT-DELETED", "DELETED"] {
        for desired in [Desired::Available, Desired::SoftDeleted, Desired::Purged] {
            let unowned = Facts {
                recorded: false,
                ownership: Ownership::Unowned,
                ..facts(Some(status))
            };
            let plan = planned(&unowned, changed(desired));
            let expected = if status == "DELETED" {
                Reason::RecordBlocksName
            } else {
                Reason::AlreadyExists
            };
            assert_eq!((actions(&plan), waits(&plan)), (vec![], expected));
            let foreign = Facts {
                ownership: Ownership::Foreign("x/y/z".into()),
                ..unowned
            };
            assert_eq!(
                waits(&planned(&foreign, changed(desired))),
                Reason::AlreadyManaged
            );
        }
    }
}

#[test]
fn of_two_objects_for_one_secret_none_acts() {
    for status in [None, Some("AVAILABLE")] {
        let managed = Facts {
            managed_by: Some("ns/other".into()),
            ..facts(status)
        };
        let plan = planned(&managed, changed(Desired::Available));
        assert_eq!(
            (actions(&plan), waits(&plan)),
            (vec![], Reason::AlreadyManaged)
        );
    }
}

#[test]
fn creating_needs_a_value() {
    let none = Facts {
        value: Value::NotManaged,
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&none, first_seen(Desired::Available))),
        Reason::ValueRequired
    );
    let missing = Value::Unavailable(Blocker::new(Reason::SecretNotFound, "no Secret"));
    let missing = Facts {
        value: missing,
        ..facts(None)
    };
    assert_eq!(
        waits(&planned(&missing, first_seen(Desired::Available))),
        Reason::SecretNotFound
    );
}

#[test]
fn a_missing_secret_does_not_keep_a_key_from_being_deleted() {
    let missing = Value::Unavailable(Blocker::new(Reason::SecretNotFound, "no Secret"));
    let missing = Facts {
        value: missing,
        ..facts(Some("AVAILABLE"))
    };
    assert_eq!(
        actions(&planned(&missing, changed(Desired::SoftDeleted))),
        [Action::SoftDelete]
    );
}

#[test]
fn a_changed_value_makes_one_new_version_that_carries_the_attributes_too() {
    let attributes = Judged {
        to_write: vec!["contentType".into()],
        ..Judged::default()
    };
    let both = Facts {
        value: Value::Changed,
        attributes,
        ..facts(Some("AVAILABLE"))
    };
    assert_eq!(
        actions(&planned(&both, first_seen(Desired::Available))),
        [Action::PutValue]
    );
}

#[test]
fn a_new_version_never_switches_a_secret_on_or_off_on_the_side() {
    let attributes = Judged {
        to_write: vec!["enabled".into()],
        enabling: Some(false),
        ..Judged::default()
    };
    let both = Facts {
        value: Value::Changed,
        attributes,
        ..facts(Some("AVAILABLE"))
    };
    let plan = planned(&both, first_seen(Desired::Available));
    let steps: Vec<_> = plan
        .steps
        .iter()
        .map(|step| (step.action, step.effect))
        .collect();
    assert_eq!(
        steps,
        [
            (Action::PutValue, Effect::Safe),
            (Action::UpdateAttributes, Effect::Disruptive)
        ]
    );
}

#[test]
fn the_end_of_a_retention_asks_for_a_sync_and_not_for_a_visit_in_the_past() {
    let over = Facts {
        recovery_level: Some("Recoverable".into()),
        retained_until: Some(at(90)),
        ..facts(Some("SOFT-DELETED"))
    };
    let Next::Wait(blocker) = planned(&over, changed(Desired::Purged)).next else {
        panic!("acted")
    };
    assert_eq!(
        (blocker.until, blocker.needs_sync_after),
        (None, Some(at(90)))
    );
}

#[test]
fn an_unverified_value_is_reported_and_pushed_only_on_request() {
    let unverified = Facts {
        value: Value::Unverified,
        ..facts(Some("AVAILABLE"))
    };
    let plan = planned(&unverified, first_seen(Desired::Available));
    assert!(matches!(plan.next, Next::Rest(Reason::Reached, _)));
    assert_eq!(
        plan.notes.first().map(|note| note.condition),
        Some(NoteKind::ValueUnverified)
    );
    let push = Facts {
        push: true,
        ..unverified
    };
    assert_eq!(
        actions(&planned(&push, first_seen(Desired::Available))),
        [Action::PutValue]
    );
}

#[test]
fn adoption_alone_writes_nothing_and_claims_with_the_first_change() {
    let adopted = Facts {
        ownership: Ownership::Adopted,
        ..facts(Some("AVAILABLE"))
    };
    let plan = planned(&adopted, first_seen(Desired::Available));
    assert_eq!((actions(&plan), plan.reached), (vec![], true));
    let changed = Facts {
        value: Value::Changed,
        ..adopted
    };
    assert_eq!(
        actions(&planned(&changed, first_seen(Desired::Available))),
        [Action::ClaimOwnership, Action::PutValue]
    );
}

#[test]
fn no_attribute_is_written_on_the_way_to_a_deletion() {
    let attributes = Judged {
        to_write: vec!["contentType".into()],
        ..Judged::default()
    };
    let differing = Facts {
        attributes,
        value: Value::Changed,
        ..facts(Some("AVAILABLE"))
    };
    assert_eq!(
        actions(&planned(&differing, changed(Desired::SoftDeleted))),
        [Action::SoftDelete]
    );
}

#[test]
fn a_state_that_is_not_in_the_table_stops_everything_and_is_printed_safely() {
    let odd = facts(Some("FROZEN<script>"));
    let plan = planned(&odd, changed(Desired::Purged));
    let Next::Wait(blocker) = plan.next else {
        panic!("acted on an unknown state")
    };
    assert_eq!(blocker.reason, Reason::UnknownRemoteState);
    assert!(
        blocker.message.contains("FROZENscript"),
        "{}",
        blocker.message
    );
}

mod attributes {
    use super::*;

    fn attributes(enabled: Option<bool>, tags: &[(&str, &str)]) -> Attributes {
        let tags = tags
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Attributes {
            enabled,
            tags,
            ..Attributes::default()
        }
    }

    #[test]
    fn an_enabled_flag_that_an_incident_responder_changed_is_reported_and_not_undone() {
        let wish = Wish {
            spec: attributes(Some(true), &[]),
            applied: Some(attributes(Some(true), &[])),
        };
        let judged = judge(&wish, &attributes(Some(false), &[]));
        assert_eq!(
            (judged.to_write, judged.drifted),
            (vec![], vec!["enabled".to_owned()])
        );
    }

    #[test]
    fn with_nothing_recorded_the_remote_flag_is_the_baseline() {
        let wish = Wish {
            spec: attributes(Some(true), &[]),
            applied: None,
        };
        assert_eq!(
            judge(&wish, &attributes(Some(false), &[])).drifted,
            ["enabled"]
        );
    }

    #[test]
    fn a_flag_changed_in_the_spec_is_written_with_its_effect() {
        let wish = Wish {
            spec: attributes(Some(false), &[]),
            applied: Some(attributes(Some(true), &[])),
        };
        let judged = judge(&wish, &attributes(Some(true), &[]));
        assert_eq!(
            (judged.to_write.clone(), judged.effect()),
            (vec!["enabled".to_owned()], Effect::Disruptive)
        );
    }

    #[test]
    fn tags_of_others_stay_ours_are_enforced_and_unlisted_ones_of_ours_go() {
        let wish = Wish {
            spec: attributes(None, &[("team", "billing")]),
            applied: Some(attributes(None, &[("team", ""), ("old", "")])),
        };
        let remote = attributes(None, &[("team", "x"), ("old", "1"), ("cloud", "adds")]);
        let judged = judge(&wish, &remote);
        assert_eq!(
            judged.write.tags,
            attributes(None, &[("team", "billing"), ("cloud", "adds")]).tags
        );
        assert_eq!(judged.to_write, ["tags.old", "tags.team"]);
    }
}
