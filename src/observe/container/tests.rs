//! What a container's state does next, after what came of each call.

use super::*;

#[derive(Clone, Debug, PartialEq)]
struct Line(&'static str, u32);

impl Row for Line {
    fn id(&self) -> &str {
        self.0
    }
    fn says_the_same(&self, other: &Self) -> bool {
        self == other
    }
}

type State = ContainerState<Line, ()>;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn list(rows: Vec<Line>) -> Listing<Line> {
    Listing {
        total: Some(rows.len() as u64),
        rows,
        consistent: true,
        undecodable: 0,
    }
}

fn intervals() -> Intervals {
    Intervals {
        sweep: SignedDuration::from_mins(5),
        sync: Some(SignedDuration::from_hours(1)),
        seed: 0,
    }
}

fn synced_and_swept() -> State {
    let mut state = State {
        facts: Some(()),
        ..State::default()
    };
    state.sync_started("j".into(), at(0));
    state.sync_completed(at(2));
    state.swept(list(vec![Line("a", 1)]), at(3));
    state
}

#[test]
fn a_container_is_synced_first_and_read_a_second_after_the_sync_ended() {
    let mut state = State::default();
    assert_eq!(state.duty(at(0), intervals()), Duty::StartSync);
    state.facts = Some(());
    state.sync_started("j".into(), at(0));
    assert_eq!(state.duty(at(1), intervals()), Duty::PollSync("j".into()));
    state.swept(list(vec![]), at(1));
    assert!(!state.is_read(), "a list read during a sync proves nothing");
    state.sync_completed(at(2));
    assert_eq!(state.duty(at(2), intervals()), Duty::Rest(at(3)));
    assert_eq!(state.duty(at(3), intervals()), Duty::Sweep);
    state.swept(list(vec![]), at(3));
    assert!(state.is_read());
}

#[test]
fn one_sync_serves_all_that_ask_before_it_starts() {
    let mut state = synced_and_swept();
    assert!(!state.want_sync(at(0)), "the last sync started then");
    assert!(state.want_sync(at(10)) && state.want_sync(at(11)));
    assert_eq!(state.duty(at(12), intervals()), Duty::StartSync);
    state.sync_started("k".into(), at(12));
    state.sync_completed(at(13));
    state.swept(list(vec![]), at(14));
    assert!(!state.want_sync(at(10)) && !state.want_sync(at(11)));
    assert!(matches!(state.duty(at(14), intervals()), Duty::Rest(_)));
}

#[test]
fn a_request_by_annotation_asks_for_one_sync_however_often_it_is_seen() {
    let mut state = synced_and_swept();
    for second in 10..20 {
        state.request("now", at(second));
    }
    state.sync_started("k".into(), at(20));
    state.request("now", at(21));
    state.sync_completed(at(22));
    state.swept(list(vec![]), at(23));
    assert!(!state.awaits_sync());
    state.request("again", at(24));
    assert!(state.awaits_sync());
}

#[test]
fn a_sync_asked_for_in_the_future_is_started_then() {
    let mut state = synced_and_swept();
    state.want_sync(at(100));
    assert_eq!(state.duty(at(50), intervals()), Duty::Rest(at(100)));
    assert_eq!(state.duty(at(100), intervals()), Duty::StartSync);
}

#[test]
fn a_failed_sync_proves_nothing_and_is_repeated_after_a_pause() {
    let mut state = synced_and_swept();
    state.want_sync(at(10));
    state.sync_started("k".into(), at(12));
    state.sync_failed(
        at(13),
        0,
        Blocker::new(lifecycle::reason::Reason::ProgressingWithRetry, "failed"),
    );
    assert!(state.trouble().is_some());
    assert_eq!(state.reading().sync_started, Some(at(0)));
    assert_eq!(state.duty(at(13), intervals()), Duty::Rest(at(18)));
    assert_eq!(state.duty(at(18), intervals()), Duty::StartSync);
}

#[test]
fn a_sync_that_never_ends_is_given_up_after_half_an_hour() {
    let mut state = synced_and_swept();
    assert!(!state.sync_is_endless(at(1_000)), "none is under way");
    state.sync_started("k".into(), at(10));
    assert!(!state.sync_is_endless(at(10) + SignedDuration::from_mins(30)));
    assert!(state.sync_is_endless(at(10) + SignedDuration::from_mins(31)));
}

#[test]
fn syncs_that_fail_are_started_ever_more_seldom() {
    let mut state = synced_and_swept();
    state.want_sync(at(10));
    let mut now = at(12);
    let mut pauses = Vec::new();
    for _ in 0..4 {
        assert_eq!(state.duty(now, intervals()), Duty::StartSync);
        state.sync_started("k".into(), now);
        state.sync_runs(now);
        let trouble = Blocker::new(lifecycle::reason::Reason::ProgressingWithRetry, "failed");
        state.sync_failed(now, 0, trouble);
        let failed_at = now;
        while state.duty(now, intervals()) != Duty::StartSync {
            now += SignedDuration::from_secs(1);
        }
        pauses.push(now.duration_since(failed_at).as_secs());
    }
    assert_eq!(pauses, [5, 10, 20, 40]);
}

#[test]
fn nothing_read_of_another_container_or_manager_is_kept() {
    let mut state = synced_and_swept();
    state.belong_to("this");
    assert!(!state.is_read() && state.rows().is_empty());
    let mut state = State {
        of: "this".into(),
        ..synced_and_swept()
    };
    state.belong_to("this");
    assert!(state.is_read() && state.belongs_to("this"));
}

#[test]
fn only_what_changed_is_reported() {
    let mut state = synced_and_swept();
    state.swept(list(vec![Line("a", 1), Line("b", 1)]), at(400));
    assert_eq!(
        state.swept(list(vec![Line("a", 2), Line("b", 1)]), at(800)),
        [Line("a", 2)]
    );
    assert_eq!(
        state.swept(list(vec![Line("b", 1)]), at(1200)),
        [Line("a", 2)]
    );
    assert_eq!(state.swept(list(vec![Line("b", 1)]), at(1600)), []);
}

#[test]
fn with_an_external_scheduler_only_syncs_that_are_asked_for_are_started() {
    let state = synced_and_swept();
    let external = Intervals {
        sync: None,
        ..intervals()
    };
    assert_eq!(state.duty(at(4), external), Duty::Rest(at(303)));
}

#[test]
fn a_list_says_nothing_of_rows_that_were_read_or_ended_since_it_was_asked_for() {
    let mut state = synced_and_swept();
    state.upsert(Line("a", 2), at(11));
    state.upsert(Line("made", 1), at(11));
    state.upsert(Line("gone", 1), at(3));
    state.remove("gone", at(11));
    let asked_before = vec![Line("a", 1), Line("gone", 1)];
    assert_eq!(state.swept(list(asked_before), at(10)), []);
    let known: Vec<Line> = state.rows().values().cloned().collect();
    assert_eq!(known, [Line("a", 2), Line("made", 1)]);
    assert_eq!(
        state.duty(at(15), intervals()),
        Duty::Sweep,
        "it is listed again"
    );
    let asked_since = vec![Line("a", 3)];
    state.swept(list(asked_since), at(15));
    let known: Vec<Line> = state.rows().values().cloned().collect();
    assert_eq!(known, [Line("a", 3)]);
    assert!(matches!(state.duty(at(30), intervals()), Duty::Rest(_)));
}

#[test]
fn lists_that_are_asked_for_all_the_time_are_read_every_five_seconds() {
    let mut state = synced_and_swept();
    state.want_sweep();
    assert_eq!(state.duty(at(4), intervals()), Duty::Rest(at(8)));
    assert_eq!(state.duty(at(8), intervals()), Duty::Sweep);
}

#[test]
fn a_list_that_contradicts_itself_is_read_again_soon_and_reported_when_it_stays_so() {
    let mut state = synced_and_swept();
    let torn = || Listing {
        consistent: false,
        ..list(vec![Line("a", 1)])
    };
    let mut reads = Vec::new();
    for second in 300..400 {
        if state.duty(at(second), intervals()) == Duty::Sweep {
            state.swept(torn(), at(second));
            let told = state.trouble().map(|trouble| trouble.reason);
            reads.push((second, told));
        }
    }
    let retried = Some(Reason::ProgressingWithRetry);
    let expected = [
        (303, None),
        (308, None),
        (318, retried),
        (338, retried),
        (378, retried),
    ];
    assert_eq!(reads, expected);
    state.swept(list(vec![Line("a", 1)]), at(500));
    assert!(state.trouble().is_none());
}

#[test]
fn rows_that_cannot_be_read_are_reported_at_once() {
    let mut state = synced_and_swept();
    let listing = Listing {
        consistent: false,
        undecodable: 1,
        ..list(vec![Line("a", 1)])
    };
    state.swept(listing, at(300));
    let told = state.trouble().map(|trouble| trouble.reason);
    assert_eq!(told, Some(Reason::UnexpectedAnswer));
}

#[test]
fn a_changed_spec_has_the_container_looked_for_once_more() {
    let mut state = synced_and_swept();
    state.follow(Some(1));
    assert!(matches!(state.duty(at(4), intervals()), Duty::Rest(_)));
    state.follow(Some(2));
    assert_eq!(state.duty(at(4), intervals()), Duty::StartSync);
    state.sync_started("k".into(), at(4));
    state.sync_completed(at(5));
    state.swept(list(vec![Line("a", 1)]), at(6));
    state.follow(Some(2));
    assert!(matches!(state.duty(at(7), intervals()), Duty::Rest(_)));
}
