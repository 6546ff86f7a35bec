//! From a commit to a key, with Flux's own kustomize-controller between git and the operator.
//!
//! `cargo test --workspace --test flux -- --ignored`. The controller is built once, as `go-tools` says; where it can't be
//! had the tests say so, and prove nothing. Flux's source-controller can't be built everywhere, so a small server of
//! commits takes its place, see [`source`]. Each test is a sentence, in namespaces of its own.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod approvals;
mod at_rest;
mod by_hand;
mod commits;
mod controller;
mod git;
mod harness;
mod kustomization;
mod manifests;
mod order;
mod shop;
mod source;
mod undo;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    playground::role::become_child();
    let mut arguments = Arguments::from_args();
    let tests: Vec<Trial> = [
        commits::tests(),
        undo::tests(),
        approvals::tests(),
        at_rest::tests(),
        by_hand::tests(),
        order::tests(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let asked = (arguments.ignored || arguments.include_ignored) && !arguments.list;
    if asked && let Err(lack) = controller::needs() {
        harness::say(&format!("SKIPPED all {} tests: {lack}", tests.len()));
        return ExitCode::SUCCESS;
    }
    // They wait for other processes more than they work, so more of them run at once than there are processors.
    arguments.test_threads.get_or_insert(4);
    libtest_mimic::run(&arguments, tests).exit_code()
}
