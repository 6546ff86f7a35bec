//! Breadth first, over ordered sets: the first counterexample is one of the shortest, and the same each time.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Debug,
};

/// One situation, and what may come of it.
pub(crate) trait Situation: Clone + Ord {
    /// Every next situation by the name of the move; an error names the promise that the move broke.
    fn moves(&self) -> Vec<(&'static str, Result<Self, String>)>;
    /// What is checked of the situation by letting it come to rest.
    fn judge(&self) -> Result<(), String>;
}

/// Visits everything that can be reached. Returns how many situations there are, or the way to a broken promise.
pub(crate) fn explore<S: Situation>(starts: Vec<S>) -> Result<usize, String> {
    let mut came_from: BTreeMap<S, Option<(S, &'static str)>> = BTreeMap::new();
    let mut open: VecDeque<S> = VecDeque::new();
    for start in starts {
        came_from.insert(start.clone(), None);
        open.push_back(start);
    }
    while let Some(here) = open.pop_front() {
        here.judge()
            .map_err(|broken| format!("{broken}, after {}", way(&came_from, &here)))?;
        for (name, outcome) in here.moves() {
            let next = outcome.map_err(|broken| {
                format!("{broken}, at \"{name}\" after {}", way(&came_from, &here))
            })?;
            if !came_from.contains_key(&next) {
                came_from.insert(next.clone(), Some((here.clone(), name)));
                open.push_back(next);
            }
        }
    }
    Ok(came_from.len())
}

fn way<S: Ord + Clone>(came_from: &BTreeMap<S, Option<(S, &'static str)>>, to: &S) -> String {
    let mut names = Vec::new();
    let mut at = to.clone();
    while let Some(Some((before, name))) = came_from.get(&at) {
        names.push(*name);
        at = before.clone();
    }
    names.reverse();
    names.join(", ")
}

/// Round after round, until nothing changes.
pub(crate) fn at_rest<S: Clone + Eq>(
    from: &S,
    round: impl Fn(&S) -> Result<S, String>,
) -> Result<S, String> {
    let mut here = from.clone();
    for _ in 0..40 {
        let next = round(&here)?;
        if next == here {
            return Ok(next);
        }
        here = next;
    }
    Err("it comes to no rest".into())
}

/// Asserts that the way to a broken promise was found.
#[track_caller]
pub(crate) fn assert_found(explored: Result<usize, String>, mistake: impl Debug, promise: &str) {
    let error = explored.err().unwrap_or_default();
    assert!(
        error.starts_with(promise),
        "{mistake:?} was not found: {error:?}"
    );
}
