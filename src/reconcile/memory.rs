//! What this process remembers of an object between visits. Losing it costs time, never correctness; but for a call that
//! was open when its object was deleted, of which nobody else knows.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use lifecycle::{action::Action, approval::Offer, backoff, intent::SETTLING, reason::Blocker};

use crate::object::ObjectRef;

/// The memory of one object.
#[derive(Clone, Debug)]
pub struct Memory {
    uid: String,
    /// When this process first saw the object, or when what another object of this name had asked for will have settled.
    pub first_seen: Timestamp,
    /// The first step as last planned, and since when.
    decided: Option<(Option<Action>, i64, Timestamp)>,
    /// The approval that covers the first step, and since when.
    approved: Option<(Offer, Timestamp)>,
    /// Since when the key's row is missing.
    pub absent_since: Option<Timestamp>,
    /// When a call that makes something was announced whose outcome is not known.
    pub open_since: Option<Timestamp>,
    /// Nothing is sent for this generation before this instant, for this reason.
    hold: Option<Hold>,
    failures: u32,
    looks: u32,
    look_at: Option<Timestamp>,
    is_gone: bool,
}

#[derive(Clone, Debug)]
struct Hold {
    generation: i64,
    until: Timestamp,
    blocker: Blocker,
}

impl Memory {
    fn new(uid: &str, now: Timestamp) -> Self {
        Self {
            uid: uid.to_owned(),
            first_seen: now,
            decided: None,
            approved: None,
            absent_since: None,
            open_since: None,
            hold: None,
            failures: 0,
            looks: 0,
            look_at: None,
            is_gone: false,
        }
    }

    /// When what an open call makes has appeared, if it ever does.
    fn settled_by(&self) -> Option<Timestamp> {
        self.open_since?.checked_add(SETTLING).ok()
    }

    /// Since when the first step is planned. News of the cloud has to be younger than that before it is taken.
    pub fn decided_at(&self, now: Timestamp) -> Timestamp {
        self.decided.map_or(now, |(_, _, at)| at)
    }

    /// Notes what is planned. True if that is another decision than before.
    pub fn decide(&mut self, step: Option<Action>, generation: i64, now: Timestamp) -> bool {
        match self.decided {
            Some((before, at, _)) if (before, at) == (step, generation) => false,
            Some(_) | None => {
                self.decided = Some((step, generation, now));
                true
            }
        }
    }

    /// Forgets what was planned: planned again, it is another decision.
    pub fn undecide(&mut self) {
        self.decided = None;
    }

    /// Since when this approval covers the first step.
    pub fn approved_at(&mut self, offer: &Offer, now: Timestamp) -> Timestamp {
        let one = (&offer.approval, &offer.token, offer.created_at);
        match &self.approved {
            Some((known, since)) if (&known.approval, &known.token, known.created_at) == one => {
                *since
            }
            Some(_) | None => {
                self.approved = Some((offer.clone(), now));
                now
            }
        }
    }

    /// Holds the object back after a failure: until `blocker.until`, or for a growing pause.
    pub fn hold_back(
        &mut self,
        mut blocker: Blocker,
        generation: i64,
        now: Timestamp,
        seed: u64,
    ) -> Timestamp {
        let paused = now + backoff::pause(self.failures, seed);
        let until = blocker
            .until
            .take()
            .map_or(paused, |until| until.max(paused));
        self.failures = self.failures.saturating_add(1);
        self.hold = Some(Hold {
            generation,
            until,
            blocker,
        });
        until
    }

    /// What holds the object back; a change of its spec ends it.
    pub fn held_back(&self, generation: i64, now: Timestamp) -> Option<Blocker> {
        let hold = self
            .hold
            .as_ref()
            .filter(|hold| hold.generation == generation && now < hold.until)?;
        Some(Blocker {
            until: Some(hold.until),
            ..hold.blocker.clone()
        })
    }

    /// Forgets failures, after a success.
    pub fn succeeded(&mut self) {
        self.hold = None;
        self.failures = 0;
    }

