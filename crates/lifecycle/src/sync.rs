//! What a reading of the container proves.

use jiff::{SignedDuration, Timestamp};

use crate::reason::Blocker;

/// How much later than a sync's end the list must be read that concludes from it: CM's nodes replicate.
pub const REPLICATION: SignedDuration = SignedDuration::from_secs(1);

/// How old the news may be on which something is made or destroyed: the step may have been held for days since it was
/// planned.
pub const NEWS: SignedDuration = SignedDuration::from_mins(15);

/// The last list of a container's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Reading {
    /// When the newest sync started that had completed, without failure, at least [`REPLICATION`] before the
    /// list was read. Nothing: no sync yet.
    pub sync_started: Option<Timestamp>,
    /// Whether the list was whole: its rows agree with its own `total`, and every row could be decoded.
    pub consistent: bool,
}

impl Reading {
    /// Whether it shows the cloud as it was at `instant` or later.
    pub fn shows(&self, instant: Timestamp) -> bool {
        self.sync_started.is_some_and(|started| started >= instant)
    }

    /// Whether a row that is missing from it was missing in the cloud at `instant` or later. Rows that are
    /// there count at once; only absence needs this.
    pub fn proves_absence(&self, instant: Timestamp) -> bool {
        self.consistent && self.shows(instant)
    }

    /// Whether something may be made because it is not there: proven since `instant`, and by news.
    pub fn permits_making(
        &self,
        instant: Timestamp,
        now: Timestamp,
        message: &str,
    ) -> Result<(), Blocker> {
        let since = instant.max(now.checked_sub(NEWS).unwrap_or(Timestamp::MIN));
        if self.proves_absence(since) {
            return Ok(());
        }
        Err(Blocker::needs_sync(message, since))
    }
}
