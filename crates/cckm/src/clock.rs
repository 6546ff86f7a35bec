//! The time by which tokens are judged.

/// Tells the time. Handed in, so that a token's end can be reached without waiting for it.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> jiff::Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}
