//! The rows of a container, sorted into keys to import and what is left out. Pure data.

use api::{AzureSecretSpec, OWNER_TAG, OciKeySpec, SalesforceTenantSecretSpec};
use std::collections::BTreeMap;

/// The rows of a container, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sorted {
    /// The keys that no object stands for, in a stable order.
    pub(crate) found: Vec<Found>,
    /// What cannot or should not be imported.
    pub(crate) left_out: Vec<LeftOut>,
    /// How many keys an object stands for already.
    pub(crate) standing: usize,
}

/// A key that no object stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// What it is, as `status.cloudId` will have it.
    pub(crate) cloud_id: String,
    /// What names are derived from.
    pub(crate) label: String,
    /// Its state, in the cloud's word.
    pub(crate) state: String,
    /// The spec of its object.
    pub(crate) spec: Spec,
}

/// The spec of a key's object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Spec {
    /// Of a `SalesforceTenantSecret`.
    TenantSecret(Box<SalesforceTenantSecretSpec>),
    /// Of an `AzureSecret`.
    AzureSecret(Box<AzureSecretSpec>),
    /// Of an `OciKey`.
    OciKey(Box<OciKeySpec>),
}

/// A row that is not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// The key.
    pub(crate) what: String,
    /// Why.
    pub(crate) why: Why,
}

/// Why a row is not imported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// Deleted in the cloud; CipherTrust Manager keeps its row.
    Deleted,
    /// The last sync did not find it in the cloud.
    Gone,
    /// Read-only.
    Replica,
    /// Salesforce switches it by itself.
    CacheOnly,
    /// Between two states.
    InMotion(String),
    /// A state that this version does not know.
    UnknownState(String),
    /// Another object's, by its owner tag.
    Owned(String),
    /// Its row lacks what it is, or has it in a form that no object takes.
    Unnamed,
}

impl Why {
    /// In words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Deleted => "deleted; CipherTrust Manager keeps its row".into(),
            Self::Gone => "not in the cloud any more, as of the last sync".into(),
            Self::Replica => "a replica, which is read-only; manage the primary".into(),
            Self::CacheOnly => {
                "cache-only: Salesforce switches it by itself, so it is not driven".into()
            }
            Self::InMotion(state) => {
                format!("{state}: the cloud is at work on it; import it once it has settled")
            }
            Self::UnknownState(state) => {
                format!("{state}: a state that this version does not know")
            }
            Self::Owned(owner) => {
                format!(
                    "belongs to {owner} by its owner tag; if that object is gone, apply it again"
                )
            }
            Self::Unnamed => {
                "its row does not say what it is in a form that an object takes".into()
            }
        }
    }

    /// The same in a word, for counting.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Gone => "gone",
            Self::Replica => "replicas",
            Self::CacheOnly => "cache-only",
            Self::InMotion(_) => "in motion",
            Self::UnknownState(_) => "in an unknown state",
            Self::Owned(_) => "of another owner",
            Self::Unnamed => "unnamed",
        }
    }
}

/// Text of the remote side, as far as it is shown: without anything that could break a line or a terminal.
pub(crate) fn shown(text: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || "._:/-".contains(*c);
    let shown: String = text.chars().filter(plain).take(255).collect();
    if shown.is_empty() { "?".into() } else { shown }
}

/// Whose a key is by its tags.
pub(crate) fn owner(tags: &BTreeMap<String, String>) -> Option<Why> {
    tags.get(OWNER_TAG).map(|owner| Why::Owned(shown(owner)))
}
