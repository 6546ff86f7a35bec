//! Types, bounds, patterns and the like, in the words of the API server.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Format, Schema, Type, below};
use crate::field::{FieldError, Wrong};

/// A value, and what it is called.
struct At<'a> {
    /// In messages.
    path: &'a str,
    /// What comes before it in the names of fields.
    root: &'a str,
}

impl At<'_> {
    fn field(&self, name: &str) -> String {
        let name = name.trim_start_matches('.');
        match (self.root.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (false, true) => self.root.to_owned(),
            (false, false) => format!("{}.{name}", self.root),
        }
    }

    fn error(&self, wrong: Wrong, detail: impl Into<String>) -> FieldError {
        FieldError::new(wrong, self.field(self.path), detail)
    }

    /// An error whose message begins with the path.
    fn says(&self, wrong: Wrong, value: Value, detail: &str) -> FieldError {
        self.error(wrong, format!("{} in body {detail}", self.path))
            .showing(value)
    }
}

impl Schema {
    /// What is wrong with a value; nothing if it is as it was.
    pub(super) fn validate(
        &self,
        value: &Value,
        old: Option<&Value>,
        path: &str,
        root: &str,
    ) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let at = At { path, root };
        if self.has_type(value, &at, &mut wrong) {
            match value {
                Value::String(text) => self.string(text, &at, &mut wrong),
                Value::Number(_) => self.number(value, &at, &mut wrong),
                Value::Array(items) => self.array(items, old, &at, &mut wrong),
                _ => {}
            }
        }
        self.enumeration(value, &at, &mut wrong);
        if let Value::Object(_) = value {
            self.object(value, old, &at, &mut wrong);
        }
        if old == Some(value) {
            wrong.clear();
        }
        wrong
    }

    fn has_type(&self, value: &Value, at: &At<'_>, wrong: &mut Vec<FieldError>) -> bool {
        let Some(expected) = self.kind else {
            return true;
        };
        let whole = |number: f64| number.fract() == 0.0;
        let (found, fits) = match value {
            Value::Null => ("null", self.nullable),
            Value::Bool(_) => ("boolean", expected == Type::Boolean),
            Value::String(_) => ("string", expected == Type::String),
            Value::Array(_) => ("array", expected == Type::Array),
            Value::Object(_) => ("object", expected == Type::Object),
            Value::Number(number) if number.is_f64() => {
                let integer = expected == Type::Integer && number.as_f64().is_some_and(whole);
                ("number", integer || expected == Type::Number)
            }
            Value::Number(_) => ("integer", matches!(expected, Type::Integer | Type::Number)),
        };
        if !fits {
            let (expected, found) = match self.format.and_then(Format::of_numbers) {
                Some(format) if found == "number" => (format, "float64"),
                _ => (expected.name(), found),
            };
            let detail = format!("must be of type {expected}: {found:?}");
            wrong.push(at.says(Wrong::TypeInvalid, json!(found), &detail));
        }
        fits || value.is_number()
    }

    /// The first thing that is wrong with a text, and whether it has its format.
    fn string(&self, text: &str, at: &At<'_>, wrong: &mut Vec<FieldError>) {
        let length = text.chars().count() as u64;
        if let Some(most) = self.max_length
            && length > most
        {
            let bytes = if most == 1 { "byte" } else { "bytes" };
            wrong.push(at.error(
                Wrong::TooLong,
                format!("may not be more than {most} {bytes}"),
            ));
        } else if let Some(least) = self.min_length
            && length < least
        {
            let detail = format!("should be at least {least} chars long");
            wrong.push(at.says(Wrong::Invalid, json!(text), &detail));
        } else if let Some(pattern) = &self.pattern
            && !pattern.regex.is_match(text)
        {
            let detail = format!("should match '{}'", pattern.text);
            wrong.push(at.says(Wrong::Invalid, json!(text), &detail));
        }
        if self.format == Some(Format::DateTime) && !is_date_time(text) {
            let detail = format!("must be of type date-time: {text:?}");
            wrong.push(at.says(Wrong::TypeInvalid, json!(text), &detail));
        }
    }

    fn number(&self, value: &Value, at: &At<'_>, wrong: &mut Vec<FieldError>) {
        let fits =
            |number: i64| self.format != Some(Format::Int32) || i32::try_from(number).is_ok();
        if self.kind == Some(Type::Integer) && !value.as_i64().is_some_and(fits) {
            let format = self.format.and_then(Format::of_numbers).map_or_else(
                || "(default format)".to_owned(),
                |format| format!("with format {format}"),
            );
            let detail = format!(
                "Checked value must be of type integer {format} in {}",
                at.path
            );
            wrong.push(FieldError::invalid(at.root, json!(""), detail));
        }
        let number = value.as_f64().unwrap_or_default();
        if let Some(most) = self.maximum
            && number > most
        {
            let detail = format!("should be less than or equal to {most}");
            wrong.push(at.says(Wrong::Invalid, value.clone(), &detail));
        }
        if let Some(least) = self.minimum
            && number < least
        {
            let detail = format!("should be greater than or equal to {least}");
            wrong.push(at.says(Wrong::Invalid, value.clone(), &detail));
        }
    }

    fn array(
        &self,
        items: &[Value],
        old: Option<&Value>,
        at: &At<'_>,
        wrong: &mut Vec<FieldError>,
    ) {
        if let Some(schema) = &self.items {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{}[{index}]", at.path);
                let old = self.counterpart(item, old);
                wrong.extend(schema.validate(item, old, &path, at.root));
            }
        }
        let size = items.len() as u64;
        if let Some(least) = self.min_items
            && size < least
        {
            let detail = format!("should have at least {least} items");
            wrong.push(at.says(Wrong::Invalid, json!(size), &detail));
        }
        if let Some(most) = self.max_items
            && size > most
        {
            wrong.push(too_many(at, size, most));
        }
    }

    fn enumeration(&self, value: &Value, at: &At<'_>, wrong: &mut Vec<FieldError>) {
        if self.one_of.is_empty() || self.one_of.contains(value) {
            return;
        }
        let quoted: Vec<String> = self
            .one_of
            .iter()
            .map(|value| match value {
                Value::String(text) => format!("{text:?}"),
                other => format!("{:?}", other.to_string()),
            })
            .collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        wrong.push(at.error(Wrong::NotSupported, detail).showing(value.clone()));
    }

    fn object(&self, value: &Value, old: Option<&Value>, at: &At<'_>, wrong: &mut Vec<FieldError>) {
        let Value::Object(fields) = value else { return };
        let size = fields.len() as u64;
        if let Some(least) = self.min_properties
            && size < least
        {
            let detail = format!("should have at least {least} properties");
            wrong.push(at.says(Wrong::Invalid, json!(size), &detail));
        }
        if let Some(most) = self.max_properties
            && size > most
        {
            wrong.push(too_many(at, size, most));
        }
        for (name, value) in fields {
            if let Some(schema) = self.of_field(name) {
                let old = old.and_then(|old| old.get(name));
                wrong.extend(schema.validate(value, old, &below(at.path, name), at.root));
            }
        }
        for name in &self.required {
            if !fields.contains_key(name) {
                let field = at.field(&format!("{}.{name}", at.path));
                wrong.push(FieldError::new(Wrong::Required, field, ""));
            }
        }
    }
}

