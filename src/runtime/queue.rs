//! The queue: pure data. Which object is looked at next, and when.
//!
//! An object is never looked at twice at once; a wake that arrives meanwhile is kept for afterwards. Of two
//! times at which an object is due the earlier one wins.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::Hash,
};

use jiff::Timestamp;

/// How urgent a visit is. A lane is emptied before the next one is looked at.
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
pub struct Queue<K> {
    ready: BTreeMap<Lane, VecDeque<K>>,
    /// The lane an object waits in.
    waiting: BTreeMap<K, Lane>,
    due: BTreeSet<(Timestamp, K)>,
    due_at: BTreeMap<K, Timestamp>,
    running: BTreeSet<K>,
    /// Woken while running: to be queued again afterwards.
    again: BTreeMap<K, Lane>,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self {
            ready: BTreeMap::new(),
            waiting: BTreeMap::new(),
            due: BTreeSet::new(),
            due_at: BTreeMap::new(),
            running: BTreeSet::new(),
            again: BTreeMap::new(),
        }
    }
}

impl<K: Clone + Ord + Hash> Queue<K> {
    /// Asks for a visit as soon as possible.
    pub fn push(&mut self, key: K, lane: Lane) {
        self.forget_due(&key);
        if self.running.contains(&key) {
            let again = self.again.entry(key).or_insert(lane);
            *again = lane.min(*again);
            return;
        }
        match self.waiting.get(&key) {
            Some(present) if *present <= lane => return,
            Some(present) => {
                if let Some(queue) = self.ready.get_mut(present) {
                    queue.retain(|waiting| *waiting != key);
                }
            }
            None => {}
        }
        self.waiting.insert(key.clone(), lane);
        self.ready.entry(lane).or_default().push_back(key);
    }

    /// Asks for a visit at `at`, unless an earlier one is due already.
    pub fn push_at(&mut self, key: K, at: Timestamp) {
        if self.waiting.contains_key(&key) || self.again.contains_key(&key) {
            return;
        }
        match self.due_at.get(&key) {
            Some(earlier) if *earlier <= at => return,
            Some(_) | None => {}
        }
        self.forget_due(&key);
        self.due_at.insert(key.clone(), at);
        self.due.insert((at, key));
    }

    /// The next object to visit, which then counts as running until [`Queue::done`].
    pub fn pop(&mut self, now: Timestamp) -> Option<K> {
        while let Some((at, key)) = self.due.first().cloned() {
            if at > now {
                break;
            }
            self.push(key, Lane::Resync);
        }
        let key = self.ready.values_mut().find_map(VecDeque::pop_front)?;
        self.waiting.remove(&key);
        self.running.insert(key.clone());
        Some(key)
    }

    /// Ends a visit.
    pub fn done(&mut self, key: &K) {
        self.running.remove(key);
        if let Some(lane) = self.again.remove(key) {
            self.push(key.clone(), lane);
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
        if let Some(queue) = self
            .waiting
            .remove(key)
            .and_then(|lane| self.ready.get_mut(&lane))
        {
            queue.retain(|waiting| waiting != key);
        }
    }

    fn forget_due(&mut self, key: &K) {
        if let Some(at) = self.due_at.remove(key) {
            self.due.remove(&(at, key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn drain(queue: &mut Queue<&'static str>, now: i64) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop(at(now))).collect()
    }

    #[test]
    fn a_users_change_does_not_wait_behind_a_resync() {
        let mut queue = Queue::default();
        queue.push_at("old", at(1));
        queue.push("woken", Lane::Wake);
        queue.push("changed", Lane::User);
        assert_eq!(drain(&mut queue, 5), ["changed", "woken", "old"]);
    }

    #[test]
    fn an_object_waits_only_once_and_in_its_most_urgent_lane() {
        let mut queue = Queue::default();
        for (key, lane) in [
            ("a", Lane::Wake),
            ("b", Lane::Wake),
            ("b", Lane::User),
            ("a", Lane::Resync),
        ] {
            queue.push(key, lane);
        }
        assert_eq!(drain(&mut queue, 0), ["b", "a"]);
    }

    #[test]
    fn an_object_is_never_visited_twice_at_once_and_a_wake_meanwhile_is_kept() {
        let mut queue = Queue::default();
        queue.push("a", Lane::User);
        assert_eq!(queue.pop(at(0)), Some("a"));
        queue.push("a", Lane::Wake);
        queue.push("a", Lane::User);
        assert_eq!(queue.pop(at(0)), None);
        queue.done(&"a");
        assert_eq!(drain(&mut queue, 0), ["a"]);
    }

    #[test]
    fn the_earlier_of_two_times_wins() {
        let mut queue = Queue::default();
        queue.push_at("a", at(9));
        queue.push_at("a", at(5));
        queue.push_at("a", at(7));
        assert_eq!(queue.next_due(), Some(at(5)));
        assert_eq!(drain(&mut queue, 4), Vec::<&str>::new());
        assert_eq!(drain(&mut queue, 5), ["a"]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn a_wake_replaces_the_time_that_was_waited_for() {
        let mut queue = Queue::default();
        queue.push_at("a", at(100));
        queue.push("a", Lane::User);
        assert_eq!((drain(&mut queue, 0), queue.next_due()), (vec!["a"], None));
    }

    #[test]
    fn an_object_that_is_no_more_is_not_visited() {
        let mut queue = Queue::default();
        queue.push("a", Lane::User);
        queue.push_at("b", at(1));
        queue.remove(&"a");
        queue.remove(&"b");
        assert_eq!(drain(&mut queue, 10), Vec::<&str>::new());
    }
}
