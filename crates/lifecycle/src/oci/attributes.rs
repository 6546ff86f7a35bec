//! Which attributes of an OCI key are ours to write.

use std::collections::BTreeMap;

use crate::tags;

/// A key's attributes. Defined tags are keyed `namespace.key`; OCI's namespaces hold no dot.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Attributes {
    /// The display name; nothing: not managed.
    pub display_name: Option<String>,
    /// The OCID of the compartment; nothing: not managed.
    pub compartment_id: Option<String>,
    /// Freeform tags, the owner tag included.
    pub freeform_tags: BTreeMap<String, String>,
    /// Defined tags.
    pub defined_tags: BTreeMap<String, String>,
}

/// How the attributes stand.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judged {
    /// Fields that differ, by name.
    pub to_write: Vec<String>,
    /// The compartment to move to: a call of its own, and not among `to_write`.
    pub compartment_id: Option<String>,
    /// The display name to write.
    pub display_name: Option<String>,
    /// The merged freeform tags, if they have to be written.
    pub freeform_tags: Option<BTreeMap<String, String>>,
    /// The merged defined tags, if they have to be written.
    pub defined_tags: Option<BTreeMap<String, String>>,
}

/// Compares spec and remote: the display name, the compartment and listed tags are enforced, tag keys that we set (`applied`)
/// and that are no longer listed are removed, all other tags stay.
pub fn judge(spec: &Attributes, applied: &Attributes, remote: &Attributes) -> Judged {
    let mut judged = Judged::default();
    if spec.display_name.is_some() && spec.display_name != remote.display_name {
        judged.to_write.push("displayName".into());
        judged.display_name.clone_from(&spec.display_name);
    }
    if spec.compartment_id.is_some() && spec.compartment_id != remote.compartment_id {
        judged.compartment_id.clone_from(&spec.compartment_id);
    }
    let freeform = tags::merge(
        &spec.freeform_tags,
        applied.freeform_tags.keys(),
        &remote.freeform_tags,
    );
    if !freeform.differing.is_empty() {
        judged.to_write.extend(
            freeform
                .differing
                .iter()
                .map(|key| format!("freeformTags.{key}")),
        );
        judged.freeform_tags = Some(freeform.tags);
    }
    let defined = tags::merge(
        &spec.defined_tags,
        applied.defined_tags.keys(),
        &remote.defined_tags,
    );
    if !defined.differing.is_empty() {
        judged.to_write.extend(
            defined
                .differing
                .iter()
                .map(|key| format!("definedTags.{key}")),
        );
        judged.defined_tags = Some(defined.tags);
    }
    judged
}
