//! What a verdict reads like as conditions.

use jiff::{SignedDuration, Timestamp};

use crate::{
    plan::Note,
    reason::{Class, Reason},
};

/// How long a cause that may only be a matter of order is reported as progress.
pub const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// One condition. All of ours are positive statements: `status` false appears on Ready only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its type.
    pub kind: String,
    /// Whether it is true.
    pub status: bool,
    /// The stable reason.
    pub reason: String,
    /// For people.
    pub message: String,
    /// The generation it was judged at.
    pub observed_generation: i64,
    /// When `status` last changed.
    pub last_transition: Timestamp,
}

/// What is to be said of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The reason; its class chooses the condition.
    pub reason: Reason,
    /// What it is and what to do: no clock, counter or attempt number.
    pub message: String,
    /// Whether work is held back by `suspend`.
    pub suspended: Suspended,
    /// Information conditions.
    pub notes: Vec<Note>,
}

/// Whether the object, or its manager, is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspended {
    /// No.
    No,
    /// Yes, and nothing is held back by it.
    Idle,
    /// Yes, and steps are held back.
    Holding,
}

/// The conditions that say it, with transition times carried over from `before`; and when to judge again,
/// where the verdict changes with time alone.
pub fn conditions(
    before: &[Condition],
    verdict: &Verdict,
    generation: i64,
    now: Timestamp,
) -> (Vec<Condition>, Option<Timestamp>) {
    let mut revisit = None;
    let mut class = verdict.reason.class();
    if class == Class::Stalled && verdict.reason.may_be_a_matter_of_order() {
        let patience_ends = not_ready_since(before).unwrap_or(now) + PATIENCE;
        if now < patience_ends {
            class = Class::Reconciling;
            revisit = Some(patience_ends);
        }
    }
    let (mut reason, mut ready) = (verdict.reason, class == Class::Ready);
    let mut shown = Vec::new();
    if verdict.suspended == Suspended::Holding {
        (reason, ready) = (Reason::Suspended, false);
    } else if !ready {
        let kind = if class == Class::Stalled {
            "Stalled"
        } else {
            "Reconciling"
        };
        shown.push((kind, true, reason.as_str(), verdict.message.as_str()));
    }
    shown.insert(
        0,
        ("Ready", ready, reason.as_str(), verdict.message.as_str()),
    );
    if verdict.suspended != Suspended::No {
        shown.push((
            "Suspended",
            true,
            "Suspended",
            "spec.suspend holds back every change, on the object or its manager.",
        ));
    }
    let mut notes = verdict.notes.clone();
    notes.sort_by_key(|note| note.condition);
    shown.extend(notes.iter().map(|note| {
        (
            note.condition.as_str(),
            true,
            note.condition.as_str(),
            note.message.as_str(),
        )
    }));
    (since(before, shown, generation, now), revisit)
}

/// Conditions of these types, statuses, reasons and messages, with transition times carried over from `before`.
pub fn since<'a>(
    before: &[Condition],
    shown: impl IntoIterator<Item = (&'a str, bool, &'a str, &'a str)>,
    generation: i64,
    now: Timestamp,
) -> Vec<Condition> {
    let condition = |(kind, status, reason, message): (&str, bool, &str, &str)| Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        observed_generation: generation,
        last_transition: before
            .iter()
            .find(|earlier| earlier.kind == kind && earlier.status == status)
            .map_or(now, |earlier| earlier.last_transition),
    };
    shown.into_iter().map(condition).collect()
}

fn not_ready_since(before: &[Condition]) -> Option<Timestamp> {
    before
        .iter()
        .find(|condition| condition.kind == "Ready" && !condition.status)
        .map(|ready| ready.last_transition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(reason: Reason) -> Verdict {
        Verdict {
            reason,
            message: "m".into(),
            suspended: Suspended::No,
            notes: vec![],
        }
    }

    fn kinds(conditions: &[Condition]) -> Vec<(&str, bool)> {
        conditions
            .iter()
            .map(|c| (c.kind.as_str(), c.status))
            .collect()
    }

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn timers_are_reconciling_and_people_are_stalled_and_never_both() {
        for reason in Reason::ALL
            .iter()
            .filter(|reason| !reason.may_be_a_matter_of_order())
        {
            let (conditions, _) = conditions(&[], &verdict(*reason), 1, START);
            let expected: &[(&str, bool)] = match reason.class() {
                Class::Ready => &[("Ready", true)],
                Class::Reconciling => &[("Ready", false), ("Reconciling", true)],
                Class::Stalled => &[("Ready", false), ("Stalled", true)],
            };
            assert_eq!(kinds(&conditions), expected, "{reason:?}");
        }
    }

    #[test]
    fn a_secret_applied_after_its_user_is_no_failure_for_five_minutes() {
        let (first, revisit) = conditions(&[], &verdict(Reason::SecretNotFound), 1, START);
        assert_eq!(kinds(&first), [("Ready", false), ("Reconciling", true)]);
        assert_eq!(revisit, Some(START + PATIENCE));
        let (later, _) = conditions(
            &first,
            &verdict(Reason::SecretNotFound),
            1,
            START + PATIENCE,
        );
        assert_eq!(kinds(&later), [("Ready", false), ("Stalled", true)]);
    }

    #[test]
    fn the_same_verdict_gives_the_same_bytes_at_any_time() {
        let (first, _) = conditions(&[], &verdict(Reason::AwaitingApproval), 1, START);
        let (again, _) = conditions(
            &first,
            &verdict(Reason::AwaitingApproval),
            1,
            START + PATIENCE,
        );
        assert_eq!(first, again);
    }

    #[test]
    fn suspended_work_is_neither_ready_nor_in_progress() {
        let held = Verdict {
            suspended: Suspended::Holding,
            ..verdict(Reason::Progressing)
        };
        let (conditions, _) = conditions(&[], &held, 1, START);
        assert_eq!(kinds(&conditions), [("Ready", false), ("Suspended", true)]);
        assert_eq!(
            conditions.first().map(|ready| ready.reason.as_str()),
            Some("Suspended")
        );
    }
}
