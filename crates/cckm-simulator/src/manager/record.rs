//! What every resource of CM has, and a table of resources.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    clock::later,
    http::refusal::{Refusal, not_found},
};

pub(crate) const ACCOUNT: &str = "kylo:kylo:admin:accounts:kylo";

/// ID and times of a resource.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    #[serde(rename = "createdAt")]
    pub(crate) created_at: Timestamp,
    #[serde(rename = "updatedAt")]
    pub(crate) updated_at: Timestamp,
    /// From when on every node of the cluster has the row.
    #[serde(skip)]
    pub(crate) visible_from: Timestamp,
}

impl Record {
    pub(crate) fn new(id: String, now: Timestamp) -> Self {
        Self {
            id,
            created_at: now,
            updated_at: now,
            visible_from: now,
        }
    }

    /// Hides the row until the cluster has replicated it.
    pub(crate) fn replicated_after(mut self, milliseconds: u64) -> Self {
        let delay = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        self.visible_from = later(self.created_at, SignedDuration::from_millis(delay));
        self
    }

    /// `id`, `uri`, `account`, `createdAt`, `updatedAt`. The last part of the URI is the ID, after
    /// `prefix` where there is one.
    pub(crate) fn body(&self, service: &str, kind: &str, prefix: &str) -> Map<String, Value> {
        let id = &self.id;
        let mut body = Map::new();
        body.insert("id".to_owned(), json!(id));
        body.insert(
            "uri".to_owned(),
            json!(format!("kylo:kylo:{service}:{kind}:{prefix}{id}")),
        );
        body.insert("account".to_owned(), json!(ACCOUNT));
        body.insert("createdAt".to_owned(), json!(self.created_at));
        body.insert("updatedAt".to_owned(), json!(self.updated_at));
        body
    }
}

/// A row of CM.
pub(crate) trait Resource {
    fn record(&self) -> &Record;
}

/// Implements [`Resource`] for structs with a field `record`.
macro_rules! resources {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::manager::record::Resource for $name {
            fn record(&self) -> &$crate::manager::record::Record { &self.record }
        }
    )+};
}
pub(crate) use resources;

/// Resources of one kind, in order of creation.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<T: Resource> Table<T> {
    /// The resource with this ID, once replicated.
    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Result<&T, Refusal> {
        self.visible(now)
            .find(|row| row.record().id == id)
            .ok_or_else(not_found)
    }

    pub(crate) fn get_mut(&mut self, id: &str, now: Timestamp) -> Result<&mut T, Refusal> {
        self.rows
            .iter_mut()
            .find(|row| row.record().id == id && row.record().visible_from <= now)
            .ok_or_else(not_found)
    }

    /// All that are replicated.
    pub(crate) fn visible(&self, now: Timestamp) -> impl Iterator<Item = &T> {
        self.rows
            .iter()
            .filter(move |row| row.record().visible_from <= now)
    }

    pub(crate) fn all(&self) -> &[T] {
        &self.rows
    }

    pub(crate) fn all_mut(&mut self) -> &mut [T] {
        &mut self.rows
    }

    pub(crate) fn find(&self, wanted: impl Fn(&T) -> bool) -> Option<&T> {
        self.rows.iter().find(|row| wanted(row))
    }

    pub(crate) fn find_mut(&mut self, wanted: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.rows.iter_mut().find(|row| wanted(row))
    }

    pub(crate) fn push(&mut self, row: T) {
        self.rows.push(row);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.rows.retain(|row| keep(row));
    }

    /// Removes the resource with this ID.
    pub(crate) fn remove(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        self.get(id, now)?;
        self.retain(|row| row.record().id != id);
        Ok(())
    }
}
