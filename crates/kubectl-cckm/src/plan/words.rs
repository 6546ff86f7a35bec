//! Plans in words. Pure.

use std::fmt::Write as _;

use lifecycle::{action::Effect, approval::Rule};

use super::Foreseen;

/// All plans, and how many there are of which sort.
pub(crate) fn all(foreseen: &[Foreseen]) -> String {
    let mut text = String::new();
    for key in foreseen {
        let _ = writeln!(text, "{}", key.key);
        for (number, step) in (1..).zip(&key.steps) {
            let effect = format!("{:?}", step.effect);
            let asks = match step.rule {
                Rule::Allow => "",
                Rule::Require => "; asks for an approval",
                Rule::Deny => "; denied by spec.approvals of the manager",
            };
            let _ = writeln!(
                text,
                "  {number}  {:<18}{effect:<14}{}{asks}",
                step.action, step.reason
            );
        }
        for line in key.verdict.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    let _ = writeln!(text, "{}", summary(foreseen));
    text
}

/// How many keys there are of which sort.
pub(crate) fn summary(foreseen: &[Foreseen]) -> String {
    let has = |key: &&Foreseen, effect| key.steps.iter().any(|step| step.effect == effect);
    let count =
        |which: &dyn Fn(&&Foreseen) -> bool| foreseen.iter().filter(|key| which(key)).count();
    let blocked = count(&|key| key.blocked);
    let unchanged = count(&|key| key.steps.is_empty()) - blocked;
    let irreversible = count(&|key| has(key, Effect::Irreversible));
    let changed = foreseen.len() - unchanged - blocked - irreversible;
    let blocked = match blocked {
        0 => String::new(),
        blocked => format!(", {blocked} blocked"),
    };
    format!(
        "{unchanged} with nothing to do{blocked}, {changed} to change, {irreversible} with something that cannot be undone"
    )
}
