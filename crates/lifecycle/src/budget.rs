//! How many acts that take something away a manager allows in an hour, so that one bad patch cannot reach every key.

use jiff::{SignedDuration, Timestamp};

use crate::{
    action::Effect,
    reason::{Blocker, Reason},
};

/// The time over which starts are counted.
pub const PERIOD: SignedDuration = SignedDuration::from_hours(1);

/// Whether an act with this effect counts: whatever takes service or a way back away.
pub const fn counts(effect: Effect) -> bool {
    match effect {
        Effect::Disruptive | Effect::Expiring | Effect::Irreversible => true,
        Effect::Safe | Effect::Restores => false,
    }
}

/// What holds the next start back, given the earlier ones of all keys of the manager; nothing: it may go ahead.
pub fn hold(starts: &[Timestamp], limit: usize, now: Timestamp) -> Option<Blocker> {
    let mut within: Vec<Timestamp> = starts
        .iter()
        .copied()
        .filter(|start| now.duration_since(*start) < PERIOD)
        .collect();
    let surplus = within.len().checked_sub(limit)?;
    within.sort_unstable();
    let message = format!(
        "The manager allows {limit} destructive actions an hour (spec.limits.destructiveActionsPerHour), and they are used up. It goes on by itself; raise the limit if so many are meant."
    );
    let opens = within.get(surplus).map_or(now, |start| *start) + PERIOD;
    Some(Blocker::until(Reason::DestructiveBudget, message, opens))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn so_many_are_started_and_the_next_waits_until_the_first_is_an_hour_old() {
        let starts = [at(10), at(20), at(15)];
        assert_eq!(hold(&starts, 4, at(30)), None);
        let held = hold(&starts, 3, at(30)).expect("the budget is used up");
        assert_eq!(
            (held.reason, held.until),
            (Reason::DestructiveBudget, Some(at(70)))
        );
        assert_eq!(hold(&starts, 3, at(70)), None);
    }

    #[test]
    fn a_lowered_limit_waits_for_as_many_as_are_too_many() {
        let starts = [at(10), at(20), at(30)];
        let held = hold(&starts, 1, at(40)).expect("the budget is used up");
        assert_eq!(held.until, Some(at(90)));
    }

    #[test]
    fn giving_access_back_is_never_held_up() {
        assert!(!counts(Effect::Restores) && !counts(Effect::Safe));
        assert!(counts(Effect::Disruptive) && counts(Effect::Expiring));
        assert!(counts(Effect::Irreversible));
    }
}
