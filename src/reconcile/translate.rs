//! Between the words of the API and those of the pure core. No decision is made here.

use api::{
    ApprovalPolicy, ApprovalRule, Deadline, GoalOrigin, GoalStatus, HistoryEntry, IntentStatus,
    IrreversibleRule, KeyStatus, PlanStatus, PlanStep, RECONCILE_ANNOTATION, RESTORE_ANNOTATION,
    UndoStatus,
};
use jiff::Timestamp;
use kube::{Resource, ResourceExt};
use lifecycle::{
    action::{Action, Effect},
    approval::{Policy, Rule},
    backup::Backup,
    backup::RestoreSent,
    goal::{DriftPolicy, Goal, Origin},
    intent::Intent,
    ownership::{Ownership, Recorded},
    table::Lifecycle,
    undo,
};

use super::{
    decide::Decision,
    kind::{KeyKind, View},
    status::time,
};

/// How many past acts a status keeps.
const HISTORY: usize = 5;
/// How many steps a status shows.
const STEPS: usize = 8;

/// How a key stands to its object, in the words of the API.
pub const fn api_ownership(ownership: &Ownership) -> api::Ownership {
    match ownership {
        Ownership::Ours => api::Ownership::Ours,
        Ownership::Adopted => api::Ownership::Adopted,
        Ownership::Unowned => api::Ownership::Unowned,
        Ownership::Foreign(_) => api::Ownership::Foreign,
    }
}

/// What a status says of a key: whether it names it, and how it stood to it.
pub const fn recorded(named: bool, stood: Option<&api::Ownership>) -> Recorded {
    match (named, stood) {
        (false, _) => Recorded::Not,
        (true, Some(api::Ownership::Adopted)) => Recorded::Adopted,
        (true, _) => Recorded::Ours,
    }
}

/// An act in the words of the API.
pub const fn api_action(action: Action) -> api::Action {
    match action {
        Action::Create => api::Action::Create,
        Action::Upload => api::Action::Upload,
        Action::PutValue => api::Action::PutValue,
        Action::NewVersion => api::Action::NewVersion,
        Action::UpdateAttributes => api::Action::UpdateAttributes,
        Action::ClaimOwnership => api::Action::ClaimOwnership,
        Action::SoftDelete => api::Action::SoftDelete,
        Action::Recover => api::Action::Recover,
        Action::HardDelete => api::Action::HardDelete,
        Action::Restore => api::Action::Restore,
        Action::RemoveRecord => api::Action::RemoveRecord,
        Action::Destroy => api::Action::Destroy,
        Action::Import => api::Action::Import,
        Action::DeleteBackup => api::Action::DeleteBackup,
        Action::Enable => api::Action::Enable,
        Action::Disable => api::Action::Disable,
        Action::ScheduleDeletion => api::Action::ScheduleDeletion,
        Action::CancelDeletion => api::Action::CancelDeletion,
        Action::ChangeCompartment => api::Action::ChangeCompartment,
    }
}

/// An act in the words of the core.
pub const fn action(action: api::Action) -> Action {
    match action {
        api::Action::Create => Action::Create,
        api::Action::Upload => Action::Upload,
        api::Action::PutValue => Action::PutValue,
        api::Action::NewVersion => Action::NewVersion,
        api::Action::UpdateAttributes => Action::UpdateAttributes,
        api::Action::ClaimOwnership => Action::ClaimOwnership,
        api::Action::SoftDelete => Action::SoftDelete,
        api::Action::Recover => Action::Recover,
        api::Action::HardDelete => Action::HardDelete,
        api::Action::Restore => Action::Restore,
        api::Action::RemoveRecord => Action::RemoveRecord,
        api::Action::Destroy => Action::Destroy,
        api::Action::Import => Action::Import,
        api::Action::DeleteBackup => Action::DeleteBackup,
        api::Action::Enable => Action::Enable,
        api::Action::Disable => Action::Disable,
        api::Action::ScheduleDeletion => Action::ScheduleDeletion,
        api::Action::CancelDeletion => Action::CancelDeletion,
        api::Action::ChangeCompartment => Action::ChangeCompartment,
    }
}

const fn effect(effect: Effect) -> api::Effect {
    match effect {
        Effect::Safe => api::Effect::Safe,
        Effect::Restores => api::Effect::Restores,
        Effect::Disruptive => api::Effect::Disruptive,
        Effect::Expiring => api::Effect::Expiring,
        Effect::Irreversible => api::Effect::Irreversible,
    }
}

