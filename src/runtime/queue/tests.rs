//! Who is visited next.

use jiff::SignedDuration;
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn drain(queue: &mut Queue<&'static str, &'static str>, now: i64) -> Vec<&'static str> {
    std::iter::from_fn(|| queue.pop(at(now))).collect()
}

#[test]
fn a_users_change_does_not_wait_behind_a_resync() {
    let mut queue = Queue::default();
    queue.push_at("old", "g", at(1));
    queue.push("woken", "g", Lane::Wake);
    queue.push("changed", "g", Lane::User);
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
        queue.push(key, "g", lane);
    }
    assert_eq!(drain(&mut queue, 0), ["b", "a"]);
}

#[test]
fn an_object_is_never_visited_twice_at_once_and_a_wake_meanwhile_is_kept() {
    let mut queue = Queue::default();
    queue.push("a", "g", Lane::User);
    assert_eq!(queue.pop(at(0)), Some("a"));
    queue.push("a", "g", Lane::Wake);
    queue.push("a", "g", Lane::User);
    assert_eq!(queue.pop(at(0)), None);
    queue.done(&"a");
    assert_eq!(drain(&mut queue, 0), ["a"]);
}

#[test]
fn the_earlier_of_two_times_wins() {
    let mut queue = Queue::default();
    queue.push_at("a", "g", at(9));
    queue.push_at("a", "g", at(5));
    queue.push_at("a", "g", at(7));
    assert_eq!(queue.next_due(), Some(at(5)));
    assert_eq!(drain(&mut queue, 4), Vec::<&str>::new());
    assert_eq!(drain(&mut queue, 5), ["a"]);
    assert_eq!(queue.next_due(), None);
}

#[test]
fn a_wake_replaces_the_time_that_was_waited_for() {
    let mut queue = Queue::default();
    queue.push_at("a", "g", at(100));
    queue.push("a", "g", Lane::User);
    assert_eq!((drain(&mut queue, 0), queue.next_due()), (vec!["a"], None));
}

#[test]
fn an_object_that_is_no_more_is_not_visited() {
    let mut queue = Queue::default();
    queue.push("a", "g", Lane::User);
    queue.push_at("b", "g", at(1));
    queue.remove(&"a");
    queue.remove(&"b");
    assert_eq!(drain(&mut queue, 10), Vec::<&str>::new());
}

#[test]
fn a_group_that_hangs_leaves_room_for_the_others() {
    let mut queue = Queue::default();
    for number in 0..20 {
        queue.push(number, "hangs", Lane::User);
    }
    queue.push(20, "goes", Lane::Resync);
    let visited: Vec<i32> = std::iter::from_fn(|| queue.pop(at(0))).collect();
    assert_eq!(visited, [0, 1, 2, 3, 4, 5, 6, 7, 20]);
    queue.done(&3);
    assert_eq!((queue.pop(at(0)), queue.pop(at(0))), (Some(8), None));
}

#[test]
fn groups_take_turns_however_much_each_has_waiting() {
    let mut queue = Queue::default();
    for key in ["a1", "a2", "a3", "b1", "b2"] {
        queue.push(key, &key[..1], Lane::Wake);
    }
    assert_eq!(drain(&mut queue, 0), ["a1", "b1", "a2", "b2", "a3"]);
}

#[derive(Clone, Debug)]
enum Happens {
    Push(u8, Lane),
    PushAt(u8, i64),
    Pop,
    Done(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happens>> {
    let lane = select(vec![Lane::User, Lane::Wake, Lane::Resync]);
    let one = prop_oneof![
        3 => (0..40_u8, lane).prop_map(|(key, lane)| Happens::Push(key, lane)),
        1 => (0..40_u8, 0..100_i64).prop_map(|(key, at)| Happens::PushAt(key, at)),
        4 => Just(Happens::Pop),
        2 => (0..64_usize).prop_map(Happens::Done),
    ];
    vec(one, 0..300)
}

/// Two groups, one of them with most of the objects.
fn group_of(key: u8) -> bool {
    key.is_multiple_of(8)
}

/// What a queue ought to do, said as plainly as possible.
#[derive(Default)]
struct Model {
    /// Wanted since this step, in this lane.
    wanted: BTreeMap<u8, Lane>,
    due: BTreeMap<u8, i64>,
    running: Vec<u8>,
}

impl Model {
    fn has_place(&self, key: u8) -> bool {
        let of_it = |other: &&u8| group_of(**other) == group_of(key);
        !self.running.contains(&key) && self.running.iter().filter(of_it).count() < OF_A_GROUP
    }

    fn want(&mut self, key: u8, lane: Lane) {
        self.due.remove(&key);
        let wanted = self.wanted.entry(key).or_insert(lane);
        *wanted = lane.min(*wanted);
    }

    fn check_pop(&mut self, popped: Option<u8>, now: i64) -> Result<(), TestCaseError> {
        let come: Vec<u8> = self
            .due
            .iter()
            .filter(|due| *due.1 <= now)
            .map(|due| *due.0)
            .collect();
        for key in come {
            self.want(key, Lane::Resync);
        }
        let may = |key: &u8| self.has_place(*key);
        let best = self
            .wanted
            .iter()
            .filter(|wanted| may(wanted.0))
            .map(|wanted| *wanted.1)
            .min();
        let got = popped.and_then(|key| self.wanted.get(&key).copied().filter(|_| may(&key)));
        prop_assert_eq!(got, best);
        if let Some(key) = popped {
            self.wanted.remove(&key);
            self.running.push(key);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_most_urgent_that_has_a_place_is_visited_and_no_wake_is_lost(happens in happenings()) {
        let (mut queue, mut model) = (Queue::default(), Model::default());
        let mut now = 0;
        for happening in happens {
            match happening {
                Happens::Push(key, lane) => {
                    queue.push(key, group_of(key), lane);
                    model.want(key, lane);
                }
                Happens::PushAt(key, at_second) => {
                    queue.push_at(key, group_of(key), at(at_second));
                    if !model.wanted.contains_key(&key) {
                        let due = model.due.entry(key).or_insert(at_second);
                        *due = at_second.min(*due);
                    }
                }
                Happens::Pop => {
                    now += 1;
                    let popped = queue.pop(at(now));
                    model.check_pop(popped, now)?;
                }
                Happens::Done(which) if !model.running.is_empty() => {
                    let key = model.running.swap_remove(which % model.running.len());
                    queue.done(&key);
                }
                Happens::Done(_) => {}
            }
        }
    }
}
