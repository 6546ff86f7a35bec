//! `values.yaml`, `values.schema.json` and the chart's README say the same of the same values.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use serde_json::Value;

use crate::chart::{path, read, yaml};

const README: &str = "charts/cckm-operator/README.md";

/// Has no default.
const REQUIRED: &str = "owner";

/// Helm's own: what it hands to subcharts.
const GLOBAL: &str = "global";

fn schema() -> Value {
    serde_json::from_str(&read("charts/cckm-operator/values.schema.json")).unwrap()
}

/// A value that somebody sets: its default, and what its schema says of it.
pub(crate) struct Setting {
    default: Option<Value>,
    description: String,
}

/// All of them by dotted path. Panics where values and schema know different ones.
pub(crate) fn settings() -> BTreeMap<String, Setting> {
    let mut values = yaml(&read("charts/cckm-operator/values.yaml"));
    let mut schema = schema();
    let properties = schema["properties"].as_object_mut().unwrap();
    properties.remove(GLOBAL).unwrap();
    let owner = properties.remove(REQUIRED).unwrap();
    let mut settings = BTreeMap::new();
    collect(&mut values, &schema, "", &mut settings);
    let owner = Setting {
        default: None,
        description: owner["description"].as_str().unwrap().to_owned(),
    };
    settings.insert(REQUIRED.to_owned(), owner);
    settings
}

fn collect(value: &mut Value, schema: &Value, path: &str, into: &mut BTreeMap<String, Setting>) {
    let is_group = value.as_object().is_some_and(|map| !map.is_empty());
    if let (true, Some(properties)) = (is_group, schema["properties"].as_object()) {
        let map = value.as_object_mut().unwrap();
        let keys =
            |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<BTreeSet<_>>();
        let known = keys(&mut properties.keys());
        assert_eq!(
            keys(&mut map.keys()),
            known,
            "values and schema at {path:?}"
        );
        for (name, value) in map {
            let path = format!("{path}.{name}");
            collect(value, &properties[name], path.trim_start_matches('.'), into);
        }
        return;
    }
    let setting = Setting {
        default: Some(value.take()),
        description: schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    };
    into.insert(path.to_owned(), setting);
}

/// Calls `visit` with each schema and its path.
fn each_schema(schema: &Value, path: &str, visit: &mut impl FnMut(&Value, &str)) {
    visit(schema, path);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        each_schema(property, &format!("{path}.{name}"), visit);
    }
    for keyword in ["items", "additionalProperties"] {
        if schema[keyword].is_object() {
            each_schema(&schema[keyword], &format!("{path}.{keyword}"), visit);
        }
    }
}

#[test]
fn every_value_is_in_the_schema_and_every_word_of_the_schema_is_a_value() {
    // Where they differ this panics.
    assert!(settings().len() > 40);
    assert_eq!(schema()["required"], serde_json::json!([REQUIRED]));
}

#[test]
fn every_value_is_documented_and_typed() {
    each_schema(&schema(), "", &mut |schema, path| {
        assert!(!schema["type"].is_null(), "{path} has no type");
        if !path.is_empty() {
            let description = schema["description"].as_str().unwrap_or_default();
            assert!(description.ends_with('.'), "{path} isn't described");
        }
    });
}

#[test]
fn no_object_with_known_fields_takes_others() {
    each_schema(&schema(), "", &mut |schema, path| {
        if schema["properties"].is_object() {
            assert_eq!(schema["additionalProperties"], false, "{path}");
        }
        if schema["type"] == "array" {
            assert!(schema["items"].is_object(), "{path}");
        }
    });
}

/// The rows of the README's table.
fn rows() -> BTreeSet<String> {
    let row = |(name, setting): (String, Setting)| {
        let default = setting
            .default
            .map_or("required".to_owned(), |value| format!("`{value}`"));
        format!("| `{name}` | {default} | {} |", setting.description)
    };
    settings().into_iter().map(row).collect()
}

#[test]
fn every_value_is_in_the_readme_with_its_default_and_no_other_is() {
    let text = read(README);
    let is_row = |line: &&str| line.starts_with("| `");
    if env::var_os("UPDATE").is_some() {
        let (before, after) = text.split_once("|---|---|---|\n").unwrap();
        let rest = after.lines().skip_while(|line| is_row(line));
        let lines = rows().into_iter().chain(rest.map(String::from));
        let text = format!(
            "{before}|---|---|---|\n{}\n",
            lines.collect::<Vec<_>>().join("\n")
        );
        fs::write(path(README), text).unwrap();
    }
    let text = read(README);
    let found: BTreeSet<String> = text.lines().filter(is_row).map(String::from).collect();
    assert_eq!(
        found,
        rows(),
        "{README} is out of date: UPDATE=1 cargo test -p chart-tests"
    );
}
