//! The operator: effects around the pure decisions of the `lifecycle` crate.
//!
//! One visit of an object is six steps: resolve, observe, plan, announce, act, report (see [`reconcile::key`]). What
//! is decided is decided by `lifecycle`; CipherTrust Manager is spoken to by `cckm`; here is what lies between them
//! and Kubernetes.

mod census;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod context;
pub mod hex;
pub mod manager;
pub mod object;
pub mod observe;
pub mod operator;
mod probe;
pub mod reconcile;
pub mod runtime;
pub mod watches;
