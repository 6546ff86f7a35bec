//! CipherTrust Manager's backup of a key, and bringing the key back from it.

use jiff::Timestamp;

use crate::{
    intent::SETTLING,
    reason::{Blocker, Reason},
    sync::Reading,
};

/// CipherTrust Manager's backup of the material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backup {
    /// The row names one.
    Present,
    /// Dropped, by our own record or visibly.
    Deleted,
    /// Neither is known: effects are judged as if there were none, and a restore is tried.
    Unknown,
}

impl Backup {
    /// Refuses what needs the backup, once it is known to be dropped.
    pub fn needed(self) -> Result<(), Blocker> {
        match self {
            Self::Present | Self::Unknown => Ok(()),
            Self::Deleted => Err(Blocker::new(
                Reason::CannotUndo,
                "The backup is dropped, so nothing can bring the key back.",
            )),
        }
    }
}

/// Whether a deleted key may be restored. `sent_at`: when that was last sent for this generation, if it was.
///
/// A restore may make a key of another identity, so it is sent once a generation: after that only a reading tells
/// what became of it. CM works on after its answer, and its row may be the old one for a while.
pub fn may_restore(
    backup: Backup,
    sent_at: Option<Timestamp>,
    reading: Reading,
    now: Timestamp,
) -> Result<(), Blocker> {
    backup.needed()?;
    let Some(sent_at) = sent_at else {
        return Ok(());
    };
    let settled = sent_at.checked_add(SETTLING).unwrap_or(Timestamp::MAX);
    if now < settled {
        return Err(Blocker::new(
            Reason::WaitingForRemote,
            "CipherTrust Manager is restoring the key from its backup.",
        ));
    }
    if !reading.shows(settled) {
        return Err(Blocker::needs_sync(
            "A restore was sent; a sync has to show what became of it.",
            settled,
        ));
    }
    Err(Blocker::new(
        Reason::CannotUndo,
        "A restore was sent, and ten minutes later the key is still deleted. Find out why in CipherTrust Manager; any change of the spec tries again.",
    ))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn reason(sent_at: Option<i64>, synced: i64, now: i64) -> Option<Reason> {
        let reading = Reading {
            sync_started: Some(at(synced)),
            consistent: true,
        };
        may_restore(Backup::Unknown, sent_at.map(at), reading, at(now))
            .err()
            .map(|blocker| blocker.reason)
    }

    #[test]
    fn a_backup_that_may_be_there_is_tried_and_a_dropped_one_is_not() {
        assert_eq!(reason(None, 0, 0), None);
        let dropped = may_restore(Backup::Deleted, None, Reading::default(), at(0));
        assert_eq!(
            dropped.err().map(|blocker| blocker.reason),
            Some(Reason::CannotUndo)
        );
    }

    #[test]
    fn a_restore_is_sent_once_and_what_came_of_it_is_read() {
        assert_eq!(reason(Some(0), 5, 9), Some(Reason::WaitingForRemote));
        assert_eq!(reason(Some(0), 5, 11), Some(Reason::WaitingForSync));
        assert_eq!(reason(Some(0), 11, 12), Some(Reason::CannotUndo));
    }
}
