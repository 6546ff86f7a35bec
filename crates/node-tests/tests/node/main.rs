//! The image and the chart on a real node: kubelet and containerd, in namespaces of their own.
//!
//! `cargo test -p node-tests -- --ignored`. It takes root, Debian's packages, control groups version 1, Go; what this
//! machine lacks it says, and tests nothing. In the namespaces this executable runs again, and there are the tests.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod cluster;
mod configuration;
mod crashes;
mod enter;
mod life;
mod needs;
mod node;
mod operator;
mod quick_start;

use std::{
    env,
    error::Error,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::{runtime::Runtime, sync::OnceCell, time::timeout};

use cluster::Cluster;
use enter::{Entered, FOLDER};

/// What a test returns: any error fails it.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take once the node is there.
const DEADLINE: Duration = Duration::from_mins(4);

fn main() -> ExitCode {
    playground::role::become_child();
    let mut arguments = Arguments::from_args();
    let runtime: &'static Runtime = Box::leak(Box::new(Runtime::new().unwrap()));
    let tests = [life::tests(), crashes::tests(), quick_start::tests()]
        .into_iter()
        .flatten();
    let tests: Vec<Trial> = tests
        .map(|(sentence, test)| {
            let run = move || runtime.block_on(on_the_node(sentence, test));
            Trial::test(sentence, run).with_ignored_flag(true)
        })
        .collect();
    let asked = (arguments.ignored || arguments.include_ignored) && !arguments.list;
    if !asked || env::var_os(FOLDER).is_some() {
        // They share a node, and what they do to it would be seen by others.
        arguments.test_threads = Some(1);
        return libtest_mimic::run(&arguments, tests).exit_code();
    }
    if let Err(lack) = needs::machine() {
        say(&format!("SKIPPED all {} tests: {lack}", tests.len()));
        return ExitCode::SUCCESS;
    }
    match runtime.block_on(in_namespaces()) {
        Ok(code) => code,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn in_namespaces() -> Outcome<ExitCode> {
    let mut entered = Entered::prepare()?;
    needs::images(entered.folder())?;
    let status = entered.run().await?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A test: a sentence, and what proves it.
type Test = (&'static str, fn(&'static Cluster) -> Tested);
type Tested = std::pin::Pin<Box<dyn Future<Output = Outcome>>>;

async fn on_the_node(sentence: &str, test: fn(&'static Cluster) -> Tested) -> Result<(), Failed> {
    static CLUSTER: OnceCell<Result<Cluster, String>> = OnceCell::const_new();
    let started = Instant::now();
    let cluster = CLUSTER.get_or_init(async || {
        let folder = env::var_os(FOLDER).unwrap_or_default();
        Cluster::start(Path::new(&folder))
            .await
            .map_err(|error| error.to_string())
    });
    let cluster = cluster.await.as_ref()?;
    let outcome = timeout(DEADLINE, test(cluster)).await;
    let outcome =
        outcome.unwrap_or_else(|_| Err(format!("it took longer than {DEADLINE:?}").into()));
    say(&format!(
        "{sentence}: {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => Err(format!("{error}\n{}", cluster.account().await).into()),
    }
}

/// Progress, past the capture of tests.
fn say(line: &str) {
    eprintln!("node-tests: {line}");
}
