//! The lifecycle of an Azure secret.
//!
//! States are the words CipherTrust Manager uses on a secret's row (`AVAILABLE`, `SOFT-DELETED`, `DELETED`;
//! CCKM pages on Azure secrets) and two of our own: `NeverSeen` and `Gone`.

mod attributes;
mod facts;
mod table;

pub use attributes::{Attributes, Judged, Wish, judge};
pub use facts::{Facts, Record, RestoreFrom, Value};
pub use table::{Desired, Secret, State};

#[cfg(test)]
mod tests;
