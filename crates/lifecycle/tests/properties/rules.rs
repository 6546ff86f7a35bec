//! The rules, said of actions by their nature and not by the effect that a table gives them.

use jiff::Timestamp;
use lifecycle::{
    action::{Action, Effect},
    goal::{DriftPolicy, Origin},
    plan::{Input, Next, Plan, Step, plan},
    reason::Class,
    sync::Reading,
    table::Lifecycle,
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::common::{CaseOf, NOW, at, config};

/// What the rules ask of a cloud's facts.
pub(crate) trait Rules: Lifecycle<Facts: Clone> {
    /// Whether the key is somebody else's, or that is not certain.
    fn is_not_ours(facts: &Self::Facts) -> bool;
    /// Whether what is there leaves room for a create.
    fn may_make(facts: &Self::Facts) -> bool;
    /// The same facts, on another reading.
    fn read(facts: &Self::Facts, reading: Reading) -> Self::Facts;
    /// When the first step was decided, and what has been read.
    fn news(facts: &Self::Facts) -> (Timestamp, Reading);
    /// Whether an action makes something new.
    fn makes(_: &Self::Facts, action: Action) -> bool {
        MAKING.contains(&action)
    }
    /// Whether it makes a key usable that is there.
    fn gives_back(facts: &Self::Facts, action: Action) -> bool {
        GIVING_BACK.contains(&action) && !Self::makes(facts, action)
    }
}

/// Nothing but CM's own data could undo these.
const FINAL: &[Action] = &[
    Action::HardDelete,
    Action::RemoveRecord,
    Action::DeleteBackup,
];
/// These make a key usable.
const GIVING_BACK: &[Action] = &[
    Action::Recover,
    Action::Restore,
    Action::Import,
    Action::Enable,
    Action::CancelDeletion,
];
/// These make something new.
const MAKING: &[Action] = &[Action::Create, Action::Upload];

/// Makes a plan.
pub(crate) type Planner<L> = fn(&Input<'_, L>) -> Plan;

/// Checks every rule on what a planner makes of one case.
pub(crate) fn hold<L: Rules>(case: &CaseOf<L>, planner: Planner<L>) -> Result<(), TestCaseError> {
    let planned = planner(&case.input(at(NOW)));
    let again = planner(&case.input(at(NOW)));
    prop_assert_eq!(&planned, &again, "the same each time");
    for (rule, outcome) in [
        ("the plan is the deed", is_well_formed(&planned)),
        (
            "nothing is made unproven",
            nothing_is_made_unproven::<L>(case, &planned),
        ),
        (
            "nothing final is called less",
            nothing_final_is_called_less::<L>(case, &planned),
        ),
        (
            "nothing final stands on old news",
            nothing_final_stands_on_old_news::<L>(case, &planned),
        ),
        (
            "nothing is given back unasked",
            nothing_is_given_back_unasked::<L>(case, &planned),
        ),
        (
            "nothing moves that was reached",
            nothing_moves_that_was_reached::<L>(case, &planned),
        ),
        (
            "nobody else's key is touched",
            nobody_elses_key_is_touched::<L>(case, &planned),
        ),
        (
            "knowing less allows no more",
            knowing_less_allows_no_more::<L>(case, planner),
        ),
        (
            "a message has no clock",
            a_message_has_no_clock::<L>(case, &planned, planner),
        ),
    ] {
        outcome.map_err(|broken| TestCaseError::fail(format!("{rule}: {broken}")))?;
    }
    Ok(())
}

/// Asserts that the planner breaks one of these rules.
#[track_caller]
pub(crate) fn finds<L: Rules>(
    cases: impl Strategy<Value = CaseOf<L>>,
    planner: Planner<L>,
    rules: &[&str],
) where
    CaseOf<L>: std::fmt::Debug,
{
    let mut runner = TestRunner::new(config());
    let outcome = runner.run(&cases, |case| hold::<L>(&case, planner));
    let broken = outcome.err().map(|broken| broken.to_string());
    let broken = broken.unwrap_or_else(|| "no rule is broken".to_owned());
    assert!(rules.iter().any(|rule| broken.contains(rule)), "{broken}");
}

/// A planner that takes the first step whatever its guard says.
pub(crate) fn without_guards<L: Rules>(input: &Input<'_, L>) -> Plan {
    let mut plan = plan::<L>(input);
    if let Some(step) = plan.steps.first() {
        plan.next = Next::Act(step.clone());
    }
    plan
}

/// A planner for which everything was asked for.
pub(crate) fn without_permission<L: Rules>(input: &Input<'_, L>) -> Plan {
    plan::<L>(&Input {
        facts: input.facts,
        goal: input.goal,
        drift: DriftPolicy::Correct,
        restore_asked: true,
        refused: input.refused,
        now: input.now,
    })
}

/// A planner that takes whatever it reads for news.
pub(crate) fn on_any_reading<L: Rules>(input: &Input<'_, L>) -> Plan {
    let reading = Reading {
        sync_started: Some(at(NOW * 1_000)),
        consistent: true,
    };
    plan::<L>(&Input {
        facts: &L::read(input.facts, reading),
        goal: input.goal,
        drift: input.drift,
        restore_asked: input.restore_asked,
        refused: input.refused,
        now: input.now,
    })
}

fn is_well_formed(plan: &Plan) -> Result<(), TestCaseError> {
    prop_assert!(plan.steps.len() <= 8, "a status shows eight steps");
    match &plan.next {
        Next::Act(step) => prop_assert_eq!(plan.steps.first(), Some(step)),
        Next::Rest(reason, _) => {
            prop_assert!(plan.steps.is_empty() && plan.reached);
            prop_assert_eq!(reason.class(), Class::Ready);
        }
        Next::Wait(blocker) => prop_assert!(!blocker.message.is_empty()),
    }
    Ok(())
}

fn nothing_is_made_unproven<L: Rules>(case: &CaseOf<L>, plan: &Plan) -> Result<(), TestCaseError> {
    let makes = |step: &Step| L::makes(&case.facts, step.action);
    let makes_something = plan.steps.iter().any(makes);
    prop_assert!(
        !makes_something || case.goal.desired == L::FIRST,
        "a destructive wish never creates"
    );
    if let Next::Act(step) = &plan.next
        && makes(step)
    {
        prop_assert!(L::may_make(&case.facts), "{step:?}");
    }
    Ok(())
}

fn nothing_final_is_called_less<L: Rules>(
    case: &CaseOf<L>,
    plan: &Plan,
) -> Result<(), TestCaseError> {
    for step in plan
        .steps
        .iter()
        .filter(|step| FINAL.contains(&step.action))
    {
        prop_assert_eq!(step.effect, Effect::Irreversible);
    }
    for step in plan
        .steps
        .iter()
        .filter(|step| L::gives_back(&case.facts, step.action))
    {
        prop_assert_eq!(step.effect, Effect::Restores);
    }
    Ok(())
}

fn nothing_final_stands_on_old_news<L: Rules>(
    case: &CaseOf<L>,
    plan: &Plan,
) -> Result<(), TestCaseError> {
    let (decided_at, reading) = L::news(&case.facts);
    if let Next::Act(step) = &plan.next
        && step.effect == Effect::Irreversible
    {
        prop_assert!(reading.shows(decided_at), "{step:?}");
    }
    Ok(())
}

fn nothing_is_given_back_unasked<L: Rules>(
    case: &CaseOf<L>,
    plan: &Plan,
) -> Result<(), TestCaseError> {
    let goal = case.goal;
    let corrected = goal.reached && case.drift == DriftPolicy::Correct;
    let asked =
        case.restore_asked || corrected || (goal.origin == Origin::Changed && !goal.reached);
    let gives = plan
        .steps
        .iter()
        .any(|step| L::gives_back(&case.facts, step.action));
    prop_assert!(!gives || asked);
    let takes = plan
        .steps
        .iter()
        .any(|step| step.effect >= Effect::Expiring);
    prop_assert!(!(gives && takes), "up or down, never both");
    if let Next::Act(step) = &plan.next
        && step.effect == Effect::Restores
    {
        prop_assert!(!case.refused.contains(&step.action), "tried once a goal");
    }
    Ok(())
}

/// Without a wish for correction, what left the goal set is reported. Attributes are no states.
fn nothing_moves_that_was_reached<L: Rules>(
    case: &CaseOf<L>,
    plan: &Plan,
) -> Result<(), TestCaseError> {
    let left_alone = case.goal.reached && case.drift == DriftPolicy::Report && !case.restore_asked;
    let within_a_state: Vec<Action> = L::changes().iter().map(|change| change.action).collect();
    if left_alone {
        for step in &plan.steps {
            prop_assert!(within_a_state.contains(&step.action), "{step:?}");
        }
    }
    Ok(())
}

fn nobody_elses_key_is_touched<L: Rules>(
    case: &CaseOf<L>,
    plan: &Plan,
) -> Result<(), TestCaseError> {
    if L::is_not_ours(&case.facts) {
        prop_assert!(!matches!(plan.next, Next::Act(_)), "{:?}", plan.next);
    }
    Ok(())
}

/// Without any sync, nothing is made and nothing final is done that would not be done with the present one.
fn knowing_less_allows_no_more<L: Rules>(
    case: &CaseOf<L>,
    planner: Planner<L>,
) -> Result<(), TestCaseError> {
    let blind = CaseOf::<L> {
        facts: L::read(&case.facts, Reading::default()),
        goal: case.goal,
        drift: case.drift,
        restore_asked: case.restore_asked,
        refused: case.refused.clone(),
    };
    if let Next::Act(step) = planner(&blind.input(at(NOW))).next {
        prop_assert!(!L::makes(&case.facts, step.action), "{step:?}");
        prop_assert_ne!(step.effect, Effect::Irreversible, "{:?}", step);
    }
    Ok(())
}

/// A second later the same wait reads the same: else the status would change at rest.
fn a_message_has_no_clock<L: Rules>(
    case: &CaseOf<L>,
    now: &Plan,
    planner: Planner<L>,
) -> Result<(), TestCaseError> {
    let later = planner(&case.input(at(NOW + 1)));
    if let (Next::Wait(now), Next::Wait(later)) = (&now.next, &later.next)
        && now.reason == later.reason
        && now.until == later.until
        && now.needs_sync_after == later.needs_sync_after
    {
        prop_assert_eq!(&now.message, &later.message);
    }
    Ok(())
}
