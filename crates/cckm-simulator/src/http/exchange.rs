//! From a call to its outcome: admission, the ordered fault if there is one, the effect, the log.

use axum::{body::Bytes, extract::Query};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::{
    clock::seconds_later,
    faults::FaultKind,
    http::{
        call::{Call, Request},
        fields::Fields,
        refusal::{Refusal, not_found},
        routes::{self, Route, Slash},
        tokens,
    },
    state::{Event, State},
};

/// What becomes of a connection.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Answered {
        status: u16,
        content_type: String,
        body: Bytes,
        retry_after: Option<u64>,
    },
    /// Closed without a reply.
    Lost,
}

impl Outcome {
    fn json(status: u16, body: Option<&Value>) -> Self {
        let body = body
            .map(|body| Bytes::from(body.to_string()))
            .unwrap_or_default();
        Self::Answered {
            status,
            content_type: "application/json".to_owned(),
            body,
            retry_after: None,
        }
    }

    const fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Lost => None,
        }
    }
}

/// What is left to do for the caller once the state is let go.
#[derive(Debug)]
pub(crate) enum Plan {
    Answer(Outcome),
    /// Reply at an instant, or when replies are released.
    Hold {
        outcome: Outcome,
        until: Option<Timestamp>,
    },
    /// The effect and the reply come at an instant.
    Await {
        reply: oneshot::Receiver<Outcome>,
        at: Timestamp,
    },
}

/// A request that has passed every check but those of its own endpoint.
#[derive(Debug)]
pub(crate) struct Admitted {
    route: &'static Route,
    request: Request,
}

/// A request whose effect is still to come.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) sequence: u64,
    admitted: Admitted,
    reply: Option<oneshot::Sender<Outcome>>,
}

impl State {
    /// Takes in a call: logs it, and plans or does what it asks.
    pub(crate) fn arrive(&mut self, call: &Call) -> Plan {
        self.settle();
        let template = routes::find(&call.method, &call.path).map(|(route, _)| route.template);
        let sequence = self.log.receive(
            self.now,
            self.clock.machine(),
            &call.method,
            &call.path_and_query(),
            template,
        );
        let fault = self
            .faults
            .take(&call.method, &call.path, template, routes::is_template);
        match fault {
            None => Plan::Answer(self.serve(sequence, call)),
            Some(FaultKind::LostReply) => {
                self.serve(sequence, call);
                if let Some(entry) = self.log.entry(sequence) {
                    entry.status = None;
                }
                Plan::Answer(Outcome::Lost)
            }
            Some(FaultKind::Hold { seconds }) => {
                let outcome = self.serve(sequence, call);
                let until = seconds.map(|seconds| seconds_later(self.now, seconds));
                Plan::Hold { outcome, until }
            }
            Some(FaultKind::LandLate { seconds }) => {
                self.postpone(sequence, call, seconds, None);
                Plan::Answer(Outcome::Lost)
            }
            Some(FaultKind::DelayEffect { seconds }) => {
                let (sender, reply) = oneshot::channel();
                let at = self.postpone(sequence, call, seconds, Some(sender));
                Plan::Await { reply, at }
            }
            Some(FaultKind::Answer {
                status,
                body,
                content_type,
            }) => {
                let body = Bytes::from(body);
                self.answered(
                    sequence,
                    Outcome::Answered {
                        status,
                        content_type,
                        body,
                        retry_after: None,
                    },
                )
            }
            Some(FaultKind::Throttle { retry_after }) => {
                let switched =
                    Some(self.switches.throttle_retry_after_seconds).filter(|seconds| *seconds > 0);
                let body = json!({
                    "code": 14,
                    "codeDesc": "NCERRInternalServerError: TooManyRequests: too many requests for the tenant",
                    "requestID": self.identifiers.uuid(),
                });
                let content_type = "application/json".to_owned();
                let retry_after = retry_after.or(switched);
                let body = Bytes::from(body.to_string());
                self.answered(
                    sequence,
                    Outcome::Answered {
                        status: 429,
                        content_type,
                        body,
                        retry_after,
                    },
                )
            }
        }
    }

    fn answered(&mut self, sequence: u64, outcome: Outcome) -> Plan {
        if let Some(entry) = self.log.entry(sequence) {
            entry.status = outcome.status();
        }
        Plan::Answer(outcome)
    }

