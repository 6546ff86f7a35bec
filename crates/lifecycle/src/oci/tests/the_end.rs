//! What follows a deletion: CipherTrust Manager's backup and record.

use super::*;
use crate::backup::RestoreSent;

fn deleted(backup: Backup) -> Facts {
    Facts {
        backup,
        versions_left: Some(0),
        ..facts(Some("DELETED"))
    }
}

#[test]
fn a_deleted_key_is_restored_from_the_backup_when_somebody_asks() {
    for desired in [Desired::Enabled, Desired::Disabled] {
        let plan = planned(&deleted(Backup::Unknown), changed(desired));
        assert_eq!(steps(&plan), [(Action::Restore, Effect::Restores)]);
    }
    let asleep = Goal::follow(None, Desired::Enabled);
    assert_eq!(
        waits(&planned(&deleted(Backup::Unknown), asleep)),
        Reason::RestoreNotAsked
    );
    assert_eq!(
        undo::<Key>(State::Deleted, &deleted(Backup::Unknown), at(100)),
        Some(Undo {
            action: Action::Restore,
            deadline: Deadline::Never
        })
    );
}

#[test]
fn a_restore_is_sent_once_a_generation() {
    let sent = Facts {
        restore_sent: Some(RestoreSent {
            at: at(95),
            of_this_generation: true,
        }),
        ..deleted(Backup::Unknown)
    };
    assert_eq!(
        waits(&planned(&sent, changed(Desired::Enabled))),
        Reason::WaitingForRemote
    );
}

#[test]
fn a_key_that_a_restore_brought_back_as_another_one_is_named() {
    let elsewhere = Facts {
        restored_as: Some("ocid1.key.oc1..new".into()),
        restore_sent: Some(RestoreSent {
            at: at(95),
            of_this_generation: true,
        }),
        recorded: true,
        absent_since: Some(at(96)),
        ..facts(None)
    };
    let plan = planned(&elsewhere, changed(Desired::Enabled));
    assert_eq!(waits(&plan), Reason::RestoredElsewhere);
    let Next::Wait(blocker) = plan.next else {
        unreachable!()
    };
    assert!(
        blocker.message.contains("ocid1.key.oc1..new"),
        "{blocker:?}"
    );
}

#[test]
fn dropping_the_backup_shows_every_step_and_waits_out_the_waiting_period_without_anybody() {
    let plan = planned(&facts(Some("ENABLED")), changed(Desired::BackupDeleted));
    assert_eq!(
        steps(&plan),
        [
            (Action::ScheduleDeletion, Effect::Expiring),
            (Action::DeleteBackup, Effect::Irreversible),
        ]
    );
    for desired in [Desired::BackupDeleted, Desired::RemovedFromManager] {
        let waiting = planned(&facts(Some("PENDING_DELETION")), changed(desired));
        assert_eq!(
            (waits(&waiting), waiting.reached, waiting.steps.len()),
            (Reason::DeletionScheduled, false, 0),
            "the goal itself is not reached yet"
        );
        let over = planned_at(&facts(Some("PENDING_DELETION")), changed(desired), at(1001));
        let Next::Wait(blocker) = over.next else {
            unreachable!()
        };
        assert!(
            blocker.needs_sync_after.is_some(),
            "a sync shows what OCI did"
        );
    }
}

#[test]
fn a_key_whose_waiting_period_is_over_is_deleted_however_the_row_shows_it() {
    let forgotten = Facts {
        record: Record::Row {
            state: "PENDING_DELETION".into(),
            gone: true,
        },
        ..deleted(Backup::Unknown)
    };
    for facts in [deleted(Backup::Unknown), forgotten] {
        let backup = planned(&facts, changed(Desired::BackupDeleted));
        assert_eq!(
            steps(&backup),
            [(Action::DeleteBackup, Effect::Irreversible)]
        );
        let record = planned(&facts, changed(Desired::RemovedFromManager));
        assert_eq!(
            steps(&record),
            [(Action::RemoveRecord, Effect::Irreversible)]
        );
    }
}

#[test]
fn nothing_is_dropped_while_a_version_may_be_left() {
    for versions_left in [None, Some(1)] {
        let facts = Facts {
            versions_left,
            ..deleted(Backup::Unknown)
        };
        assert_eq!(
            waits(&planned(&facts, changed(Desired::BackupDeleted))),
            Reason::WaitingForRemote
        );
    }
}

#[test]
fn a_dropped_backup_is_final_and_only_the_record_is_left() {
    let final_ = deleted(Backup::Deleted);
    let reached = planned(&final_, changed(Desired::BackupDeleted));
    assert_eq!((steps(&reached), reached.reached), (vec![], true));
    assert_eq!(
        waits(&planned(&final_, changed(Desired::Enabled))),
        Reason::CannotUndo
    );
    assert_eq!(
        steps(&planned(&final_, changed(Desired::RemovedFromManager))),
        [(Action::RemoveRecord, Effect::Irreversible)]
    );
}

#[test]
fn a_record_that_we_removed_counts_as_gone_at_once_and_when_a_sync_brings_it_back() {
    let removed = Facts {
        recorded: true,
        removed_by_us: true,
        absent_since: Some(at(60)),
        ..facts(None)
    };
    let back = Facts {
        removed_by_us: true,
        ..deleted(Backup::Deleted)
    };
    for facts in [removed, back] {
        let plan = planned(&facts, changed(Desired::RemovedFromManager));
        assert_eq!((steps(&plan), plan.reached), (vec![], true));
    }
}

#[test]
fn a_key_that_oci_does_not_know_any_more_is_not_made_again_and_its_record_can_go() {
    let vanished = Facts {
        record: Record::Row {
            state: "ENABLED".into(),
            gone: true,
        },
        ..deleted(Backup::Unknown)
    };
    assert_eq!(
        waits(&planned(&vanished, changed(Desired::Enabled))),
        Reason::Gone
    );
    assert_eq!(
        steps(&planned(&vanished, changed(Desired::RemovedFromManager))),
        [(Action::RemoveRecord, Effect::Irreversible)]
    );
}

#[test]
fn a_key_in_another_compartment_is_moved_to_the_one_that_the_spec_names() {
    let moved = Facts {
        attributes: Judged {
            compartment_id: Some("ocid1.compartment.oc1..b".into()),
            ..Judged::default()
        },
        ..facts(Some("ENABLED"))
    };
    let plan = planned(&moved, Goal::follow(None, Desired::Enabled));
    assert_eq!(
        steps(&plan),
        [(Action::ChangeCompartment, Effect::Disruptive)]
    );
}
