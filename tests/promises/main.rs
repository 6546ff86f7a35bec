//! What the operator promises, tested with real processes: Kubernetes' API server, the CipherTrust Manager simulator
//! and the operator. One module a promise; each test is a sentence that a user could hold us to.

mod approval_policy;
mod approvals;
mod at_rest;
mod bad_input;
mod clock_skew;
mod control_plane;
mod create_once;
mod deeds;
mod deletion;
mod estate;
mod harness;
mod limits;
mod people;
mod rebuild;
mod rights;
mod samples;
mod the_end;
mod two_operators;
mod undo;
mod values;
mod world;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use playground::world::manifests;

fn main() -> ExitCode {
    playground::role::become_child_or(control_plane::ROLES);
    let modules = [
        ("approvals", approvals::tests()),
        ("approval policy", approval_policy::tests()),
        ("bad input", bad_input::tests()),
        ("control plane", control_plane::tests()),
        ("world", world::tests()),
        ("create once", create_once::tests()),
        ("clock skew", clock_skew::tests()),
        ("deeds", deeds::tests()),
        ("deletion", deletion::tests()),
        ("limits", limits::tests()),
        ("estate", estate::tests()),
        ("at rest", at_rest::tests()),
        ("rebuild", rebuild::tests()),
        ("undo", undo::tests()),
        ("values", values::tests()),
        ("the end", the_end::tests()),
        ("two operators", two_operators::tests()),
        ("samples", samples::tests()),
    ];
    // The module's name is a trial's kind, by which `cargo test --test promises -- 'control plane'` selects it.
    let tests = modules
        .into_iter()
        .flat_map(|(name, tests)| {
            tests
                .into_iter()
                .map(move |test: Trial| test.with_kind(name))
        })
        .collect();
    let mut arguments = Arguments::from_args();
    // They wait for other processes more than they work, so more of them run at once than there are processors.
    arguments.test_threads.get_or_insert(6);
    let conclusion = libtest_mimic::run(&arguments, tests);
    let all = conclusion.num_filtered_out == 0 && conclusion.num_passed > 0;
    if all
        && !conclusion.has_failed()
        && let Err(error) = harness::after_all(rights::judge)
    {
        eprintln!("the operator's rights: {error}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
