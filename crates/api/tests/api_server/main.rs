//! What is in `crds/` and `config/`, held to its word by a real API server.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

#[path = "../cases/mod.rs"]
mod cases;

mod admission;
mod approvals;
mod rights;
mod strict;

use std::{error::Error, io, path::PathBuf, sync::LazyLock, time::Duration};

use libtest_mimic::{Arguments, Failed, Trial};
use playground::{
    control_plane::{ControlPlane, Options},
    shared,
};
use tokio::{runtime::Runtime, sync::OnceCell, time::timeout};

/// What a test returns: any error fails it.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take. The control plane's boot, and the build of its programs before the first, don't count.
const DEADLINE: Duration = Duration::from_mins(2);

/// How long a test waits for what takes a moment.
const SOON: Duration = Duration::from_secs(30);

/// One for all tests, because what they share must not end with the first of them.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(Runtime::new);

fn main() {
    playground::role::become_child();
    let arguments = Arguments::from_args();
    let tests = [
        admission::tests(),
        approvals::tests(),
        rights::tests(),
        strict::tests(),
    ];
    libtest_mimic::run(&arguments, tests.into_iter().flatten().collect()).exit();
}

/// A test by the sentence that it proves.
fn trial<F>(sentence: impl Into<String>, test: impl FnOnce() -> F + Send + 'static) -> Trial
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

/// A control plane with the definitions alone.
async fn defined() -> Outcome<&'static ControlPlane> {
    static DEFINED: OnceCell<()> = OnceCell::const_new();
    let control_plane = shared().await?;
    let install = async || control_plane.install_folder(&config("crd")).await.map(drop);
    DEFINED.get_or_try_init(install).await?;
    Ok(control_plane)
}

/// Another one, with all of `config/default`: its policy holds for approvals in all namespaces.
async fn installed() -> Outcome<&'static ControlPlane> {
    static INSTALLED: OnceCell<ControlPlane> = OnceCell::const_new();
    INSTALLED
        .get_or_try_init(async || {
            let control_plane = ControlPlane::start(Options::default()).await?;
            control_plane.install_folder(&config("default")).await?;
            Ok(control_plane)
        })
        .await
}

/// A folder of `config/`.
fn config(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../config")
        .join(folder)
}
