//! What is known of one container: its rows as last listed, and how far its syncs have come. Pure data.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cckm::Listing;
use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    backoff,
    reason::{Blocker, Reason},
    sync::{REPLICATION, Reading},
};

use super::Certificates;
use crate::object::ObjectRef;

/// A row of CipherTrust Manager.
pub trait Row: Clone + Send + Sync + 'static {
    /// CM's resource ID.
    fn id(&self) -> &str;
    /// Whether both say the same of the key. Fields that move at every sync do not count.
    fn says_the_same(&self, other: &Self) -> bool;
    /// Takes over what was read beside the row before, where the row still says the same.
    fn keep(&mut self, _before: &Self) {}
}

/// How often a container is read.
#[derive(Clone, Copy, Debug)]
pub struct Intervals {
    /// Between two lists of CM's stored rows.
    pub sweep: SignedDuration,
    /// Between two syncs from the cloud; nothing where somebody else starts the periodic ones.
    pub sync: Option<SignedDuration>,
    /// Spreads the visits of many containers.
    pub seed: u64,
}

/// What to do for a container next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Start a sync.
    StartSync,
    /// Ask how the sync of this id goes.
    PollSync(String),
    /// List the rows.
    Sweep,
    /// Nothing before this instant.
    Rest(Timestamp),
}

/// The state of one container.
#[derive(Debug)]
pub struct ContainerState<R, F> {
    /// Which container, through which manager, all this is about.
    of: String,
    /// What CM says of the container itself, once it is found.
    pub facts: Option<F>,
    /// Whether the last test of its connection was good, as far as CM says.
    pub connection_ok: Option<bool>,
    /// Since when CM's lists do not have it.
    pub missing_since: Option<Timestamp>,
    /// When it was last sent to be registered.
    pub registered_at: Option<Timestamp>,
    /// What this kind learned of CM's ways: a word of its own choice.
    pub learned: Option<String>,
    /// The certificates of a Salesforce organization, where an upload needed one.
    pub certificates: Certificates,
    /// The generation of its object that was last seen.
    generation: Option<i64>,
    /// Its spec changed, and no sync was started since.
    is_respecified: bool,
    /// The last request for a sync by annotation.
    asked: Option<String>,
    /// Who is making something at the moment, by what is made.
    reservations: BTreeMap<String, ObjectRef>,
    rows: Arc<BTreeMap<String, R>>,
    /// When rows were last read or ended by themselves: a list that was asked for before that says less of them.
    touched: BTreeMap<String, Timestamp>,
    reading: Reading,
    read_at: Option<Timestamp>,
    job: Option<Job>,
    /// Start and end of the newest completed sync.
    synced: Option<(Timestamp, Timestamp)>,
    /// A sync that started no earlier than this is asked for.
    wanted: Option<Timestamp>,
    sweep_wanted: bool,
    /// Lists in a row that were not whole.
    torn: u32,
    /// What is wrong with the lists, once it is likely to stay so.
    list_trouble: Option<Blocker>,
    failures: u32,
    not_before: Option<Timestamp>,
    trouble: Option<Blocker>,
    /// The last sync failed, and none has completed since.
    sync_trouble: Option<Blocker>,
    /// Syncs that failed since the last one that completed.
    sync_failures: u32,
    /// No sync is started before this instant; lists are read all the same.
    sync_not_before: Option<Timestamp>,
}

/// Between two lists at the least, however often one is asked for.
const SHORTEST_PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// So many lists in a row may contradict themselves, for rows are made and removed while pages are read.
const TORN_AT_MOST: u32 = 3;

/// Syncs of large containers take minutes.
const LONGEST_SYNC: SignedDuration = SignedDuration::from_mins(30);

#[derive(Debug)]
struct Job {
    id: String,
    started_at: Timestamp,
    polls: u32,
    poll_at: Timestamp,
}

