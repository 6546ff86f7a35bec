//! Members of a request's JSON body. Names are matched without case, as CM's decoder does (the page
//! on creating a tenant secret sends `Type`); a name that an endpoint doesn't know is refused, so
//! that a misspelt member is noticed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    http::refusal::{Refusal, invalid},
    world::oci::DefinedTags,
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Refusal::BadRequest(
                "The body is not a JSON object.".to_owned(),
            )),
            Err(error) => Err(Refusal::BadRequest(format!("Malformed JSON: {error}."))),
        }
    }

    /// Refuses every member that isn't in `names`.
    pub(crate) fn only(&self, names: &[&str]) -> Result<&Self, Refusal> {
        match self
            .0
            .keys()
            .find(|key| !names.iter().any(|name| name.eq_ignore_ascii_case(key)))
        {
            Some(unknown) => Err(invalid(format!("{unknown}: unknown field"))),
            None => Ok(self),
        }
    }

    /// The member, unless absent or null.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .get(name)
            .or_else(|| {
                self.0
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value)
            })
            .filter(|value| !value.is_null())
    }

    /// All members, for bodies that CM keeps as they are.
    pub(crate) fn members(&self) -> impl Iterator<Item = (String, Value)> {
        self.0
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        self.typed(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    /// A text that has to be there and not be empty.
    pub(crate) fn required(&self, name: &str) -> Result<String, Refusal> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing(name))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.typed(name, "a boolean", Value::as_bool)
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.typed(name, "an integer", Value::as_i64)
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, Refusal> {
        self.typed(name, "an object", |value| {
            value.as_object().cloned().map(Self)
        })
    }

    pub(crate) fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, Refusal> {
        self.typed(name, "a list of objects", |value| {
            value
                .as_array()?
                .iter()
                .map(|item| item.as_object().cloned().map(Self))
                .collect()
        })
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        self.typed(name, "a list of strings", |value| {
            value
                .as_array()?
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect()
        })
    }

    pub(crate) fn text_map(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        self.typed(name, "a map of strings", text_map)
    }

    pub(crate) fn text_map_map(&self, name: &str) -> Result<Option<DefinedTags>, Refusal> {
        self.typed(name, "a map of maps of strings", |value| {
            value
                .as_object()?
                .iter()
                .map(|(key, value)| Some((key.clone(), text_map(value)?)))
                .collect()
        })
    }

    fn typed<T>(
        &self,
        name: &str,
        kind: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        self.get(name)
            .map(|value| read(value).ok_or_else(|| invalid(format!("{name}: must be {kind}"))))
            .transpose()
    }
}

fn text_map(value: &Value) -> Option<BTreeMap<String, String>> {
    value
        .as_object()?
        .iter()
        .map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect()
}

pub(crate) fn missing(name: &str) -> Refusal {
    invalid(format!(
        "Validation errors: {name}: {name} is a required field"
    ))
}

/// Refuses a `value` that isn't one of `allowed`.
pub(crate) fn one_of<'a>(name: &str, value: &'a str, allowed: &[&str]) -> Result<&'a str, Refusal> {
    if allowed.contains(&value) {
        Ok(value)
    } else {
        Err(invalid(format!(
            "{name}: {value:?} is none of {}",
            allowed.join(", ")
        )))
    }
}
