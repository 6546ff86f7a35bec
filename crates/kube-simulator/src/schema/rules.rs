//! Rules in CEL (`x-kubernetes-validations`).

use kube_cel::cel::{self as types, Program};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::{Format, Schema, Type, below};
use crate::{
    cel::{self, Scope},
    field::{FieldError, Wrong},
};

/// A rule, compiled.
#[derive(Debug)]
pub(crate) struct Rule {
    message: String,
    program: Program,
    /// Whether it compares with what was there before.
    of_transition: bool,
}

/// A rule as it is written. What is not simulated is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rule: String,
    message: String,
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let program = Program::compile(&written.rule)
            .map_err(|error| D::Error::custom(format!("{}: {error}", written.rule)))?;
        Ok(Self {
            message: written.message.trim().to_owned(),
            of_transition: program.references().has_variable("oldSelf"),
            program,
        })
    }
}

impl Schema {
    /// What the rules say of a value, and of what is in it. A rule that doesn't look back is not held against what is as
    /// it was.
    pub(super) fn evaluate(
        &self,
        value: &Value,
        old: Option<&Value>,
        path: &str,
        unchanged: bool,
        wrong: &mut Vec<FieldError>,
    ) {
        let unchanged = old.map_or(unchanged, |old| old == value);
        self.ask(value, old, path, unchanged, wrong);
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let (schema, path) = match self.properties.get(name) {
                        Some(schema) => (Some(schema), below(path, name)),
                        None => (
                            self.additional_properties.as_deref(),
                            format!("{path}[{name}]"),
                        ),
                    };
                    if let Some(schema) = schema {
                        let old = old.and_then(|old| old.get(name));
                        schema.evaluate(value, old, &path, unchanged, wrong);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(schema) = &self.items {
                        let old = self.counterpart(item, old);
                        schema.evaluate(item, old, &format!("{path}[{index}]"), unchanged, wrong);
                    }
                }
            }
            _ => {}
        }
    }

    fn ask(
        &self,
        value: &Value,
        old: Option<&Value>,
        path: &str,
        unchanged: bool,
        wrong: &mut Vec<FieldError>,
    ) {
        let asked = |rule: &&Rule| match old {
            None => !rule.of_transition && !unchanged,
            Some(_) => rule.of_transition || !unchanged,
        };
        let rules: Vec<&Rule> = self.rules.iter().filter(asked).collect();
        if rules.is_empty() {
            return;
        }
        let mut scope = Scope::new();
        scope.bind("self", self.cel(value));
        if let Some(old) = old {
            scope.bind("oldSelf", self.cel(old));
        }
        for rule in rules {
            let error = match scope.holds(&rule.program) {
                Ok(true) => continue,
                Err(why) => {
                    let kind = self.kind.map_or("", Type::name);
                    let detail = format!("{why} evaluating rule: {}", rule.message);
                    FieldError::invalid(path, Value::from(kind), detail)
                }
                Ok(false) => broken(value, path, &rule.message),
            };
            wrong.push(error);
        }
    }

    /// A value in the types that rules know.
    fn cel(&self, value: &Value) -> types::Value {
        match value {
            Value::String(text) if self.format == Some(Format::DateTime) => cel::timestamp(text),
            Value::Number(number) if self.kind == Some(Type::Number) => {
                types::Value::Float(number.as_f64().unwrap_or_default())
            }
            Value::Array(items) => cel::list(items.iter().map(|item| match &self.items {
                Some(schema) => schema.cel(item),
                None => cel::value(item),
            })),
            Value::Object(fields) => cel::map(fields.iter().map(|(name, value)| {
                let key = if self.additional_properties.is_some() {
                    name.clone()
                } else {
                    cel::escaped(name)
                };
                let value = match self.of_field(name) {
                    Some(schema) => schema.cel(value),
                    None => cel::value(value),
                };
                (key, value)
            })),
            other => cel::value(other),
        }
    }
}

/// What a broken rule says. Only scalars are shown with it.
fn broken(value: &Value, path: &str, message: &str) -> FieldError {
    let error = FieldError::new(Wrong::Invalid, path, message);
    match value {
        Value::Object(_) | Value::Array(_) => error,
        scalar => error.showing(scalar.clone()),
    }
}
