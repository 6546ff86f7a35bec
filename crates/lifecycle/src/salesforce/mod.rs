//! The lifecycle of a Salesforce tenant secret: one version of one type in one organization.
//!
//! States are Salesforce's statuses (`ACTIVE`, `ARCHIVED`, `DESTROYED`; CCKM page on creating tenant secrets)
//! with CipherTrust Manager's backup beside them, and two of our own: `NeverSeen` and `Gone`.

mod certificate;
mod facts;
mod identity;
mod limits;
mod rotation;
mod table;

pub use certificate::Certificate;
pub use facts::{Facts, Secret};
pub use identity::{Candidate, Dated, Identity, identify, made_after};
pub use limits::{Environment, LIVE_LIMIT, SecretType, minimum_interval};
pub use rotation::{
    ActiveSecret, ArchivedSecret, Desired as RotationDesired, Facts as RotationFacts, Rotation,
    State as RotationState,
};
pub use table::{Desired, State, TenantSecret};

#[cfg(test)]
mod tests;
