//! Labels and annotations: which keys and values are taken.

use serde_json::{Value, json};

use crate::{field::FieldError, names};

const LETTERS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

const KEY: &str = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const MOST: usize = 63;

/// What is wrong with the labels and annotations of an object.
pub(crate) fn check(object: &Value) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let entries = |field: &str| object["metadata"][field].as_object().into_iter().flatten();
    for (key, value) in entries("labels") {
        let field = "metadata.labels";
        for detail in of_key(key) {
            wrong.push(FieldError::invalid(field, json!(key), detail));
        }
        for detail in of_value(value.as_str().unwrap_or_default()) {
            wrong.push(FieldError::invalid(field, value.clone(), detail));
        }
    }
    for (key, _) in entries("annotations") {
        for detail in of_key(&key.to_lowercase()) {
            wrong.push(FieldError::invalid(
                "metadata.annotations",
                json!(key),
                detail,
            ));
        }
    }
    wrong
}

fn of_key(key: &str) -> Vec<String> {
    let parts: Vec<&str> = key.split('/').collect();
    let (prefix, name) = match parts.as_slice() {
        [name] => (None, *name),
        [prefix, name] => (Some(*prefix), *name),
        _ => {
            return vec![format!(
                "a valid label key {LETTERS} {KEY} with an optional DNS subdomain prefix and '/' (e.g. \
                 'example.com/MyName')"
            )];
        }
    };
    let mut wrong = Vec::new();
    match prefix {
        Some("") => wrong.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            let complaints = names::Names::Subdomain.complaints(prefix);
            wrong.extend(complaints.iter().map(|said| format!("prefix part {said}")));
        }
        None => {}
    }
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > MOST {
        wrong.push(format!("name part must be no more than {MOST} bytes"));
    }
    if !is_word(name) {
        wrong.push(format!("name part {LETTERS} {KEY}"));
    }
    wrong
}

fn of_value(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > MOST {
        wrong.push(format!("must be no more than {MOST} bytes"));
    }
    if !value.is_empty() && !is_word(value) {
        wrong.push(VALUE.to_owned());
    }
    wrong
}

fn is_word(text: &str) -> bool {
    let outer = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_alphanumeric());
    let inner = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    outer(text.chars().next()) && outer(text.chars().last()) && text.chars().all(inner)
}