/// CM's backup in the API's words.
pub fn api_backup(backup: Backup) -> api::Backup {
    match backup {
        Backup::Present => api::Backup::Present,
        Backup::Deleted => api::Backup::Deleted,
        Backup::Unknown => api::Backup::Unknown,
    }
}

/// A drift policy in the words of the core.
pub fn drift_policy(policy: Option<api::DriftPolicy>) -> DriftPolicy {
    match policy {
        Some(api::DriftPolicy::Correct) => DriftPolicy::Correct,
        Some(api::DriftPolicy::Report) | None => DriftPolicy::Report,
    }
}

/// A manager's approval policy.
pub fn policy(approvals: &ApprovalPolicy) -> Policy {
    let rule = |rule| match rule {
        ApprovalRule::Require => Rule::Require,
        ApprovalRule::Deny => Rule::Deny,
        ApprovalRule::Allow => Rule::Allow,
    };
    Policy {
        irreversible: match approvals.irreversible() {
            IrreversibleRule::Deny => Rule::Deny,
            IrreversibleRule::Require => Rule::Require,
        },
        expiring: rule(approvals.expiring()),
        disruptive: rule(approvals.disruptive()),
    }
}

/// The goal as recorded; nothing if it names a state that this version does not know.
pub fn goal<K: KeyKind>(status: &KeyStatus) -> Option<Goal<<K::Lifecycle as Lifecycle>::Desired>> {
    let goal = status.goal.as_ref()?;
    let (_, desired) = *K::words()
        .iter()
        .find(|(word, _)| *word == goal.desired_state)?;
    let origin = match goal.origin {
        GoalOrigin::FirstSeen => Origin::FirstSeen,
        GoalOrigin::Changed => Origin::Changed,
    };
    Some(Goal {
        desired,
        origin,
        reached: goal.reached,
    })
}

/// The goal to record.
pub fn goal_status<K: KeyKind>(goal: Goal<<K::Lifecycle as Lifecycle>::Desired>) -> GoalStatus {
    GoalStatus {
        desired_state: word::<K>(goal.desired).to_owned(),
        origin: match goal.origin {
            Origin::FirstSeen => GoalOrigin::FirstSeen,
            Origin::Changed => GoalOrigin::Changed,
        },
        reached: goal.reached,
    }
}

fn word<K: KeyKind>(desired: <K::Lifecycle as Lifecycle>::Desired) -> &'static str {
    K::words()
        .iter()
        .find(|(_, known)| *known == desired)
        .map_or("", |(word, _)| word)
}

/// The plan to show.
pub fn plan(decision: &Decision) -> Option<PlanStatus> {
    let steps: Vec<PlanStep> = decision
        .plan
        .steps
        .iter()
        .take(STEPS)
        .map(|step| PlanStep {
            action: api_action(step.action),
            effect: effect(step.effect),
            reason: step.reason.to_owned(),
        })
        .collect();
    (!steps.is_empty()).then(|| PlanStatus {
        steps,
        approvals: decision.requests.clone(),
    })
}

/// The undo to show.
pub fn undo<K: KeyKind>(view: &View<K>, now: Timestamp) -> Option<UndoStatus> {
    let state = K::Lifecycle::state(&view.facts).ok()?;
    let undo = undo::undo::<K::Lifecycle>(state, &view.facts, now)?;
    let (deadline, until) = match undo.deadline {
        undo::Deadline::Never => (Deadline::Never, None),
        undo::Deadline::At(instant) => (Deadline::At, Some(time(instant))),
        undo::Deadline::Unknown => (Deadline::Unknown, None),
    };
    Some(UndoStatus {
        action: api_action(undo.action),
        deadline,
        until,
    })
}

/// The open intent, if there is one.
pub fn intent(status: &KeyStatus) -> Option<Intent> {
    status.intent.as_ref().map(|intent| Intent {
        id: intent.id.clone(),
        action: action(intent.action),
        generation: intent.generation,
        opened_at: intent.opened_at.0,
        version_before: intent.version_before.clone(),
    })
}

