//! What the Helm chart promises: it installs what `config/` does, and every word of it is true.
//!
//! Helm and kustomize are built once, as `go-tools` says. Where that is impossible the tests that need them say so and
//! pass. `UPDATE=1` renews what is generated: the chart's copy of `crds/`, the table of values in its README, and alerts and
//! dashboard in `config/prometheus`.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod alerts;
mod chart;
mod config;
mod crds;
mod effects;
mod flags;
mod generated;
mod kustomize;
mod metrics;
mod names;
mod pods;
mod refusals;
mod rights;
mod roles;
mod suites;
mod values;
