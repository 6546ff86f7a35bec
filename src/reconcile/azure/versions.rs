//! The versions of a secret: a row of CM's each. Pure.

use std::{cmp::Reverse, collections::BTreeMap};

use api::AzureVersion;

use super::SecretRow;
use crate::reconcile::status::{time, word};

/// As many versions as a status lists.
const LISTED: usize = 10;

/// All versions of a secret.
#[derive(Debug, PartialEq)]
pub(super) struct Versions {
    pub(super) count: i32,
    /// The newest first.
    pub(super) listed: Vec<AzureVersion>,
}

impl Versions {
    /// Those that a sync did not find to be gone.
    pub(super) fn of(rows: &BTreeMap<String, SecretRow>, name: &str) -> Self {
        let mut rows: Vec<&SecretRow> = of_name(rows.values(), name)
            .filter(|row| row.gone != Some(true))
            .collect();
        rows.sort_by_key(|row| Reverse(age(row)));
        let listed = rows.iter().take(LISTED).map(|row| AzureVersion {
            resource_id: row.id.clone(),
            version: row.version.as_deref().map(word),
            created: row.azure_created_at.map(time),
        });
        Self {
            count: i32::try_from(rows.len()).unwrap_or(i32::MAX),
            listed: listed.collect(),
        }
    }
}

/// The row of a secret is that of its newest version: not gone, then made last in Azure, then in CM.
pub fn newest<'a>(
    rows: impl IntoIterator<Item = &'a SecretRow>,
    name: &str,
) -> Option<&'a SecretRow> {
    of_name(rows, name).max_by_key(|row| age(row))
}

fn of_name<'a>(
    rows: impl IntoIterator<Item = &'a SecretRow>,
    name: &str,
) -> impl Iterator<Item = &'a SecretRow> {
    let is_it = |row: &&SecretRow| {
        let of = row.secret_name.as_ref();
        of.is_some_and(|of| of.eq_ignore_ascii_case(name))
    };
    rows.into_iter().filter(is_it)
}

fn age(row: &SecretRow) -> impl Ord + use<> {
    (
        Reverse(row.gone == Some(true)),
        row.azure_created_at,
        row.created_at,
        row.id.clone(),
    )
}
