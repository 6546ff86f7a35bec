//! How requests reach CipherTrust Manager.

use bytes::Bytes;
use futures::future::BoxFuture;
use std::fmt;

/// Sends one HTTP request and brings the whole reply.
///
/// The way to put a proxy, a recorder or an in-process server under the client. An implementation adds no retry, follows
/// no redirect and keeps no cookie. It need not know a deadline: the client drops the future at its own.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`, whose URI is absolute. Every status is a reply; an error means that there was none.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>>;
}

/// There was no usable reply. Carries no text, since texts of network libraries hold addresses and worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct TransportError {
    /// What went wrong.
    pub kind: TransportErrorKind,
    /// Whether the request may have reached the other side: if it was a write, it may have happened.
    pub may_have_been_sent: bool,
}

/// What kept a reply from coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No reply in time.
    Timeout,
    /// No connection: name not found, refused, unreachable, or no TLS session.
    Connect,
    /// The certificate presented by the other side isn't trusted, has expired, or is for another name.
    UntrustedCertificate,
    /// The connection ended before the reply did.
    Closed,
    /// The reply is larger than accepted.
    TooLarge,
    /// The transport didn't send it, as whoever put it there wants.
    Withheld,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// A short word for logs and metric labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::UntrustedCertificate => "untrusted_certificate",
            Self::Closed => "closed",
            Self::TooLarge => "too_large",
            Self::Withheld => "withheld",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Timeout => "no reply in time",
            Self::Connect => "no connection could be made",
            Self::UntrustedCertificate => {
                "the server's certificate isn't trusted; give the CA that issued it"
            }
            Self::Closed => "the connection ended before the reply did",
            Self::TooLarge => "the reply is larger than accepted",
            Self::Withheld => "the request was withheld and not sent",
            Self::Other => "the request couldn't be exchanged",
        })
    }
}
