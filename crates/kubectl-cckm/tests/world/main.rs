//! The plugin at work: a real API server, the CipherTrust Manager simulator and the operator.

mod approving;
mod command;
mod importing;
mod planning;
mod plugin;

use std::{error::Error, io, sync::LazyLock, time::Duration};

use libtest_mimic::{Arguments, Failed, Trial};
use playground::shared;
use tokio::{runtime::Runtime, time::timeout};

/// What a test returns: any error fails it.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take. The control plane's boot, and the build of its programs before the first, don't count.
const DEADLINE: Duration = Duration::from_mins(3);

/// One for all tests, because what they share must not end with the first of them.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(Runtime::new);

fn main() {
    playground::role::become_child();
    let arguments = Arguments::from_args();
    let tests = [
        approving::tests(),
        command::tests(),
        importing::tests(),
        planning::tests(),
    ];
    libtest_mimic::run(&arguments, tests.into_iter().flatten().collect()).exit();
}

/// A test by the sentence that it proves.
fn trial<F>(sentence: &str, test: impl Fn() -> F + Send + 'static) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    Trial::test(sentence, move || {
        let runtime = RUNTIME.as_ref()?;
        let tested: Outcome = runtime.block_on(async {
            shared().await?;
            timeout(DEADLINE, test())
                .await
                .map_err(|_| format!("it took longer than {DEADLINE:?}"))?
        });
        tested.map_err(|error| Failed::from(error.to_string()))
    })
}
