//! What `config/argocd` promises, by Argo CD's own word: its settings read our `argocd-cm.yaml`, its interpreter runs our
//! scripts.
//!
//! Argo CD's part is built once, as `go-tools` says. Where that is impossible the tests that need it say so and pass.
//! `UPDATE=1` renews `config/argocd/argocd-cm.yaml` from the scripts beside it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod actions;
mod approvals;
mod argo;
mod customizations;
mod health;
mod samples;
