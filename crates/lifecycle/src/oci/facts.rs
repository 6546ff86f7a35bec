//! What the guards of an OCI key read.

use jiff::Timestamp;

use super::{Judged, VersionDue};
use crate::{
    backup::{Backup, RestoreSent},
    ownership::Ownership,
    sync::Reading,
};

/// CipherTrust Manager's row of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// There is no row of it.
    Absent,
    /// There is one.
    Row {
        /// OCI's `lifecycle_state`, verbatim.
        state: String,
        /// A sync found that the key is not in OCI any more.
        gone: bool,
    },
}

/// The facts of one OCI key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a guard reads"
)]
pub struct Facts {
    /// CM's row.
    pub record: Record,
    /// Whether our status records this key's cloud identity.
    pub recorded: bool,
    /// Whose it is; judged only where there is a row.
    pub ownership: Ownership,
    /// Whether the spec names the key by its OCID.
    pub key_named: bool,
    /// OCIDs of keys that could be meant: of the same display name, or carrying our tag, where that is not one.
    pub candidates: Vec<String>,
    /// Whose the candidates are by their owner tag, where all are somebody else's; the text is safe to print.
    pub candidates_owner: Option<String>,
    /// The object that records this very key, if another does.
    pub managed_by: Option<String>,
    /// Whether the material comes from a source key.
    pub upload: bool,
    /// Fields of the key that cannot be changed and that differ from the spec.
    pub mismatch: Vec<String>,
    /// Whether this is the primary and not a replica; unknown counts as primary.
    pub primary: Option<bool>,
    /// `pendingDeletionDays`, absence filled in.
    pub days: i32,
    /// The fewest days the manager allows.
    pub minimum_days: i32,
    /// When OCI deletes the key, while that is scheduled.
    pub time_of_deletion: Option<Timestamp>,
    /// How the attributes stand.
    pub attributes: Judged,
    /// Whether a new version is due.
    pub version: VersionDue,
    /// Whether CM rotates the key by itself, and the spec asks for that as well.
    pub rotated_elsewhere: bool,
    /// CM's backup of the key: no row tells of it, so only our own record of having dropped it counts.
    pub backup: Backup,
    /// How many versions of the key are not deleted; nothing: not read since the key was deleted.
    pub versions_left: Option<usize>,
    /// The restore that was sent last.
    pub restore_sent: Option<RestoreSent>,
    /// The OCID under which a restore brought the key back, if that is another one.
    pub restored_as: Option<String>,
    /// Whether we removed CM's record, by our own history.
    pub removed_by_us: bool,
    /// The last list of the vault's rows.
    pub reading: Reading,
    /// When this process first saw the object.
    pub first_seen: Timestamp,
    /// When the present first step was first planned.
    pub decided_at: Timestamp,
    /// When the row was first found missing, while it is.
    pub absent_since: Option<Timestamp>,
}
