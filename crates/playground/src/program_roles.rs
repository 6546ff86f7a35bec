//! The roles of the two programs that the control plane is there for.

use std::{
    ffi::{OsStr, OsString},
    iter::once,
    process::ExitCode,
    sync::Arc,
};

use cckm_operator::clock::ScaledClock;
use clap::Parser;

use crate::timeline::Timeline;

/// The operator, on the playground's time: the shipped binary has no such choice.
pub(crate) const OPERATOR: &str = "operator";
/// The simulator of `CipherTrust` Manager, on the same time.
pub(crate) const SIMULATOR: &str = "simulator";

pub(crate) fn operator(arguments: Vec<OsString>) -> u8 {
    let Ok(timeline) = timeline() else {
        return 1;
    };
    let clock = ScaledClock::scaled(timeline.real, timeline.shown, timeline.rate);
    let code =
        cckm_operator::cli::run_with_clock(named("cckm-operator", arguments), Arc::new(clock));
    number(code)
}

pub(crate) fn simulator(arguments: Vec<OsString>) -> u8 {
    let Ok(timeline) = timeline() else {
        return 1;
    };
    let mut arguments = cckm_simulator::Args::parse_from(named("cckm-simulator", arguments));
    arguments.clock_epoch_real = Some(timeline.real);
    arguments.clock_epoch_virtual = Some(timeline.shown);
    arguments.clock_rate = timeline.rate;
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => number(runtime.block_on(cckm_simulator::run(arguments))),
        Err(error) => {
            eprintln!("the runtime cannot be started: {error}");
            1
        }
    }
}

/// The time that the parent has set, or an error that is said already.
fn timeline() -> Result<Timeline, ()> {
    Timeline::of_process().map_err(|error| eprintln!("{error}"))
}

/// Arguments the way a `main` gets them.
fn named(program: &str, arguments: Vec<OsString>) -> impl Iterator<Item = OsString> {
    once(OsStr::new(program).to_owned()).chain(arguments)
}

fn number(code: ExitCode) -> u8 {
    u8::from(code != ExitCode::SUCCESS)
}