impl<R, F> Default for ContainerState<R, F> {
    fn default() -> Self {
        Self {
            of: String::new(),
            facts: None,
            connection_ok: None,
            missing_since: None,
            registered_at: None,
            generation: None,
            is_respecified: false,
            learned: None,
            certificates: Certificates::default(),
            asked: None,
            reservations: BTreeMap::new(),
            rows: Arc::default(),
            touched: BTreeMap::new(),
            reading: Reading::default(),
            read_at: None,
            job: None,
            synced: None,
            wanted: None,
            sweep_wanted: false,
            torn: 0,
            list_trouble: None,
            failures: 0,
            not_before: None,
            trouble: None,
            sync_trouble: None,
            sync_failures: 0,
            sync_not_before: None,
        }
    }
}

impl<R: Row, F> ContainerState<R, F> {
    /// Starts anew if this is about another container, or the same through another manager: nothing that was read
    /// there says anything here.
    pub fn belong_to(&mut self, of: &str) {
        if self.of != of {
            *self = Self {
                of: of.to_owned(),
                ..Self::default()
            };
        }
    }

    /// Whether it is about this container through this manager.
    pub fn belongs_to(&self, of: &str) -> bool {
        self.of == of
    }

    /// The rows as last listed, with what this process wrote since.
    pub fn rows(&self) -> Arc<BTreeMap<String, R>> {
        Arc::clone(&self.rows)
    }

    /// What the last list proves.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// Whether one sync has completed and its rows are listed.
    pub fn is_read(&self) -> bool {
        self.reading.sync_started.is_some()
    }

    /// Asks for a sync that starts at `instant` or later. One serves all that ask. True if none is done yet.
    pub fn want_sync(&mut self, instant: Timestamp) -> bool {
        if self.reading.shows(instant) {
            return false;
        }
        self.wanted = self.wanted.max(Some(instant));
        true
    }

    /// Takes a request for news: each distinct one asks once for a sync and a list.
    pub fn request(&mut self, request: &str, now: Timestamp) {
        if self.asked.as_deref() != Some(request) {
            self.asked = Some(request.to_owned());
            self.want_sync(now);
            self.want_sweep();
        }
    }

    /// Takes a changed spec for a request for news: the container is looked for once more.
    pub fn follow(&mut self, generation: Option<i64>) {
        self.is_respecified |= self.generation.is_some() && self.generation != generation;
        self.generation = generation;
    }

    /// Whether a sync runs, or one that was asked for has not been read yet.
    pub fn awaits_sync(&self) -> bool {
        self.job.is_some()
            || self
                .wanted
                .is_some_and(|wanted| !self.reading.shows(wanted))
    }

    /// What keeps the container from being read, if anything does.
    pub fn trouble(&self) -> Option<&Blocker> {
        let of_a_call = self.trouble.as_ref().or(self.sync_trouble.as_ref());
        of_a_call.or(self.list_trouble.as_ref())
    }

    /// Reserves the making of `what` for an object; false if another one has it.
    pub fn reserve(&mut self, what: &str, object: &ObjectRef) -> bool {
        self.reservations
            .entry(what.to_owned())
            .or_insert_with(|| object.clone())
            == object
    }

    /// Who has reserved the making of `what`.
    pub fn reserved(&self, what: &str) -> Option<&ObjectRef> {
        self.reservations.get(what)
    }

    /// Ends the reservations of an object.
    pub fn release(&mut self, object: &ObjectRef) {
        self.reservations.retain(|_, by| by != object);
    }

    /// Asks for a list of the rows now.
    pub fn want_sweep(&mut self) {
        self.sweep_wanted = true;
    }

