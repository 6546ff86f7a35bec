//! The search in a transition table.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    action::Effect,
    goal::Permission,
    table::{By, Edge, Lifecycle},
};

/// The shortest permitted path from `state` into the goal set, or nothing.
///
/// Going down the scale no path gives access back; going up no path takes anything away. A create starts at
/// `NeverSeen` only and leads only to the first of the desired states, so a destructive wish never creates.
pub fn path<L: Lifecycle>(
    desired: L::Desired,
    state: L::State,
    facts: &L::Facts,
    permission: Permission,
) -> Option<Vec<&'static Edge<L>>> {
    let going_up = L::desired_rank(desired) < L::rank(state);
    let mut reached_by: BTreeMap<L::State, Option<&'static Edge<L>>> =
        BTreeMap::from([(state, None)]);
    let mut open = VecDeque::from([state]);
    while let Some(at) = open.pop_front() {
        if at != state && L::in_goal(desired, at, facts) {
            return Some(trace(&reached_by, at));
        }
        for edge in L::edges()
            .iter()
            .filter(|edge| edge.from == at && (edge.when)(facts))
        {
            if permitted(edge, desired, facts, permission, going_up)
                && !reached_by.contains_key(&edge.to)
            {
                reached_by.insert(edge.to, Some(edge));
                open.push_back(edge.to);
            }
        }
    }
    None
}

fn permitted<L: Lifecycle>(
    edge: &Edge<L>,
    desired: L::Desired,
    facts: &L::Facts,
    permission: Permission,
    going_up: bool,
) -> bool {
    if let By::TheCloud(_) = edge.by {
        return true;
    }
    if edge.from == L::NEVER_SEEN && desired != L::FIRST {
        return false;
    }
    match (edge.effect)(facts) {
        Effect::Restores => permission.restore && going_up,
        Effect::Safe => permission.move_on,
        Effect::Disruptive | Effect::Expiring | Effect::Irreversible => {
            permission.move_on && !going_up
        }
    }
}

fn trace<L: Lifecycle>(
    reached_by: &BTreeMap<L::State, Option<&'static Edge<L>>>,
    goal: L::State,
) -> Vec<&'static Edge<L>> {
    let mut path = Vec::new();
    let mut at = goal;
    while let Some(Some(edge)) = reached_by.get(&at) {
        path.push(*edge);
        at = edge.from;
    }
    path.reverse();
    path
}
