//! What a desired state permits, depending on how it came to be.

/// How the present goal came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was desired when the object was first seen: nobody asked for a change.
    FirstSeen,
    /// Somebody changed the desired state to it.
    Changed,
}

/// The goal as recorded in status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal<D> {
    /// The desired state, absence filled in.
    pub desired: D,
    /// How it came to be.
    pub origin: Origin,
    /// Whether it has ever been reached. Turns true once.
    pub reached: bool,
}

impl<D: Copy + Eq> Goal<D> {
    /// The goal after reading `desired`: a new one only if the effective desired state differs, so that
    /// writing out what absence already meant changes nothing.
    pub fn follow(recorded: Option<Self>, desired: D) -> Self {
        match recorded {
            Some(goal) if goal.desired == desired => goal,
            Some(_) => Self {
                desired,
                origin: Origin::Changed,
                reached: false,
            },
            None => Self {
                desired,
                origin: Origin::FirstSeen,
                reached: false,
            },
        }
    }
}

/// What to do about a key that left its desired state without our doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DriftPolicy {
    /// Report it.
    #[default]
    Report,
    /// Bring it back.
    Correct,
}

/// Which kinds of transition a goal permits at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Transitions that give access back.
    pub restore: bool,
    /// Any other transition.
    pub move_on: bool,
}

impl<D> Goal<D> {
    /// What this goal permits. Giving access back needs somebody who asked for it: a key that an incident
    /// responder switched off must not be switched on by a controller.
    pub fn permission(&self, drift: DriftPolicy, restore_asked: bool) -> Permission {
        let correct = drift == DriftPolicy::Correct;
        Permission {
            restore: restore_asked
                || (self.origin == Origin::Changed && !self.reached)
                || (self.reached && correct),
            move_on: !self.reached || correct,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_out_what_absence_meant_is_no_change() {
        let first = Goal::follow(None, "Enabled");
        assert_eq!(Goal::follow(Some(first), "Enabled"), first);
    }

    #[test]
    fn a_key_first_seen_switched_off_is_not_switched_on() {
        let goal = Goal::follow(None, "Enabled");
        assert!(!goal.permission(DriftPolicy::Report, false).restore);
        assert!(!goal.permission(DriftPolicy::Correct, false).restore);
    }

    #[test]
    fn a_git_revert_may_restore_until_it_is_reached() {
        let goal = Goal::follow(Some(Goal::follow(None, "Disabled")), "Enabled");
        assert!(goal.permission(DriftPolicy::Report, false).restore);
        let reached = Goal {
            reached: true,
            ..goal
        };
        assert_eq!(
            reached.permission(DriftPolicy::Report, false),
            Permission {
                restore: false,
                move_on: false
            }
        );
        assert_eq!(
            reached.permission(DriftPolicy::Correct, false),
            Permission {
                restore: true,
                move_on: true
            }
        );
        assert!(reached.permission(DriftPolicy::Report, true).restore);
    }
}
