//! How the program ends when it does not end well.

use std::{
    fmt,
    io::{self, Write as _},
};

/// The exit codes, as `--help` documents them.
pub(crate) const DOCUMENTED: &str = "\
Exit codes:
  0  done
  1  failed; the message says what to do
  2  the command line is wrong
  3  approve: nothing was approved, because nothing is asked for or the answer was no
  4  not allowed, by the API server or by CipherTrust Manager
  5  approve: approved, but the approval does not count, or was not answered in time
  6  import: files that differ were left as they are
With plan --exit-code: 0 nothing to do, 2 something would be done, 3 something that cannot be undone";

/// Why it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Anything that has no code of its own.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Nothing was approved.
    NotApproved,
    /// By the API server or CipherTrust Manager.
    NotAllowed,
    /// Approved, and the approval does not count.
    NotAccepted,
    /// Files that differ were left as they are.
    FilesDiffer,
    /// Something would be done.
    Changes,
    /// Something would be done that cannot be undone.
    Irreversible,
}

impl Code {
    /// As the shell has it.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage | Self::Changes => 2,
            Self::NotApproved | Self::Irreversible => 3,
            Self::NotAllowed => 4,
            Self::NotAccepted => 5,
            Self::FilesDiffer => 6,
        }
    }
}

/// An end with a message that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: Code,
    /// For people.
    pub(crate) message: String,
}

/// What may end with a message.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// An end with this code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// An end that has no code of its own.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Code::Failed, message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.message))
    }
}

/// A text without what could steer a terminal: parts of it come from clouds and statuses.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect()
}

/// Prints a result. Whether anybody reads it to its end is not ours to tell.
pub(crate) fn print_out(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_steers_a_terminal() {
        let failure = Failure::failed("a\u{1b}[31mred\u{7}\r\nb");
        assert_eq!(failure.to_string(), "a[31mred\nb");
    }
}
