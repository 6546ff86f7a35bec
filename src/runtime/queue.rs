//! The queue: pure data. Which object is looked at next, and when.
//!
//! An object is never looked at twice at once; a wake that arrives meanwhile is kept for afterwards. Of two
//! times at which an object is due the earlier one wins. Objects that depend on the same remote side form a group: only
//! so many of a group are looked at at once, so that one side that hangs does not hold up the others, and groups take
//! turns.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

/// How many objects of one group are visited at once.
pub const OF_A_GROUP: usize = 8;

/// How urgent a visit is. A more urgent lane goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// A person changed the object.
    User,
    /// Something that the object waits for happened.
    Wake,
    /// The object's own time came.
    Resync,
}

/// Objects waiting for their visit.
#[derive(Debug)]
pub struct Queue<K, G> {
    ready: BTreeMap<Lane, BTreeMap<G, VecDeque<K>>>,
    /// Where an object waits.
    waiting: BTreeMap<K, (Lane, G)>,
    due: BTreeSet<(Timestamp, K)>,
    due_at: BTreeMap<K, (Timestamp, G)>,
    running: BTreeMap<K, G>,
    /// Woken while running: to be queued again afterwards.
    again: BTreeMap<K, (Lane, G)>,
    /// When each group last had its turn, counted in turns.
    turns: BTreeMap<G, u64>,
    /// Turns so far.
    turn: u64,
}

impl<K, G> Default for Queue<K, G> {
    fn default() -> Self {
        Self {
            ready: BTreeMap::new(),
            waiting: BTreeMap::new(),
            due: BTreeSet::new(),
            due_at: BTreeMap::new(),
            running: BTreeMap::new(),
            again: BTreeMap::new(),
            turns: BTreeMap::new(),
            turn: 0,
        }
    }
}

impl<K: Clone + Ord, G: Clone + Ord> Queue<K, G> {
    /// Asks for a visit as soon as possible.
    pub fn push(&mut self, key: K, group: G, lane: Lane) {
        self.forget_due(&key);
        if self.running.contains_key(&key) {
            let again = self.again.entry(key).or_insert((lane, group));
            again.0 = lane.min(again.0);
            return;
        }
        match self.waiting.get(&key) {
            Some((present, _)) if *present <= lane => return,
            Some(_) => self.forget_waiting(&key),
            None => {}
        }
        self.waiting.insert(key.clone(), (lane, group.clone()));
        let groups = self.ready.entry(lane).or_default();
        groups.entry(group).or_default().push_back(key);
    }

    /// Asks for a visit at `at`, unless an earlier one is due already.
    pub fn push_at(&mut self, key: K, group: G, at: Timestamp) {
        if self.waiting.contains_key(&key) || self.again.contains_key(&key) {
            return;
        }
        match self.due_at.get(&key) {
            Some((earlier, _)) if *earlier <= at => return,
            Some(_) | None => {}
        }
        self.forget_due(&key);
        self.due_at.insert(key.clone(), (at, group));
        self.due.insert((at, key));
    }

    /// The next object to visit, which then counts as running until [`Queue::done`].
    pub fn pop(&mut self, now: Timestamp) -> Option<K> {
        while let Some((at, key)) = self.due.first().cloned() {
            if at > now {
                break;
            }
            self.due.pop_first();
            if let Some((_, group)) = self.due_at.remove(&key) {
                self.push(key, group, Lane::Resync);
            }
        }
        let (lane, group) = self.next_turn()?;
        self.turn += 1;
        self.turns.insert(group.clone(), self.turn);
        let groups = self.ready.get_mut(&lane)?;
        let queue = groups.get_mut(&group)?;
        let key = queue.pop_front()?;
        if queue.is_empty() {
            groups.remove(&group);
        }
        self.waiting.remove(&key);
        self.running.insert(key.clone(), group);
        Some(key)
    }

    /// Of the most urgent lane with a group that has a place, the group that waited longest for its turn.
    fn next_turn(&self) -> Option<(Lane, G)> {
        let mut taken: BTreeMap<&G, usize> = BTreeMap::new();
        for group in self.running.values() {
            *taken.entry(group).or_default() += 1;
        }
        let has_place = |group: &&G| taken.get(group).is_none_or(|taken| *taken < OF_A_GROUP);
        self.ready.iter().find_map(|(lane, groups)| {
            let group = groups
                .keys()
                .filter(has_place)
                .min_by_key(|group| self.turns.get(group))?;
            Some((*lane, group.clone()))
        })
    }

    /// Ends a visit.
    pub fn done(&mut self, key: &K) {
        self.running.remove(key);
        if let Some((lane, group)) = self.again.remove(key) {
            self.push(key.clone(), group, lane);
        }
    }

    /// When the next visit is due, if none is waiting.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    /// How many objects wait for a visit right now.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets an object that is no more.
    pub fn remove(&mut self, key: &K) {
        self.forget_due(key);
        self.forget_waiting(key);
    }

    fn forget_due(&mut self, key: &K) {
        if let Some((at, _)) = self.due_at.remove(key) {
            self.due.remove(&(at, key.clone()));
        }
    }

    fn forget_waiting(&mut self, key: &K) {
        let Some((lane, group)) = self.waiting.remove(key) else {
            return;
        };
        let Some(groups) = self.ready.get_mut(&lane) else {
            return;
        };
        if let Some(queue) = groups.get_mut(&group) {
            queue.retain(|waiting| waiting != key);
            if queue.is_empty() {
                groups.remove(&group);
            }
        }
    }
}

#[cfg(test)]
mod tests;
