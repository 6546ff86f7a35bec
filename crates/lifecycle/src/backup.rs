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

/// A restore that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreSent {
    /// When.
    pub at: Timestamp,
    /// Whether for what the object asks now.
    pub of_this_generation: bool,
}

/// Whether a deleted key may be restored. `sent`: the restore that was sent last, if any was.
///
/// A restore may make a key of another identity, so it is sent once a generation, and never while another may still take
/// effect: after it only a reading tells what became of it. CM works on after its answer, and its row may be the old one
/// for a while.
pub fn may_restore(
    backup: Backup,
    sent: Option<RestoreSent>,
    reading: Reading,
    now: Timestamp,
) -> Result<(), Blocker> {
    backup.needed()?;
    settled(sent, reading, now)?;
    if !sent.is_some_and(|sent| sent.of_this_generation) {
        return Ok(());
    }
    Err(Blocker::new(
        Reason::CannotUndo,
        "A restore was sent, and ten minutes later the key is still deleted. Find out why in CipherTrust Manager; any change of the spec tries again.",
    ))
}

/// Whether what became of a restore is known, if one was sent.
pub fn settled(sent: Option<RestoreSent>, reading: Reading, now: Timestamp) -> Result<(), Blocker> {
    let Some(sent) = sent else {
        return Ok(());
    };
    let settled = sent.at.checked_add(SETTLING).unwrap_or(Timestamp::MAX);
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn sent(minutes: i64, of_this_generation: bool) -> RestoreSent {
        RestoreSent {
            at: at(minutes),
            of_this_generation,
        }
    }

    #[test]
    fn an_edit_of_the_spec_sends_no_second_restore_while_the_first_may_take_effect() {
        let earlier = Some(sent(0, false));
        let reading = |synced| Reading {
            sync_started: Some(at(synced)),
            consistent: true,
        };
        assert!(may_restore(Backup::Unknown, earlier, reading(5), at(9)).is_err());
        assert!(may_restore(Backup::Unknown, earlier, reading(9), at(20)).is_err());
        assert!(may_restore(Backup::Unknown, earlier, reading(11), at(20)).is_ok());
    }

    fn reason(sent_at: Option<i64>, synced: i64, now: i64) -> Option<Reason> {
        let reading = Reading {
            sync_started: Some(at(synced)),
            consistent: true,
        };
        let sent = sent_at.map(|minutes| sent(minutes, true));
        may_restore(Backup::Unknown, sent, reading, at(now))
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
