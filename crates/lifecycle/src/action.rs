//! What the operator can do to a key, and how bad each act is.

use std::fmt;

/// An act on a key: one CCKM request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Makes the key.
    Create,
    /// Makes the key from a source key held by CipherTrust Manager (BYOK).
    Upload,
    /// Makes a new version of an Azure secret with another value.
    PutValue,
    /// Makes a new version of an OCI key, which is then the current one; the earlier ones go on decrypting.
    NewVersion,
    /// Writes content type, dates, tags, name or the enabled flag.
    UpdateAttributes,
    /// Writes our owner tag on a key that was adopted.
    ClaimOwnership,
    /// Deletes an Azure secret, recoverably where its vault has soft-delete.
    SoftDelete,
    /// Undoes a soft-delete.
    Recover,
    /// Purges a soft-deleted Azure secret.
    HardDelete,
    /// Brings a deleted key back from CipherTrust Manager's backup.
    Restore,
    /// Drops CipherTrust Manager's record of a deleted key, and its backup.
    RemoveRecord,
    /// Destroys the material of an archived tenant secret in Salesforce.
    Destroy,
    /// Brings a destroyed tenant secret back from CipherTrust Manager's backup.
    Import,
    /// Drops CipherTrust Manager's backup of a destroyed tenant secret or a deleted OCI key.
    DeleteBackup,
    /// Switches an OCI key on.
    Enable,
    /// Switches an OCI key off.
    Disable,
    /// Starts the waiting period before OCI deletes a key.
    ScheduleDeletion,
    /// Ends that waiting period; the key stays.
    CancelDeletion,
    /// Moves an OCI key to another compartment, whose policies decide who may use it.
    ChangeCompartment,
}

impl Action {
    /// The word used in status, approvals, events and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Upload => "Upload",
            Self::PutValue => "PutValue",
            Self::NewVersion => "NewVersion",
            Self::UpdateAttributes => "UpdateAttributes",
            Self::ClaimOwnership => "ClaimOwnership",
            Self::SoftDelete => "SoftDelete",
            Self::Recover => "Recover",
            Self::HardDelete => "HardDelete",
            Self::Restore => "Restore",
            Self::RemoveRecord => "RemoveRecord",
            Self::Destroy => "Destroy",
            Self::Import => "Import",
            Self::DeleteBackup => "DeleteBackup",
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::ScheduleDeletion => "ScheduleDeletion",
            Self::CancelDeletion => "CancelDeletion",
            Self::ChangeCompartment => "ChangeCompartment",
        }
    }

    /// Whether the call makes something that a second call would make again. Such a call is
    /// preceded by an intent, and an unknown outcome is settled by searching, never by repeating it.
    pub const fn makes_something(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Upload | Self::PutValue | Self::NewVersion
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an act does to those who use the key, judged on the facts of the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Takes nothing away.
    Safe,
    /// Gives access back.
    Restores,
    /// Takes service away; can be undone with no deadline.
    Disruptive,
    /// Can be undone until a date, then becomes final by itself.
    Expiring,
    /// Cannot be undone.
    Irreversible,
}

impl Effect {
    /// The word used in status and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "Safe",
            Self::Restores => "Restores",
            Self::Disruptive => "Disruptive",
            Self::Expiring => "Expiring",
            Self::Irreversible => "Irreversible",
        }
    }
}
