//! Pruning: fields that the schema doesn't know.

use serde_json::Value;

use super::Schema;

/// What every object has, whatever its schema says.
const META_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

impl Schema {
    /// Takes the unknown fields out of a whole object.
    pub(super) fn prune_object(&self, object: &mut Value) {
        let Value::Object(fields) = object else {
            return;
        };
        fields.retain(|name, _| {
            META_FIELDS.contains(&name.as_str()) || self.properties.contains_key(name)
        });
        for (name, value) in fields {
            if let Some(schema) = self.properties.get(name) {
                schema.prune(value);
            }
        }
    }

    fn prune(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if !self.preserves_unknown && self.additional_properties.is_none() {
                    fields.retain(|name, _| self.properties.contains_key(name));
                }
                for (name, value) in fields {
                    if let Some(schema) = self.of_field(name) {
                        schema.prune(value);
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    if let Some(schema) = &self.items {
                        schema.prune(item);
                    }
                }
            }
            _ => {}
        }
    }

    /// The schema of a field or of an entry of a map.
    pub(super) fn of_field(&self, name: &str) -> Option<&Schema> {
        self.properties
            .get(name)
            .or(self.additional_properties.as_deref())
    }
}
