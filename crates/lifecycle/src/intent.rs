//! The write-ahead record of a call that makes something.

use jiff::{SignedDuration, Timestamp};

use crate::{action::Action, reason::Blocker, sync::Reading};

/// How long after an intent was opened the call may still take effect: CM works on after the connection died.
pub const SETTLING: SignedDuration = SignedDuration::from_mins(10);

/// An open intent: outcome unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Names this one attempt.
    pub id: String,
    /// The call.
    pub action: Action,
    /// The generation it was decided for.
    pub generation: i64,
    /// When it was announced.
    pub opened_at: Timestamp,
    /// For a new version: the version before it.
    pub version_before: Option<String>,
}

/// What has become of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What it was to make is there.
    Made,
    /// It is proven that nothing was made.
    NotMade,
    /// Not known yet.
    Unknown(Blocker),
}

/// Settles an intent by what a reading shows. `found`: what it was to make was found. A row counts at once;
/// "not made" is concluded only from a sync that started [`SETTLING`] after the intent.
pub fn settle(intent: &Intent, found: bool, reading: Reading, now: Timestamp) -> Outcome {
    if found {
        return Outcome::Made;
    }
    let settled = settled(intent.opened_at);
    if reading.proves_absence(settled) {
        return Outcome::NotMade;
    }
    let message = format!(
        "{} was sent and its outcome is unknown. Nothing is sent again until a sync shows what became of it.",
        intent.action
    );
    if !reading.shows(intent.opened_at) {
        return Outcome::Unknown(Blocker::needs_sync(message, intent.opened_at));
    }
    Outcome::Unknown(wait_until_settled(message, settled, now))
}

/// What to wait for after an act at `sent_at` of which nothing was heard, before its rows count: nothing once a sync
/// shows what became of it.
pub fn unheard(
    action: Action,
    sent_at: Timestamp,
    reading: Reading,
    now: Timestamp,
) -> Option<Blocker> {
    let settled = settled(sent_at);
    let message =
        format!("What became of {action} is not known; a sync ten minutes after it has to show.");
    (!reading.shows(settled)).then(|| wait_until_settled(message, settled, now))
}

/// When a call can have no effect any more.
fn settled(sent_at: Timestamp) -> Timestamp {
    sent_at.checked_add(SETTLING).unwrap_or(Timestamp::MAX)
}

fn wait_until_settled(message: String, settled: Timestamp, now: Timestamp) -> Blocker {
    let mut blocker = Blocker::needs_sync(message, settled);
    if now < settled {
        blocker.needs_sync_after = None;
        blocker.until = Some(settled);
    }
    blocker
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn intent() -> Intent {
        Intent {
            id: "i".into(),
            action: Action::Create,
            generation: 1,
            opened_at: at(0),
            version_before: None,
        }
    }

    #[test]
    fn after_an_act_of_which_nothing_was_heard_a_sync_ten_minutes_later_tells() {
        let waits = |reading, now| unheard(Action::SoftDelete, at(0), reading, at(now));
        assert_eq!(
            waits(synced(5), 5).and_then(|wait| wait.until),
            Some(at(10))
        );
        let asks = waits(synced(9), 12).and_then(|wait| wait.needs_sync_after);
        assert_eq!(asks, Some(at(10)));
        assert_eq!(waits(synced(10), 12), None);
        let end = unheard(Action::SoftDelete, Timestamp::MAX, synced(0), at(1));
        assert!(end.is_some(), "a date from a status may be any");
    }

    fn synced(minutes: i64) -> Reading {
        Reading {
            sync_started: Some(at(minutes)),
            consistent: true,
        }
    }

    #[test]
    fn a_row_counts_at_once() {
        assert_eq!(
            settle(&intent(), true, Reading::default(), at(0)),
            Outcome::Made
        );
    }

    #[test]
    fn nothing_made_is_concluded_only_from_a_sync_ten_minutes_later() {
        assert!(matches!(
            settle(&intent(), false, synced(9), at(60)),
            Outcome::Unknown(_)
        ));
        assert_eq!(
            settle(&intent(), false, synced(10), at(60)),
            Outcome::NotMade
        );
    }

    #[test]
    fn an_inconsistent_list_proves_nothing() {
        let torn = Reading {
            consistent: false,
            ..synced(10)
        };
        assert!(matches!(
            settle(&intent(), false, torn, at(60)),
            Outcome::Unknown(_)
        ));
    }

    #[test]
    fn a_sync_is_asked_for_at_once_and_again_after_ten_minutes() {
        let Outcome::Unknown(first) = settle(&intent(), false, Reading::default(), at(1)) else {
            panic!()
        };
        assert_eq!(first.needs_sync_after, Some(at(0)));
        let Outcome::Unknown(then) = settle(&intent(), false, synced(1), at(2)) else {
            panic!()
        };
        assert_eq!((then.needs_sync_after, then.until), (None, Some(at(10))));
        let Outcome::Unknown(last) = settle(&intent(), false, synced(1), at(11)) else {
            panic!()
        };
        assert_eq!(last.needs_sync_after, Some(at(10)));
    }
}
