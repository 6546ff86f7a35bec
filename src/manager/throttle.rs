//! Rate and concurrency of the requests to one CipherTrust Manager.

use std::sync::{Arc, Mutex, PoisonError};

use cckm::{Admission, Operation, Throttle};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use crate::clock::SharedClock;

/// The limits of `spec.limits`, absence filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second, on average.
    pub requests_per_second: u32,
    /// Requests at once after a pause.
    pub burst: u32,
    /// Requests under way at the same time.
    pub concurrent_requests: u32,
}

/// A token bucket, as pure data: every request takes a place in time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// When the next request may be sent if the bucket is empty.
    next: Timestamp,
}

impl Bucket {
    /// The instant at which a request that comes at `now` may be sent.
    fn take(&mut self, now: Timestamp, limits: Limits) -> Timestamp {
        let pace = SignedDuration::from_secs(1)
            / i32::try_from(limits.requests_per_second.max(1)).unwrap_or(i32::MAX);
        let credit = pace * i32::try_from(limits.burst.saturating_sub(1)).unwrap_or(i32::MAX);
        let place = self.next.max(now - credit);
        self.next = place + pace;
        place.max(now)
    }
}

/// Holds requests back to the limits.
pub struct RateLimit {
    clock: SharedClock,
    limits: Limits,
    bucket: Mutex<Bucket>,
    places: Arc<Semaphore>,
}

impl RateLimit {
    /// A full bucket.
    pub fn new(clock: SharedClock, limits: Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.concurrent_requests.max(1) as usize));
        Self {
            clock,
            limits,
            bucket: Mutex::new(Bucket {
                next: Timestamp::UNIX_EPOCH,
            }),
            places,
        }
    }
}

impl Throttle for RateLimit {
    fn admit<'a>(&'a self, _: &'a Operation) -> BoxFuture<'a, Admission> {
        Box::pin(async move {
            let permit = Arc::clone(&self.places).acquire_owned().await;
            let now = self.clock.now();
            let place = self
                .bucket
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(now, self.limits);
            if place > now {
                self.clock.sleep_until(place).await;
            }
            // The semaphore is never closed, so there always is a permit to hold.
            permit.map_or_else(|_| Admission::default(), Admission::holding)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let limits = Limits {
            requests_per_second: 10,
            burst: 3,
            concurrent_requests: 8,
        };
        let mut bucket = Bucket {
            next: Timestamp::UNIX_EPOCH,
        };
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        let waits: Vec<_> = (0..5)
            .map(|_| bucket.take(now, limits).duration_since(now).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 100, 200]);
    }
}
