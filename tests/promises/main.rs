//! What the operator promises, tested with real processes: Kubernetes' API server, the CipherTrust Manager simulator
//! and the operator. One module a promise; each test is a sentence that a user could hold us to.

mod control_plane;
mod harness;
mod manifests;
mod world;

use libtest_mimic::{Arguments, Trial};

fn main() {
    playground::role::become_child_or(control_plane::ROLES);
    let modules = [
        ("control plane", control_plane::tests()),
        ("world", world::tests()),
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
    libtest_mimic::run(&Arguments::from_args(), tests).exit();
}
