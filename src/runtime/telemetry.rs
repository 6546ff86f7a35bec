//! Logs: one line an event, as JSON or text.

use std::env;

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people at a terminal.
    Text,
}

/// Which lines there are where nobody chooses.
const DEFAULT: &str = "info";

/// What was asked for, but for what the library says of watches that fail: our own lines say it, and quote nothing.
fn directives(asked: &str) -> String {
    let asked = if asked.is_empty() { DEFAULT } else { asked };
    format!("kube_runtime::watcher=off,{asked}")
}

/// Starts logging to standard error; `RUST_LOG` chooses the lines, `info` without it. Called once a process; a
/// second call changes nothing.
pub fn start(format: LogFormat) {
    let asked = env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = EnvFilter::try_new(directives(&asked)).unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    // An error here says that a subscriber is installed already: a test's, which then gets the lines.
    let _ = match format {
        LogFormat::Json => registry
            .with(lines.json().flatten_event(true).with_current_span(false))
            .try_init(),
        LogFormat::Text => registry.with(lines).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_the_librarys_own_words_gets_them() {
        let filter = |asked: &str| EnvFilter::try_new(directives(asked)).unwrap().to_string();
        assert!(filter("").contains("kube_runtime::watcher=off"));
        assert!(filter("debug").contains("kube_runtime::watcher=off"));
        assert!(filter("kube_runtime::watcher=debug").contains("kube_runtime::watcher=debug"));
    }
}
