//! What was asked of the simulator, without bodies and without secrets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One request as it was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// Starts at 1 and grows by one for each request.
    pub sequence: u64,
    /// Simulated time of arrival.
    pub time: Timestamp,
    /// The machine's time of arrival; nothing where the clock is moved by hand.
    pub received: Option<Timestamp>,
    /// Method, in capitals.
    pub method: String,
    /// Path with its query, as sent.
    pub path: String,
    /// The path with its parameters named, as `/api/v1/cckm/azure/secrets/{id}`; nothing when no
    /// endpoint has that path.
    pub template: Option<String>,
    /// Status of the reply; nothing while there is none, and for ever when it was lost.
    pub status: Option<u16>,
    /// Whether the request changed the clouds or CM. Becomes true later for one that lands late.
    pub effect: bool,
    /// User name or client name of the bearer token.
    pub principal: Option<String>,
}

/// All requests since the start.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<LoggedRequest>,
}

impl Log {
    pub(crate) fn receive(
        &mut self,
        time: Timestamp,
        received: Option<Timestamp>,
        method: &str,
        path: &str,
        template: Option<&str>,
    ) -> u64 {
        let sequence = self.entries.len() as u64 + 1;
        self.entries.push(LoggedRequest {
            sequence,
            time,
            received,
            method: method.to_owned(),
            path: path.to_owned(),
            template: template.map(str::to_owned),
            status: None,
            effect: false,
            principal: None,
        });
        sequence
    }

    pub(crate) fn entry(&mut self, sequence: u64) -> Option<&mut LoggedRequest> {
        let index = usize::try_from(sequence.checked_sub(1)?).ok()?;
        self.entries.get_mut(index)
    }

    /// Requests with a sequence number above `since`.
    pub(crate) fn since(&self, since: u64) -> &[LoggedRequest] {
        let first = usize::try_from(since)
            .unwrap_or(usize::MAX)
            .min(self.entries.len());
        &self.entries[first..]
    }
}
