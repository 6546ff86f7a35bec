//! A kubectl plugin for the kinds of cckm.dev: `kubectl cckm plan`, `approve` and `import`.
//!
//! What is said and what is written is made by pure functions (`approve::words`, `approve::approval`,
//! `import::{salesforce, azure, oci}`, `import::manifest`); reading and writing is around them.

mod approve;
mod cli;
mod cluster;
mod complete;
mod exit;
#[cfg(test)]
mod golden;
mod import;
mod kinds;
mod plan;

pub use cli::run;
