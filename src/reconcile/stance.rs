//! How a plan stands once approvals and suspension are held against it. Pure: a visit and a preview judge by the same.

use jiff::Timestamp;
use lifecycle::{
    action::Action,
    plan::{Next, Plan, Step},
    reason::Blocker,
    table::Lifecycle,
    thrashing,
};

/// How a plan stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stance {
    /// The step to take now, if nothing here stands in the way.
    pub act: Option<Step>,
    /// What stands in the way else.
    pub wait: Option<Blocker>,
    /// Whether `suspend` holds the plan back.
    pub suspended: bool,
}

impl Stance {
    /// Judges a plan. `missing`: what approvals lack for its first step; `held`: whether the object or its manager is
    /// suspended; `done`: the acts that succeeded, oldest first.
    pub fn of<L: Lifecycle>(
        plan: &Plan,
        missing: Option<&Blocker>,
        held: bool,
        done: &[(Action, Timestamp)],
        now: Timestamp,
    ) -> Self {
        let wait = match &plan.next {
            Next::Act(step) => {
                // What is done to another thing each time, each time approved, is no going back and forth.
                let done = if L::needs_approval(step.action) {
                    &[]
                } else {
                    done
                };
                let wait = thrashing::hold(done, step.action, now).or_else(|| missing.cloned());
                let act = Some(step.clone()).filter(|_| !held && wait.is_none());
                return Self {
                    act,
                    wait,
                    suspended: held,
                };
            }
            // A sync is worth its while once somebody has approved; until then the reader wants to know who has to act.
            Next::Wait(blocker) if blocker.needs_sync_after.is_some() => missing.or(Some(blocker)),
            Next::Wait(blocker) => Some(blocker),
            Next::Rest(..) => None,
        };
        let wants_news = wait.is_some_and(|wait| wait.needs_sync_after.is_some());
        let suspended = held && wants_news && !plan.steps.is_empty();
        Self {
            act: None,
            wait: wait.filter(|_| !suspended).cloned(),
            suspended,
        }
    }
}

#[cfg(test)]
mod tests {
    use lifecycle::{action::Effect, approval, reason::Reason, salesforce::TenantSecret};

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn step() -> Step {
        Step {
            action: Action::Destroy,
            effect: Effect::Irreversible,
            reason: "it is to go",
        }
    }

    fn plan(next: Next) -> Plan {
        Plan {
            steps: vec![step()],
            next,
            reached: false,
            notes: Vec::new(),
        }
    }

    fn news() -> Next {
        Next::Wait(Blocker::needs_sync("A sync has to show it.", NOW))
    }

    fn reason(stance: &Stance) -> Option<Reason> {
        stance.wait.as_ref().map(|wait| wait.reason)
    }

    #[test]
    fn a_step_is_taken_unless_it_is_denied_or_held() {
        let plan = plan(Next::Act(step()));
        let denied = approval::denied(Action::Destroy);
        let free = Stance::of::<TenantSecret>(&plan, None, false, &[], NOW);
        assert_eq!((free.act.as_ref(), reason(&free)), (Some(&step()), None));
        let refused = Stance::of::<TenantSecret>(&plan, Some(&denied), false, &[], NOW);
        assert_eq!(
            (refused.act.as_ref(), reason(&refused)),
            (None, Some(Reason::ApprovalDenied))
        );
        let held = Stance::of::<TenantSecret>(&plan, Some(&denied), true, &[], NOW);
        assert_eq!((held.act.as_ref(), held.suspended), (None, true));
        assert_eq!(reason(&held), Some(Reason::ApprovalDenied));
    }

    #[test]
    fn news_is_waited_for_once_nobody_else_has_to_act() {
        let denied = approval::denied(Action::Destroy);
        let waits = Stance::of::<TenantSecret>(&plan(news()), None, false, &[], NOW);
        assert_eq!(reason(&waits), Some(Reason::WaitingForSync));
        let refused = Stance::of::<TenantSecret>(&plan(news()), Some(&denied), false, &[], NOW);
        assert_eq!(reason(&refused), Some(Reason::ApprovalDenied));
        let held = Stance::of::<TenantSecret>(&plan(news()), None, true, &[], NOW);
        assert_eq!((reason(&held), held.suspended), (None, true));
    }

    #[test]
    fn what_waits_for_something_else_is_not_held() {
        let blocker = Blocker::new(Reason::PendingDeletionTooShort, "Raise it.");
        let waits =
            Stance::of::<TenantSecret>(&plan(Next::Wait(blocker.clone())), None, true, &[], NOW);
        assert_eq!((waits.wait, waits.suspended), (Some(blocker), false));
    }
}
