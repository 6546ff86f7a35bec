//! When an OCI key gets a new version.

use jiff::{SignedDuration, Timestamp};

/// What the spec wishes of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionWish<'a> {
    /// As they are.
    None,
    /// A new one once the current one is older than so many days.
    EveryDays(i32),
    /// Material of this source key.
    OfSource(&'a str),
}

/// What is known of the current version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentVersion<'a> {
    /// It has not been read.
    Unread,
    /// It was made then; nothing: nobody says when.
    MadeAt(Option<Timestamp>),
    /// Nothing but the source key that the operator last took.
    OfSource(Option<&'a str>),
}

/// Whether a new version is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionDue {
    /// No.
    #[default]
    No,
    /// The versions have to be read first.
    Unread,
    /// Nobody says when the current version was made.
    Unknown,
    /// The current version is too old.
    TooOld,
    /// Its material is to come from another source key.
    OtherSource,
}

impl VersionDue {
    /// Judges it. A source key counts only where it is another one than the operator last took: what is there when a key
    /// is found is taken as it is.
    pub fn judge(wish: VersionWish<'_>, current: CurrentVersion<'_>, now: Timestamp) -> Self {
        match (wish, current) {
            (VersionWish::EveryDays(days), CurrentVersion::MadeAt(Some(made_at))) => {
                let age = SignedDuration::from_hours(24 * i64::from(days));
                let due = made_at.checked_add(age).is_ok_and(|due_at| due_at <= now);
                if due { Self::TooOld } else { Self::No }
            }
            (VersionWish::EveryDays(_), CurrentVersion::MadeAt(None)) => Self::Unknown,
            (VersionWish::EveryDays(_), _) => Self::Unread,
            (VersionWish::OfSource(wanted), CurrentVersion::OfSource(Some(taken)))
                if wanted != taken =>
            {
                Self::OtherSource
            }
            (VersionWish::OfSource(_) | VersionWish::None, _) => Self::No,
        }
    }

    /// Whether one is due for certain.
    pub const fn is_certain(self) -> bool {
        matches!(self, Self::TooOld | Self::OtherSource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn days_ago(days: i64) -> Timestamp {
        NOW - SignedDuration::from_hours(24 * days)
    }

    #[test]
    fn a_version_is_due_once_the_current_one_is_as_old_as_the_rotation_says() {
        let judge = |age| {
            let current = CurrentVersion::MadeAt(Some(days_ago(age)));
            VersionDue::judge(VersionWish::EveryDays(90), current, NOW)
        };
        assert_eq!((judge(89), judge(90)), (VersionDue::No, VersionDue::TooOld));
    }

    #[test]
    fn no_version_is_made_of_a_key_whose_versions_nobody_knows() {
        let wish = VersionWish::EveryDays(1);
        let judge = |current| VersionDue::judge(wish, current, NOW);
        assert_eq!(judge(CurrentVersion::Unread), VersionDue::Unread);
        assert_eq!(judge(CurrentVersion::MadeAt(None)), VersionDue::Unknown);
        let end = CurrentVersion::MadeAt(Some(Timestamp::MAX));
        assert_eq!(judge(end), VersionDue::No);
    }

    #[test]
    fn another_source_key_is_a_new_version_and_one_that_was_never_taken_is_not() {
        let judge = |taken| {
            let wish = VersionWish::OfSource("local/b");
            VersionDue::judge(wish, CurrentVersion::OfSource(taken), NOW)
        };
        assert_eq!(judge(Some("local/a")), VersionDue::OtherSource);
        assert_eq!(judge(Some("local/b")), VersionDue::No);
        assert_eq!(judge(None), VersionDue::No);
    }
}