    /// What to do next. A failed call delays everything by a growing pause.
    pub fn duty(&self, now: Timestamp, intervals: Intervals) -> Duty {
        if let Some(not_before) = self.not_before.filter(|instant| now < *instant) {
            return Duty::Rest(not_before);
        }
        if let Some(job) = &self.job {
            return if job.poll_at <= now {
                Duty::PollSync(job.id.clone())
            } else {
                Duty::Rest(job.poll_at)
            };
        }
        let sync_at = self.sync_at(intervals);
        if sync_at.is_some_and(|at| at <= now) {
            return Duty::StartSync;
        }
        let sweep_at = self.sweep_at(intervals);
        if sweep_at <= now {
            return Duty::Sweep;
        }
        Duty::Rest(sync_at.map_or(sweep_at, |at| at.min(sweep_at)))
    }

    fn sync_at(&self, intervals: Intervals) -> Option<Timestamp> {
        let due = self.sync_due(intervals)?;
        // A container that is not known has to be found first, which a sync does.
        let paused = self.sync_not_before.filter(|_| self.facts.is_some());
        Some(paused.map_or(due, |at| at.max(due)))
    }

    fn sync_due(&self, intervals: Intervals) -> Option<Timestamp> {
        let known = self.facts.is_some() && !self.is_respecified;
        let Some((started, _)) = self.synced.filter(|_| known) else {
            return Some(Timestamp::MIN);
        };
        let asked = self.wanted.filter(|wanted| started < *wanted);
        let periodic = intervals
            .sync
            .map(|interval| started + backoff::jitter(interval, intervals.seed));
        match (asked, periodic) {
            (Some(asked), Some(periodic)) => Some(asked.min(periodic)),
            (asked, periodic) => asked.or(periodic),
        }
    }

    /// A completed sync is read once it has reached all nodes; else the sweep interval counts.
    fn sweep_at(&self, intervals: Intervals) -> Timestamp {
        let Some(read_at) = self.read_at else {
            return Timestamp::MIN;
        };
        if let Some((started, ended)) = self.synced
            && !self.reading.shows(started)
        {
            return ended + REPLICATION;
        }
        let interval = backoff::jitter(intervals.sweep, intervals.seed);
        if let Some(torn) = self.torn.checked_sub(1) {
            return read_at + backoff::doubling(SHORTEST_PAUSE, torn, interval);
        }
        if self.sweep_wanted {
            return read_at + SHORTEST_PAUSE;
        }
        read_at + interval
    }

    /// A sync was started.
    pub fn sync_started(&mut self, id: String, now: Timestamp) {
        self.is_respecified = false;
        self.job = Some(Job {
            id,
            started_at: now,
            polls: 0,
            poll_at: now + SignedDuration::from_millis(500),
        });
        self.succeeded();
    }

    /// Whether the sync has run for so long that it is not waited for any more: meanwhile no row is read.
    pub fn sync_is_endless(&self, now: Timestamp) -> bool {
        self.job
            .as_ref()
            .is_some_and(|job| now.duration_since(job.started_at) > LONGEST_SYNC)
    }

    /// The sync still runs.
    pub fn sync_runs(&mut self, now: Timestamp) {
        if let Some(job) = &mut self.job {
            job.poll_at = now
                + backoff::doubling(
                    SignedDuration::from_secs(1),
                    job.polls,
                    SignedDuration::from_secs(15),
                );
            job.polls += 1;
        }
        self.succeeded();
    }

    /// The sync completed, without failure for this container.
    pub fn sync_completed(&mut self, now: Timestamp) {
        if let Some(job) = self.job.take() {
            self.synced = Some((job.started_at, now));
        }
        self.sync_trouble = None;
        self.sync_failures = 0;
        self.sync_not_before = None;
        self.succeeded();
    }

    /// The sync failed, or cannot be found any more: it proves nothing, and another is started after a growing pause.
    pub fn sync_failed(&mut self, now: Timestamp, seed: u64, trouble: Blocker) {
        self.job = None;
        self.sync_trouble = Some(trouble);
        self.sync_not_before = Some(now + backoff::pause(self.sync_failures, seed));
        self.sync_failures = self.sync_failures.saturating_add(1);
    }

