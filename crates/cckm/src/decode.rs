//! Tolerant decoding.
//!
//! The published pages show one and the same resource in several forms. What is accepted, everywhere:
//!
//! - Field names in any casing: `sfdc_params` comes with `salesforce_id` and with `SalesforceID`, an Azure secret with
//!   `contentType` and with `content_type`. Of two spellings of one field the first counts.
//! - A resource inside an object with a single other key, such as `{"application/json": {…}}`.
//! - Numbers and flags as text, and the other way round; null, `""` and absence alike.
//! - Points in time as RFC 3339, with `+0000` for an offset, and as seconds since 1970. The zero time of CipherTrust
//!   Manager's language (year 1) counts as absent.
//! - Words that aren't known: kept as `Other`.
//!
//! What can't be read in an optional field is absent. What is never tolerated is a resource without an `id`.

mod folded;
mod scalar;
mod words;

pub(crate) use folded::folded;
pub(crate) use scalar::{Folded, Lenient, Scalar, Tags};
pub(crate) use words::words;

use crate::error::AnswerDefect;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// A row of CipherTrust Manager.
pub trait Resource: DeserializeOwned + Send {
    /// CipherTrust Manager's id of it: the `{id}` of the paths.
    fn id(&self) -> &str;
}

/// A resource without an `id`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MissingId;

impl fmt::Display for MissingId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no id")
    }
}

/// Reads a resource, out of a leaked envelope if need be.
pub(crate) fn resource<T: Resource>(body: &[u8]) -> Result<T, AnswerDefect> {
    let raw = json(body)?;
    row(raw).or_else(|defect| {
        let envelope: BTreeMap<String, &RawValue> =
            serde_json::from_str(raw.get()).map_err(|_| defect)?;
        match envelope.into_values().collect::<Vec<_>>()[..] {
            [inner] => row(inner),
            _ => Err(defect),
        }
    })
}

/// Reads one row of a list.
pub(crate) fn row<T: Resource>(raw: &RawValue) -> Result<T, AnswerDefect> {
    let row: T = folded(&mut serde_json::Deserializer::from_str(raw.get()))
        .map_err(|_| AnswerDefect::WrongShape)?;
    if row.id().is_empty() {
        Err(AnswerDefect::WrongShape)
    } else {
        Ok(row)
    }
}

/// Reads an object that isn't a resource.
pub(crate) fn plain<T: DeserializeOwned>(body: &[u8]) -> Result<T, AnswerDefect> {
    let raw = json(body)?;
    folded(&mut serde_json::Deserializer::from_str(raw.get())).map_err(|_| AnswerDefect::WrongShape)
}

/// Reads the envelope of a list.
pub(crate) fn page<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, AnswerDefect> {
    serde_json::from_str(json(body)?.get()).map_err(|_| AnswerDefect::WrongShape)
}

/// Accepts a reply of which nothing is needed, as long as it isn't somebody else's page.
pub(crate) fn nothing(body: &[u8]) -> Result<(), AnswerDefect> {
    match json(body) {
        Err(AnswerDefect::Html) => Err(AnswerDefect::Html),
        _ => Ok(()),
    }
}

fn json(body: &[u8]) -> Result<&RawValue, AnswerDefect> {
    match body.trim_ascii_start().first() {
        None => Err(AnswerDefect::Empty),
        Some(b'<') => Err(AnswerDefect::Html),
        Some(_) => serde_json::from_slice(body).map_err(|_| AnswerDefect::NotJson),
    }
}
