//! A kubectl plugin for the kinds of cckm.dev: `kubectl cckm approve`.
//!
//! What is said and what is written is made by pure functions (`approve::words`, `approve::approval`); reading and
//! writing is around them.

mod approve;
mod cli;
mod cluster;
mod exit;
#[cfg(test)]
mod golden;
mod kinds;

pub use cli::run;