    /// The rows were listed; the request was sent at `asked_at`. Returns what changed: rows that are new,
    /// different or missing now.
    pub fn swept(&mut self, listing: Listing<R>, asked_at: Timestamp) -> Vec<R> {
        let (consistent, undecodable) = (listing.consistent, listing.undecodable);
        let rows = self.take_in(listing.rows, asked_at);
        let mut changed: Vec<R> = rows
            .iter()
            .filter(|(id, row)| {
                self.rows
                    .get(*id)
                    .is_none_or(|before| !before.says_the_same(row))
            })
            .map(|(_, row)| row.clone())
            .collect();
        let present: BTreeSet<&String> = rows.keys().collect();
        changed.extend(
            self.rows
                .iter()
                .filter(|(id, _)| !present.contains(id))
                .map(|(_, row)| row.clone()),
        );
        self.rows = Arc::new(rows);
        let settled = self
            .synced
            .filter(|(_, ended)| *ended + REPLICATION <= asked_at);
        self.reading = Reading {
            sync_started: settled
                .map(|(started, _)| started)
                .max(self.reading.sync_started),
            consistent,
        };
        self.read_at = Some(asked_at);
        // What was read by itself meanwhile is listed once more.
        self.sweep_wanted = !self.touched.is_empty();
        self.torn = if consistent { 0 } else { self.torn + 1 };
        self.list_trouble = match undecodable {
            0 => (self.torn >= TORN_AT_MOST).then(torn_lists),
            rows => Some(unreadable_rows(rows)),
        };
        self.succeeded();
        changed
    }

    /// The rows of a list, with those in their place that this process has heard of since it was asked for.
    fn take_in(&mut self, listed: Vec<R>, asked_at: Timestamp) -> BTreeMap<String, R> {
        let keep = |mut row: R| {
            if let Some(before) = self.rows.get(row.id()) {
                row.keep(before);
            }
            (row.id().to_owned(), row)
        };
        let mut rows: BTreeMap<String, R> = listed.into_iter().map(keep).collect();
        self.touched.retain(|_, at| *at + REPLICATION > asked_at);
        for id in self.touched.keys() {
            match self.rows.get(id) {
                Some(row) => rows.insert(id.clone(), row.clone()),
                None => rows.remove(id),
            };
        }
        rows
    }

    /// A row as a fresh read or the answer to a write showed it.
    pub fn upsert(&mut self, row: R, now: Timestamp) {
        self.touched.insert(row.id().to_owned(), now);
        Arc::make_mut(&mut self.rows).insert(row.id().to_owned(), row);
    }

    /// A row that a write has ended.
    pub fn remove(&mut self, id: &str, now: Timestamp) {
        self.touched.insert(id.to_owned(), now);
        Arc::make_mut(&mut self.rows).remove(id);
        self.want_sweep();
    }

    /// A call for the container failed.
    pub fn failed(&mut self, now: Timestamp, seed: u64, trouble: Blocker) {
        self.trouble = Some(trouble);
        self.pause(now, seed);
    }

    fn pause(&mut self, now: Timestamp, seed: u64) {
        self.not_before = Some(now + backoff::pause(self.failures, seed));
        self.failures = self.failures.saturating_add(1);
    }

    fn succeeded(&mut self) {
        self.failures = 0;
        self.not_before = None;
        self.trouble = None;
    }
}

fn torn_lists() -> Blocker {
    Blocker::new(
        Reason::ProgressingWithRetry,
        "CipherTrust Manager's lists of the container contradict their own total again and again, so nothing can be concluded from what is missing in them: no key is created and none is called gone. They are read again with growing pauses.",
    )
}

fn unreadable_rows(rows: usize) -> Blocker {
    let message = format!(
        "Rows in CipherTrust Manager's list of the container that have no id or cannot be read: {rows}. Nothing can be concluded from what is missing in such a list: no key is created and none is called gone. See the list in CipherTrust Manager, and whether a proxy changes it."
    );
    Blocker::new(Reason::UnexpectedAnswer, message)
}

#[cfg(test)]
mod tests;
