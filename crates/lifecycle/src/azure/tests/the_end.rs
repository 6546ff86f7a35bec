//! What follows a purge: CipherTrust Manager's backup and record.

use super::*;
use crate::undo::{Deadline, Undo, undo};

fn deleted(backup: Backup) -> Facts {
    Facts {
        backup,
        ..facts(Some("DELETED"))
    }
}

fn gone_from_azure(status: &str) -> Facts {
    Facts {
        record: Record::Row {
            status: status.into(),
            gone: true,
        },
        ..facts(Some(status))
    }
}

#[test]
fn a_purged_secret_comes_back_from_the_backup_when_somebody_asks() {
    for backup in [Backup::Present, Backup::Unknown] {
        let plan = planned(&deleted(backup), changed(Desired::Available));
        assert_eq!(actions(&plan), [Action::Restore]);
        assert!(matches!(plan.next, Next::Act(_)));
    }
    assert_eq!(
        undo::<Secret>(State::Deleted, &deleted(Backup::Present), at(100)),
        Some(Undo {
            action: Action::Restore,
            deadline: Deadline::Never
        })
    );
    assert_eq!(
        waits(&planned(
            &deleted(Backup::Present),
            first_seen(Desired::Available)
        )),
        Reason::RestoreNotAsked
    );
}

#[test]
fn without_a_backup_nothing_brings_a_purged_secret_back() {
    let plan = planned(&deleted(Backup::Deleted), changed(Desired::Available));
    assert_eq!(waits(&plan), Reason::CannotUndo);
    assert_eq!(
        undo::<Secret>(State::Deleted, &deleted(Backup::Deleted), at(100)),
        None
    );
}

#[test]
fn removing_a_secret_from_the_manager_shows_every_step_on_the_way() {
    let plan = planned(
        &facts(Some("AVAILABLE")),
        changed(Desired::RemovedFromManager),
    );
    let steps: Vec<_> = plan.steps.iter().map(|s| (s.action, s.effect)).collect();
    assert_eq!(
        steps,
        [
            (Action::SoftDelete, Effect::Expiring),
            (Action::HardDelete, Effect::Irreversible),
            (Action::RemoveRecord, Effect::Irreversible),
        ]
    );
}

#[test]
fn removing_waits_out_purge_protection_without_anybody_and_then_asks_for_the_record_alone() {
    let protected = Facts {
        recovery_level: Some("Recoverable".into()),
        ..facts(Some("SOFT-DELETED"))
    };
    let plan = planned(&protected, changed(Desired::RemovedFromManager));
    assert_eq!(
        (waits(&plan), plan.reached),
        (Reason::PurgesOnExpiry, false)
    );
    let over = planned(
        &gone_from_azure("SOFT-DELETED"),
        changed(Desired::RemovedFromManager),
    );
    assert_eq!(actions(&over), [Action::RemoveRecord]);
    let before = planned(
        &Facts {
            recovery_level: Some("Recoverable".into()),
            ..facts(Some("AVAILABLE"))
        },
        changed(Desired::RemovedFromManager),
    );
    assert_eq!(
        actions(&before),
        [Action::SoftDelete, Action::RemoveRecord],
        "Azure purges in between"
    );
}

#[test]
fn a_record_is_removed_only_on_news_younger_than_the_decision() {
    let old = Facts {
        reading: Reading {
            sync_started: Some(at(15)),
            consistent: true,
        },
        ..deleted(Backup::Present)
    };
    assert_eq!(
        waits(&planned(&old, changed(Desired::RemovedFromManager))),
        Reason::WaitingForSync
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
        ..deleted(Backup::Unknown)
    };
    for facts in [removed, back] {
        let plan = planned(&facts, changed(Desired::RemovedFromManager));
        assert_eq!((actions(&plan), plan.reached), (vec![], true));
    }
}

#[test]
fn a_secret_that_azure_does_not_know_any_more_is_not_made_again_and_its_record_can_go() {
    let vanished = gone_from_azure("AVAILABLE");
    assert_eq!(
        waits(&planned(&vanished, changed(Desired::Available))),
        Reason::Gone
    );
    assert_eq!(
        actions(&planned(&vanished, changed(Desired::RemovedFromManager))),
        [Action::RemoveRecord]
    );
}
