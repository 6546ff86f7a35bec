//! What CM has of the certificates of a Salesforce organization: read where an upload needs one. Pure data.

use cckm::salesforce::Certificate;
use jiff::{SignedDuration, Timestamp};

/// How old the list may be on which a certificate is told to be there.
const KNOWN: SignedDuration = SignedDuration::from_hours(24);
/// How old it may be on which one that is needed is told not to be.
const MISSING: SignedDuration = SignedDuration::from_mins(15);
/// For how long a sync is waited for.
const LONGEST_SYNC: SignedDuration = SignedDuration::from_mins(30);
/// How soon after a sync or list that failed another is tried.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// The certificates of one organization.
#[derive(Debug, Default)]
pub struct Certificates {
    rows: Vec<Certificate>,
    read_at: Option<Timestamp>,
    /// A sync that runs, by its job, and when it was started.
    job: Option<(String, Timestamp)>,
    /// When the newest sync that completed ended.
    synced: Option<Timestamp>,
    /// When the newest one failed, if none has completed since.
    failed: Option<Timestamp>,
    /// When they could not be read, if that has not been done since.
    unreadable: Option<Timestamp>,
}

impl Certificates {
    /// The one of that name or ID; where there are two of a name, the one that lasts longer.
    pub fn find(&self, name: Option<&str>, id: Option<&str>) -> Option<&Certificate> {
        let meant = |row: &&Certificate| {
            id == Some(row.id.as_str()) || (name.is_some() && name == row.name.as_deref())
        };
        self.rows
            .iter()
            .filter(meant)
            .max_by_key(|row| (row.expires_at, row.created_at, row.id.clone()))
    }

    /// Whether nothing is to be concluded yet from what is missing.
    pub fn is_incomplete(&self) -> bool {
        self.read_at.is_none() || self.synced.is_none()
    }

    /// The sync that runs.
    pub fn job(&self) -> Option<&str> {
        self.job.as_ref().map(|(id, _)| id.as_str())
    }

    /// Whether it is time to read the list, for somebody who finds what is wanted in it or does not, and who needs it now or
    /// is only to be told of it in time.
    pub fn is_stale(&self, is_found: bool, needed: bool, now: Timestamp) -> bool {
        let recently = |instant: Timestamp| now.duration_since(instant) < AGAIN;
        if self.unreadable.is_some_and(recently) {
            return false;
        }
        let lasts = if is_found { KNOWN } else { pause(needed) };
        let old = |read_at: Timestamp| now.duration_since(read_at) >= lasts;
        self.read_at.is_none_or(old) || (!is_found && (self.job.is_some() || self.is_incomplete()))
    }

    /// The list was read.
    pub fn read(&mut self, rows: Vec<Certificate>, now: Timestamp) {
        self.rows = rows;
        self.read_at = Some(now);
        self.unreadable = None;
    }

    /// It could not be read.
    pub fn unread(&mut self, now: Timestamp) {
        self.unreadable = Some(now);
    }

    /// Whether the sync has run for so long that it is not waited for any more.
    pub fn sync_is_endless(&self, now: Timestamp) -> bool {
        let started = self.job.as_ref().map(|(_, started)| *started);
        started.is_some_and(|started| now.duration_since(started) > LONGEST_SYNC)
    }

    /// Whether a sync is to look for one that the list does not have.
    pub fn wants_sync(&self, needed: bool, now: Timestamp) -> bool {
        let since = |instant: Option<Timestamp>, pause| {
            instant.is_none_or(|instant| now.duration_since(instant) >= pause)
        };
        self.job.is_none() && since(self.synced, pause(needed)) && since(self.failed, AGAIN)
    }

    /// A sync was started.
    pub fn sync_started(&mut self, job: String, now: Timestamp) {
        self.job = Some((job, now));
    }

    /// It ended, well or not.
    pub fn sync_ended(&mut self, well: bool, now: Timestamp) {
        if self.job.take().is_none() {
            return;
        }
        if well {
            (self.synced, self.failed) = (Some(now), None);
        } else {
            self.failed = Some(now);
        }
    }
}

/// How soon one is looked for again that was not found.
const fn pause(needed: bool) -> SignedDuration {
    if needed { MISSING } else { KNOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn later(minutes: i64) -> Timestamp {
        NOW + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn nothing_is_told_to_be_missing_before_a_sync_has_looked_for_it() {
        let mut certificates = Certificates::default();
        assert!(certificates.is_stale(false, true, NOW));
        certificates.read(Vec::new(), NOW);
        assert!(certificates.is_incomplete() && certificates.wants_sync(true, NOW));
        certificates.sync_started("job".into(), NOW);
        assert!(!certificates.wants_sync(true, later(60)));
        assert!(certificates.is_stale(false, true, later(0)));
        certificates.sync_ended(true, later(1));
        certificates.read(Vec::new(), later(1));
        assert!(!certificates.is_incomplete() && !certificates.is_stale(false, true, later(2)));
    }

    #[test]
    fn what_is_missing_is_looked_for_again_after_a_quarter_of_an_hour() {
        let mut certificates = Certificates::default();
        certificates.sync_started("job".into(), NOW);
        certificates.sync_ended(true, NOW);
        certificates.read(Vec::new(), NOW);
        assert!(
            !certificates.wants_sync(true, later(14))
                && !certificates.is_stale(false, true, later(14))
        );
        assert!(
            certificates.wants_sync(true, later(15))
                && certificates.is_stale(false, true, later(15))
        );
    }

    #[test]
    fn what_is_missing_and_not_needed_yet_is_looked_for_once_a_day() {
        let mut certificates = Certificates::default();
        certificates.sync_started("job".into(), NOW);
        certificates.sync_ended(true, NOW);
        certificates.read(Vec::new(), NOW);
        for (hours, again) in [(23, false), (24, true)] {
            let now = later(hours * 60);
            assert_eq!(certificates.is_stale(false, false, now), again);
            assert_eq!(certificates.wants_sync(false, now), again);
        }
    }

    #[test]
    fn a_list_that_cannot_be_read_is_tried_again_after_a_minute() {
        let mut certificates = Certificates::default();
        certificates.unread(NOW);
        assert!(!certificates.is_stale(false, true, NOW));
        assert!(certificates.is_stale(false, true, later(1)));
    }

    #[test]
    fn a_sync_that_never_ends_is_given_up_after_half_an_hour() {
        let mut certificates = Certificates::default();
        certificates.sync_started("job".into(), NOW);
        assert!(!certificates.sync_is_endless(later(30)));
        assert!(certificates.sync_is_endless(later(31)));
    }

    #[test]
    fn a_sync_that_failed_is_started_again_after_a_minute() {
        let mut certificates = Certificates::default();
        certificates.sync_started("job".into(), NOW);
        certificates.sync_ended(false, NOW);
        assert!(!certificates.wants_sync(true, NOW) && certificates.wants_sync(true, later(1)));
        assert!(certificates.is_incomplete());
    }

    #[test]
    fn what_is_there_is_read_again_once_a_day() {
        let mut certificates = Certificates::default();
        certificates.read(Vec::new(), NOW);
        assert!(!certificates.is_stale(true, true, later(24 * 60 - 1)));
        assert!(certificates.is_stale(true, true, later(24 * 60)));
    }
}
