//! The lifecycle of an OCI key.
//!
//! States are OCI's own `lifecycle_state` words (Oracle's Key Management reference; CCKM pages on OCI keys) and
//! two of our own: `NeverSeen` and `Gone`. What OCI does takes seconds, so most acts pass through a transitional
//! state that the operator waits out.

mod attributes;
mod facts;
mod table;
mod versions;

pub use attributes::{Attributes, Judged, judge};
pub use facts::{Facts, Record};
pub use table::{Desired, Key, State};
pub use versions::{CurrentVersion, VersionDue, VersionWish};

#[cfg(test)]
mod tests;