    /// Whether a key in motion may be looked at again.
    pub fn may_look(&self, now: Timestamp) -> bool {
        self.look_at.is_none_or(|at| at <= now)
    }

    /// Notes a look at a key in motion; returns when to look again.
    pub fn looked(&mut self, now: Timestamp) -> Timestamp {
        let at = now + backoff::settling(self.looks);
        self.looks = self.looks.saturating_add(1);
        self.look_at = Some(at);
        at
    }

    /// When to look again at a key in motion, if it was looked at.
    pub fn look_at(&self) -> Option<Timestamp> {
        self.look_at
    }

    /// The key has settled.
    pub fn settled(&mut self) {
        self.looks = 0;
        self.look_at = None;
    }
}

/// The memories of all objects.
#[derive(Debug, Default)]
pub struct Memories(Mutex<BTreeMap<ObjectRef, Memory>>);

impl Memories {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectRef, Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The memory of an object. If it is another object of the same name than before, all that is left of that one is
    /// what it asked for last: that may be made yet.
    pub fn recall(&self, object: &ObjectRef, uid: &str, now: Timestamp) -> Memory {
        let memories = self.lock();
        let Some(memory) = memories.get(object) else {
            return Memory::new(uid, now);
        };
        if memory.uid == uid {
            return memory.clone();
        }
        let first_seen = memory.settled_by().map_or(now, |settled| settled.max(now));
        Memory {
            first_seen,
            ..Memory::new(uid, now)
        }
    }

    /// Keeps the memory of an object.
    pub fn keep(&self, object: &ObjectRef, memory: Memory) {
        self.lock().insert(object.clone(), memory);
    }

    /// Forgets an object that is no more, and others whose last call has settled since they went.
    pub fn forget(&self, object: &ObjectRef, now: Timestamp) {
        let mut memories = self.lock();
        if let Some(memory) = memories.get_mut(object) {
            memory.is_gone = true;
        }
        memories.retain(|_, memory| {
            !memory.is_gone || memory.settled_by().is_some_and(|settled| now < settled)
        });
    }
}

#[cfg(test)]
mod tests {
    use lifecycle::reason::Reason;

    use super::*;

    #[test]
    fn a_change_of_the_spec_ends_the_pause_after_a_failure() {
        let now = Timestamp::UNIX_EPOCH;
        let mut memory = Memory::new("u", now);
        memory.hold_back(Blocker::new(Reason::ProgressingWithRetry, "m"), 1, now, 0);
        assert!(memory.held_back(1, now).is_some());
        assert!(memory.held_back(2, now).is_none());
    }

    #[test]
    fn an_object_made_again_under_the_same_name_is_a_new_one() {
        let memories = Memories::default();
        let object = ObjectRef::new(crate::object::Kind::AzureSecret, "ns", "a");
        let early = Timestamp::UNIX_EPOCH;
        memories.keep(&object, Memory::new("old", early));
        let later = early + jiff::SignedDuration::from_hours(1);
        assert_eq!(memories.recall(&object, "old", later).first_seen, early);
        assert_eq!(memories.recall(&object, "new", later).first_seen, later);
    }

    #[test]
    fn what_a_deleted_object_asked_for_may_be_made_yet_for_ten_minutes() {
        let memories = Memories::default();
        let object = ObjectRef::new(crate::object::Kind::OciKey, "ns", "a");
        let opened = Timestamp::UNIX_EPOCH;
        let mut memory = Memory::new("old", opened);
        memory.open_since = Some(opened);
        memories.keep(&object, memory);
        let soon = opened + jiff::SignedDuration::from_mins(1);
        memories.forget(&object, soon);
        let again = memories.recall(&object, "new", soon);
        assert_eq!(again.first_seen, opened + SETTLING);
        assert!(again.open_since.is_none());
        memories.forget(&object, opened + SETTLING);
        assert!(memories.lock().is_empty());
    }
}
