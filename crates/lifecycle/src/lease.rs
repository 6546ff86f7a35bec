//! Which of several replicas acts: an election by a lease, as pure decisions.
//!
//! Replicas share no clock, so nothing is concluded from the times written in a lease. A candidate takes it over when
//! it has itself watched one and the same record for the whole [`Record::duration`]; a leader stops acting
//! [`ACTS_FOR`] after it *sent* the renewal that succeeded last. The difference is what a candidate's and a leader's
//! clock may drift apart, and what a leader has to stop in.

use jiff::{SignedDuration, Timestamp};

/// How long a lease holds for others since its record changed last.
pub const DURATION: SignedDuration = SignedDuration::from_secs(15);

/// How long a leader acts since it sent its last successful renewal.
pub const ACTS_FOR: SignedDuration = SignedDuration::from_secs(10);

/// How long after one successful renewal the next one is sent.
pub const RENEWAL: SignedDuration = SignedDuration::from_secs(3);

/// How often a candidate looks, and how soon a failed round is repeated.
pub const RETRY: SignedDuration = SignedDuration::from_secs(2);

/// An instant on two clocks of this replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Since the replica started, by a clock that nobody can set.
    pub steady: SignedDuration,
    /// By the wall clock, which goes on while the machine is suspended.
    pub wall: Timestamp,
}

/// What a lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who holds it; nobody after a release.
    pub holder: Option<String>,
    /// How long it holds since it changed last.
    pub duration: SignedDuration,
    /// Since when it is held by that holder, by the holder's clock: for people.
    pub acquired_at: Timestamp,
    /// When it was renewed last, by the holder's clock: for people, and it makes each renewal another record.
    pub renewed_at: Timestamp,
    /// How often it went from one holder to another.
    pub transitions: i32,
}

/// One replica's part in an election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    name: String,
    /// The record as seen last, and since when it has been that one.
    seen: Option<(Record, SignedDuration)>,
    /// When the renewal that succeeded last was sent.
    renewed: Option<Moment>,
}

