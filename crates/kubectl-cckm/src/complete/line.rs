//! A command line as far as it is typed, read by the definition of the commands. Pure.

use clap::{Arg, Command};

/// A command line as far as it is typed.
pub(super) struct Line<'a> {
    /// The command that it has come to.
    pub(super) command: &'a Command,
    /// The words before the last that are no flags, from there on.
    pub(super) words: Vec<&'a str>,
    /// The flags before the last word, with their values.
    pub(super) flags: Vec<(&'a Arg, &'a str)>,
    /// What the last word is to be.
    pub(super) asked: Asked<'a>,
    /// The last word, or of a flag's value what is typed of that.
    pub(super) typed: &'a str,
}

/// What a word is to be.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// A command, or what it is about.
    Word,
    /// A flag.
    Flag,
    /// The value of a flag.
    Value(&'a Arg),
}

impl<'a> Line<'a> {
    /// Reads the words behind the program's name, of which the last is to be completed. What makes no sense is passed over:
    /// the program itself will say so.
    pub(super) fn read(root: &'a Command, words: &'a [String]) -> Self {
        let (last, before) = words
            .split_last()
            .map_or(("", words), |(last, before)| (last.as_str(), before));
        let mut line = Self {
            command: root,
            words: Vec::new(),
            flags: Vec::new(),
            asked: Asked::Word,
            typed: last,
        };
        let mut ended = false;
        for word in before {
            ended |= word == "--";
            line.take(word, ended);
        }
        if matches!(line.asked, Asked::Value(_)) {
            return line;
        }
        match last.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") && !ended => {
                if let Some(arg) = line.flag(flag) {
                    (line.asked, line.typed) = (Asked::Value(arg), value);
                }
            }
            _ if last.starts_with('-') && !ended => line.asked = Asked::Flag,
            _ => {}
        }
        line
    }

    /// Takes a word that is typed to its end.
    fn take(&mut self, word: &'a str, ended: bool) {
        if let Asked::Value(arg) = self.asked {
            self.flags.push((arg, word));
            self.asked = Asked::Word;
            return;
        }
        if ended || !word.starts_with('-') || word == "-" {
            let sub = self.command.find_subcommand(word);
            match sub.filter(|_| self.words.is_empty() && !ended) {
                Some(command) => self.command = command,
                None => self.words.push(word),
            }
            return;
        }
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            // As in -nshop.
            None if !word.starts_with("--") && word.len() > 2 => word
                .split_at_checked(2)
                .map_or((word, None), |(flag, value)| (flag, Some(value))),
            None => (word, None),
        };
        let Some(arg) = self.flag(flag) else { return };
        let takes_next = arg.get_action().takes_values() && !arg.is_require_equals_set();
        match value {
            None if takes_next => self.asked = Asked::Value(arg),
            value => self.flags.push((arg, value.unwrap_or_default())),
        }
    }

    fn flag(&self, word: &str) -> Option<&'a Arg> {
        let is_it = |arg: &&Arg| match word.strip_prefix("--") {
            Some(long) => arg.get_long() == Some(long),
            None => arg
                .get_short()
                .is_some_and(|short| word.strip_prefix('-') == Some(&short.to_string())),
        };
        self.command.get_arguments().find(is_it)
    }

    /// Whether a flag is there already.
    pub(super) fn has(&self, id: &str) -> bool {
        self.flags.iter().any(|(arg, _)| arg.get_id() == id)
    }
}
