//! Durations as Go and Kubernetes write them.

use std::{fmt, str::FromStr, time};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::schema::DURATION_PATTERN;

/// A duration such as `30s`, `5m` or `1h30m`: numbers, each with a unit of `ms`, `s`, `m` or `h`. Never negative.
///
/// `kube::core::Duration` reads the same text, but panics on numbers that overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub time::Duration);

/// A text that is no duration, or one too long to count in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDuration;

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a duration: write numbers with the units ms, s, m or h, such as 30s, 5m or 1h30m",
        )
    }
}

impl std::error::Error for InvalidDuration {}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut rest, mut total) = (text, time::Duration::ZERO);
        if rest.is_empty() {
            return Err(InvalidDuration);
        }
        while !rest.is_empty() {
            let (part, after) = part(rest).ok_or(InvalidDuration)?;
            total = total.checked_add(part).ok_or(InvalidDuration)?;
            rest = after;
        }
        Ok(Self(total))
    }
}

/// The first number and unit of a text, and what follows.
fn part(text: &str) -> Option<(time::Duration, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(unit_at);
    let (nanos_per_unit, rest): (u64, &str) = if let Some(rest) = rest.strip_prefix("ms") {
        (1_000_000, rest)
    } else if let Some(rest) = rest.strip_prefix('s') {
        (1_000_000_000, rest)
    } else if let Some(rest) = rest.strip_prefix('m') {
        (60 * 1_000_000_000, rest)
    } else {
        (3600 * 1_000_000_000, rest.strip_prefix('h')?)
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let mut nanos = whole.parse::<u64>().ok()?.checked_mul(nanos_per_unit)?;
    let mut unit = nanos_per_unit;
    if fraction.is_empty() {
        return None;
    }
    // Exact to the nanosecond: no unit has a ten-thousand-millionth part of one.
    let mut remainder = 0_u64;
    for digit in fraction.chars() {
        let digit = u64::from(digit.to_digit(10)?);
        let tenth = unit / 10;
        remainder = remainder.checked_add(digit.checked_mul(tenth)?)?;
        unit = tenth;
    }
    nanos = nanos.checked_add(remainder)?;
    Some((time::Duration::from_nanos(nanos), rest))
}

impl fmt::Display for Duration {
    /// As Go's `Duration.String()` from a second on: `1h30m0s`, `5m0s`, `1.5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        match nanos {
            0 => write!(f, "{seconds}s"),
            _ => write!(
                f,
                "{seconds}.{}s",
                format!("{nanos:09}").trim_end_matches('0')
            ),
        }
    }
}

impl From<Duration> for time::Duration {
    fn from(Duration(duration): Duration) -> Self {
        duration
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 2, "maxLength": 32, "pattern": DURATION_PATTERN})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> Result<u128, InvalidDuration> {
        text.parse::<Duration>()
            .map(|duration| duration.0.as_nanos())
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        const SECOND: u128 = 1_000_000_000;
        assert_eq!(nanos("30s"), Ok(30 * SECOND));
        assert_eq!(nanos("5m"), Ok(300 * SECOND));
        assert_eq!(nanos("1h30m"), Ok(5400 * SECOND));
        assert_eq!(nanos("1.5h30m"), Ok(7200 * SECOND));
        assert_eq!(nanos("250ms"), Ok(SECOND / 4));
        assert_eq!(nanos("0s"), Ok(0));
    }

    #[test]
    fn what_is_no_duration_is_refused_and_never_panics() {
        for text in [
            "", "5", "m", "5 m", "-5m", "1.h", ".5h", "5d", "1e3s", "1..5s", "5mm", "５m",
        ] {
            assert_eq!(nanos(text), Err(InvalidDuration), "{text}");
        }
        assert_eq!(nanos(&format!("{}h", u64::MAX)), Err(InvalidDuration));
        assert_eq!(nanos("99999999999999999999999999h"), Err(InvalidDuration));
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (read, written) in [
            ("300s", "5m0s"),
            ("90m", "1h30m0s"),
            ("1500ms", "1.5s"),
            ("3600s", "1h0m0s"),
            ("0s", "0s"),
        ] {
            assert_eq!(read.parse::<Duration>().unwrap().to_string(), written);
            assert_eq!(written.parse::<Duration>(), read.parse::<Duration>());
        }
    }
}
