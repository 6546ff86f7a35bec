//! Time, handed in: every wait of the operator goes through one [`Clock`].

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// Tells the time and waits for it.
pub trait Clock: Send + Sync + 'static {
    /// The present instant: never earlier than it was told before.
    fn now(&self) -> Timestamp;
    /// The first instant that was told after the clock was last set ahead, or after the machine slept: of what was
    /// noted before it, nobody knows how long ago that was.
    fn jumped_at(&self) -> Option<Timestamp> {
        None
    }
    /// Resolves at `instant`, or at once if it is past.
    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()>;
}

/// A clock shared by all parts.
pub type SharedClock = Arc<dyn Clock>;

/// What a wall clock may gain on the steady one between two looks, and still count as not set.
const UNNOTICED: SignedDuration = SignedDuration::from_secs(1);

/// The wall clock, held against the clock that nobody can set.
#[derive(Debug)]
struct Wall {
    told: Timestamp,
    steady: Duration,
    jumped_at: Option<Timestamp>,
}

impl Wall {
    fn new(wall: Timestamp, steady: Duration) -> Self {
        Self {
            told: wall,
            steady,
            jumped_at: None,
        }
    }

    /// The instant to tell. Set back, the clock goes on at half the pace until the wall clock has caught up.
    fn read(&mut self, wall: Timestamp, steady: Duration) -> Timestamp {
        let passed = steady.saturating_sub(self.steady);
        let after = |passed: Duration| self.told.checked_add(passed).unwrap_or(Timestamp::MAX);
        let noticed = after(passed).saturating_add(UNNOTICED);
        let now = wall.max(after(passed / 2));
        if noticed.is_ok_and(|noticed| now > noticed) {
            self.jumped_at = Some(now);
        }
        (self.told, self.steady) = (now, steady);
        now
    }
}

/// Real time, or time that runs at another rate from another origin (for tests and the playground: the shipped
/// binary has no flag for it).
#[derive(Debug)]
pub struct ScaledClock {
    began: Instant,
    wall: Mutex<Wall>,
    origin: Timestamp,
    shown: Timestamp,
    rate: f64,
}

impl ScaledClock {
    /// Real time.
    pub fn real() -> Self {
        Self::scaled(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, 1.0)
    }

    /// At the real instant `origin` the clock shows `shown`; from there on it runs `rate` times as fast.
    pub fn scaled(origin: Timestamp, shown: Timestamp, rate: f64) -> Self {
        Self {
            began: Instant::now(),
            wall: Mutex::new(Wall::new(Timestamp::now(), Duration::ZERO)),
            origin,
            shown,
            rate: rate.max(f64::MIN_POSITIVE),
        }
    }

    /// What is shown at a real instant.
    fn show(&self, real: Timestamp) -> Timestamp {
        let passed = real.duration_since(self.origin);
        if (self.rate - 1.0).abs() < f64::EPSILON {
            return self.shown.checked_add(passed).unwrap_or(Timestamp::MAX);
        }
        let scaled = SignedDuration::try_from_secs_f64(passed.as_secs_f64() * self.rate)
            .unwrap_or(SignedDuration::MAX);
        self.shown.checked_add(scaled).unwrap_or(Timestamp::MAX)
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Timestamp {
        let mut wall = self.wall.lock().unwrap_or_else(PoisonError::into_inner);
        let real = wall.read(Timestamp::now(), self.began.elapsed());
        drop(wall);
        self.show(real)
    }

    fn jumped_at(&self) -> Option<Timestamp> {
        let wall = self.wall.lock().unwrap_or_else(PoisonError::into_inner);
        wall.jumped_at.map(|real| self.show(real))
    }

    fn sleep_until(&self, instant: Timestamp) -> BoxFuture<'static, ()> {
        let left = instant.duration_since(self.now()).as_secs_f64() / self.rate;
        // A timer wheel has an end; nobody sleeps for more than a day without looking around.
        let left = Duration::try_from_secs_f64(left.clamp(0.0, 86_400.0)).unwrap_or(Duration::ZERO);
        Box::pin(tokio::time::sleep(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn read(wall: &mut Wall, shown: i64, steady: u64) -> Timestamp {
        wall.read(at(shown), Duration::from_secs(steady))
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on_at_half_the_pace_until_it_is_right() {
        let mut wall = Wall::new(at(1_000), Duration::ZERO);
        assert_eq!(read(&mut wall, 1_010, 10), at(1_010));
        assert_eq!(read(&mut wall, 910, 10), at(1_010));
        assert_eq!(read(&mut wall, 1_010, 110), at(1_060));
        assert_eq!(read(&mut wall, 1_110, 210), at(1_110));
        assert_eq!(read(&mut wall, 1_120, 220), at(1_120));
        assert_eq!(wall.jumped_at, None);
    }

    #[test]
    fn a_clock_that_is_set_ahead_tells_since_when_it_can_be_relied_on() {
        let mut wall = Wall::new(at(1_000), Duration::ZERO);
        assert_eq!(read(&mut wall, 1_301, 300), at(1_301));
        assert_eq!(wall.jumped_at, None, "clocks are never quite alike");
        assert_eq!(read(&mut wall, 5_000, 301), at(5_000));
        assert_eq!(wall.jumped_at, Some(at(5_000)));
        read(&mut wall, 5_600, 901);
        assert_eq!(wall.jumped_at, Some(at(5_000)));
    }
}
