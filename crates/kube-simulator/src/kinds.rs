//! The kinds that are served.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use crate::{
    builtin, field::FieldError, labels, metadata, names::Names, refusal::qualified, schema::Schema,
};

/// A kind: where it is served, and what holds for all of its objects.
#[derive(Debug)]
#[expect(
    clippy::struct_field_names,
    reason = "group, version, kind: so they are called"
)]
pub(crate) struct Kind {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    pub plural: String,
    pub kind: String,
    pub namespaced: bool,
    /// Whether status is written by a request of its own, and by no other.
    pub status: bool,
    /// Whether a replacement without a resource version is taken.
    pub unconditional: bool,
    pub names: Names,
    /// The fields by which its objects can be selected, beside those of metadata.
    pub selectable: Vec<String>,
    pub shape: Shape,
}

/// What objects of a kind look like.
#[derive(Debug)]
pub(crate) enum Shape {
    Builtin(builtin::Form),
    Custom(Box<Schema>),
}

impl Kind {
    /// Brings an object into the form in which it is kept, or says why it is none of the kind.
    pub(crate) fn form(&self, mut object: Value) -> Result<Value, String> {
        match &self.shape {
            Shape::Builtin(form) => form(object).map_err(|error| error.to_string()),
            Shape::Custom(schema) => {
                schema.form(&mut object);
                Ok(object)
            }
        }
    }

    /// Adds the defaults that readers see.
    pub(crate) fn fill(&self, object: &mut Value) {
        if let Shape::Custom(schema) = &self.shape {
            schema.fill(object);
        }
    }

    /// What is wrong with a new object.
    pub(crate) fn check_new(&self, object: &Value) -> Vec<FieldError> {
        let mut wrong = self.names.check(metadata::text(object, "name"));
        wrong.extend(labels::check(object));
        if let Shape::Custom(schema) = &self.shape {
            wrong.extend(schema.check(object, None));
            schema.judge(object, None, &mut wrong);
        }
        wrong
    }

    /// What is wrong with an object that takes the place of another, or with its status alone.
    pub(crate) fn check_change(
        &self,
        object: &Value,
        old: &Value,
        status: bool,
    ) -> Vec<FieldError> {
        let mut wrong = labels::check(object);
        if let Shape::Custom(schema) = &self.shape {
            let mut of_schema = if status {
                schema.check_status(object, old)
            } else {
                schema.check(object, Some(old))
            };
            schema.judge(object, Some(old), &mut of_schema);
            wrong.extend(of_schema);
        }
        wrong
    }

    /// Its resource with its group.
    pub(crate) fn resource(&self) -> String {
        qualified(&self.plural, &self.group)
    }

    /// Its kind with its group.
    pub(crate) fn group_kind(&self) -> String {
        qualified(&self.kind, &self.group)
    }

    /// Whether `metadata.generation` counts the changes of what is desired.
    pub(crate) fn counts_generations(&self) -> bool {
        matches!(self.shape, Shape::Custom(_))
    }

    /// Whether its objects are selected by a field.
    pub(crate) fn selects_by(&self, field: &str) -> bool {
        match field {
            "metadata.name" => true,
            "metadata.namespace" => self.namespaced,
            other => self.selectable.iter().any(|known| known == other),
        }
    }

    /// What its objects have as `apiVersion`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// All of them, by group, version and plural.
#[derive(Debug)]
pub(crate) struct Kinds(BTreeMap<(String, String, String), Arc<Kind>>);

impl Kinds {
    /// Those that every API server has.
    pub(crate) fn builtin() -> Self {
        let mut kinds = Self(BTreeMap::new());
        for kind in builtin::kinds() {
            kinds.add(Arc::new(kind));
        }
        kinds
    }

    /// Adds a kind, in the place of an earlier one of its name.
    pub(crate) fn add(&mut self, kind: Arc<Kind>) {
        let key = (
            kind.group.clone(),
            kind.version.clone(),
            kind.plural.clone(),
        );
        self.0.insert(key, kind);
    }

    pub(crate) fn get(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        let key = (group.to_owned(), version.to_owned(), plural.to_owned());
        self.0.get(&key).cloned()
    }

    /// The kind of an object.
    pub(crate) fn of(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        self.0
            .values()
            .find(|known| known.kind == kind && known.api_version() == api_version)
            .cloned()
    }
}
