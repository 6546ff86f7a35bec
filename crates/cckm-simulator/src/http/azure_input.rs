//! What requests say of an Azure secret besides its value.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    http::{
        fields::Fields,
        refusal::{Refusal, invalid},
    },
    switches::{DateFormAccepted, SpellingAccepted, Switches, TagsOnPatch},
    world::azure::Version,
};

/// Attributes to set; absent ones stay.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    content_type: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    enabled: Option<bool>,
    exp: Option<i64>,
    nbf: Option<i64>,
}

pub(crate) fn known_fields(fields: &Fields, more: &[&str]) -> Result<(), Refusal> {
    let mut names = vec!["attributes", "contentType", "content_type", "tags"];
    names.extend(more);
    fields.only(&names).map(drop)
}

impl Draft {
    pub(crate) fn read(fields: &Fields, switches: &Switches) -> Result<Self, Refusal> {
        let spellings: &[&str] = match switches.azure_content_type_accepted {
            SpellingAccepted::Either => &["contentType", "content_type"],
            SpellingAccepted::CamelCase => &["contentType"],
            SpellingAccepted::SnakeCase => &["content_type"],
        };
        let mut draft = Self {
            tags: fields.text_map("tags")?,
            ..Self::default()
        };
        for spelling in spellings {
            draft.content_type = fields.text(spelling)?.or(draft.content_type);
        }
        if let Some(attributes) = fields.object("attributes")? {
            attributes.only(&["enabled", "exp", "nbf"])?;
            draft.enabled = attributes.flag("enabled")?;
            draft.exp = date(&attributes, "exp", switches)?;
            draft.nbf = date(&attributes, "nbf", switches)?;
        }
        Ok(draft)
    }

    pub(crate) fn into_version(self, value: String, version: String, now: Timestamp) -> Version {
        Version {
            version,
            value,
            content_type: self.content_type,
            tags: self.tags.unwrap_or_default(),
            enabled: self.enabled.unwrap_or(true),
            exp: self.exp,
            nbf: self.nbf,
            created: now,
            updated: now,
        }
    }

    pub(crate) fn apply(self, version: &mut Version, now: Timestamp, switches: &Switches) {
        if let Some(tags) = self.tags {
            if switches.tags_on_patch == TagsOnPatch::Replaced {
                version.tags.clear();
            }
            version.tags.extend(tags);
        }
        version.content_type = self.content_type.or_else(|| version.content_type.take());
        version.enabled = self.enabled.unwrap_or(version.enabled);
        version.exp = self.exp.or(version.exp);
        version.nbf = self.nbf.or(version.nbf);
        version.updated = now;
    }
}

/// Seconds since 1970, from a number or from RFC 3339.
fn date(attributes: &Fields, name: &str, switches: &Switches) -> Result<Option<i64>, Refusal> {
    let Some(value) = attributes.get(name) else {
        return Ok(None);
    };
    let number = value.as_i64();
    let instant = value
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok());
    let seconds = match switches.azure_dates_accepted {
        DateFormAccepted::Either => number.or(instant.map(Timestamp::as_second)),
        DateFormAccepted::Number => number,
        DateFormAccepted::String => instant.map(Timestamp::as_second),
    };
    seconds.map(Some).ok_or_else(|| {
        let form = match switches.azure_dates_accepted {
            DateFormAccepted::Either => "seconds since 1970 or an RFC 3339 string",
            DateFormAccepted::Number => "seconds since 1970",
            DateFormAccepted::String => "an RFC 3339 string",
        };
        invalid(format!("{name}: must be {form}"))
    })
}
