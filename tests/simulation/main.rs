//! The whole operator on a simulated API server and a simulated CipherTrust Manager, in one process and in paused time:
//! months pass in moments. Every scenario is run under every switch of the CipherTrust Manager simulator, that is,
//! under every answer to the questions that its pages leave open; the matrix is printed at the end.

mod clock;
mod cluster;
mod crashes;
mod matrix;
mod mistakes;
mod preview;
mod reasons;
mod scenarios;
mod switches;
mod tenants;
mod transport;
mod tripwire;
mod witness;
mod world;

use std::error::Error;

use libtest_mimic::Arguments;
use playground::world::manifests;

/// What a scenario returns: any error fails it.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() {
    // With RUST_LOG=debug and one scenario it shows what the operator does.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .without_time()
        .init();
    let arguments = Arguments::from_args();
    let mut trials = matrix::tests();
    trials.extend(mistakes::tests());
    trials.extend(reasons::tests());
    trials.extend(crashes::tests());
    trials.extend(tenants::tests());
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        matrix::print();
    }
    conclusion.exit();
}
