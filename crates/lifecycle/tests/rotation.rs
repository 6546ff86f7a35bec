//! A `SalesforceRotation` through simulated years: the right number of secrets, none early, none doubled, none destroyed
//! that nobody approved, whatever the operator's absence and however many clusters rotate the same type.

use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    action::Action,
    backup::Backup,
    goal::{DriftPolicy, Goal},
    plan::{Input, Next, Plan, plan},
    reason::Reason,
    salesforce::{
        ActiveSecret, ArchivedSecret, Certificate, Environment, Rotation, RotationDesired,
        RotationFacts, SecretType, minimum_interval,
    },
    sync::Reading,
    table::Lifecycle,
};

const BEGIN: Timestamp = Timestamp::UNIX_EPOCH;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
const EVERY: i64 = 90;

/// The secrets of one type: when each was made since the beginning, and the ACTIVE one.
struct Salesforce {
    made: Vec<Timestamp>,
    newest: Timestamp,
    version: i64,
    refused: usize,
    /// Oldest first.
    archived: Vec<i64>,
    destroyed: Vec<i64>,
    keep: Option<usize>,
}

impl Salesforce {
    /// With one secret of that age at the beginning.
    fn with_one_aged(days: i32) -> Self {
        Self {
            made: Vec::new(),
            newest: BEGIN - DAY * days,
            version: 1,
            refused: 0,
            archived: Vec::new(),
            destroyed: Vec::new(),
            keep: None,
        }
    }

    fn create(&mut self, now: Timestamp) {
        let interval = minimum_interval(SecretType::Data, Environment::Production);
        if self.newest + interval > now {
            self.refused += 1;
        } else {
            self.made.push(now);
            self.newest = now;
            self.archived.push(self.version);
            self.version += 1;
        }
    }

    fn destroy(&mut self, version: i64) {
        self.archived.retain(|archived| *archived != version);
        self.destroyed.push(version);
    }

    /// What an operator finds that has just synced.
    fn facts(&self, now: Timestamp) -> RotationFacts {
        let interval = minimum_interval(SecretType::Data, Environment::Production);
        let mut facts = RotationFacts {
            active: Some(ActiveSecret {
                version: self.version,
                made: Some(self.newest),
                cache_only: false,
            }),
            every: SignedDuration::from_hours(EVERY * 24),
            old: false,
            upload: false,
            certificate: Certificate::NotNeeded,
            live: self.archived.len() + 1,
            archived: self.archived.iter().copied().map(archived).collect(),
            keep_archived: self.keep,
            rotation_opens: Some(self.newest + interval),
            other_create: None,
            rival: None,
            reading: Reading {
                sync_started: Some(now),
                consistent: true,
            },
            decided_at: now,
        };
        facts.old = facts.due().is_some_and(|due| due <= now);
        facts
    }
}

fn archived(version: i64) -> ArchivedSecret {
    ArchivedSecret {
        version,
        backup: Backup::Present,
        cache_only: false,
        named: false,
    }
}

fn day(number: i32) -> Timestamp {
    BEGIN + DAY * number
}

/// One operator's memory of the object.
#[derive(Clone, Copy)]
struct Cluster {
    goal: Option<Goal<RotationDesired>>,
}

impl Cluster {
    const NEW: Self = Self { goal: None };

    /// What follows now, given every approval.
    fn next(mut self, facts: &RotationFacts, now: Timestamp) -> Next {
        self.plan(facts, now).next
    }

    fn plan(&mut self, facts: &RotationFacts, now: Timestamp) -> Plan {
        let goal = Goal::follow(self.goal, RotationDesired::Young);
        let plan = plan::<Rotation>(&Input {
            facts,
            goal,
            drift: DriftPolicy::Correct,
            restore_asked: false,
            refused: &[],
            now,
        });
        self.goal = Some(Goal {
            reached: goal.reached || plan.reached,
            ..goal
        });
        plan
    }

    /// What it does now, given every approval.
    fn decides(&mut self, facts: &RotationFacts, now: Timestamp) -> Option<Action> {
        let plan = self.plan(facts, now);
        match plan.next {
            Next::Act(step) => Some(step.action),
            Next::Wait(blocker) => {
                let waits = [
                    Reason::Reached,
                    Reason::RotationWindow,
                    Reason::LimitReached,
                ];
                assert!(waits.contains(&blocker.reason), "{blocker:?}");
                None
            }
            Next::Rest(..) => unreachable!("a rotation never ends"),
        }
    }

