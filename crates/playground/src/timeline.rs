//! The time that operator and simulator go by: the machine's, or one that is shifted and runs at another rate.

use std::{env, fmt, str::FromStr};

use jiff::Timestamp;

/// Hands a timeline to the programs that are started.
pub(crate) const VARIABLE: &str = "CCKM_PLAYGROUND_TIMELINE";

/// Simulated time: `shown + (now - real) * rate`. Kubernetes goes by the machine's time in any case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeline {
    /// An instant of the machine's clock.
    pub real: Timestamp,
    /// What simulated clocks show at that instant.
    pub shown: Timestamp,
    /// Simulated seconds for each real second; more than 0.
    pub rate: f64,
}

impl Timeline {
    /// The machine's time.
    pub fn real_time() -> Self {
        let now = Timestamp::now();
        Self {
            real: now,
            shown: now,
            rate: 1.0,
        }
    }

    /// From now on, time runs this many times as fast.
    pub fn faster(rate: f64) -> Self {
        Self {
            rate,
            ..Self::real_time()
        }
    }

    /// The timeline that the parent of this process has set; the machine's time if it set none.
    pub(crate) fn of_process() -> Result<Self, String> {
        let Some(text) = env::var_os(VARIABLE) else {
            return Ok(Self::real_time());
        };
        let timeline = text.to_str().and_then(|text| text.parse().ok());
        timeline.ok_or_else(|| {
            format!(
                "{VARIABLE} is {}, and has to be two instants and a rate above 0",
                text.display()
            )
        })
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.real, self.shown, self.rate)
    }
}

/// The text is no timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTimeline;

impl FromStr for Timeline {
    type Err = InvalidTimeline;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or(InvalidTimeline);
        let (real, shown, rate) = (next()?, next()?, next()?);
        let timeline = Self {
            real: real.parse().map_err(|_| InvalidTimeline)?,
            shown: shown.parse().map_err(|_| InvalidTimeline)?,
            rate: rate.parse().map_err(|_| InvalidTimeline)?,
        };
        let whole = parts.next().is_none() && timeline.rate.is_finite() && timeline.rate > 0.0;
        whole.then_some(timeline).ok_or(InvalidTimeline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_the_very_timeline_that_its_parent_has() {
        let timeline = Timeline {
            shown: "2031-05-06T07:08:09.123456789Z".parse().unwrap(),
            ..Timeline::faster(60.5)
        };
        assert_eq!(timeline.to_string().parse(), Ok(timeline));
    }

    #[test]
    fn time_that_stands_still_or_runs_backwards_is_refused() {
        for rate in ["0", "-1", "NaN", "inf", "1 1", ""] {
            let text = format!("2031-01-01T00:00:00Z 2031-01-01T00:00:00Z {rate}");
            assert_eq!(text.parse::<Timeline>(), Err(InvalidTimeline), "{text}");
        }
    }
}
