//! Structural schemas: what a definition says of its objects.

mod default;
mod lists;
mod prune;
mod rules;
mod validate;

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

pub(crate) use rules::Rule;

use crate::field::{FieldError, Wrong};

/// A schema and those of its parts. A keyword that is not simulated is an error, so that no rule is dropped unnoticed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Schema {
    #[serde(rename = "type")]
    kind: Option<Type>,
    format: Option<Format>,
    properties: BTreeMap<String, Schema>,
    additional_properties: Option<Box<Schema>>,
    items: Option<Box<Schema>>,
    required: Vec<String>,
    #[serde(rename = "enum")]
    one_of: Vec<Value>,
    pattern: Option<Pattern>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    min_items: Option<u64>,
    max_items: Option<u64>,
    min_properties: Option<u64>,
    max_properties: Option<u64>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    default: Option<Value>,
    nullable: bool,
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    preserves_unknown: bool,
    #[serde(rename = "x-kubernetes-list-type")]
    list_type: Option<ListType>,
    #[serde(rename = "x-kubernetes-list-map-keys")]
    list_keys: Vec<String>,
    #[serde(rename = "x-kubernetes-map-type")]
    _map_type: Option<String>,
    #[serde(rename = "x-kubernetes-validations")]
    rules: Vec<Rule>,
    #[serde(rename = "description")]
    _description: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Format {
    #[serde(rename = "date-time")]
    DateTime,
    #[serde(rename = "int32")]
    Int32,
    #[serde(rename = "int64")]
    Int64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ListType {
    Atomic,
    Map,
}

/// A pattern as it is written, and as it is used.
#[derive(Debug)]
struct Pattern {
    text: String,
    regex: Regex,
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let regex = Regex::new(&text).map_err(D::Error::custom)?;
        Ok(Self { text, regex })
    }
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        }
    }
}

impl Format {
    fn of_numbers(self) -> Option<&'static str> {
        match self {
            Self::DateTime => None,
            Self::Int32 => Some("int32"),
            Self::Int64 => Some("int64"),
        }
    }
}

impl Schema {
    /// Brings an object into the form in which it is kept: unknown fields and nulls go, defaults come.
    pub(crate) fn form(&self, object: &mut Value) {
        self.prune_object(object);
        self.fill(object);
    }

    /// Adds the defaults of an object.
    pub(crate) fn fill(&self, object: &mut Value) {
        self.default_in(object);
    }

    /// What is wrong with an object, or with the one that takes the place of an old one. What did not change is not
    /// held against it, even if it would be refused today.
    pub(crate) fn check(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut wrong = self.validate(object, old, "", "");
        self.check_lists(object, old, &mut wrong);
        wrong
    }

    /// [`Self::check`], of a status alone.
    pub(crate) fn check_status(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        if let (Some(schema), Some(status)) = (self.properties.get("status"), object.get("status"))
        {
            wrong = schema.validate(status, old.get("status"), "", "status");
        }
        self.check_lists(object, Some(old), &mut wrong);
        wrong
    }

    fn check_lists(&self, object: &Value, old: Option<&Value>, wrong: &mut Vec<FieldError>) {
        let mut before = Vec::new();
        if let Some(old) = old {
            self.doubles(old, "", &mut before);
        }
        if before.is_empty() {
            self.doubles(object, "", wrong);
        }
    }

    /// What the rules say, if what is wrong already doesn't keep them from being asked.
    pub(crate) fn judge(&self, object: &Value, old: Option<&Value>, wrong: &mut Vec<FieldError>) {
        if wrong.iter().any(|error| blocks(error.wrong)) {
            wrong.push(FieldError::invalid(
                "",
                Value::Null,
                "some validation rules were not checked because the object was invalid; correct the existing errors to \
                 complete validation",
            ));
        } else {
            self.evaluate(object, old, "", false, wrong);
        }
    }
}

fn blocks(wrong: Wrong) -> bool {
    matches!(
        wrong,
        Wrong::NotSupported
            | Wrong::Required
            | Wrong::TooLong
            | Wrong::TooMany
            | Wrong::TypeInvalid
    )
}

/// The path of a field.
fn below(path: &str, field: &str) -> String {
    if path.is_empty() {
        field.to_owned()
    } else {
        format!("{path}.{field}")
    }
}
