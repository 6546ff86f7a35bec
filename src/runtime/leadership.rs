//! Whether this replica may act, as everything that acts asks it.

use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};

/// For how long this replica may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Not at all.
    None,
    /// Until either of its clocks reaches this.
    Until {
        /// By the clock that nobody can set.
        steady: Instant,
        /// By the wall clock, which goes on while the machine is suspended.
        wall: Timestamp,
    },
    /// For ever: nobody else is there.
    Unlimited,
}

impl Term {
    fn runs(self) -> bool {
        match self {
            Self::None => false,
            Self::Until { steady, wall } => Instant::now() < steady && Timestamp::now() < wall,
            Self::Unlimited => true,
        }
    }
}

/// Tells whether this replica may act.
#[derive(Clone, Debug)]
pub struct Leadership(watch::Receiver<Term>);

impl Leadership {
    /// As the sender of `term` says.
    pub fn new(term: watch::Receiver<Term>) -> Self {
        Self(term)
    }

    /// Of the only replica.
    pub fn unlimited() -> Self {
        // Without its sender the channel keeps the last value.
        Self(watch::channel(Term::Unlimited).1)
    }

    /// Whether it may act now: asked right before each act.
    pub fn may_act(&self) -> bool {
        self.0.borrow().runs()
    }

    /// Resolves once it may act.
    pub async fn gained(&self) {
        let mut term = self.0.clone();
        if term.wait_for(|term| term.runs()).await.is_err() {
            // Nobody is left to give it.
            std::future::pending::<()>().await;
        }
    }

    /// Resolves once it may not act any more.
    pub async fn lost(&self) {
        let mut term = self.0.clone();
        loop {
            let now = *term.borrow_and_update();
            match now {
                Term::None => return,
                Term::Until { .. } if !now.runs() => return,
                Term::Until { steady, .. } => tokio::select! {
                    () = tokio::time::sleep_until(steady) => {}
                    changed = term.changed() => if changed.is_err() { return },
                },
                Term::Unlimited => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::*;

    fn ten_seconds() -> Term {
        Term::Until {
            steady: Instant::now() + Duration::from_secs(10),
            wall: Timestamp::now() + SignedDuration::from_hours(1),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_term_that_is_not_renewed_ends_by_itself() {
        let (_sender, term) = watch::channel(ten_seconds());
        let leadership = Leadership::new(term);
        leadership.gained().await;
        let begin = Instant::now();
        leadership.lost().await;
        assert_eq!(begin.elapsed().as_secs(), 10);
        assert!(!leadership.may_act());
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_keeps_it() {
        let (sender, term) = watch::channel(ten_seconds());
        let leadership = Leadership::new(term);
        let begin = Instant::now();
        let renewal = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            sender.send_replace(ten_seconds());
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = leadership.lost() => {}
            () = renewal => {}
        }
        assert_eq!(begin.elapsed().as_secs(), 15);
    }

    #[test]
    fn a_machine_that_slept_may_not_act() {
        let (_sender, term) = watch::channel(Term::Until {
            steady: Instant::now() + Duration::from_secs(10),
            wall: Timestamp::now() - SignedDuration::from_secs(1),
        });
        assert!(!Leadership::new(term).may_act());
    }

    #[tokio::test(start_paused = true)]
    async fn the_only_replica_never_loses_it() {
        let leadership = Leadership::unlimited();
        leadership.gained().await;
        let day = Duration::from_hours(24);
        assert!(tokio::time::timeout(day, leadership.lost()).await.is_err());
    }
}
