//! Replies with a status other than 2xx.

use super::Class;
use crate::decode::Scalar;
use crate::operation::Operation;
use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// A reply with a status other than 2xx.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatusError {
    /// The call.
    pub operation: Operation,
    /// The HTTP status.
    pub status: u16,
    /// CipherTrust Manager's error number. The same failure has been seen with different numbers: don't rely on it.
    pub code: Option<i64>,
    /// CipherTrust Manager's error word, such as `NCERRResourceNotFound`; 1 to 64 ASCII letters and digits.
    pub symbol: Option<String>,
    /// CipherTrust Manager's id of the request, to be found in its logs; 1 to 64 of `[A-Za-z0-9-]`.
    pub request_id: Option<String>,
    /// How long to wait, where the reply says so; at most a day.
    pub retry_after: Option<Duration>,
    /// What the reply says in words. May hold anything, so it isn't printed.
    pub message: RedactedText,
}

/// The published error body: `{"code": …, "codeDesc": …, "message": …, "requestID": …}`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    code: Scalar,
    #[serde(rename = "codeDesc")]
    code_desc: Scalar,
    message: Scalar,
    #[serde(rename = "requestID")]
    request_id: Scalar,
}

impl StatusError {
    pub(crate) fn read(operation: Operation, reply: &http::Response<Bytes>) -> Self {
        let wire: Wire = serde_json::from_slice(reply.body()).unwrap_or_default();
        let described = wire.code_desc.text();
        let word = described
            .as_deref()
            .map(|text| text.split(':').next().unwrap_or_default().trim());
        let text = match (&described, wire.message.text()) {
            (None, None) => String::from_utf8_lossy(reply.body()).into_owned(),
            (described, message) => [described.clone(), message]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("\n"),
        };
        Self {
            operation,
            status: reply.status().as_u16(),
            code: wire.code.integer(),
            symbol: word.filter(|word| is_symbol(word)).map(str::to_owned),
            request_id: wire
                .request_id
                .text()
                .and_then(identifier)
                .or_else(|| request_id(reply.headers())),
            retry_after: retry_after(reply.headers()),
            message: RedactedText::new(&text),
        }
    }

    /// Whether the body is CipherTrust Manager's own; a proxy's or ingress's page is not.
    pub fn from_manager(&self) -> bool {
        self.code.is_some() || self.symbol.is_some()
    }

    /// Whether a write so answered may have happened: front ends say 5xx, or 408, also for a reply that they lost. A 503
    /// in CipherTrust Manager's own words, and a throttled call, were not carried out.
    pub(super) fn may_hide_an_effect(&self) -> bool {
        let lost = self.status == 408 || ((500..=599).contains(&self.status) && self.status != 501);
        lost && !(self.status == 503 && self.from_manager()) && !self.is_throttled()
    }

    /// CipherTrust Manager hands the cloud's own words on, not always with the cloud's status.
    pub(super) fn is_throttled(&self) -> bool {
        let in_words = ["TooManyRequests", "REQUEST_LIMIT_EXCEEDED"];
        in_words.iter().any(|word| self.message.mentions(word))
            || (self.status == 429 && !self.names_quota())
    }

    /// Clouds answer 429 for an exhausted quota too, where waiting doesn't help.
    fn names_quota(&self) -> bool {
        ["QuotaExceeded", "quota exceeded", "LimitExceeded"]
            .iter()
            .any(|word| self.message.mentions(word))
    }

    pub(super) fn class(&self) -> Class {
        match self.status {
            _ if self.is_throttled() => Class::Transient,
            409 | 425 => Class::Waiting,
            // An ingress without a backend says so; the object may well be there.
            404 if !self.from_manager() => Class::Transient,
            408 | 500..=599 => Class::Transient,
            _ => Class::Terminal,
        }
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: HTTP {}", self.operation, self.status)?;
        match &self.symbol {
            Some(symbol) => write!(formatter, " {symbol}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StatusError {}

fn is_symbol(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn identifier(text: String) -> Option<String> {
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then_some(text)
}

/// The id under which CipherTrust Manager logs the request, where a header tells it.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    identifier(headers.get("x-request-id")?.to_str().ok()?.to_owned())
}

const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// RFC 9110, section 10.2.3: seconds, or a date, which is compared with the date of the reply.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        let sent = headers.get(http::header::DATE)?.to_str().ok()?;
        let sent = parser.parse_timestamp(sent).ok()?;
        let until = parser.parse_timestamp(text).ok()?;
        Duration::try_from(until.duration_since(sent)).unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Text that came from the remote side: may be searched for known words, is never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RedactedText(Zeroizing<String>);

impl RedactedText {
    /// How much is kept, in bytes.
    const LIMIT: usize = 4096;

    pub(crate) fn new(text: &str) -> Self {
        let end = (0..=Self::LIMIT.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        Self(Zeroizing::new(text[..end.unwrap_or_default()].to_owned()))
    }

    /// Whether the text holds `word`, whatever the case.
    pub fn mentions(&self, word: &str) -> bool {
        self.0
            .to_ascii_lowercase()
            .contains(&word.to_ascii_lowercase())
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text. It may hold anything that the request held: don't print it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedactedText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[redacted, {} bytes]", self.0.len())
    }
}
