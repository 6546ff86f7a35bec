//! Plans in words. Pure.

use std::fmt::Write as _;

use lifecycle::action::Effect;

use super::Foreseen;

/// All plans, and how many there are of which sort.
pub(crate) fn all(foreseen: &[Foreseen]) -> String {
    let mut text = String::new();
    for key in foreseen {
        let _ = writeln!(text, "{}", key.key);
        for (number, step) in (1..).zip(&key.steps) {
            let effect = format!("{:?}", step.effect);
            let asks = if step.effect == Effect::Irreversible {
                "; asks for an approval"
            } else {
                ""
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
    let unchanged = count(&|key| key.steps.is_empty());
    let irreversible = count(&|key| has(key, Effect::Irreversible));
    let changed = foreseen.len() - unchanged - irreversible;
    format!(
        "{unchanged} with nothing to do, {changed} to change, {irreversible} with something that cannot be undone"
    )
}
