//! Failures to order: each waits for its request.

use tokio::sync::watch;

use crate::{refusal::Refusal, route::Route, user::User};

/// Which requests are meant. All of them, as far as nothing else is said.
#[derive(Clone, Debug)]
pub struct Requests {
    verb: Option<String>,
    resource: Option<String>,
    subresource: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    user: Option<String>,
    /// How many come before the first that is meant.
    before: u64,
    times: u64,
}

impl Requests {
    /// The next request, whatever it is.
    pub fn any() -> Self {
        Self {
            verb: None,
            resource: None,
            subresource: None,
            namespace: None,
            name: None,
            user: None,
            before: 0,
            times: 1,
        }
    }

    /// Only of a verb, as roles have it: `get`, `list`, `watch`, `create`, `update`, `patch` or `delete`.
    #[must_use]
    pub fn verb(self, verb: impl Into<String>) -> Self {
        Self {
            verb: Some(verb.into()),
            ..self
        }
    }

    /// Only for a resource, by its plural: `azuresecrets`.
    #[must_use]
    pub fn resource(self, plural: impl Into<String>) -> Self {
        Self {
            resource: Some(plural.into()),
            ..self
        }
    }

    /// Only for a subresource; empty: for none.
    #[must_use]
    pub fn subresource(self, subresource: impl Into<String>) -> Self {
        Self {
            subresource: Some(subresource.into()),
            ..self
        }
    }

    /// Only in a namespace.
    #[must_use]
    pub fn namespace(self, namespace: impl Into<String>) -> Self {
        Self {
            namespace: Some(namespace.into()),
            ..self
        }
    }

    /// Only for the object of a name. A create names none in its path.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Only by a user.
    #[must_use]
    pub fn user(self, name: impl Into<String>) -> Self {
        Self {
            user: Some(name.into()),
            ..self
        }
    }

    /// From the nth such request on, counted from now; the first is 1.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self {
            before: nth.saturating_sub(1),
            ..self
        }
    }

    /// So many of them; 1, if nothing is said.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }

    fn include(&self, route: &Route, user: &User) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        is(&self.verb, route.verb)
            && is(&self.resource, &route.plural)
            && is(&self.subresource, &route.subresource)
            && is(&self.namespace, &route.namespace)
            && is(&self.name, &route.name)
            && is(&self.user, &user.name)
    }
}

/// What befalls a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is refused and has no effect.
    Refuse(Refusal),
    /// It has its effect, but the connection breaks before the reply.
    LoseReply,
    /// The connection breaks before it has any effect.
    LoseRequest,
}

/// Requests that are held back before they have any effect. They go on when this is dropped.
#[derive(Debug)]
pub struct Held(watch::Sender<Gate>);

#[derive(Clone, Copy, Debug, Default)]
struct Gate {
    arrived: u64,
    open: bool,
}

impl Held {
    /// Resolves once so many have been held.
    pub async fn until_arrived(&self, number: u64) {
        let mut gate = self.0.subscribe();
        // The sender is here, so it can't end before.
        let _ = gate.wait_for(|gate| gate.arrived >= number).await;
    }

    /// Lets those go on that are held, and all that come.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send_modify(|gate| gate.open = true);
    }
}

/// What a fault does, inside.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    Fault(Fault),
    Hold(Gateway),
}

/// Where a held request waits.
#[derive(Clone, Debug)]
pub(crate) struct Gateway(watch::Sender<Gate>);

impl Gateway {
    /// Resolves when it is open.
    pub(crate) async fn pass(self) {
        self.0.send_modify(|gate| gate.arrived += 1);
        let mut gate = self.0.subscribe();
        let _ = gate.wait_for(|gate| gate.open).await;
    }
}

/// The faults that wait, in the order in which they were ordered.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Requests, Effect)>);

impl Faults {
    pub(crate) fn add(&mut self, requests: Requests, fault: Fault) {
        self.0.push((requests, Effect::Fault(fault)));
    }

    pub(crate) fn hold(&mut self, requests: Requests) -> Held {
        let (gate, _) = watch::channel(Gate::default());
        self.0.push((requests, Effect::Hold(Gateway(gate.clone()))));
        Held(gate)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// What befalls a request: the first fault whose turn it is.
    pub(crate) fn befall(&mut self, route: &Route, user: &User) -> Option<Effect> {
        let mut effect = None;
        for (requests, fault) in &mut self.0 {
            if !requests.include(route, user) {
                continue;
            }
            if requests.before > 0 {
                requests.before -= 1;
            } else if effect.is_none() {
                requests.times = requests.times.saturating_sub(1);
                effect = Some(fault.clone());
            }
        }
        self.0.retain(|(requests, _)| requests.times > 0);
        effect
    }
}
