//! Rules that several kinds have.

use kube::core::Rule;

/// On a field that is always there: it never changes.
pub(crate) fn immutable(message: &str) -> Rule {
    Rule::new("self == oldSelf").message(message)
}

/// On the parent of an optional field: it never changes, appears or disappears. On the field itself a rule would not
/// be asked when it appears or disappears.
pub(crate) fn immutable_with_presence(field: &str, message: &str) -> Rule {
    Rule::new(format!(
        "has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
    ))
    .message(message)
}

/// On the parent of an optional field: it may be added, and never changes or disappears from then on.
pub(crate) fn immutable_once_set(field: &str, message: &str) -> Rule {
    Rule::new(format!(
        "!has(oldSelf.{field}) || (has(self.{field}) && self.{field} == oldSelf.{field})"
    ))
    .message(message)
}

/// On a duration: from `least` to `most`.
pub(crate) fn duration_within(least: &str, most: &str, message: &str) -> Rule {
    Rule::new(format!(
        "duration(self) >= duration('{least}') && duration(self) <= duration('{most}')"
    ))
    .message(message)
}

/// On a requirement of a selector: values go with the operators that look at them.
pub(crate) fn selector_values() -> Rule {
    Rule::new("(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)")
        .message(
            "In and NotIn take at least one of values, Exists and DoesNotExist take none. Add or \
             remove values.",
        )
}

/// On the keys of a map of tags: what OCI takes.
pub(crate) fn oci_tag_keys(message: &str) -> Rule {
    Rule::new("self.all(k, size(k) >= 1 && size(k) <= 100 && !k.contains('.') && !k.contains(' '))")
        .message(message)
}

/// On a map of tags: the operator's own one isn't listed, in whatever case.
pub(crate) fn owner_tag_reserved(message: &str) -> Rule {
    Rule::new(format!(
        "self.all(k, k.lowerAscii() != '{}')",
        crate::OWNER_TAG
    ))
    .message(message)
}
