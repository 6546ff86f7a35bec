//! Which attributes of an Azure secret are ours to write.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{action::Effect, tags};

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

    /// Whether a field that is written once per change of the spec has to be written; drift is noted.
    fn written_once<T: PartialEq>(
        &mut self,
        name: &str,
        wish: &Wish,
        remote: &Attributes,
        field: impl Fn(&Attributes) -> Option<T>,
    ) -> bool {
        let desired = field(&wish.spec);
        if desired.is_none() || desired == field(remote) {
            return false;
        }
        let respecified = wish
            .applied
            .as_ref()
            .is_some_and(|applied| field(applied) != desired);
        let list = if respecified {
            &mut self.to_write
        } else {
            &mut self.drifted
        };
        list.push(name.into());
        respecified
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
    if judged.written_once("enabled", wish, remote, |attributes| attributes.enabled) {
        judged.write.enabled = spec.enabled;
        judged.enabling = spec.enabled;
    }
    if judged.written_once("notBefore", wish, remote, |attributes| {
        attributes.not_before
    }) {
        judged.write.not_before = spec.not_before;
    }
    if judged.written_once("expires", wish, remote, |attributes| attributes.expires) {
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

fn judge_tags(
    spec: &Attributes,
    applied: Option<&Attributes>,
    remote: &Attributes,
    judged: &mut Judged,
) {
    let ours = applied.into_iter().flat_map(|applied| applied.tags.keys());
    let merged = tags::merge(&spec.tags, ours, &remote.tags);
    judged.write_tags = !merged.differing.is_empty();
    judged.to_write.extend(
        merged
            .differing
            .into_iter()
            .map(|key| format!("tags.{key}")),
    );
    judged.write.tags = merged.tags;
}
