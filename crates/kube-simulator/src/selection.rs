//! Selectors of labels and fields.

use serde_json::Value;

use crate::{
    kinds::{Kind, Shape},
    metadata,
    refusal::{Outcome, Refusal},
};

/// What a list or watch asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    labels: Vec<Requirement>,
    fields: Vec<Requirement>,
}

/// One condition of a selector.
#[derive(Clone, Debug)]
struct Requirement {
    name: String,
    values: Vec<String>,
    is: Is,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    OneOf,
    /// Absent, or something else.
    NoneOf,
    Present,
    Absent,
}

impl Selection {
    /// Reads both selectors.
    pub(crate) fn read(labels: &str, fields: &str) -> Self {
        Self {
            labels: split(labels).iter().map(|part| label(part)).collect(),
            fields: split(fields).iter().map(|part| equality(part)).collect(),
        }
    }

    /// Selects by labels that have to be there.
    pub(crate) fn of_labels<'a>(labels: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        let wanted = labels.map(|(name, value)| Requirement {
            name: name.clone(),
            values: vec![value.clone()],
            is: Is::OneOf,
        });
        Self {
            labels: wanted.collect(),
            fields: vec![],
        }
    }

    /// Refuses fields by which the kind's objects can't be selected.
    pub(crate) fn fits(self, kind: &Kind) -> Outcome<Self> {
        for field in &self.fields {
            if !kind.selects_by(&field.name) {
                let name = &field.name;
                let says = matches!(kind.shape, Shape::Custom(_)) || kind.plural == "secrets";
                return Err(Refusal::bad_request(if says {
                    format!("field label not supported: {name}")
                } else {
                    format!(
                        "{name:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    )
                }));
            }
        }
        Ok(self)
    }

    /// The one name that is selected, if that is so.
    pub(crate) fn only_name(&self) -> Option<&str> {
        let names = |field: &&Requirement| field.name == "metadata.name" && field.is == Is::OneOf;
        let field = self.fields.iter().find(names)?;
        field.values.first().map(String::as_str)
    }

    /// Whether it selects an object.
    pub(crate) fn selects(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        let by_label = |wanted: &Requirement| wanted.holds(labels[&wanted.name].as_str());
        let by_field = |wanted: &Requirement| wanted.holds(Some(&field(object, &wanted.name)));
        self.labels.iter().all(by_label) && self.fields.iter().all(by_field)
    }
}

impl Requirement {
    fn holds(&self, value: Option<&str>) -> bool {
        let among = value.is_some_and(|value| self.values.iter().any(|wanted| wanted == value));
        match self.is {
            Is::OneOf => among,
            Is::NoneOf => !among,
            Is::Present => value.is_some(),
            Is::Absent => value.is_none(),
        }
    }
}

/// The value of a field as selectors have it: a text, and empty where there is nothing.
fn field(object: &Value, path: &str) -> String {
    match path {
        "metadata.name" => metadata::text(object, "name").to_owned(),
        "metadata.namespace" => metadata::text(object, "namespace").to_owned(),
        path => {
            let pointer = format!("/{}", path.replace('.', "/"));
            match object.pointer(&pointer) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            }
        }
    }
}

/// The parts between the commas that are in no parentheses.
fn split(selector: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for sign in selector.chars() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if sign == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(sign);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

fn label(part: &str) -> Requirement {
    for (word, is) in [(" notin ", Is::NoneOf), (" in ", Is::OneOf)] {
        if let Some((name, values)) = part.split_once(word) {
            let values = values.trim().trim_matches(['(', ')']).split(',');
            return Requirement {
                name: name.trim().to_owned(),
                values: values.map(|value| value.trim().to_owned()).collect(),
                is,
            };
        }
    }
    if part.contains('=') {
        return equality(part);
    }
    let part = part.trim();
    let (name, is) = part
        .strip_prefix('!')
        .map_or((part, Is::Present), |name| (name, Is::Absent));
    Requirement {
        name: name.to_owned(),
        values: vec![],
        is,
    }
}

fn equality(part: &str) -> Requirement {
    let (name, value, is) = if let Some((name, value)) = part.split_once("!=") {
        (name, value, Is::NoneOf)
    } else if let Some((name, value)) = part.split_once("==") {
        (name, value, Is::OneOf)
    } else {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name, value, Is::OneOf)
    };
    Requirement {
        name: name.trim().to_owned(),
        values: vec![value.trim().to_owned()],
        is,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(labels: &str) -> bool {
        Selection::read(labels, "")
            .selects(&json!({"metadata": {"labels": {"tier": "web", "zone": "a"}}}))
    }

    #[test]
    fn labels_are_selected_by_equality_sets_and_presence() {
        for selector in [
            "",
            "tier=web",
            "tier==web,zone!=b",
            "other!=x",
            "tier in (api, web)",
            "zone notin (b),tier",
            "!other",
        ] {
            assert!(selects(selector), "{selector}");
        }
        for selector in ["tier=api", "tier!=web", "tier in (api)", "!tier", "other"] {
            assert!(!selects(selector), "{selector}");
        }
    }
}
