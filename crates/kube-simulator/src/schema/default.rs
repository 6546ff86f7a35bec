//! Defaults, and nulls that stand for nothing.

use serde_json::Value;

use super::Schema;

impl Schema {
    /// Fills in the defaults, and takes out the nulls of fields that can't be null.
    pub(super) fn default_in(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, value| {
                    !value.is_null() || self.of_field(name).is_none_or(|schema| schema.nullable)
                });
                for (name, schema) in &self.properties {
                    if let Some(default) = &schema.default
                        && !fields.contains_key(name)
                    {
                        fields.insert(name.clone(), default.clone());
                    }
                }
                for (name, value) in fields {
                    if let Some(schema) = self.of_field(name) {
                        schema.default_in(value);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    if let Some(schema) = &self.items {
                        schema.default_in(item);
                    }
                }
            }
            _ => {}
        }
    }
}
