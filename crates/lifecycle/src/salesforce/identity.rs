//! The natural key of a tenant secret: the earliest of its organization, type and source made at or after an
//! instant. The API has no client token and no place for a tag, so this is what makes a create happen once.

use jiff::Timestamp;

/// What is known of when a secret was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated {
    /// Salesforce's `CreatedDate`.
    At(Timestamp),
    /// Another date of the row: it was made then or earlier.
    NotAfter(Timestamp),
    /// The row has no date.
    Unknown,
}

/// A row of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Salesforce's version number: unique in the organization, growing with time.
    pub version: i64,
    /// When it was made.
    pub dated: Dated,
    /// Whether it is of the wanted type and source; the others only help to date.
    pub wanted: bool,
}

/// What a natural key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nothing matches.
    None,
    /// This version, with certainty.
    Version(i64),
    /// One of these; which cannot be told.
    Ambiguous(Vec<i64>),
}

/// The earliest wanted candidate made at or after `instant`. A row without `CreatedDate` is placed between its
/// neighbours: versions grow with time, so a lower version with a certain date bounds it from below and a
/// higher one from above.
pub fn identify(instant: Timestamp, candidates: &[Candidate]) -> Identity {
    let mut wanted: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.wanted)
        .collect();
    wanted.sort_unstable_by_key(|candidate| candidate.version);
    let possible: Vec<(i64, bool)> = wanted
        .into_iter()
        .filter_map(|candidate| {
            let (earliest, latest) = bounds(candidate, candidates);
            let out = latest.is_some_and(|latest| latest < instant);
            let certain = earliest.is_some_and(|earliest| earliest >= instant);
            (!out).then_some((candidate.version, certain))
        })
        .collect();
    match possible.first() {
        None => Identity::None,
        Some((version, true)) => Identity::Version(*version),
        Some((_, false)) => Identity::Ambiguous(
            possible
                .into_iter()
                .map(|(version, _)| version)
                .take(10)
                .collect(),
        ),
    }
}

/// The version that a create of unknown outcome made, where the natural key finds none: Salesforce numbers secrets in
/// the order of their making, so it is the lowest above the highest of its type from before the call. Its date may lie
/// before the instant (clocks differ), or its row may not tell its source; a second create would be the worse answer.
pub fn made_after(before: i64, of_type: impl IntoIterator<Item = i64>) -> Option<i64> {
    of_type
        .into_iter()
        .filter(|version| *version > before)
        .min()
}

/// The earliest and latest instant at which a candidate can have been made.
fn bounds(candidate: &Candidate, all: &[Candidate]) -> (Option<Timestamp>, Option<Timestamp>) {
    if let Dated::At(made) = candidate.dated {
        return (Some(made), Some(made));
    }
    let earliest = all
        .iter()
        .filter(|other| other.version < candidate.version)
        .filter_map(|other| match other.dated {
            Dated::At(made) => Some(made),
            Dated::NotAfter(_) | Dated::Unknown => None,
        })
        .max();
    let latest = all
        .iter()
        .filter(|other| other.version >= candidate.version)
        .filter_map(|other| match other.dated {
            Dated::At(made) | Dated::NotAfter(made) => Some(made),
            Dated::Unknown => None,
        })
        .min();
    (earliest, latest)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    fn row(version: i64, dated: Dated) -> Candidate {
        Candidate {
            version,
            dated,
            wanted: true,
        }
    }

    #[test]
    fn the_earliest_at_or_after_the_instant_is_taken_and_older_ones_are_not() {
        let rows = [
            row(3, Dated::At(day(9))),
            row(1, Dated::At(day(1))),
            row(2, Dated::At(day(5))),
        ];
        assert_eq!(identify(day(5), &rows), Identity::Version(2));
        assert_eq!(identify(day(6), &rows), Identity::Version(3));
        assert_eq!(identify(day(10), &rows), Identity::None);
    }

    #[test]
    fn other_types_and_sources_never_match_but_help_to_date() {
        let other = Candidate {
            wanted: false,
            ..row(4, Dated::At(day(8)))
        };
        assert_eq!(identify(day(5), &[other]), Identity::None);
        assert_eq!(
            identify(day(5), &[other, row(5, Dated::NotAfter(day(20)))]),
            Identity::Version(5)
        );
    }

    #[test]
    fn a_row_that_may_be_older_or_younger_is_ambiguous_and_names_the_candidates() {
        let rows = [row(1, Dated::NotAfter(day(20))), row(2, Dated::At(day(9)))];
        assert_eq!(identify(day(5), &rows), Identity::Ambiguous(vec![1, 2]));
    }

    #[test]
    fn a_row_without_a_date_before_a_certain_older_one_is_out() {
        let rows = [
            row(1, Dated::Unknown),
            row(2, Dated::At(day(3))),
            row(3, Dated::At(day(9))),
        ];
        assert_eq!(identify(day(5), &rows), Identity::Version(3));
    }

    #[test]
    fn what_an_unanswered_create_made_is_known_by_its_number_whatever_its_date() {
        assert_eq!(made_after(7, [3, 7, 9, 8]), Some(8));
        assert_eq!(made_after(7, [3, 7]), None);
    }

    #[test]
    fn an_upper_bound_before_the_instant_rules_a_row_out() {
        assert_eq!(
            identify(day(5), &[row(1, Dated::NotAfter(day(4)))]),
            Identity::None
        );
    }
}