fn too_many(at: &At<'_>, size: u64, most: u64) -> FieldError {
    let items = if most == 1 { "item" } else { "items" };
    at.error(Wrong::TooMany, format!("must have at most {most} {items}"))
        .showing(json!(size))
}

/// A date, a `t`, a time of day with an offset: the seconds may have a fraction.
fn is_date_time(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let Some((date, time)) = text.split_once('t') else {
        return false;
    };
    if date.len() != 10 || date.parse::<Date>().is_err() {
        return false;
    }
    let Some((clock, rest)) = time.split_at_checked(8) else {
        return false;
    };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let of_day = |clock: &str| {
        let parts: Vec<_> = clock.split(':').collect();
        matches!(parts.as_slice(), [hours, minutes, seconds]
            if [hours, minutes, seconds].iter().all(|part| part.len() == 2 && number(part))
                && *hours <= "23" && *minutes <= "59" && *seconds <= "59")
    };
    let offset = rest
        .trim_start_matches('.')
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let offset_fits = offset == "z"
        || matches!(offset.strip_prefix(['+', '-']).map(|hours| hours.split_once(':')),
            Some(Some((hours, minutes))) if [hours, minutes].iter().all(|part| part.len() == 2 && number(part)));
    of_day(clock) && offset_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_a_date_a_time_and_an_offset() {
        for text in [
            "2026-10-01T00:00:00Z",
            "2026-10-01t00:00:00.5z",
            "2026-10-01T23:59:59+02:00",
        ] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "",
            "2026-10-01",
            "2026-10-01T00:00:00",
            "2026-13-01T00:00:00Z",
            "2026-10-01T24:00:00Z",
            "2026-10-01T0:00:00Z",
            "2026-10-01T00:00:00+2:00",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
