//! The servers for probes and metrics.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{Router, http::StatusCode, http::header::CONTENT_TYPE, routing::get};
use tokio::net::TcpListener;

use super::metrics::Metrics;

/// Whether the operator is ready: its watches have listed all objects.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Says that it is.
    pub fn ready(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// `/healthz` answers 200 while the process runs; `/readyz` answers 503 until the watches have listed all objects.
pub async fn health(
    listener: TcpListener,
    readiness: Readiness,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let ready = move || async move {
        if readiness.0.load(Ordering::Acquire) {
            (StatusCode::OK, "ok\n")
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the watches have not listed all objects yet\n",
            )
        }
    };
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready));
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown)
        .await
}

/// `/metrics` in the `OpenMetrics` text format.
pub async fn metrics(
    listener: TcpListener,
    metrics: Metrics,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let render = move || async move {
        (
            [(
                CONTENT_TYPE,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            )],
            metrics.render(),
        )
    };
    axum::serve(listener, Router::new().route("/metrics", get(render)))
        .with_graceful_shutdown(shutdown)
        .await
}
