//! Certificates that end.

use jiff::{SignedDuration, Timestamp};

/// Told of from here on.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Told of once more from here on.
const VERY_SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How soon a certificate ends, in words that stay the same between the steps: 30 days, 7 days, the end. Nothing: later.
pub fn ends_soon(ends: Timestamp, now: Timestamp) -> Option<&'static str> {
    match ends.duration_since(now) {
        left if left > SOON => None,
        left if left > VERY_SOON => Some("ends within 30 days"),
        left if left.is_positive() => Some("ends within 7 days"),
        _ => Some("has ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(now: &str) -> Option<&'static str> {
        let ends = "2026-12-31T12:00:00Z".parse().unwrap();
        ends_soon(ends, now.parse().unwrap())
    }

    #[test]
    fn a_certificate_is_told_of_at_30_and_at_7_days_and_when_it_has_ended() {
        assert_eq!(said("2026-12-01T11:59:59Z"), None);
        let steps = [
            ("2026-12-01T12:00:00Z", "ends within 30 days"),
            ("2026-12-24T12:00:00Z", "ends within 7 days"),
            ("2026-12-31T12:00:00Z", "has ended"),
        ];
        for (now, words) in steps {
            assert_eq!(said(now), Some(words), "{now}");
        }
    }

    #[test]
    fn between_its_steps_it_says_the_same() {
        assert_eq!(said("2026-12-02T00:00:00Z"), said("2026-12-20T00:00:00Z"));
    }
}