/// A new intent. Its instant is kept in whole seconds, and none that is later than the call.
pub fn new_intent(
    action: Action,
    generation: i64,
    version_before: Option<String>,
    now: Timestamp,
) -> IntentStatus {
    IntentStatus {
        id: format!("{}-{}", generation, now.as_microsecond()),
        action: api_action(action),
        generation,
        opened_at: time(now),
        version_before,
    }
}

/// Ends an intent with what has become of it.
pub fn close_intent(
    status: &mut KeyStatus,
    intent: &Intent,
    outcome: api::Outcome,
    now: Timestamp,
) {
    status.intent = None;
    // Whatever makes something takes nothing away.
    let step = (intent.action, Effect::Safe);
    remember(status, step, outcome, intent.generation, now);
}

/// Notes of a call that takes or gives something, and of which a status tells no outcome, that it may have been sent. Of one
/// that makes something the intent stays open.
pub fn take_as_unheard(status: &mut KeyStatus) {
    let makes_nothing = |intent: &mut IntentStatus| !action(intent.action).makes_something();
    let Some(intent) = status.intent.take_if(makes_nothing) else {
        return;
    };
    let steps = status.plan.iter().flat_map(|plan| &plan.steps);
    let mut announced = steps.filter(|step| step.action == intent.action);
    let entry = HistoryEntry {
        action: intent.action,
        at: intent.opened_at,
        outcome: api::Outcome::Unknown,
        generation: intent.generation,
        effect: announced.next().map(|step| step.effect),
    };
    add(status, entry);
}

/// Adds an act to the history.
pub fn remember(
    status: &mut KeyStatus,
    step: (Action, Effect),
    outcome: api::Outcome,
    generation: i64,
    now: Timestamp,
) {
    let (action, effect) = (api_action(step.0), self::effect(step.1));
    let entry = HistoryEntry {
        action,
        at: time(now),
        outcome,
        generation,
        effect: Some(effect),
    };
    add(status, entry);
}

fn add(status: &mut KeyStatus, entry: HistoryEntry) {
    status.history.push(entry);
    let surplus = status.history.len().saturating_sub(HISTORY);
    status.history.drain(..surplus);
}

/// The acts that were refused for this generation.
pub fn refused(status: &KeyStatus, generation: i64) -> Vec<Action> {
    status
        .history
        .iter()
        .filter(|entry| entry.generation == generation && entry.outcome == api::Outcome::Refused)
        .map(|entry| action(entry.action))
        .collect()
}

/// The acts that succeeded, oldest first.
pub fn done(status: &KeyStatus) -> Vec<(Action, Timestamp)> {
    status
        .history
        .iter()
        .filter(|entry| entry.outcome == api::Outcome::Succeeded)
        .map(|entry| (action(entry.action), entry.at.0))
        .collect()
}

/// The restore that was sent last, whatever came of it; a refusal is none.
pub fn restore_sent(status: &KeyStatus, generation: i64) -> Option<RestoreSent> {
    let sent = |entry: &&HistoryEntry| {
        entry.action == api::Action::Restore && entry.outcome != api::Outcome::Refused
    };
    let entry = status.history.iter().rev().find(sent)?;
    Some(RestoreSent {
        at: entry.at.0,
        of_this_generation: entry.generation == generation,
    })
}

/// Whether we removed CM's record, and have not restored the key since.
pub fn removed_by_us(status: &KeyStatus) -> bool {
    let newest = status.history.iter().rev().find(|entry| {
        matches!(
            entry.action,
            api::Action::RemoveRecord | api::Action::Restore
        ) && entry.outcome == api::Outcome::Succeeded
    });
    newest.is_some_and(|entry| entry.action == api::Action::RemoveRecord)
}

/// Whether the newest act was this one, and its outcome is unknown.
pub fn asked_before(status: &KeyStatus, action: Action) -> bool {
    status.history.last().is_some_and(|newest| {
        newest.action == api_action(action) && newest.outcome == api::Outcome::Unknown
    })
}

/// When acts that take something away were done, or may have been. One that was tried again after an unknown outcome is
/// still the same.
pub fn destructive(status: &KeyStatus) -> Vec<Timestamp> {
    let counts = |entry: &&HistoryEntry| {
        let takes = matches!(
            entry.effect,
            Some(api::Effect::Disruptive | api::Effect::Expiring | api::Effect::Irreversible)
        );
        takes && entry.outcome != api::Outcome::Refused
    };
    let entries: Vec<&HistoryEntry> = status.history.iter().filter(counts).collect();
    let acts = entries.chunk_by(|earlier, later| {
        earlier.outcome == api::Outcome::Unknown
            && (earlier.action, earlier.generation) == (later.action, later.generation)
    });
    acts.filter_map(|tries| Some(tries.last()?.at.0)).collect()
}

