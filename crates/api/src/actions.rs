//! What the operator does to keys, and how bad it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An action on a key: one request to CipherTrust Manager that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Action {
    /// Makes the key.
    Create,
    /// Makes the key from a source key held by CipherTrust Manager.
    Upload,
    /// Makes a new version of an Azure secret with another value.
    PutValue,
    /// Makes a new version of an OCI key, which is then the current one; the earlier ones go on decrypting.
    NewVersion,
    /// Writes content type, dates, tags, name or the enabled flag.
    UpdateAttributes,
    /// Writes the owner tag on a key that was adopted.
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
    /// The word in status.
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

    /// The same action as one that approvals name; nothing for those that never take anything away.
    pub const fn destructive(self) -> Option<DestructiveAction> {
        match self {
            Self::Destroy => Some(DestructiveAction::Destroy),
            Self::DeleteBackup => Some(DestructiveAction::DeleteBackup),
            Self::SoftDelete => Some(DestructiveAction::SoftDelete),
            Self::HardDelete => Some(DestructiveAction::HardDelete),
            Self::RemoveRecord => Some(DestructiveAction::RemoveRecord),
            Self::UpdateAttributes => Some(DestructiveAction::UpdateAttributes),
            Self::ScheduleDeletion => Some(DestructiveAction::ScheduleDeletion),
            Self::Disable => Some(DestructiveAction::Disable),
            Self::ChangeCompartment => Some(DestructiveAction::ChangeCompartment),
            Self::Create
            | Self::Upload
            | Self::PutValue
            | Self::NewVersion
            | Self::ClaimOwnership
            | Self::Recover
            | Self::Restore
            | Self::Import
            | Self::Enable
            | Self::CancelDeletion => None,
        }
    }
}

/// An action that can take something away, so that a manager can require approval for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum DestructiveAction {
    /// Destroys the material of an archived tenant secret in Salesforce.
    Destroy,
    /// Drops CipherTrust Manager's backup of a destroyed tenant secret or a deleted OCI key.
    DeleteBackup,
    /// Deletes an Azure secret, recoverably where its vault has soft-delete.
    SoftDelete,
    /// Purges a soft-deleted Azure secret.
    HardDelete,
    /// Drops CipherTrust Manager's record of a deleted key, and its backup.
    RemoveRecord,
    /// Switches an Azure secret off, which is written with its other attributes.
    UpdateAttributes,
    /// Starts the waiting period before OCI deletes a key.
    ScheduleDeletion,
    /// Switches an OCI key off.
    Disable,
    /// Moves an OCI key to another compartment, whose policies decide who may use it.
    ChangeCompartment,
}

impl From<DestructiveAction> for Action {
    fn from(action: DestructiveAction) -> Self {
        match action {
            DestructiveAction::Destroy => Self::Destroy,
            DestructiveAction::DeleteBackup => Self::DeleteBackup,
            DestructiveAction::SoftDelete => Self::SoftDelete,
            DestructiveAction::HardDelete => Self::HardDelete,
            DestructiveAction::RemoveRecord => Self::RemoveRecord,
            DestructiveAction::UpdateAttributes => Self::UpdateAttributes,
            DestructiveAction::ScheduleDeletion => Self::ScheduleDeletion,
            DestructiveAction::Disable => Self::Disable,
            DestructiveAction::ChangeCompartment => Self::ChangeCompartment,
        }
    }
}

impl DestructiveAction {
    /// The word in status and approvals.
    pub fn as_str(self) -> &'static str {
        Action::from(self).as_str()
    }
}

/// What an action does to those who use the key.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
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
    /// The word in status.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_approvals_name_is_what_plans_name() {
        for action in [
            DestructiveAction::Destroy,
            DestructiveAction::DeleteBackup,
            DestructiveAction::SoftDelete,
            DestructiveAction::HardDelete,
            DestructiveAction::RemoveRecord,
            DestructiveAction::UpdateAttributes,
            DestructiveAction::ScheduleDeletion,
            DestructiveAction::Disable,
            DestructiveAction::ChangeCompartment,
        ] {
            assert_eq!(Action::from(action).destructive(), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
    }
}
