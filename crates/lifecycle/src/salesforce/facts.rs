//! What the guards of a tenant secret read.

use jiff::Timestamp;

use super::{Certificate, Identity};
use crate::{backup::Backup, sync::Reading};

/// The row of the secret that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Salesforce's status, verbatim.
    pub status: String,
    /// Salesforce's version number.
    pub version: i64,
    /// Whether Salesforce fetches the material on demand instead of keeping it.
    pub cache_only: bool,
    /// The backup.
    pub backup: Backup,
}

/// The facts of one tenant secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a guard reads"
)]
pub struct Facts {
    /// The row, where one is identified.
    pub secret: Option<Secret>,
    /// What the natural key stands for, where neither status nor spec names a version.
    pub identity: Identity,
    /// Whether our status records this secret's cloud identity.
    pub recorded: bool,
    /// Whether the spec names a version.
    pub version_named: bool,
    /// Whether the material comes from a source key.
    pub upload: bool,
    /// The certificate for which that is encrypted.
    pub certificate: Certificate,
    /// `createdAfter`.
    pub created_after: Option<Timestamp>,
    /// The version of a newer ACTIVE secret of the type.
    pub superseded_by: Option<i64>,
    /// How many rows of the type say ACTIVE: more than one means that a row is stale.
    pub active_rows: usize,
    /// How many rows of the type are ACTIVE or ARCHIVED.
    pub live: usize,
    /// When Salesforce accepts the next secret of the type.
    pub rotation_opens: Option<Timestamp>,
    /// Another object of this organization and type that is creating at the moment.
    pub other_create: Option<String>,
    /// The object that records this very secret, if another does.
    pub managed_by: Option<String>,
    /// Whether we dropped the backup, by our own history.
    pub backup_dropped_by_us: bool,
    /// Whether what we made is dated before `createdAfter`.
    pub made_too_early: bool,
    /// The last list of the organization's rows.
    pub reading: Reading,
    /// When this process first saw the object.
    pub first_seen: Timestamp,
    /// When the present first step was first planned.
    pub decided_at: Timestamp,
    /// When the row was first found missing, while it is.
    pub absent_since: Option<Timestamp>,
}

impl Facts {
    /// Whether a secret is to be made by now, if there is none.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.created_after.is_some_and(|due| due <= now)
    }
}
