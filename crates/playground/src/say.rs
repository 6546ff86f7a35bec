//! Saying something to the person who runs the playground.

use std::{
    fmt::Arguments,
    io::{self, Write},
};

use rustix::process::{Signal, getpid, kill_process};

/// Says a line on standard output. When nobody reads it any more, as behind `| head`, the program ends as it does by
/// Ctrl-C, with all that it started.
pub fn line(text: Arguments<'_>) {
    if writeln!(io::stdout(), "{text}").is_err() {
        // If not even that works, there is nothing else to try, and the next line tries it again.
        let _ = kill_process(getpid(), Signal::TERM);
    }
}

/// `println!` for people who may have stopped reading: see [`line()`].
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => {
        $crate::say::line(format_args!($($words)*))
    };
}
