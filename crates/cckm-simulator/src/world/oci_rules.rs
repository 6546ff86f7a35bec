//! What Oracle Cloud takes as a key: lengths by algorithm, curves, tags, the deletion window.

use std::collections::BTreeSet;

use crate::{
    http::refusal::{Refusal, invalid},
    world::oci::{DefinedTags, FreeformTags},
};

const FREEFORM_TAG_LIMIT: usize = 10;
const DEFINED_TAG_LIMIT: usize = 64;
const TAG_NAME_LIMIT: usize = 100;
const TAG_VALUE_LIMIT: usize = 256;
const NAME_LIMIT: usize = 255;

/// Algorithm, length in bytes and curve have to fit together.
pub(crate) fn check_shape(
    algorithm: &str,
    length: i64,
    curve: Option<&str>,
) -> Result<(), Refusal> {
    let fits = match (algorithm, curve) {
        ("AES", None) => [16, 24, 32].contains(&length),
        ("RSA", None) => [256, 384, 512].contains(&length),
        ("ECDSA", Some("NIST_P256")) => length == 32,
        ("ECDSA", Some("NIST_P384")) => length == 48,
        ("ECDSA", Some("NIST_P521")) => length == 66,
        ("ECDSA", None) => return Err(invalid("curve_id: required for ECDSA")),
        ("AES" | "RSA", Some(_)) => return Err(invalid("curve_id: only for ECDSA")),
        ("ECDSA", Some(curve)) => return Err(invalid(format!("curve_id: unknown curve {curve}"))),
        _ => {
            return Err(invalid(format!(
                "algorithm: {algorithm:?} is none of AES, RSA, ECDSA"
            )));
        }
    };
    if fits {
        Ok(())
    } else {
        Err(invalid(format!(
            "length: {length} bytes is no length of {algorithm}"
        )))
    }
}

pub(crate) fn check_protection_mode(mode: &str) -> Result<(), Refusal> {
    crate::http::fields::one_of("protection_mode", mode, &["HSM", "SOFTWARE"]).map(drop)
}

pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    if (1..=NAME_LIMIT).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(invalid(format!(
        "name: must be 1 to {NAME_LIMIT} characters"
    )))
}

/// The waiting period before a deletion, in days.
pub(crate) fn check_days(days: i64) -> Result<(), Refusal> {
    if (7..=30).contains(&days) {
        Ok(())
    } else {
        Err(invalid("days: must be 7 to 30"))
    }
}

pub(crate) fn check_freeform_tags(tags: &FreeformTags) -> Result<(), Refusal> {
    if tags.len() > FREEFORM_TAG_LIMIT {
        return Err(invalid(format!(
            "freeform_tags: must not be more than {FREEFORM_TAG_LIMIT}"
        )));
    }
    tags.iter()
        .try_for_each(|(name, value)| check_tag(name, value))
}

pub(crate) fn check_defined_tags(
    tags: &DefinedTags,
    namespaces: &BTreeSet<String>,
) -> Result<(), Refusal> {
    if let Some(unknown) = tags
        .keys()
        .find(|namespace| !namespaces.contains(*namespace))
    {
        return Err(invalid(format!(
            "defined_tags: the tag namespace {unknown} does not exist"
        )));
    }
    let all = tags.values().flatten();
    if all.clone().count() > DEFINED_TAG_LIMIT {
        return Err(invalid(format!(
            "defined_tags: must not be more than {DEFINED_TAG_LIMIT}"
        )));
    }
    all.into_iter()
        .try_for_each(|(name, value)| check_tag(name, value))
}

fn check_tag(name: &str, value: &str) -> Result<(), Refusal> {
    let long = name.chars().count() > TAG_NAME_LIMIT || value.chars().count() > TAG_VALUE_LIMIT;
    if name.is_empty() || long || name.contains(['.', ' ']) {
        return Err(invalid(format!(
            "tags: {name:?} must have a name of 1 to {TAG_NAME_LIMIT} characters without dots and spaces \
             and a value of at most {TAG_VALUE_LIMIT} characters"
        )));
    }
    Ok(())
}
