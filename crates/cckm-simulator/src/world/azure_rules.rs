//! What Azure takes as a secret (Azure Key Vault, "About secrets"), and the part of CM's page on
//! creating secrets that concerns tags.

use std::collections::BTreeMap;

use crate::{
    http::refusal::{Refusal, invalid},
    world::azure::Version,
};

const NAME_LIMIT: usize = 127;
const VALUE_LIMIT: usize = 25 * 1024;
const CONTENT_TYPE_LIMIT: usize = 255;
const TAG_LIMIT: usize = 15;
const TAG_NAME_LIMIT: usize = 512;
const TAG_VALUE_LIMIT: usize = 256;

pub(crate) fn check(name: &str, version: &Version) -> Result<(), Refusal> {
    let well_formed = name
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '-');
    if name.is_empty() || name.len() > NAME_LIMIT || !well_formed {
        return Err(invalid(format!(
            "secret_name: must be 1 to {NAME_LIMIT} letters, digits and hyphens"
        )));
    }
    if version.value.len() > VALUE_LIMIT {
        return Err(invalid(format!(
            "value: must not be larger than {VALUE_LIMIT} bytes"
        )));
    }
    check_attributes(version)
}

/// What a change of attributes may break as well.
pub(crate) fn check_attributes(version: &Version) -> Result<(), Refusal> {
    let length = version
        .content_type
        .as_ref()
        .map_or(0, |text| text.chars().count());
    if length > CONTENT_TYPE_LIMIT {
        return Err(invalid(format!(
            "contentType: must not be longer than {CONTENT_TYPE_LIMIT} characters"
        )));
    }
    if let (Some(exp), Some(nbf)) = (version.exp, version.nbf)
        && exp <= nbf
    {
        return Err(invalid("exp: must be later than nbf"));
    }
    check_tags(&version.tags)
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > TAG_LIMIT {
        return Err(invalid(format!("tags: must not be more than {TAG_LIMIT}")));
    }
    for (name, value) in tags {
        if name.is_empty()
            || name.chars().count() > TAG_NAME_LIMIT
            || value.chars().count() > TAG_VALUE_LIMIT
        {
            return Err(invalid(format!(
                "tags: {name:?} must have a name of 1 to {TAG_NAME_LIMIT} and a value of at most {TAG_VALUE_LIMIT} characters"
            )));
        }
        if name.contains([':', '%']) || value.contains([':', '%']) {
            return Err(invalid(format!(
                "tags: {name:?} must not contain a colon or a percent sign"
            )));
        }
    }
    Ok(())
}
