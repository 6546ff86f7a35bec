//! Completing the command line where kubectl does it: kubectl runs `kubectl_complete-cckm` with the words so far and reads
//! completions as cobra prints them, a word a line and last a directive. This program is that one, too, under that name
//! or as `kubectl-cckm __complete`.

mod line;
mod offer;
mod outside;
#[cfg(test)]
mod tests;

use std::{ffi::OsString, fmt::Write as _, path::Path};

use clap::Command;

use self::line::Line;
pub(crate) use self::offer::Question;

/// The name that kubectl looks for.
const NAME: &str = "kubectl_complete-cckm";

/// The words to complete, if that is what the program is run for.
pub(crate) fn asked(arguments: &[OsString]) -> Option<Vec<String>> {
    let (program, rest) = arguments.split_first()?;
    let name = Path::new(program).file_name()?;
    let is_named = name == NAME || Path::new(name).file_stem()? == NAME;
    let words = match rest.split_first() {
        _ if is_named => rest,
        Some((first, words)) if first == "__complete" => words,
        _ => return None,
    };
    let words = words.iter().map(|word| word.to_string_lossy().into_owned());
    Some(words.collect())
}

/// Completes. What cannot be found out in a moment is left out, without a word: it would be printed onto a prompt.
pub(crate) fn complete(root: Command, words: &[String]) -> String {
    answer(root, words, outside::answer)
}

fn answer(
    mut root: Command,
    words: &[String],
    ask: impl FnOnce(&Line<'_>, Question) -> Vec<String>,
) -> String {
    root.build();
    let line = Line::read(&root, words);
    let offer = offer::offer(&line, |question| ask(&line, question));
    let mut text = String::new();
    for (word, description) in offer.words {
        // Not a word of a shell, and no name of an object either.
        if !word.starts_with(line.typed) || word.contains(char::is_control) {
            continue;
        }
        text.push_str(&word);
        if !description.is_empty() {
            text.push('\t');
            text.push_str(&description);
        }
        text.push('\n');
    }
    let _ = writeln!(text, ":{}", offer.directive as u8);
    text
}
