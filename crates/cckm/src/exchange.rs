//! One request and its reply: deadline, log line, metrics.

use crate::error::{Error, Result, StatusError, request_id};
use crate::operation::Operation;
use crate::transport::{Transport, TransportError, TransportErrorKind};
use bytes::Bytes;
use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// What is known of a finished request. Holds no identifier, no value and no URL.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// The call.
    pub operation: &'a Operation,
    /// The HTTP status, or why there was no reply.
    pub outcome: Result<u16, TransportError>,
    /// From sending to the whole reply.
    pub duration: Duration,
    /// CipherTrust Manager's id of the request.
    pub request_id: Option<&'a str>,
}

/// Is told of every request, logins included. For metrics.
pub trait RequestObserver: Send + Sync + 'static {
    /// A request has ended. Must not block.
    fn observed(&self, exchange: &Exchange<'_>);
}

/// Decides when a request may be sent. For rate and concurrency limits.
pub trait Throttle: Send + Sync + 'static {
    /// Waits until the request may be sent. Logins aren't asked for: they have their own gate.
    fn admit<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Admission>;
}

/// Permission to send one request; dropped once its reply is there.
#[derive(Default)]
pub struct Admission {
    _guard: Option<Box<dyn Send + Sync>>,
}

impl Admission {
    /// Holds `guard`, such as a permit of a semaphore, until the request has ended.
    pub fn holding(guard: impl Send + Sync + 'static) -> Self {
        Self {
            _guard: Some(Box::new(guard)),
        }
    }
}

/// A transport with an observer.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) observer: Option<Arc<dyn RequestObserver>>,
}

impl Line {
    /// Sends `request` and returns the reply if its status is 2xx.
    pub(crate) async fn exchange(
        &self,
        operation: &Operation,
        request: http::Request<Bytes>,
        deadline: Duration,
    ) -> Result<http::Response<Bytes>> {
        let started = Instant::now();
        let reply = tokio::time::timeout(deadline, self.transport.send(request)).await;
        let reply = reply.unwrap_or(Err(TransportError {
            kind: TransportErrorKind::Timeout,
            may_have_been_sent: true,
        }));
        let failure = match &reply {
            Ok(reply) if !reply.status().is_success() => {
                Some(StatusError::read(operation.clone(), reply))
            }
            _ => None,
        };
        let in_header = reply
            .as_ref()
            .ok()
            .and_then(|reply| request_id(reply.headers()));
        self.report(&Exchange {
            operation,
            outcome: reply
                .as_ref()
                .map(|reply| reply.status().as_u16())
                .map_err(|error| *error),
            duration: started.elapsed(),
            request_id: failure
                .as_ref()
                .and_then(|failure| failure.request_id.as_deref())
                .or(in_header.as_deref()),
        });
        match (reply, failure) {
            (Err(error), _) => Err(Error::Transport {
                operation: operation.clone(),
                error,
            }),
            (Ok(_), Some(failure)) => Err(Error::Status(Box::new(failure))),
            (Ok(reply), None) => Ok(reply),
        }
    }

    fn report(&self, exchange: &Exchange<'_>) {
        tracing::info!(
            target: "cckm::request",
            method = exchange.operation.method().as_str(),
            path = exchange.operation.path(),
            status = exchange.outcome.ok(),
            error = exchange.outcome.err().map(|error| error.kind.as_str()),
            milliseconds = u64::try_from(exchange.duration.as_millis()).unwrap_or(u64::MAX),
            request_id = exchange.request_id,
            "request"
        );
        if let Some(observer) = &self.observer {
            observer.observed(exchange);
        }
    }
}

/// A JSON body that is overwritten when the request is over.
pub(crate) fn json_body(value: &impl serde::Serialize) -> Bytes {
    // Room enough that the buffer doesn't move while it is filled: what it left behind would stay in memory.
    let mut buffer = Zeroizing::new(Vec::with_capacity(64 << 10));
    match serde_json::to_writer(&mut *buffer, value) {
        Ok(()) => Bytes::from_owner(buffer),
        // Only maps with keys other than text fail; the bodies have none.
        Err(_) => Bytes::new(),
    }
}
