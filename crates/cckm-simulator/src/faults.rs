//! Failures to order: each is waited for by method and path and happens a set number of times.

use serde::{Deserialize, Serialize};

/// A failure, and the requests that it befalls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Method in capitals; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A path template of the API (matches that endpoint alone), or else any part of a path;
    /// every path when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many requests it befalls; 1 when absent.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

const fn once() -> u32 {
    1
}

/// What happens to a request. All durations are simulated seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FaultKind {
    /// The effect happens and the connection is closed without a reply.
    LostReply,
    /// The connection is closed now and the effect comes later.
    LandLate {
        /// Seconds until the effect.
        seconds: f64,
    },
    /// The effect happens at once and the reply is held back.
    Hold {
        /// Seconds until the reply; until released when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    },
    /// The effect, and with it the reply, comes later, even when the caller has gone by then.
    DelayEffect {
        /// Seconds until the effect.
        seconds: f64,
    },
    /// A reply from in front of CM, without any effect.
    Answer {
        /// Status.
        status: u16,
        /// Body, sent as it is.
        #[serde(default)]
        body: String,
        /// Media type; `application/json` when absent.
        #[serde(default = "json", rename = "content_type")]
        content_type: String,
    },
    /// 429 with the cloud's `TooManyRequests`, without any effect.
    Throttle {
        /// Seconds for a `Retry-After` header. When absent the switch
        /// `throttle-retry-after-seconds` decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
}

fn json() -> String {
    "application/json".to_owned()
}

impl Fault {
    /// `kind` for the next request of any method whose path contains `path`, or whose path template
    /// is `path`.
    pub fn new(path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            method: None,
            path: Some(path.into()),
            times: 1,
            kind,
        }
    }

    /// Only for `method`.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// For `times` requests.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

/// Faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    /// The fault for this request, oldest first, counted down.
    pub(crate) fn take(
        &mut self,
        method: &str,
        path: &str,
        template: Option<&str>,
        is_template: impl Fn(&str) -> bool,
    ) -> Option<FaultKind> {
        let index = self.waiting.iter().position(|fault| {
            fault.times > 0
                && fault
                    .method
                    .as_deref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && fault.path.as_deref().is_none_or(|wanted| {
                    if is_template(wanted) {
                        template == Some(wanted)
                    } else {
                        path.contains(wanted)
                    }
                })
        })?;
        let fault = &mut self.waiting[index];
        fault.times -= 1;
        let kind = fault.kind.clone();
        if fault.times == 0 {
            self.waiting.remove(index);
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_used_up_by_the_requests_it_befalls() {
        let mut faults = Faults::default();
        faults.add(
            Fault::new("/secrets", FaultKind::LostReply)
                .method("POST")
                .times(2),
        );
        let mut take = |method: &str| faults.take(method, "/api/secrets", None, |_| false);
        assert_eq!(take("GET"), None);
        assert_eq!(take("POST"), Some(FaultKind::LostReply));
        assert_eq!(take("POST"), Some(FaultKind::LostReply));
        assert_eq!(take("POST"), None);
    }

    #[test]
    fn a_template_matches_its_own_endpoint_alone() {
        let mut faults = Faults::default();
        faults.add(Fault::new("/api/secrets", FaultKind::LostReply));
        let template = |text: &str| text == "/api/secrets";
        let taken = faults.take("GET", "/api/secrets/1", Some("/api/secrets/{id}"), template);
        assert_eq!(taken, None);
        assert!(
            faults
                .take("GET", "/api/secrets", Some("/api/secrets"), template)
                .is_some()
        );
    }

    #[test]
    fn a_fault_reads_as_flat_json() {
        let fault: Fault =
            serde_json::from_str(r#"{"path":"keys","kind":"answer","status":503}"#).unwrap();
        assert_eq!(fault.times, 1);
        assert!(matches!(fault.kind, FaultKind::Answer { status: 503, .. }));
    }
}
