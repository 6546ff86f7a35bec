//! What the guards of an Azure secret read.

use jiff::Timestamp;

use super::Judged;
use crate::{
    backup::{Backup, RestoreSent},
    ownership::Ownership,
    reason::Blocker,
    sync::Reading,
};

/// CipherTrust Manager's row of the secret's newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// There is no row of that name.
    Absent,
    /// There is one.
    Row {
        /// The status word, verbatim.
        status: String,
        /// A sync found that the secret is not in Azure any more.
        gone: bool,
    },
}

/// How the value in the user's Secret stands to what was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `valueFrom` is absent: not managed here.
    NotManaged,
    /// It cannot be had; why.
    Unavailable(Blocker),
    /// It is what was last written.
    Current,
    /// It is another one.
    Changed,
    /// Nothing is recorded of what was last written, so the current value is the baseline.
    Unverified,
}

/// The secret of another vault from whose backup this one is to be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreFrom {
    /// The spec asks for no such thing: the secret is made.
    NotAsked,
    /// What that vault holds is not known; why.
    Unknown(Blocker),
    /// It has no secret of this name, deleted or not.
    Absent,
    /// Its secret is not deleted, but in that state.
    NotDeleted(String),
    /// Its secret is deleted.
    Deleted(Backup),
}

/// The facts of one Azure secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// CM's row.
    pub record: Record,
    /// Whether our status records this secret's cloud identity.
    pub recorded: bool,
    /// Whose it is; judged only where there is a row.
    pub ownership: Ownership,
    /// Another object that stands for this very secret.
    pub managed_by: Option<String>,
    /// Azure's `recoveryLevel`, verbatim.
    pub recovery_level: Option<String>,
    /// Whether the vault keeps deleted secrets for a while.
    pub soft_delete: Option<bool>,
    /// The value.
    pub value: Value,
    /// From where it is restored, if it is not there.
    pub restore_from: RestoreFrom,
    /// Whether `cckm.dev/push-value` asks to write the value once more.
    pub push: bool,
    /// How the attributes stand.
    pub attributes: Judged,
    /// The last list of the vault's rows.
    pub reading: Reading,
    /// When this process first saw the object.
    pub first_seen: Timestamp,
    /// When the present first step was first planned.
    pub decided_at: Timestamp,
    /// When the row was first found missing, while it is.
    pub absent_since: Option<Timestamp>,
    /// CM's backup of the secret.
    pub backup: Backup,
    /// The restore that was sent last.
    pub restore_sent: Option<RestoreSent>,
    /// Whether we removed CM's record, by our own history.
    pub removed_by_us: bool,
    /// The end of the retention, while soft-deleted: our act's time plus the vault's days.
    pub retained_until: Option<Timestamp>,
}

impl Facts {
    /// Whether a deletion is final at once: only a level of plain `Purgeable` says so.
    pub(super) fn deletes_recoverably(&self) -> bool {
        self.soft_delete == Some(true) && self.recovery_level.as_deref() != Some("Purgeable")
    }

    /// Whether somebody with the right may purge; unknown counts as yes, for then Azure decides.
    pub(super) fn purgeable(&self) -> bool {
        self.recovery_level
            .as_deref()
            .is_none_or(|level| level.contains("Purgeable"))
    }

    /// A new version carries content type and tags along, but never the flag and dates.
    pub(super) fn attributes_wanted(&self) -> bool {
        let of_its_own =
            |field: &String| matches!(field.as_str(), "enabled" | "notBefore" | "expires");
        let differing = &self.attributes.to_write;
        if self.value_wanted() {
            differing.iter().any(of_its_own)
        } else {
            !differing.is_empty()
        }
    }

    pub(super) fn value_wanted(&self) -> bool {
        matches!(self.value, Value::Changed)
            || (self.push && !matches!(self.value, Value::NotManaged))
    }
}
