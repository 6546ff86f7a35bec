//! What the tests are written with.

use std::{
    error::Error,
    io,
    sync::LazyLock,
    time::{Duration, Instant},
};

use libtest_mimic::{Failed, Trial};
use tokio::{runtime::Runtime, time::timeout};

use crate::controller;

/// What a test returns: any error fails it.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take, once control plane and controller are there.
const DEADLINE: Duration = Duration::from_mins(4);

/// How long Flux gets for a step. It looks every 5 s at what it waits for.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// One for all tests, because what they share must not end with the first of them.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(Runtime::new);

/// A test by the sentence that it proves.
pub(crate) fn trial<F>(sentence: &'static str, test: impl Fn() -> F + Send + 'static) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    let tested = move || {
        let runtime = RUNTIME.as_ref()?;
        let tested: Outcome = runtime.block_on(async {
            let flux = controller::shared().await?;
            let started = Instant::now();
            let tested = timeout(DEADLINE, test()).await;
            let took = started.elapsed().as_secs_f64();
            say(&format!("{sentence}: {took:.1} s"));
            let late = |_| Err(format!("it took longer than {DEADLINE:?}").into());
            tested
                .unwrap_or_else(late)
                .map_err(|error| format!("{error}\nFlux said:\n{}", flux.last_errors()).into())
        });
        tested.map_err(|error| Failed::from(error.to_string()))
    };
    Trial::test(sentence, tested).with_ignored_flag(true)
}

/// Progress, past the capture of tests.
pub(crate) fn say(line: &str) {
    eprintln!("flux-tests: {line}");
}
