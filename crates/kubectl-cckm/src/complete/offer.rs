//! What can stand where a command line is completed. Pure but for asking the cluster.

use clap::{Arg, ArgAction, Command, ValueHint};
use k8s_openapi::api::core::v1::Namespace;
use kube::core::ApiResource;

use super::line::{Asked, Line};
use crate::kinds::{self, Named};

/// What the shell does with completions: a bit field of cobra's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// Offers files besides.
    Files = 0,
    /// Offers nothing else.
    NothingElse = 4,
    /// Offers nothing else, and puts no space behind the word, which goes on.
    GoesOn = 6,
    /// Offers folders instead.
    Folders = 16,
}

/// Completions, each with a description where that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Words and what is said of them; those that don't go on from what is typed are left out when printed.
    pub(crate) words: Vec<(String, String)>,
    /// What the shell does with them.
    pub(crate) directive: Directive,
}

/// What the world outside of the command line is asked for.
pub(crate) enum Question {
    /// The contexts of the kubeconfig.
    Contexts,
    /// The names of the objects of a kind.
    Names {
        /// The kind.
        resource: ApiResource,
        /// Whether it is of the namespace.
        namespaced: bool,
    },
}

impl Offer {
    fn words(words: impl IntoIterator<Item = String>, directive: Directive) -> Self {
        let words = words.into_iter().map(|word| (word, String::new()));
        Self {
            words: words.collect(),
            directive,
        }
    }

    fn nothing(directive: Directive) -> Self {
        Self::words([], directive)
    }
}

/// What can stand there.
pub(super) fn offer(line: &Line<'_>, ask: impl FnOnce(Question) -> Vec<String>) -> Offer {
    match line.asked {
        Asked::Flag => flags(line),
        Asked::Value(arg) => value(line, arg, ask),
        Asked::Word => word(line, ask),
    }
}

fn flags(line: &Line<'_>) -> Offer {
    let again = |arg: &&Arg| {
        matches!(arg.get_action(), ArgAction::Append) || !line.has(arg.get_id().as_str())
    };
    let all = line.command.get_opts().chain(switches(line.command));
    let words = all
        .filter(|arg| !arg.is_hide_set())
        .filter(again)
        .flat_map(|arg| {
            let long = arg.get_long().map(|long| format!("--{long}"));
            let short = arg.get_short().map(|short| format!("-{short}"));
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            long.into_iter()
                .chain(short)
                .map(move |word| (word, first_sentence(&help)))
        });
    Offer {
        words: words.collect(),
        directive: Directive::NothingElse,
    }
}

/// The flags that take no value.
fn switches(command: &Command) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(|arg| !arg.is_positional() && !arg.get_action().takes_values())
}

fn value(line: &Line<'_>, arg: &Arg, ask: impl FnOnce(Question) -> Vec<String>) -> Offer {
    let possible = possible(arg);
    if !possible.is_empty() {
        return Offer::words(possible, Directive::NothingElse);
    }
    match (arg.get_id().as_str(), arg.get_value_hint()) {
        ("namespace", _) => {
            let names = ask(Question::Names {
                resource: ApiResource::erase::<Namespace>(&()),
                namespaced: false,
            });
            Offer::words(names, Directive::NothingElse)
        }
        ("context", _) => Offer::words(ask(Question::Contexts), Directive::NothingElse),
        ("all", _) => object(line.typed, None, &kinds::managers(), Some("ctm"), ask),
        (_, ValueHint::DirPath) => Offer::nothing(Directive::Folders),
        (_, ValueHint::AnyPath | ValueHint::FilePath) => Offer::nothing(Directive::Files),
        _ => Offer::nothing(Directive::NothingElse),
    }
}

/// The values that are all there are of an argument.
fn possible(arg: &Arg) -> Vec<String> {
    if !arg.get_action().takes_values() {
        return Vec::new();
    }
    let values = arg.get_possible_values().into_iter();
    let shown = values.filter(|value| !value.is_hide_set());
    shown.map(|value| value.get_name().to_owned()).collect()
}

fn word(line: &Line<'_>, ask: impl FnOnce(Question) -> Vec<String>) -> Offer {
    let commands: Vec<(String, String)> = line
        .command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(|command| {
            let about = command.get_about().map(ToString::to_string);
            let about = first_sentence(&about.unwrap_or_default());
            (command.get_name().to_owned(), about)
        })
        .collect();
    if !commands.is_empty() {
        return Offer {
            words: commands,
            directive: Directive::NothingElse,
        };
    }
    let nothing = Offer::nothing(Directive::NothingElse);
    let Some(arg) = line.command.get_positionals().next() else {
        return nothing;
    };
    let kind = match *line.words.as_slice() {
        [] => None,
        [kind] if !kind.contains('/') => Some(kind),
        _ => return nothing,
    };
    match arg.get_id().as_str() {
        "key" if !line.has("filename") => object(line.typed, kind, &kinds::keys(), None, ask),
        "container" if !line.has("all") => {
            object(line.typed, kind, &kinds::containers(), None, ask)
        }
        _ if kind.is_none() => Offer::words(possible(arg), Directive::NothingElse),
        _ => nothing,
    }
}

/// `KIND/`, or the names of a kind: behind `KIND/`, or as a word of its own where the one before is a kind. `usual`: the
/// kind that is meant where none is typed.
fn object<T>(
    typed: &str,
    kind: Option<&str>,
    kinds: &[Named<T>],
    usual: Option<&str>,
    ask: impl FnOnce(Question) -> Vec<String>,
) -> Offer {
    let (kind, prefix) = match (kind, typed.split_once('/')) {
        (None, Some((kind, _))) => (kind, format!("{kind}/")),
        (None, None) if usual.is_some() => (usual.unwrap_or_default(), String::new()),
        (None, None) => return kinds_for(typed, kinds),
        (Some(kind), _) => (kind, String::new()),
    };
    let Some(named) = kinds::called(kind, kinds) else {
        return Offer::nothing(Directive::NothingElse);
    };
    let names = ask(Question::Names {
        resource: named.resource(),
        namespaced: named.namespaced,
    });
    let words = names.into_iter().map(|name| format!("{prefix}{name}"));
    Offer::words(words, Directive::NothingElse)
}

/// The kinds by their usual names; if what is typed is none of these, by those that it is.
fn kinds_for<T>(typed: &str, kinds: &[Named<T>]) -> Offer {
    let usual: Vec<&str> = kinds.iter().map(Named::singular).collect();
    let words = if usual.iter().any(|name| name.starts_with(typed)) {
        usual
    } else {
        kinds.iter().flat_map(Named::all).collect()
    };
    Offer::words(
        words.into_iter().map(|word| format!("{word}/")),
        Directive::GoesOn,
    )
}

fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").unwrap_or(line.len());
    line.get(..end)
        .unwrap_or_default()
        .trim_end_matches('.')
        .replace('`', "")
}
