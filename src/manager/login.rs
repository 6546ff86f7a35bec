//! The breaker: one bad credential is one failing login per pause, whatever the number of keys and objects.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use cckm::{LoginGate, LoginOutcome, LoginRefused};
use lifecycle::breaker::Breaker;
use sha2::{Digest, Sha256};

use crate::{
    clock::SharedClock,
    hex::hex,
    runtime::metrics::{LoginLabels, Metrics},
};

/// Who logs in where: URL, home domain, and the user, or the certificate's hash. Two objects with the same
/// login share one breaker. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoginName(String);

impl LoginName {
    /// Names a login.
    pub fn new(url: &str, home: &str, user: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [url, home, user] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex(&hash.finalize()))
    }
}

/// The breakers of all logins.
#[derive(Clone)]
pub struct Logins {
    clock: SharedClock,
    metrics: Metrics,
    breakers: Arc<Mutex<BTreeMap<LoginName, Known>>>,
}

impl Logins {
    /// No login has failed yet.
    pub fn new(clock: SharedClock, metrics: Metrics) -> Self {
        Self {
            clock,
            metrics,
            breakers: Arc::default(),
        }
    }

    /// The gate of one login.
    pub fn gate(&self, name: LoginName) -> Arc<dyn LoginGate> {
        Arc::new(Gate {
            logins: self.clone(),
            name,
        })
    }

    /// Forgets the failures of a login if its password or certificate is another one than failed.
    /// `credential` stands for it, and is no secret.
    pub fn forgive_if_other(&self, name: &LoginName, credential: &str) {
        self.with(|known| {
            let login = known.entry(name.clone()).or_default();
            if login.credential != credential {
                *login = Known {
                    credential: credential.to_owned(),
                    ..Known::default()
                };
            }
        });
    }

    /// Permits one try now if this request was not heard before: somebody says that it is worth it.
    pub fn permit_if_asked(&self, name: &LoginName, request: &str) {
        self.with(|known| {
            let login = known.entry(name.clone()).or_default();
            if login.request != request {
                request.clone_into(&mut login.request);
                login.breaker = login.breaker.asked();
            }
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<LoginName, Known>) -> T) -> T {
        change(&mut self.breakers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is known of a login.
#[derive(Default)]
struct Known {
    /// Stands for the password or certificate that was last tried.
    credential: String,
    /// The last request to try again.
    request: String,
    breaker: Breaker,
}

struct Gate {
    logins: Logins,
    name: LoginName,
}

impl LoginGate for Gate {
    fn permit(&self) -> Result<(), LoginRefused> {
        let now = self.logins.clock.now();
        let breaker = self.logins.with(|known| {
            known
                .get(&self.name)
                .map(|login| login.breaker)
                .unwrap_or_default()
        });
        breaker.permit(now).map_err(|until| LoginRefused {
            retry_after: until.duration_since(now).try_into().ok(),
        })
    }

    fn settled(&self, outcome: LoginOutcome) {
        let now = self.logins.clock.now();
        self.logins.with(|known| {
            let breaker = &mut known.entry(self.name.clone()).or_default().breaker;
            *breaker = match outcome {
                LoginOutcome::Succeeded => Breaker::default(),
                LoginOutcome::Refused => breaker.refused(now),
                LoginOutcome::Unavailable | LoginOutcome::Abandoned => breaker.unanswered(now),
            };
        });
        let outcome = match outcome {
            LoginOutcome::Succeeded => "succeeded",
            LoginOutcome::Refused => "refused",
            LoginOutcome::Unavailable | LoginOutcome::Abandoned => "unanswered",
        };
        self.logins
            .metrics
            .logins
            .get_or_create(&LoginLabels { outcome })
            .inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ScaledClock;

    #[test]
    fn objects_with_the_same_login_share_one_breaker_and_a_new_password_gets_a_fresh_try() {
        let logins = Logins::new(Arc::new(ScaledClock::real()), Metrics::default());
        let name = LoginName::new("https://cm", "", "operator");
        logins.gate(name.clone()).settled(LoginOutcome::Refused);
        assert!(logins.gate(name.clone()).permit().is_err());
        assert!(
            logins
                .gate(LoginName::new("https://cm", "", "other"))
                .permit()
                .is_ok()
        );
        logins.forgive_if_other(&name, "the same");
        logins.gate(name.clone()).settled(LoginOutcome::Refused);
        logins.forgive_if_other(&name, "the same");
        assert!(logins.gate(name.clone()).permit().is_err());
        logins.forgive_if_other(&name, "another");
        assert!(logins.gate(name).permit().is_ok());
    }
}
