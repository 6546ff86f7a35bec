//! What can still be undone, and until when.

use jiff::Timestamp;

use crate::{
    action::{Action, Effect},
    table::{By, Lifecycle},
};

/// Until when an undo stays possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// No deadline.
    Never,
    /// Until this instant.
    At(Timestamp),
    /// Nobody knows until when, or whether at all.
    Unknown,
}

/// The act that gives access back from where the key is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The act.
    pub action: Action,
    /// Until when.
    pub deadline: Deadline,
}

/// The undo from `state`, if its edge is open on these facts or opens by itself.
pub fn undo<L: Lifecycle>(state: L::State, facts: &L::Facts, now: Timestamp) -> Option<Undo> {
    L::edges().iter().find_map(|edge| match edge.by {
        By::Us(action)
            if edge.from == state
                && (edge.when)(facts)
                && (edge.effect)(facts) == Effect::Restores =>
        {
            match (edge.guard)(facts, now) {
                Err(blocker) if blocker.until.is_none() && blocker.needs_sync_after.is_none() => {
                    None
                }
                Ok(()) | Err(_) => Some(Undo {
                    action,
                    deadline: L::undo_deadline(state, facts),
                }),
            }
        }
        By::Us(_) | By::TheCloud(_) => None,
    })
}