/// Whether `cckm.dev/restore` names the present generation and has not been acted on yet. Of a key that is not recorded
/// yet it asks nothing: generations begin anew in another cluster, and annotations may have been in git for years.
pub fn restore_asked<K: Resource<DynamicType = ()>>(cr: &K, status: &KeyStatus) -> bool {
    let generation = cr.meta().generation.unwrap_or_default().to_string();
    let asked = cr.annotations().get(RESTORE_ANNOTATION);
    asked == Some(&generation)
        && status.cloud_id.is_some()
        && status.last_handled_restore.as_ref() != asked
}

/// The request for news that no visit has answered yet.
pub fn unanswered<'cr, K: Resource<DynamicType = ()>>(
    cr: &'cr K,
    answered: Option<&str>,
) -> Option<&'cr str> {
    let request = cr.annotations().get(RECONCILE_ANNOTATION)?;
    (answered != Some(request)).then_some(request)
}

/// Whether a fresh read is asked for.
pub fn look_asked<K: Resource<DynamicType = ()>>(cr: &K, status: &KeyStatus) -> bool {
    unanswered(cr, status.last_handled_reconcile_at.as_deref()).is_some()
}

/// Takes a request to restore for answered that was there before the key was recorded: by its generation it cannot be told
/// from one that another cluster answered. Removed and set again it asks anew.
pub fn pass_over_requests<K: Resource<DynamicType = ()>>(cr: &K, status: &mut KeyStatus) {
    status.last_handled_restore = cr.annotations().get(RESTORE_ANNOTATION).cloned();
}

/// Notes that the annotations are answered.
pub fn answer_requests<K: Resource<DynamicType = ()>>(cr: &K, status: &mut KeyStatus) {
    if let Some(asked) = cr.annotations().get(RECONCILE_ANNOTATION) {
        status.last_handled_reconcile_at = Some(asked.clone());
    }
    let reached = status.goal.as_ref().is_some_and(|goal| goal.reached) && status.plan.is_none();
    match cr.annotations().get(RESTORE_ANNOTATION) {
        None => status.last_handled_restore = None,
        Some(asked) if reached => status.last_handled_restore = Some(asked.clone()),
        Some(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn status(value: Value) -> KeyStatus {
        serde_json::from_value(value).unwrap()
    }

    fn entry(action: &str, second: u32, outcome: &str) -> Value {
        json!({"action": action, "at": format!("2026-01-01T00:00:0{second}Z"), "outcome": outcome,
            "generation": 1, "effect": "Expiring"})
    }

    #[test]
    fn an_act_that_is_tried_again_after_nothing_was_heard_counts_once() {
        let counted = |history: Vec<Value>| destructive(&status(json!({"history": history}))).len();
        let unheard = |second| entry("SoftDelete", second, "Unknown");
        assert_eq!(counted(vec![unheard(1), unheard(2), unheard(3)]), 1);
        let done = entry("SoftDelete", 4, "Succeeded");
        assert_eq!(counted(vec![unheard(1), done.clone()]), 1);
        assert_eq!(counted(vec![done.clone(), unheard(5)]), 2);
        let other = entry("HardDelete", 2, "Unknown");
        assert_eq!(counted(vec![unheard(1), other, unheard(3)]), 3);
        assert_eq!(counted(vec![entry("SoftDelete", 1, "Refused")]), 0);
    }

    #[test]
    fn a_call_without_an_outcome_may_have_been_sent() {
        let intent = |action: &str| json!({"id": "1-1", "action": action, "generation": 1, "openedAt": "2026-01-01T00:00:00Z"});
        let mut taken = status(json!({"intent": intent("SoftDelete")}));
        take_as_unheard(&mut taken);
        assert!(taken.intent.is_none());
        assert_eq!(taken.history[0].action, api::Action::SoftDelete);
        assert_eq!(taken.history[0].outcome, api::Outcome::Unknown);
        // What it made may show yet.
        let mut made = status(json!({"intent": intent("Create")}));
        take_as_unheard(&mut made);
        assert!(made.intent.is_some() && made.history.is_empty());
    }
}
