//! The tables of `tests/admission`: manifests, and what becomes of them.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One file: the cases of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// The kind.
    pub kind: String,
    /// A manifest that is accepted, which each case changes.
    base: Value,
    creates: Vec<Create>,
    updates: Vec<Update>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    title: String,
    with: Value,
    refused: Option<String>,
    invalid: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    title: String,
    from: Value,
    to: Value,
    refused: Option<String>,
}

/// What becomes of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// Refused by a rule whose message begins so.
    ByRule(String),
    /// Refused by the schema with a message that has this.
    BySchema(String),
}

/// A manifest that is created, in place of an old one or not, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Case {
    pub title: String,
    pub old: Option<Value>,
    pub new: Value,
    pub verdict: Verdict,
}

impl Table {
    /// All files.
    pub(crate) fn all() -> Vec<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/admission");
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        let read = |path: &PathBuf| {
            serde_saphyr::from_str(&fs::read_to_string(path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        paths.iter().map(read).collect()
    }

    /// The cases, creates first.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let creates = self.creates.iter().map(|case| Case {
            title: format!("{}: {}", self.kind, case.title),
            old: None,
            new: self.manifest(&case.with),
            verdict: match (&case.refused, &case.invalid) {
                (None, None) => Verdict::Accepted,
                (Some(message), None) => Verdict::ByRule(message.clone()),
                (None, Some(message)) => Verdict::BySchema(message.clone()),
                (Some(_), Some(_)) => panic!("{}: refused or invalid, not both", case.title),
            },
        });
        let updates = self.updates.iter().map(|case| Case {
            title: format!("{}, changed: {}", self.kind, case.title),
            old: Some(self.manifest(&case.from)),
            new: self.manifest(&case.to),
            verdict: case
                .refused
                .clone()
                .map_or(Verdict::Accepted, Verdict::ByRule),
        });
        creates.chain(updates).collect()
    }

    fn manifest(&self, change: &Value) -> Value {
        let api_version = format!("{}/{}", api::GROUP, api::VERSION);
        let mut manifest = json!({"apiVersion": api_version, "kind": self.kind});
        merge(&mut manifest, &self.base);
        merge(&mut manifest, change);
        manifest
    }
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name).or_insert(Value::Null), value);
        }
    }
}
