//! The operator: effects around the pure decisions of the `lifecycle` crate.
//!
//! One visit of an object is six steps (see [`reconcile`]): resolve, observe, plan, announce, act, report.

pub mod clock;
pub mod object;
pub mod observe;
pub mod runtime;
