//! What Flux, `kubectl wait` and Helm read from our conditions: they all decide by kstatus, whose rules for a custom
//! resource are written out here (kstatus of sigs.k8s.io/cli-utils, `generic.go`).

use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    conditions::{Condition, PATIENCE, Suspended, Verdict, conditions},
    plan::{Note, NoteKind},
    reason::{Class, Reason},
};

const GENERATION: i64 = 3;
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kstatus {
    Current,
    InProgress,
    Failed,
}

/// In the order of the conditions' list; the first hit counts.
fn kstatus(observed_generation: Option<i64>, conditions: &[Condition]) -> Kstatus {
    if observed_generation.is_some_and(|observed| observed != GENERATION) {
        return Kstatus::InProgress;
    }
    for condition in conditions.iter().filter(|condition| condition.status) {
        match condition.kind.as_str() {
            "Reconciling" => return Kstatus::InProgress,
            "Stalled" => return Kstatus::Failed,
            _ => {}
        }
    }
    match conditions
        .iter()
        .find(|condition| condition.kind == "Ready")
    {
        Some(ready) if !ready.status => Kstatus::InProgress,
        Some(_) | None => Kstatus::Current,
    }
}

const NOTES: [NoteKind; 7] = [
    NoteKind::Superseded,
    NoteKind::MoreFinal,
    NoteKind::Drifted,
    NoteKind::ValueUnverified,
    NoteKind::PendingChange,
    NoteKind::CertificateExpiring,
    NoteKind::InsecureSkipVerify,
];

fn verdict(reason: Reason, suspended: Suspended) -> Verdict {
    let note = |condition| Note {
        condition,
        message: "m".into(),
    };
    Verdict {
        reason,
        message: "m".into(),
        suspended,
        notes: NOTES.map(note).to_vec(),
    }
}

/// What is said at `now` of an object that was said the same of at the epoch.
fn said(reason: Reason, suspended: Suspended, now: Timestamp) -> Vec<Condition> {
    let verdict = verdict(reason, suspended);
    let (first, _) = conditions(&[], &verdict, GENERATION, NOW);
    conditions(&first, &verdict, GENERATION, now).0
}

fn expected(reason: Reason) -> Kstatus {
    match reason.class() {
        Class::Ready => Kstatus::Current,
        Class::Reconciling => Kstatus::InProgress,
        Class::Stalled => Kstatus::Failed,
    }
}

#[test]
fn who_waits_for_an_object_goes_on_when_it_is_ready_and_fails_fast_when_somebody_has_to_act() {
    let later = NOW + SignedDuration::from_hours(1);
    for reason in Reason::ALL {
        let conditions = said(*reason, Suspended::No, later);
        assert_eq!(
            kstatus(Some(GENERATION), &conditions),
            expected(*reason),
            "{reason:?}"
        );
    }
}

#[test]
fn what_may_only_be_the_order_of_applying_fails_nobodys_rollout_for_five_minutes() {
    let order = Reason::ALL
        .iter()
        .filter(|reason| reason.may_be_a_matter_of_order());
    for reason in order {
        let early = said(
            *reason,
            Suspended::No,
            NOW + PATIENCE - SignedDuration::from_secs(1),
        );
        assert_eq!(
            kstatus(Some(GENERATION), &early),
            Kstatus::InProgress,
            "{reason:?}"
        );
        let late = said(*reason, Suspended::No, NOW + PATIENCE);
        assert_eq!(
            kstatus(Some(GENERATION), &late),
            Kstatus::Failed,
            "{reason:?}"
        );
    }
}

#[test]
fn an_object_that_nobody_has_looked_at_since_it_changed_is_in_progress() {
    let ready = said(Reason::Reached, Suspended::No, NOW);
    assert_eq!(kstatus(Some(GENERATION - 1), &ready), Kstatus::InProgress);
    // The schema's default for a fresh object.
    assert_eq!(kstatus(Some(-1), &[]), Kstatus::InProgress);
}

#[test]
fn suspended_work_neither_passes_nor_fails_and_suspension_at_rest_passes() {
    for reason in Reason::ALL
        .iter()
        .filter(|reason| reason.class() != Class::Ready)
    {
        let holding = said(*reason, Suspended::Holding, NOW);
        assert_eq!(
            kstatus(Some(GENERATION), &holding),
            Kstatus::InProgress,
            "{reason:?}"
        );
    }
    let idle = said(Reason::Reached, Suspended::Idle, NOW);
    assert_eq!(kstatus(Some(GENERATION), &idle), Kstatus::Current);
}

#[test]
fn no_condition_is_said_to_be_false_but_ready_and_never_are_both_abnormal_ones_there() {
    for reason in Reason::ALL {
        for suspended in [Suspended::No, Suspended::Idle, Suspended::Holding] {
            let conditions = said(*reason, suspended, NOW + PATIENCE);
            let kinds: Vec<&str> = conditions
                .iter()
                .filter(|condition| condition.status || condition.kind == "Ready")
                .map(|condition| condition.kind.as_str())
                .collect();
            assert_eq!(kinds.len(), conditions.len(), "{reason:?}");
            assert_eq!(kinds.first(), Some(&"Ready"), "{reason:?}");
            let both = kinds.contains(&"Reconciling") && kinds.contains(&"Stalled");
            assert!(!both, "{reason:?}");
        }
    }
}
