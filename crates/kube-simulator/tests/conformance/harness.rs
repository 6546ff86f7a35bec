//! What the sentences are written with.

use std::{error::Error, io, sync::Arc, sync::LazyLock, time::Duration};

use kube::core::Status;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

use crate::server::{Scene, Server};

/// What a test returns: any error fails it.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long a test may take on the real server. The control plane's boot doesn't count.
const DEADLINE: Duration = Duration::from_mins(2);

/// How long a test waits for what takes a moment.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// One for all tests of the real server, because the control plane must not end with the first of them.
static REAL: LazyLock<io::Result<Runtime>> = LazyLock::new(Runtime::new);

type Test = dyn Fn(Scene) -> futures::future::LocalBoxFuture<'static, Outcome> + Send + Sync;

/// A sentence, and the test that proves it on a server.
#[derive(Clone)]
pub(crate) struct Sentence {
    text: String,
    test: Arc<Test>,
}

/// A sentence by its test, which gets a namespace of its own.
pub(crate) fn sentence<F>(
    text: impl Into<String>,
    test: impl Fn(Scene) -> F + Send + Sync + 'static,
) -> Sentence
where
    F: Future<Output = Outcome> + 'static,
{
    Sentence {
        text: text.into(),
        test: Arc::new(move |scene| Box::pin(test(scene))),
    }
}

/// The two trials of a sentence.
pub(crate) fn trials(sentence: Sentence) -> [Trial; 2] {
    let Sentence { text, test } = sentence;
    let other = Arc::clone(&test);
    [
        Trial::test(format!("[simulated] {text}"), move || {
            // Its time passes only where everybody waits.
            let runtime = Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()?;
            failed(runtime.block_on(async { test(Server::simulated()?.scene().await?).await }))
        }),
        Trial::test(format!("[real] {text}"), move || {
            let runtime = REAL.as_ref()?;
            failed(runtime.block_on(async {
                let server = Server::real().await?;
                timeout(DEADLINE, async { other(server.scene().await?).await })
                    .await
                    .map_err(|_| format!("it took longer than {DEADLINE:?}"))?
            }))
        }),
    ]
}

/// A trial that asks both servers the same and compares what they say.
pub(crate) fn comparison<F>(
    text: impl Into<String>,
    test: impl FnOnce(Scene, Scene) -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Outcome> + 'static,
{
    Trial::test(format!("[both] {}", text.into()), move || {
        let runtime = REAL.as_ref()?;
        failed(runtime.block_on(async {
            let simulated = Server::simulated()?.scene().await?;
            let real = Server::real().await?.scene().await?;
            timeout(DEADLINE, test(simulated, real))
                .await
                .map_err(|_| format!("it took longer than {DEADLINE:?}"))?
        }))
    })
}

fn failed(outcome: Outcome) -> Result<(), Failed> {
    outcome.map_err(|error| Failed::from(error.to_string()))
}

/// The refusal of a request that has to fail.
pub(crate) fn refused<T>(result: kube::Result<T>) -> Outcome<Status> {
    match result {
        Ok(_) => Err("it was not refused".into()),
        Err(kube::Error::Api(status)) => Ok(*status),
        Err(error) => Err(error.into()),
    }
}

/// Holds a refusal to a code, a reason and a message.
pub(crate) fn assert_refused<T>(
    result: kube::Result<T>,
    code: u16,
    reason: &str,
    message: &str,
) -> Outcome {
    let status = refused(result)?;
    let said = (status.code, status.reason.as_str(), status.message.as_str());
    if said == (code, reason, message) {
        Ok(())
    } else {
        Err(format!("it is {said:?}, not {:?}", (code, reason, message)).into())
    }
}

/// Fails unless two things are the same.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it reads better at the calls, as in assert_eq"
)]
pub(crate) fn assert_same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
    found: T,
    expected: U,
) -> Outcome {
    if found == expected {
        Ok(())
    } else {
        Err(format!("it is {found:?}, not {expected:?}").into())
    }
}

/// A text in a JSON value; empty if there is none.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