    /// One look: what it makes, and what it destroys where somebody approves that very secret.
    fn looks(&mut self, salesforce: &mut Salesforce, approved: &[i64], now: Timestamp) {
        let facts = salesforce.facts(now);
        match self.decides(&facts, now) {
            Some(Action::Create) => salesforce.create(now),
            Some(Action::Destroy) => {
                assert!(Rotation::needs_approval(Action::Destroy));
                let oldest = facts.oldest_surplus().map(|secret| secret.version);
                let oldest = oldest.filter(|oldest| approved.contains(oldest));
                if let Some(oldest) = oldest {
                    salesforce.destroy(oldest);
                }
            }
            Some(_) => unreachable!("a rotation does nothing else"),
            None => {}
        }
    }
}

/// Looks every hour for that many days; `away` says when nobody does. All clusters look before any of them acts.
fn pass(
    salesforce: &mut Salesforce,
    clusters: &mut [Cluster],
    days: i32,
    away: impl Fn(Timestamp) -> bool,
) {
    let mut now = BEGIN;
    while now < day(days) {
        if !away(now) {
            let facts = salesforce.facts(now);
            let decided: Vec<Option<Action>> = clusters
                .iter_mut()
                .map(|cluster| cluster.decides(&facts, now))
                .collect();
            for _ in decided.into_iter().flatten() {
                salesforce.create(now);
            }
        }
        now += HOUR;
    }
}

fn made_on(salesforce: &Salesforce) -> Vec<i64> {
    let days = |made: &Timestamp| made.duration_since(BEGIN).as_hours() / 24;
    salesforce.made.iter().map(days).collect()
}

#[test]
fn in_a_year_a_secret_is_made_whenever_the_last_one_is_ninety_days_old() {
    let mut salesforce = Salesforce::with_one_aged(10);
    pass(&mut salesforce, &mut [Cluster::NEW], 365, |_| false);
    assert_eq!(made_on(&salesforce), [80, 170, 260, 350]);
    assert_eq!(salesforce.refused, 0);
}

#[test]
fn a_month_without_an_operator_delays_one_secret_and_doubles_none() {
    let mut salesforce = Salesforce::with_one_aged(10);
    let away = |now| (day(75)..day(105)).contains(&now);
    pass(&mut salesforce, &mut [Cluster::NEW], 365, away);
    assert_eq!(made_on(&salesforce), [105, 195, 285]);
}

#[test]
fn years_without_an_operator_are_made_up_for_by_one_secret() {
    let mut salesforce = Salesforce::with_one_aged(3_000);
    pass(&mut salesforce, &mut [Cluster::NEW], 30, |_| false);
    assert_eq!(made_on(&salesforce), [0]);
}

#[test]
fn a_secret_that_somebody_else_makes_counts_as_well() {
    let mut salesforce = Salesforce::with_one_aged(10);
    let mut cluster = [Cluster::NEW];
    pass(&mut salesforce, &mut cluster, 50, |_| false);
    salesforce.create(day(50));
    let away = |now: Timestamp| now < day(50);
    pass(&mut salesforce, &mut cluster, 200, away);
    assert_eq!(made_on(&salesforce), [50, 140]);
}

#[test]
fn a_cluster_rebuilt_every_week_rotates_as_one_that_lives_on() {
    let mut salesforce = Salesforce::with_one_aged(10);
    let mut now = BEGIN;
    while now < day(365) {
        let mut rebuilt = Cluster::NEW;
        rebuilt.looks(&mut salesforce, &[], now);
        now += DAY * 7;
    }
    assert_eq!(made_on(&salesforce), [84, 175, 266, 357]);
}

#[test]
fn two_clusters_that_look_at_the_same_moment_make_one_secret() {
    let mut salesforce = Salesforce::with_one_aged(10);
    pass(&mut salesforce, &mut [Cluster::NEW; 2], 365, |_| false);
    assert_eq!(made_on(&salesforce), [80, 170, 260, 350]);
    // Salesforce itself refuses the second of each pair: its minimum interval is the fence.
    assert_eq!(salesforce.refused, 4);
}

