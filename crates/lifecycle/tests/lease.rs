//! Two replicas and one lease, under schedules that pause, kill and cut off either of them at any point.

use jiff::{SignedDuration, Timestamp};
use lifecycle::lease::{Election, Moment, Record};

/// How many schedules, and how many seconds each of them goes on.
const SCHEDULES: u64 = 3_000;
const SECONDS: i64 = 240;

/// A defect of the shell around the election, which the schedules have to find.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// A renewal counts from its reply instead of from its sending.
    CountsFromTheReply,
    /// The lease is replaced whatever it has become since it was read.
    WritesUnguarded,
    /// A candidate believes a shorter duration than the lease's.
    TakesOverEarly,
}

/// Random numbers, the same for each seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// The lease as the API server keeps it.
#[derive(Default)]
struct Store {
    record: Option<Record>,
    version: u64,
}

/// A write under way: it lands at some second, and is heard of at a later one, or never.
struct Write {
    record: Record,
    onto: u64,
    sent: Moment,
    lands: i64,
    heard: Option<i64>,
    landed: Option<bool>,
}

struct Replica {
    election: Election,
    lives: u32,
    /// Its clocks run ahead of the other's by this: replicas share no clock.
    ahead: SignedDuration,
    /// The version of the lease that it read or wrote last.
    known: u64,
    next: i64,
    paused_until: i64,
    write: Option<Write>,
}

impl Replica {
    fn new(name: &str, ahead: i64) -> Self {
        Self {
            election: Election::new(name),
            lives: 0,
            known: 0,
            ahead: SignedDuration::from_secs(ahead),
            next: 0,
            paused_until: 0,
            write: None,
        }
    }

    fn moment(&self, second: i64) -> Moment {
        let passed = SignedDuration::from_secs(second) + self.ahead;
        Moment {
            steady: passed,
            wall: Timestamp::UNIX_EPOCH + passed,
        }
    }

    fn may_act(&self, second: i64) -> bool {
        second >= self.paused_until && self.election.may_act(self.moment(second))
    }

    /// What happens to it in this second.
    fn live(&mut self, second: i64, store: &mut Store, dice: &mut Dice, mistake: Mistake) {
        self.land(second, store, mistake);
        if second < self.paused_until {
            return;
        }
        match dice.roll(200) {
            0 => self.paused_until = second + 1 + dice.roll(40).cast_signed(),
            1 => {
                // Killed: its write may land yet, and its next life has another name.
                self.lives += 1;
                self.election = Election::new(format!("{}-{}", self.ahead, self.lives));
                self.next = second + 1;
                if let Some(write) = &mut self.write {
                    write.heard = None;
                }
                return;
            }
            2 => {
                if let Some(record) = self.election.release() {
                    self.send(record, second, dice);
                }
                return;
            }
            _ => {}
        }
        self.hear(second, mistake);
        if second >= self.next && self.write.is_none() {
            self.round(second, store, dice, mistake);
        }
    }

    fn round(&mut self, second: i64, store: &Store, dice: &mut Dice, mistake: Mistake) {
        if dice.one_in(8) {
            // The API server does not answer.
            self.next = second + self.election.pause(false).as_secs();
            return;
        }
        let mut seen = store.record.clone();
        if mistake == Mistake::TakesOverEarly
            && let Some(record) = &mut seen
        {
            record.duration = SignedDuration::from_secs(7);
        }
        self.known = store.version;
        let now = self.moment(second);
        match self.election.round(seen.as_ref(), now) {
            Some(record) => self.send(record, second, dice),
            None => self.next = second + self.election.pause(true).as_secs(),
        }
    }

    fn send(&mut self, record: Record, second: i64, dice: &mut Dice) {
        let lands = second + dice.roll(4).cast_signed();
        let heard = (!dice.one_in(8)).then(|| lands + dice.roll(4).cast_signed());
        self.write = Some(Write {
            record,
            onto: self.known,
            sent: self.moment(second),
            lands,
            heard,
            landed: None,
        });
    }

    fn land(&mut self, second: i64, store: &mut Store, mistake: Mistake) {
        let Some(write) = &mut self.write else { return };
        if write.landed.is_none() && second >= write.lands {
            let fits = write.onto == store.version || mistake == Mistake::WritesUnguarded;
            if fits {
                store.record = Some(write.record.clone());
                store.version += 1;
            }
            write.landed = Some(fits);
        }
    }

    fn hear(&mut self, second: i64, mistake: Mistake) {
        let Some(write) = &self.write else { return };
        let Some(landed) = write.landed else { return };
        // A reply that never comes is given up after three seconds.
        let given_up = write.heard.is_none() && second >= write.lands + 3;
        if !given_up && write.heard.is_none_or(|heard| second < heard) {
            return;
        }
        let Some(write) = self.write.take() else {
            return;
        };
        let went_well = landed && !given_up;
        if went_well && write.record.holder.is_some() {
            let sent = if mistake == Mistake::CountsFromTheReply {
                self.moment(second)
            } else {
                write.sent
            };
            self.election.written(write.record, sent);
            self.known = write.onto + 1;
        }
        self.next = second + self.election.pause(went_well).as_secs();
    }
}

/// The second in which both may act, if there is one; and in how many somebody may.
fn play(seed: u64, mistake: Mistake) -> (Option<i64>, i64) {
    let mut dice = Dice(seed);
    let mut store = Store::default();
    let mut replicas = [Replica::new("a", 0), Replica::new("b", 7)];
    let mut led = 0;
    for second in 0..SECONDS {
        for replica in &mut replicas {
            replica.live(second, &mut store, &mut dice, mistake);
        }
        let acting = replicas.iter().filter(|one| one.may_act(second)).count();
        if acting > 1 {
            return (Some(second), led);
        }
        led += i64::from(acting == 1);
    }
    (None, led)
}

fn found(mistake: Mistake) -> bool {
    (0..SCHEDULES).any(|seed| play(seed, mistake).0.is_some())
}

#[test]
fn two_replicas_never_act_at_one_time_whatever_is_paused_killed_or_cut_off() {
    for seed in 0..SCHEDULES {
        let (both, _) = play(seed, Mistake::None);
        assert_eq!(both, None, "both act in that second of schedule {seed}");
    }
}

#[test]
fn most_of_the_time_one_of_them_acts() {
    let led: i64 = (0..SCHEDULES).map(|seed| play(seed, Mistake::None).1).sum();
    let of = SCHEDULES.cast_signed() * SECONDS;
    assert!(led * 2 > of, "somebody acts in {led} of {of} seconds");
}

#[test]
fn a_renewal_that_counted_from_its_reply_would_be_noticed() {
    assert!(found(Mistake::CountsFromTheReply));
}

#[test]
fn a_lease_replaced_without_a_look_at_its_version_would_be_noticed() {
    assert!(found(Mistake::WritesUnguarded));
}

#[test]
fn a_takeover_before_the_lease_has_ended_would_be_noticed() {
    assert!(found(Mistake::TakesOverEarly));
}
