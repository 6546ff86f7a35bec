//! Which attributes of an Azure secret are ours to write.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::action::Effect;

/// A secret's attributes, as CM's row shows them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The content type; at most 255 characters.
    pub content_type: Option<String>,
    /// Whether Azure gives the secret out.
    pub enabled: Option<bool>,
    /// Not to be used before; informational in Azure.
    pub not_before: Option<Timestamp>,
    /// Not to be used after; informational in Azure.
    pub expires: Option<Timestamp>,
    /// All tags, the owner tag included.
    pub tags: BTreeMap<String, String>,
}

/// What the spec wishes, and what we last wrote of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wish {
    /// The spec's attributes; what is absent is not managed.
    pub spec: Attributes,
    /// What we last set, if we ever did: dates, enabled flag and tag keys.
    pub applied: Option<Attributes>,
}

/// How the attributes stand.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judged {
    /// Spec fields that differ and are ours to write, by name.
    pub to_write: Vec<String>,
    /// Spec fields that differ by somebody else's doing: reported, not written.
    pub drifted: Vec<String>,
    /// What to write: only given fields. Tags are the merged whole.
    pub write: Attributes,
    /// Whether the tags have to be written.
    pub write_tags: bool,
    /// The change of the enabled flag, if it is written.
    pub enabling: Option<bool>,
}

impl Judged {
    /// Switching off takes service away, switching on gives it back, all else is harmless.
    pub fn effect(&self) -> Effect {
        match self.enabling {
            Some(false) => Effect::Disruptive,
            Some(true) => Effect::Restores,
            None => Effect::Safe,
        }
    }
}

/// Compares wish and remote. Content type and listed tags are enforced, and tags that we set and that are no
/// longer listed are removed; all other tags stay. The enabled flag and the dates are written only when the
/// spec's value differs from what we last wrote: with nothing recorded the remote value is the baseline.
pub fn judge(wish: &Wish, remote: &Attributes) -> Judged {
    let mut judged = Judged::default();
    let (spec, applied) = (&wish.spec, wish.applied.as_ref());
    if spec.content_type.is_some() && spec.content_type != remote.content_type {
        judged.to_write.push("contentType".into());
        judged.write.content_type.clone_from(&spec.content_type);
    }
    judge_tags(spec, applied, remote, &mut judged);
    if written_once(
        spec.enabled,
        applied.map(|a| a.enabled),
        remote.enabled,
        "enabled",
        &mut judged,
    ) {
        judged.write.enabled = spec.enabled;
        judged.enabling = spec.enabled;
    }
    if written_once(
        spec.not_before,
        applied.map(|a| a.not_before),
        remote.not_before,
        "notBefore",
        &mut judged,
    ) {
        judged.write.not_before = spec.not_before;
    }
    if written_once(
        spec.expires,
        applied.map(|a| a.expires),
        remote.expires,
        "expires",
        &mut judged,
    ) {
        judged.write.expires = spec.expires;
    }
    for (name, was, is) in [
        (
            "notBefore",
            applied.and_then(|a| a.not_before),
            spec.not_before,
        ),
        ("expires", applied.and_then(|a| a.expires), spec.expires),
    ] {
        // Azure keeps a date once it is set, so removing it from the spec cannot clear it.
        if was.is_some() && is.is_none() {
            judged.drifted.push(name.into());
        }
    }
    judged
}

/// Whether a field that is written once per spec change has to be written; drift goes to `judged`.
fn written_once<T: PartialEq>(
    spec: Option<T>,
    applied: Option<Option<T>>,
    remote: Option<T>,
    name: &str,
    judged: &mut Judged,
) -> bool {
    if spec.is_none() || spec == remote {
        return false;
    }
    match applied {
        Some(applied) if applied != spec => {
            judged.to_write.push(name.into());
            true
        }
        Some(_) | None => {
            judged.drifted.push(name.into());
            false
        }
    }
}

fn judge_tags(
    spec: &Attributes,
    applied: Option<&Attributes>,
    remote: &Attributes,
    judged: &mut Judged,
) {
    let mut merged = remote.tags.clone();
    let mut differing = BTreeSet::new();
    for (key, value) in &spec.tags {
        if remote.tags.get(key) != Some(value) {
            differing.insert(format!("tags.{key}"));
            merged.insert(key.clone(), value.clone());
        }
    }
    for key in applied.into_iter().flat_map(|applied| applied.tags.keys()) {
        if !spec.tags.contains_key(key) && merged.remove(key).is_some() {
            differing.insert(format!("tags.{key}"));
        }
    }
    judged.write_tags = !differing.is_empty();
    judged.to_write.extend(differing);
    judged.write.tags = merged;
}
