//! Tags that we share with others.

use std::collections::{BTreeMap, BTreeSet};

/// The tags to write, and the keys in which they differ from the remote ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The merged whole: what the cloud is sent.
    pub tags: BTreeMap<String, String>,
    /// The keys that differ.
    pub differing: BTreeSet<String>,
}

/// Merges listed tags into the remote ones. Listed tags are enforced; keys that we once set (`applied`) and that
/// are no longer listed are removed; all others stay, for clouds and people add their own.
pub fn merge<'a>(
    listed: &BTreeMap<String, String>,
    applied: impl IntoIterator<Item = &'a String>,
    remote: &BTreeMap<String, String>,
) -> Merged {
    let mut merged = Merged {
        tags: remote.clone(),
        differing: BTreeSet::new(),
    };
    for (key, value) in listed {
        if remote.get(key) != Some(value) {
            merged.differing.insert(key.clone());
            merged.tags.insert(key.clone(), value.clone());
        }
    }
    for key in applied {
        if !listed.contains_key(key) && merged.tags.remove(key).is_some() {
            merged.differing.insert(key.clone());
        }
    }
    merged
}
