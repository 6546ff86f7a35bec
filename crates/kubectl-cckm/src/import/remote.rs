//! Requests to CipherTrust Manager: how many there were, and what it means that one failed.

use std::sync::atomic::{AtomicUsize, Ordering};

use cckm::{Class, Error, Exchange, RequestObserver};

use crate::exit::{Code, Failure};

/// How often progress is told: once in so many requests, each of which brings 200 rows.
const PROGRESS: usize = 10;

/// Counts the requests to CipherTrust Manager.
#[derive(Default)]
pub(crate) struct Requests(AtomicUsize);

impl Requests {
    /// How many were sent, logins included.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl RequestObserver for Requests {
    fn observed(&self, _: &Exchange<'_>) {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(PROGRESS) {
            eprintln!("{count} requests to CipherTrust Manager so far");
        }
    }
}

/// What a failed request means. Pure.
pub(crate) fn failure(place: &str, error: &Error) -> Failure {
    let cause = match error {
        Error::LoginFailed(cause) => cause.as_ref(),
        other => other,
    };
    let login = matches!(error, Error::LoginFailed(_));
    if login && (cause.credentials_refused() || cause.class() == Class::Terminal) {
        return Failure::new(
            Code::NotAllowed,
            format!(
                "{place}: CipherTrust Manager refuses the login: {cause}. Correct the Secret, or user and password"
            ),
        );
    }
    match cause {
        Error::Status(status) if status.status == 403 => Failure::new(
            Code::NotAllowed,
            format!(
                "{place}: CipherTrust Manager does not let this login read it: {cause}. Log in as somebody who may, by --username"
            ),
        ),
        _ => Failure::failed(format!(
            "{place}: {cause}. Try again; if it stays so, check spec.url and spec.tls of the CipherTrustManager, and the proxies on the way"
        )),
    }
}