    /// Puts the effect off by `seconds`. A call that isn't admitted has none, and is refused at once.
    fn postpone(
        &mut self,
        sequence: u64,
        call: &Call,
        seconds: f64,
        reply: Option<oneshot::Sender<Outcome>>,
    ) -> Timestamp {
        match self.admit(sequence, call) {
            Ok(admitted) => {
                let at = seconds_later(self.now, seconds);
                self.schedule(
                    at,
                    Event::Land(Box::new(Pending {
                        sequence,
                        admitted,
                        reply,
                    })),
                );
                at
            }
            Err(refusal) => {
                let outcome = self.refused(&refusal);
                if let (Some(reply), Some(entry)) = (reply, self.log.entry(sequence)) {
                    entry.status = outcome.status();
                    // The caller has gone when nobody receives; then nobody misses the reply.
                    let _ = reply.send(outcome);
                }
                self.now
            }
        }
    }

    /// The effect of a request that was put off.
    pub(crate) fn land(&mut self, pending: Pending) {
        let Pending {
            sequence,
            admitted,
            reply,
        } = pending;
        let outcome = self.perform(sequence, &admitted);
        let received = reply.is_some_and(|reply| reply.send(outcome).is_ok());
        if let Some(entry) = self.log.entry(sequence)
            && !received
        {
            entry.status = None;
        }
    }

    fn serve(&mut self, sequence: u64, call: &Call) -> Outcome {
        match self.admit(sequence, call) {
            Ok(admitted) => self.perform(sequence, &admitted),
            Err(refusal) => {
                let outcome = self.refused(&refusal);
                if let Some(entry) = self.log.entry(sequence) {
                    entry.status = outcome.status();
                }
                outcome
            }
        }
    }

    fn admit(&mut self, sequence: u64, call: &Call) -> Result<Admitted, Refusal> {
        if !accepts_json(call.accept.as_deref()) {
            return Err(Refusal::BadRequest("Accept header is invalid.".to_owned()));
        }
        let found = routes::find(&call.method, &call.path);
        let issues_token = found
            .as_ref()
            .is_some_and(|(route, _)| route.template == tokens::ISSUE && route.method == "POST");
        let principal = if issues_token {
            None
        } else {
            Some(
                self.tokens
                    .authorize(call.authorization.as_deref(), self.now, &self.switches)?,
            )
        };
        if let Some(entry) = self.log.entry(sequence) {
            entry.principal = principal.as_ref().map(|principal| principal.name.clone());
        }
        let (route, parameters) = found.ok_or_else(not_found)?;
        let trailing_slash = call.path.ends_with('/');
        let well_formed = match route.slash {
            Slash::Optional => true,
            Slash::Refused => !trailing_slash,
            Slash::Switched => trailing_slash || !self.switches.oci_version_needs_slash,
        };
        if !well_formed {
            return Err(not_found());
        }
        let request = Request {
            parameters,
            query: query(&call.query)?,
            fields: body(call)?,
            principal,
            peer: call.peer.clone(),
        };
        Ok(Admitted { route, request })
    }

    fn perform(&mut self, sequence: u64, admitted: &Admitted) -> Outcome {
        let result = (admitted.route.handler)(self, &admitted.request);
        let happened = admitted.route.writes && result.is_ok();
        let outcome = match result {
            Ok(reply) => Outcome::json(reply.status, reply.body.as_ref()),
            Err(refusal) => self.refused(&refusal),
        };
        if let Some(entry) = self.log.entry(sequence) {
            entry.status = outcome.status();
            entry.effect = happened;
        }
        outcome
    }

    fn refused(&mut self, refusal: &Refusal) -> Outcome {
        let request_id = self.identifiers.uuid();
        let (status, body) = refusal.answer(&self.switches, &request_id);
        Outcome::json(status, Some(&body))
    }
}

fn accepts_json(accept: Option<&str>) -> bool {
    accept.is_some_and(|accept| {
        accept
            .split(',')
            .filter_map(|range| range.split(';').next())
            .any(|range| matches!(range.trim(), "application/json" | "application/*" | "*/*"))
    })
}

fn query(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let malformed = |_| Refusal::BadRequest("The query can't be read.".to_owned());
    let uri: http::Uri = format!("/?{text}").parse().map_err(malformed)?;
    Query::try_from_uri(&uri)
        .map(|Query(pairs)| pairs)
        .map_err(|_| Refusal::BadRequest("The query can't be read.".to_owned()))
}

fn body(call: &Call) -> Result<Fields, Refusal> {
    let is_json = call.content_type.as_deref().is_some_and(|kind| {
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.trim() == "application/json")
    });
    if !call.body.is_empty() && !is_json {
        return Err(Refusal::BadRequest(
            "Content-Type must be application/json.".to_owned(),
        ));
    }
    Fields::parse(&call.body)
}