impl Election {
    /// A replica that is not the leader. `name` is nobody else's, not even that of an earlier life.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            seen: None,
            renewed: None,
        }
    }

    /// Takes what the lease says now (nothing: there is none), and says what to write in its place, if anything. The
    /// write has to fail if the lease is not any more what was read.
    pub fn round(&mut self, lease: Option<&Record>, now: Moment) -> Option<Record> {
        let Some(record) = lease else {
            // Deleted by somebody, or never there. A leader that still acts keeps it; a candidate that saw it held
            // waits as long as if it still were.
            return self.may_take(now).then(|| self.held(None, now));
        };
        let same = matches!(&self.seen, Some((seen, _)) if seen == record);
        if !same {
            self.seen = Some((record.clone(), now.steady));
        }
        if record.holder.as_deref() != Some(&*self.name) {
            self.renewed = None;
        }
        self.may_take(now).then(|| self.held(Some(record), now))
    }

    fn may_take(&self, now: Moment) -> bool {
        let Some((record, since)) = &self.seen else {
            return true;
        };
        match record.holder.as_deref() {
            None => true,
            Some(holder) if holder == self.name => true,
            Some(_) => now.steady - *since >= record.duration,
        }
    }

    fn held(&self, before: Option<&Record>, now: Moment) -> Record {
        let own = before.filter(|record| record.holder.as_deref() == Some(&*self.name));
        Record {
            holder: Some(self.name.clone()),
            duration: DURATION,
            acquired_at: own.map_or(now.wall, |record| record.acquired_at),
            renewed_at: now.wall,
            transitions: match (own, before) {
                (Some(own), _) => own.transitions,
                (None, Some(other)) => other.transitions.saturating_add(1),
                (None, None) => 0,
            },
        }
    }

    /// The write of `record`, sent at `sent`, succeeded: this replica is the leader.
    pub fn written(&mut self, record: Record, sent: Moment) {
        self.seen = Some((record, sent.steady));
        self.renewed = Some(sent);
    }

    /// Until when this replica may act, by each of its clocks; nothing while it may not.
    pub fn acts_until(&self) -> Option<Moment> {
        let renewed = self.renewed?;
        Some(Moment {
            steady: renewed.steady + ACTS_FOR,
            wall: renewed.wall.checked_add(ACTS_FOR).unwrap_or(renewed.wall),
        })
    }

    /// Whether this replica may act now.
    pub fn may_act(&self, now: Moment) -> bool {
        self.acts_until()
            .is_some_and(|until| now.steady < until.steady && now.wall < until.wall)
    }

    /// How long to wait for the next round, after one that went well or not.
    pub fn pause(&self, went_well: bool) -> SignedDuration {
        if went_well && self.renewed.is_some() {
            RENEWAL
        } else {
            RETRY
        }
    }

    /// Gives up leadership. Returns what to write in place of the lease, so that nobody has to wait for its end.
    pub fn release(&mut self) -> Option<Record> {
        self.renewed.take()?;
        let (record, _) = self.seen.take()?;
        Some(Record {
            holder: None,
            ..record
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        let passed = SignedDuration::from_secs(seconds);
        Moment {
            steady: passed,
            wall: Timestamp::UNIX_EPOCH + passed,
        }
    }

    fn leader() -> (Election, Record) {
        let mut leader = Election::new("a");
        let record = leader.round(None, at(0)).expect("a record");
        leader.written(record.clone(), at(0));
        (leader, record)
    }

    #[test]
    fn the_first_takes_a_lease_that_is_not_there_and_acts_for_ten_seconds() {
        let (leader, _) = leader();
        assert!(leader.may_act(at(9)) && !leader.may_act(at(10)));
    }

    #[test]
    fn a_leader_renews_in_its_own_name_and_stays_the_one_who_acquired() {
        let (mut leader, record) = leader();
        let renewal = leader.round(Some(&record), at(5)).expect("a renewal");
        assert_eq!(
            (renewal.acquired_at, renewal.transitions),
            (record.acquired_at, 0)
        );
        assert_ne!(renewal, record);
    }

    #[test]
    fn a_candidate_takes_over_only_what_it_saw_unchanged_for_the_whole_duration() {
        let (mut leader, first) = leader();
        let mut candidate = Election::new("b");
        assert_eq!(candidate.round(Some(&first), at(100)), None);
        assert_eq!(candidate.round(Some(&first), at(114)), None);
        let renewal = leader.round(Some(&first), at(114)).expect("a renewal");
        assert_eq!(candidate.round(Some(&renewal), at(115)), None);
        assert_eq!(candidate.round(Some(&renewal), at(129)), None);
        let taken = candidate.round(Some(&renewal), at(130)).expect("a record");
        assert_eq!((taken.holder.as_deref(), taken.transitions), (Some("b"), 1));
    }

    #[test]
    fn a_released_lease_is_taken_at_once() {
        let (mut leader, _) = leader();
        let released = leader.release().expect("a record");
        assert!(!leader.may_act(at(1)));
        assert!(Election::new("b").round(Some(&released), at(1)).is_some());
        assert_eq!(leader.release(), None);
    }

    #[test]
    fn who_reads_another_holder_stops_at_once() {
        let (mut leader, record) = leader();
        let other = Record {
            holder: Some("b".into()),
            ..record
        };
        assert_eq!(leader.round(Some(&other), at(3)), None);
        assert!(!leader.may_act(at(3)));
    }

    #[test]
    fn a_deleted_lease_is_no_shorter_way_to_it() {
        let (_, record) = leader();
        let mut candidate = Election::new("b");
        candidate.round(Some(&record), at(1));
        assert_eq!(candidate.round(None, at(2)), None);
        assert!(candidate.round(None, at(16)).is_some());
    }

    #[test]
    fn a_machine_that_slept_does_not_act_on_waking_though_its_steady_clock_stood_still() {
        let (leader, _) = leader();
        let woken = Moment {
            steady: SignedDuration::from_secs(1),
            wall: at(3600).wall,
        };
        assert!(!leader.may_act(woken));
    }

    #[test]
    fn a_wall_clock_set_back_lengthens_nothing() {
        let (leader, _) = leader();
        let set_back = Moment {
            steady: SignedDuration::from_secs(10),
            wall: at(-3600).wall,
        };
        assert!(!leader.may_act(set_back));
    }

    #[test]
    fn rounds_come_sooner_after_failure() {
        let (leader, _) = leader();
        assert_eq!(leader.pause(true), RENEWAL);
        assert_eq!(leader.pause(false), RETRY);
        assert_eq!(Election::new("b").pause(true), RETRY);
    }
}
