//! New versions of a key.

use super::*;

fn due(state: &str) -> Facts {
    Facts {
        version: VersionDue::TooOld,
        ..facts(Some(state))
    }
}

fn planned(facts: &Facts, desired: Desired) -> Plan {
    plan::<Key>(&Input {
        facts,
        goal: changed(desired),
        drift: DriftPolicy::Report,
        restore_asked: false,
        refused: &[],
        now: at(60),
    })
}

fn actions(plan: &Plan) -> Vec<(Action, Effect)> {
    let steps = plan.steps.iter();
    steps.map(|step| (step.action, step.effect)).collect()
}

#[test]
fn a_due_version_is_made_of_a_key_in_use() {
    let plan = planned(&due("ENABLED"), Desired::Enabled);
    assert_eq!(actions(&plan), [(Action::NewVersion, Effect::Safe)]);
}

#[test]
fn a_key_that_is_switched_off_is_not_switched_on_for_a_version() {
    let plan = planned(&due("DISABLED"), Desired::Disabled);
    assert_eq!(actions(&plan), []);
    let notes: Vec<_> = plan.notes.iter().map(|note| note.condition).collect();
    assert_eq!(notes, [NoteKind::PendingChange]);
}

#[test]
fn a_key_on_its_way_out_gets_no_version() {
    let plan = planned(&due("ENABLED"), Desired::PendingDeletion);
    let steps = [(Action::ScheduleDeletion, Effect::Expiring)];
    assert_eq!(actions(&plan), steps);
}

#[test]
fn a_replica_gets_no_version() {
    let replica = Facts {
        primary: Some(false),
        ..due("ENABLED")
    };
    let Next::Wait(blocker) = planned(&replica, Desired::Enabled).next else {
        panic!("nothing may be done")
    };
    assert_eq!(blocker.reason, Reason::InvalidSpec);
}

#[test]
fn two_rotations_of_one_key_are_reported_and_do_not_keep_it_from_its_end() {
    let twice = Facts {
        rotated_elsewhere: true,
        ..due("ENABLED")
    };
    let Next::Wait(blocker) = planned(&twice, Desired::Enabled).next else {
        panic!("nothing may be done")
    };
    assert_eq!(blocker.reason, Reason::RotatedElsewhere);
    let steps = [(Action::ScheduleDeletion, Effect::Expiring)];
    assert_eq!(actions(&planned(&twice, Desired::PendingDeletion)), steps);
}

#[test]
fn it_says_when_nobody_can_tell_whether_a_version_is_due() {
    let unknown = Facts {
        version: VersionDue::Unknown,
        ..facts(Some("ENABLED"))
    };
    let plan = planned(&unknown, Desired::Enabled);
    assert!(plan.reached && plan.steps.is_empty());
    assert_eq!(plan.notes[0].condition, NoteKind::PendingChange);
}
