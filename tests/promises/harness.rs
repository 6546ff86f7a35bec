//! What the tests are written with. See [`playground::poll::eventually`] for waiting.

use std::{error::Error, io, sync::LazyLock, time::Duration};

use libtest_mimic::{Failed, Trial};
use playground::shared;
use tokio::{runtime::Runtime, time::timeout};

/// What a test returns: any error fails it.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take. The control plane's boot, and the build of its programs before the first, don't count.
const DEADLINE: Duration = Duration::from_mins(2);

/// How long a test waits for what takes a moment.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// One for all tests, because what they share must not end with the first of them.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(Runtime::new);

/// A test by the sentence that it proves.
pub(crate) fn trial<F>(sentence: &str, test: impl Fn() -> F + Send + 'static) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    trial_within(DEADLINE, sentence, test)
}

/// A test that takes its time.
pub(crate) fn trial_within<F>(
    deadline: Duration,
    sentence: &str,
    test: impl Fn() -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    Trial::test(sentence, move || {
        let runtime = RUNTIME.as_ref()?;
        let tested: Outcome = runtime.block_on(async {
            shared().await?;
            timeout(deadline, test())
                .await
                .map_err(|_| format!("it took longer than {deadline:?}"))?
        });
        tested.map_err(|error| Failed::from(error.to_string()))
    })
}

/// Runs what can only be told once all tests have ended.
pub(crate) fn after_all<F: Future<Output = Outcome>>(judge: impl FnOnce() -> F) -> Outcome {
    RUNTIME.as_ref()?.block_on(judge())
}

/// What a call says that has to fail.
pub(crate) fn refusal<T, E: ToString>(result: Result<T, E>) -> Outcome<String> {
    Ok(result.err().ok_or("it was not refused")?.to_string())
}
