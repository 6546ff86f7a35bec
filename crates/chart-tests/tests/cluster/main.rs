//! The chart on a real API server. There are no nodes, so the operator runs as a process, started with the arguments
//! and the rights that the chart gives it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod cluster;
mod documented;
mod operator;
mod releases;
mod rights;
mod upgrade;

use std::{error::Error, time::Duration};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{runtime::Runtime, time::timeout};

use cluster::Cluster;

/// What a test returns: any error fails it.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take once its control plane runs.
const DEADLINE: Duration = Duration::from_mins(3);

fn main() {
    playground::role::become_child();
    let arguments = Arguments::from_args();
    // Says why, if there is no Helm.
    let skipped = go_tools::CHART.folder().is_none();
    let tests = [
        documented::tests(),
        releases::tests(),
        rights::tests(),
        upgrade::tests(),
    ];
    let tests = tests.into_iter().flatten();
    let tests = tests.map(|test| test.with_ignored_flag(skipped));
    libtest_mimic::run(&arguments, tests.collect()).exit();
}

/// A test by the sentence that it proves, on a cluster of its own: what the chart installs is the cluster's.
fn trial(sentence: &str, test: impl AsyncFnOnce(&Cluster) -> Outcome + Send + 'static) -> Trial {
    Trial::test(sentence, move || {
        let tested: Outcome = Runtime::new()?.block_on(async {
            let cluster = Cluster::start().await?;
            timeout(DEADLINE, test(&cluster))
                .await
                .map_err(|_| format!("it took longer than {DEADLINE:?}"))?
        });
        tested.map_err(|error| Failed::from(error.to_string()))
    })
}
