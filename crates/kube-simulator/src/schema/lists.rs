//! Lists that are maps: no two items with one key.

use serde_json::{Map, Value, json};

use super::{ListType, Schema, below};
use crate::field::{FieldError, Wrong};

impl Schema {
    /// Finds the items whose keys an earlier one has.
    pub(super) fn doubles(&self, value: &Value, path: &str, found: &mut Vec<FieldError>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let Some(schema) = self.of_field(name) {
                        schema.doubles(value, &below(path, name), found);
                    }
                }
            }
            Value::Array(items) => {
                let mut seen: Vec<Value> = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    if self.list_type == Some(ListType::Map) {
                        let key = self.key(item);
                        if seen.contains(&key) {
                            let error = FieldError::new(Wrong::Duplicate, path.as_str(), "");
                            found.push(error.showing(key.clone()));
                        }
                        seen.push(key);
                    }
                    if let Some(schema) = &self.items {
                        schema.doubles(item, &path, found);
                    }
                }
            }
            _ => {}
        }
    }

    /// The item of an old list that a new one takes the place of.
    pub(super) fn counterpart<'a>(
        &self,
        item: &Value,
        old: Option<&'a Value>,
    ) -> Option<&'a Value> {
        if self.list_type != Some(ListType::Map) {
            return None;
        }
        let key = self.key(item);
        old?.as_array()?.iter().find(|item| self.key(item) == key)
    }

    fn key(&self, item: &Value) -> Value {
        let mut key = Map::new();
        for name in &self.list_keys {
            if let Some(value) = item.get(name) {
                key.insert(name.clone(), value.clone());
            }
        }
        json!(key)
    }
}
