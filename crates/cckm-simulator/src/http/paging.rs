//! Lists: named equality filters, `sort`, `skip`, `limit`.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::{
    http::{
        call::Request,
        refusal::{Refusal, invalid},
    },
    switches::{EmptyResources, Switches},
};

/// A resource in a list: the form that filters and `sort` look at, and how to make the form that is
/// answered, which only those of the page need.
pub(crate) struct Item<'a> {
    canonical: Value,
    answered: Option<Box<dyn FnOnce() -> Value + 'a>>,
}

impl<'a> Item<'a> {
    /// The same form for both.
    pub(crate) fn same(value: Value) -> Self {
        Self {
            canonical: value,
            answered: None,
        }
    }

    pub(crate) fn new(canonical: Value, answered: impl FnOnce() -> Value + 'a) -> Self {
        Self {
            canonical,
            answered: Some(Box::new(answered)),
        }
    }

    fn answer(self) -> Value {
        self.answered.map_or(self.canonical, |answered| answered())
    }
}

/// A filter's name and the JSON pointers of which one has to equal its value.
pub(crate) type Filter = (&'static str, &'static [&'static str]);

const DEFAULT_LIMIT: i64 = 10;

/// The page of `items` that `request` asks for. A query parameter that the list doesn't know is
/// refused: ignored, it would widen the caller's selection unnoticed.
pub(crate) fn page(
    items: Vec<Item<'_>>,
    request: &Request,
    filters: &[Filter],
    switches: &Switches,
) -> Result<Value, Refusal> {
    let (mut skip, mut limit, mut sort) = (0_i64, DEFAULT_LIMIT, None);
    let mut items = items;
    for (name, value) in &request.query {
        match name.as_str() {
            "skip" => skip = number(name, value)?,
            "limit" => limit = number(name, value)?,
            "sort" => sort = Some(value.clone()),
            other => {
                let (_, pointers) = filters
                    .iter()
                    .find(|(filter, _)| *filter == other)
                    .ok_or_else(|| invalid(format!("{other}: unknown query parameter")))?;
                items.retain(|item| matches(&item.canonical, pointers, value));
            }
        }
    }
    if skip < 0 || limit < -1 {
        return Err(invalid(
            "skip must not be negative; limit must be -1 or more",
        ));
    }
    if let Some(sort) = sort {
        order(&mut items, &sort);
    }
    let total = items.len();
    let skipped = items
        .into_iter()
        .skip(usize::try_from(skip).unwrap_or(usize::MAX));
    let resources: Vec<Value> = match usize::try_from(limit) {
        Ok(limit) => skipped.take(limit).map(Item::answer).collect(),
        Err(_) => skipped.map(Item::answer).collect(),
    };
    let resources = match switches.empty_resources {
        EmptyResources::Null if resources.is_empty() => Value::Null,
        _ => Value::Array(resources),
    };
    Ok(json!({ "skip": skip, "limit": limit, "total": total, "resources": resources }))
}

fn number(name: &str, value: &str) -> Result<i64, Refusal> {
    value
        .parse()
        .map_err(|_| invalid(format!("{name}: {value:?} is not an integer")))
}

fn matches(canonical: &Value, pointers: &[&str], wanted: &str) -> bool {
    pointers
        .iter()
        .any(|pointer| match canonical.pointer(pointer) {
            Some(Value::String(text)) => text == wanted,
            Some(Value::Bool(flag)) => flag.to_string() == wanted,
            Some(Value::Number(number)) => number.to_string() == wanted,
            // A map of tags is searched for `name:value`, or for a name.
            Some(Value::Object(map)) => map.iter().any(|(key, value)| {
                key == wanted
                    || value
                        .as_str()
                        .is_some_and(|value| format!("{key}:{value}") == wanted)
            }),
            _ => false,
        })
}

fn order(items: &mut [Item<'_>], sort: &str) {
    let keys: Vec<(&str, bool)> = sort
        .split(',')
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(|key| {
            key.strip_prefix('-')
                .map_or((key, false), |key| (key, true))
        })
        .collect();
    items.sort_by(|one, two| {
        keys.iter()
            .map(|(key, descending)| {
                let order = compare(find(&one.canonical, key), find(&two.canonical, key));
                if *descending { order.reverse() } else { order }
            })
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
}

/// A property at the top, or in one of the cloud's objects below it.
fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value
        .get(key)
        .or_else(|| value.as_object()?.values().find_map(|inner| inner.get(key)))
}

fn compare(one: Option<&Value>, two: Option<&Value>) -> Ordering {
    match (one, two) {
        (Some(Value::Number(one)), Some(Value::Number(two))) => one
            .as_f64()
            .partial_cmp(&two.as_f64())
            .unwrap_or(Ordering::Equal),
        (Some(Value::String(one)), Some(Value::String(two))) => compare_texts(one, two),
        (one, two) => one.map(Value::to_string).cmp(&two.map(Value::to_string)),
    }
}

/// Timestamps in order of time, whatever the number of their digits; other texts in order of bytes.
fn compare_texts(one: &str, two: &str) -> Ordering {
    match (
        one.parse::<jiff::Timestamp>(),
        two.parse::<jiff::Timestamp>(),
    ) {
        (Ok(one), Ok(two)) => one.cmp(&two),
        _ => one.cmp(two),
    }
}
