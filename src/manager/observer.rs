//! What the client tells of its requests, as metrics; and the operator's clock for its tokens.

use cckm::{Clock, Exchange, RequestObserver};
use jiff::Timestamp;

use crate::{
    clock::SharedClock,
    runtime::metrics::{Metrics, RequestLabels},
};

/// Counts requests.
pub struct Observer(Metrics);

impl Observer {
    /// Counts into these metrics.
    pub fn new(metrics: Metrics) -> Self {
        Self(metrics)
    }
}

impl RequestObserver for Observer {
    fn observed(&self, exchange: &Exchange<'_>) {
        let labels = RequestLabels {
            method: method(exchange.operation.method()),
            path: exchange.operation.path(),
            status: exchange.outcome.unwrap_or(0),
        };
        self.0.requests.get_or_create(&labels).inc();
        self.0
            .request_seconds
            .observe(exchange.duration.as_secs_f64());
    }
}

fn method(method: &http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// The operator's clock, for the ends of tokens.
pub struct SessionClock(pub SharedClock);

impl Clock for SessionClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}
