//! Whether there is anything to approve; if not, what the key waits for instead. Pure.

use api::PlanStatus;

use super::key::Key;
use crate::exit::{Code, Failure, Outcome};

/// The plan that asks for approval.
pub(crate) fn asked(key: &Key) -> Outcome<&PlanStatus> {
    let called = key.called();
    let observed = key.status.observed_generation.filter(|seen| *seen > 0);
    match observed {
        None => {
            return Err(nothing(format!(
                "the operator has not looked at {called} yet, so nothing is asked for. Try again in a moment; if it stays so, see whether the operator runs"
            )));
        }
        Some(seen) if seen != key.generation => {
            return Err(nothing(format!(
                "{called} was changed, and the operator has not looked at it since: it saw generation {seen}, and this is {}. What it asked for before counts no more. Try again in a moment",
                key.generation
            )));
        }
        Some(_) => {}
    }
    let Some(plan) = key
        .status
        .plan
        .as_ref()
        .filter(|plan| !plan.approvals.is_empty())
    else {
        return Err(nothing(format!(
            "{called} asks for no approval. {}",
            waits_for(key)
        )));
    };
    if key.suspended {
        return Err(nothing(format!(
            "{called} is suspended, and ending that changes its generation, which voids every approval. Set spec.suspend to false first, and approve what it asks for then"
        )));
    }
    Ok(plan)
}

fn nothing(message: String) -> Failure {
    Failure::new(Code::NotApproved, message)
}

/// What a key waits for, in the operator's own words.
fn waits_for(key: &Key) -> String {
    let Some(ready) = key.ready() else {
        return "It has no condition Ready yet".into();
    };
    let message = ready.message.trim_end_matches('.');
    let standing = if ready.status == "True" {
        format!("It is Ready ({}): {message}", ready.reason)
    } else {
        format!("It is not Ready ({}): {message}", ready.reason)
    };
    let steps = key.status.plan.iter().flat_map(|plan| &plan.steps);
    let steps: Vec<String> = steps
        .map(|step| format!("{} ({})", step.action.as_str(), step.effect.as_str()))
        .collect();
    if steps.is_empty() {
        return standing;
    }
    format!("{standing}. Its plan: {}", steps.join(", then "))
}
