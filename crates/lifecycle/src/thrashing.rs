//! Noticing that a key goes back and forth: two writers who want different things, or one who can't decide.

use jiff::{SignedDuration, Timestamp};

use crate::{
    action::Action,
    reason::{Blocker, Reason},
};

/// The time over which alternations are counted.
const PERIOD: SignedDuration = SignedDuration::from_hours(1);
/// So many alternations are too many; so many repetitions of one act are, too.
const TOO_MANY: usize = 3;

/// The act that undoes another.
const fn opposite(action: Action) -> Option<Action> {
    Some(match action {
        Action::SoftDelete => Action::Recover,
        Action::Recover => Action::SoftDelete,
        Action::Destroy => Action::Import,
        Action::Import => Action::Destroy,
        Action::Enable => Action::Disable,
        Action::Disable => Action::Enable,
        Action::ScheduleDeletion => Action::CancelDeletion,
        Action::CancelDeletion => Action::ScheduleDeletion,
        _ => return None,
    })
}

/// What holds `next` back where it would be one more of too many. `done`: acts that succeeded, oldest first.
pub fn hold(done: &[(Action, Timestamp)], next: Action, now: Timestamp) -> Option<Blocker> {
    let back = opposite(next)?;
    let moves: Vec<(Action, Timestamp)> = done
        .iter()
        .copied()
        .filter(|(action, at)| {
            (*action == next || *action == back) && now.duration_since(*at) < PERIOD
        })
        .collect();
    let all = moves.iter().map(|(action, _)| *action).chain([next]);
    let alternations = all
        .clone()
        .zip(all.skip(1))
        .filter(|(one, other)| one != other)
        .count();
    let repetitions = moves.iter().filter(|(action, _)| *action == next).count();
    if alternations < TOO_MANY && repetitions < TOO_MANY {
        return None;
    }
    let message = format!(
        "{next} and {back} followed each other too often within an hour: somebody else changes the key, or its desiredState goes back and forth. Find out who; it goes on by itself once the key has been left alone for an hour."
    );
    let until = moves.last().map_or(now, |(_, at)| *at) + PERIOD;
    Some(Blocker::until(Reason::Thrashing, message, until))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn a_revert_and_its_own_revert_go_through_and_the_third_alternation_does_not() {
        let mut done = vec![(Action::Disable, at(0))];
        assert_eq!(hold(&done, Action::Enable, at(1)), None);
        done.push((Action::Enable, at(1)));
        assert_eq!(hold(&done, Action::Disable, at(2)), None);
        done.push((Action::Disable, at(2)));
        let held = hold(&done, Action::Enable, at(3)).expect("it thrashes");
        assert_eq!((held.reason, held.until), (Reason::Thrashing, Some(at(62))));
        assert_eq!(hold(&done, Action::Enable, at(62)), None);
    }

    #[test]
    fn a_fight_with_somebody_who_undoes_each_correction_ends() {
        let done = [0, 10, 20].map(|minute| (Action::Enable, at(minute)));
        assert!(hold(&done, Action::Enable, at(30)).is_some());
        assert_eq!(hold(&done[1..], Action::Enable, at(30)), None);
    }

    #[test]
    fn other_acts_are_no_alternation() {
        let done = [
            (Action::PutValue, at(0)),
            (Action::Disable, at(1)),
            (Action::UpdateAttributes, at(2)),
            (Action::Enable, at(3)),
        ];
        assert_eq!(hold(&done, Action::Disable, at(4)), None);
        assert_eq!(hold(&done, Action::PutValue, at(4)), None);
    }
}
