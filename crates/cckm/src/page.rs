//! Lists, read to their end.

use crate::decode::{self, Resource, Scalar};
use crate::error::AnswerDefect;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Rows asked for at once. CipherTrust Manager's own default is 10.
pub(crate) const PAGE: u64 = 200;

/// Pages after which a list that doesn't end is given up: twenty million rows.
const MOST_PAGES: usize = 100_000;

/// All rows of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing<T> {
    /// The rows in the order of the pages, each id once. Of an id that came twice, because rows moved between pages,
    /// the later.
    pub rows: Vec<T>,
    /// How many rows the last page says there are.
    pub total: Option<u64>,
    /// Whether every page gave the same total, the number of distinct ids equals it, and every row could be decoded.
    /// Only from such a list may one conclude that something is absent.
    pub consistent: bool,
    /// Rows that couldn't be decoded, mostly for want of an id.
    pub undecodable: usize,
}

impl<T> Listing<T> {
    /// The same list with each row as another type.
    pub fn map<U>(self, row: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            rows: self.rows.into_iter().map(row).collect(),
            total: self.total,
            consistent: self.consistent,
            undecodable: self.undecodable,
        }
    }
}

/// A list under way.
pub(crate) struct Reading<T> {
    rows: Vec<T>,
    places: HashMap<String, usize>,
    total: Option<u64>,
    totals_agree: bool,
    undecodable: usize,
    skip: u64,
    pages: usize,
}

#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Page<'a> {
    total: Scalar,
    #[serde(borrow)]
    resources: Option<Vec<&'a RawValue>>,
}

impl<T: Resource> Reading<T> {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            places: HashMap::new(),
            total: None,
            totals_agree: true,
            undecodable: 0,
            skip: 0,
            pages: 0,
        }
    }

    /// How many rows the next page has to skip.
    pub(crate) fn skip(&self) -> u64 {
        self.skip
    }

    /// Takes a page in. Returns whether another one is to be read.
    ///
    /// Ends at a page without rows, at the total, or when a page brings nothing new, as one does whose server ignores
    /// `skip`. A short page is no end: the server may give fewer rows than asked for.
    pub(crate) fn take(&mut self, body: &[u8]) -> Result<bool, AnswerDefect> {
        let page: Page<'_> = decode::page(body)?;
        let total = page.total.count();
        self.totals_agree &= total.is_some() && (self.pages == 0 || total == self.total);
        self.total = total;
        self.pages += 1;
        let rows = page.resources.unwrap_or_default();
        let known = self.rows.len();
        for raw in &rows {
            match decode::row::<T>(raw) {
                Ok(row) => match self.places.entry(row.id().to_owned()) {
                    Entry::Occupied(place) => self.rows[*place.get()] = row,
                    Entry::Vacant(place) => {
                        place.insert(self.rows.len());
                        self.rows.push(row);
                    }
                },
                Err(_) => self.undecodable += 1,
            }
        }
        self.skip += rows.len() as u64;
        let brought_news = self.rows.len() > known;
        let at_end = self.total.is_some_and(|total| self.skip >= total);
        Ok(brought_news && !at_end && self.pages < MOST_PAGES)
    }

    pub(crate) fn finish(self) -> Listing<T> {
        let distinct = self.rows.len() as u64;
        Listing {
            rows: self.rows,
            total: self.total,
            consistent: self.totals_agree && self.total == Some(distinct) && self.undecodable == 0,
            undecodable: self.undecodable,
        }
    }
}