#[test]
fn ten_years_have_forty_secrets() {
    let mut salesforce = Salesforce::with_one_aged(90);
    pass(&mut salesforce, &mut [Cluster::NEW], 3_650, |_| false);
    let gaps = salesforce
        .made
        .windows(2)
        .map(|pair| pair[1].duration_since(pair[0]));
    assert!(gaps.min() >= Some(SignedDuration::from_hours(EVERY * 24)));
    assert_eq!(made_on(&salesforce).len(), 41);
}

/// Looks every day for ten years; whoever approves does so on the first day of each year. The surplus secrets are as many as
/// have become so by then.
fn ten_years(keep: usize, approves: bool) -> Salesforce {
    let mut salesforce = Salesforce::with_one_aged(90);
    salesforce.keep = Some(keep);
    let mut cluster = Cluster::NEW;
    for today in 0..3_650 {
        let approved = if approves && today % 365 == 0 {
            salesforce.archived.clone()
        } else {
            Vec::new()
        };
        for _ in 0..8 {
            cluster.looks(&mut salesforce, &approved, day(today));
        }
    }
    salesforce
}

#[test]
fn in_ten_years_the_oldest_secrets_beyond_those_kept_are_destroyed_as_they_are_approved() {
    let salesforce = ten_years(8, true);
    assert_eq!(salesforce.made.len(), 41);
    let (kept, surplus) = (salesforce.archived.len(), salesforce.destroyed.len());
    assert_eq!(salesforce.destroyed, (1..=29).collect::<Vec<_>>());
    assert_eq!((kept, surplus), (12, 29));
    assert_eq!(salesforce.refused, 0);
}

#[test]
fn in_ten_years_nothing_is_destroyed_that_nobody_approves_and_what_is_due_is_made_all_the_same() {
    let salesforce = ten_years(8, false);
    assert_eq!(salesforce.destroyed, []);
    assert_eq!(salesforce.made.len(), 41);
}

#[test]
fn an_approved_secret_makes_room_where_salesforce_takes_no_more() {
    let mut salesforce = Salesforce::with_one_aged(90);
    (salesforce.keep, salesforce.version) = (Some(8), 50);
    salesforce.archived = (1..50).collect();
    let mut cluster = Cluster::NEW;
    cluster.looks(&mut salesforce, &[], day(0));
    assert_eq!((salesforce.made.len(), salesforce.destroyed.len()), (0, 0));
    for _ in 0..2 {
        cluster.looks(&mut salesforce, &[1], day(0));
    }
    assert_eq!((salesforce.made.len(), salesforce.destroyed), (1, vec![1]));
}

#[test]
fn what_objects_name_is_kept_and_counts_among_those_kept() {
    let mut facts = Salesforce::with_one_aged(1).facts(BEGIN);
    facts.archived = (1..=4).map(archived).collect();
    facts.archived[0].named = true;
    facts.archived[3].named = true;
    facts.keep_archived = Some(2);
    assert_eq!(facts.oldest_surplus().map(|secret| secret.version), Some(2));
    facts.archived[1].cache_only = true;
    assert_eq!(facts.oldest_surplus(), None);
    facts.keep_archived = None;
    assert_eq!(facts.oldest_surplus(), None);
}

#[test]
fn a_secret_is_destroyed_on_news_alone_for_which_one_is_too_many_depends_on_all_the_others() {
    let mut salesforce = Salesforce::with_one_aged(1);
    (salesforce.keep, salesforce.archived) = (Some(1), vec![1, 2]);
    let planned = |minutes_ago: i64, consistent: bool| {
        let mut facts = salesforce.facts(BEGIN);
        facts.decided_at = BEGIN - DAY;
        facts.reading = Reading {
            sync_started: Some(BEGIN - SignedDuration::from_mins(minutes_ago)),
            consistent,
        };
        Cluster::NEW.next(&facts, BEGIN)
    };
    assert!(matches!(planned(15, true), Next::Act(_)));
    for old_or_torn in [planned(16, true), planned(15, false)] {
        let Next::Wait(blocker) = old_or_torn else {
            unreachable!("it is not to be destroyed: {old_or_torn:?}")
        };
        assert_eq!(blocker.reason, Reason::WaitingForSync);
    }
}
