//! What can go wrong, classified. No text of the remote side is ever printed.

mod status;

pub(crate) use status::request_id;
pub use status::{RedactedText, StatusError};

use crate::auth::LoginRefused;
use crate::operation::{Effect, Operation};
use crate::path::InvalidIdentifier;
use crate::transport::{TransportError, TransportErrorKind};
use std::fmt;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call gave no result.
///
/// `Display` and `Debug` show classified facts only: the operation, the HTTP status, CipherTrust Manager's symbol.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// CipherTrust Manager, or something in front of it, answered with a status other than 2xx.
    #[error(transparent)]
    Status(Box<StatusError>),
    /// There was no reply.
    #[error("{operation}: {error}")]
    Transport {
        /// The call.
        operation: Operation,
        /// What happened to it.
        error: TransportError,
    },
    /// The reply says success, but isn't what the call's page describes.
    #[error("{operation}: HTTP {status}, but {defect}")]
    UnexpectedAnswer {
        /// The call.
        operation: Operation,
        /// The HTTP status, 200 to 299.
        status: u16,
        /// What is wrong with the reply.
        defect: AnswerDefect,
    },
    /// No token could be got, so the call was not sent.
    #[error("login failed: {0}")]
    LoginFailed(Box<Error>),
    /// The login gate forbids logins for now, so the call was not sent.
    #[error(transparent)]
    LoginRefused(#[from] LoginRefused),
    /// An argument can't be sent; the call was not sent.
    #[error("{operation}: {error}")]
    InvalidIdentifier {
        /// The call.
        operation: Operation,
        /// What is wrong with the argument.
        error: InvalidIdentifier,
    },
}

/// What is wrong with a reply that says success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnswerDefect {
    /// No body where one is described.
    Empty,
    /// An HTML page: a proxy or login page answers in place of the API.
    Html,
    /// Not JSON.
    NotJson,
    /// JSON without what the call's page describes, such as the `id`.
    WrongShape,
}

impl fmt::Display for AnswerDefect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "the reply is empty",
            Self::Html => "the reply is a web page; check the URL and the proxies on the way",
            Self::NotJson => "the reply isn't JSON",
            Self::WrongShape => "the reply lacks what the API describes",
        })
    }
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Try again with growing pauses: overload, network, restart.
    Transient,
    /// The other side isn't ready for this yet; come back later. Azure answers 409 so while it deletes or recovers.
    /// 409 may also mean that the object exists: the caller knows which.
    Waiting,
    /// The same call will fail the same way until somebody changes something.
    Terminal,
}

impl Error {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Status(status) => status.class(),
            Self::Transport { error, .. } => match error.kind {
                TransportErrorKind::UntrustedCertificate | TransportErrorKind::TooLarge => {
                    Class::Terminal
                }
                _ => Class::Transient,
            },
            Self::LoginFailed(cause) => cause.class(),
            Self::LoginRefused(_) => Class::Waiting,
            Self::UnexpectedAnswer { .. } | Self::InvalidIdentifier { .. } => Class::Terminal,
        }
    }

    /// Whether the call, if it was a write, may have happened all the same: no reply after it was sent, a status that a
    /// front end may give for a lost reply (408, 5xx), or a success that can't be read.
    ///
    /// Never send such a create again: look for its result first.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Status(status) => {
                status.operation.effect() == Effect::Write && status.may_hide_an_effect()
            }
            Self::Transport { operation, error } => {
                operation.effect() == Effect::Write && error.may_have_been_sent
            }
            Self::UnexpectedAnswer { operation, .. } => operation.effect() == Effect::Write,
            Self::LoginFailed(_) | Self::LoginRefused(_) | Self::InvalidIdentifier { .. } => false,
        }
    }

    /// CipherTrust Manager says that there is no such object (404 in its own words, not in a front end's).
    ///
    /// Right after a create this proves nothing: nodes of a cluster replicate with a delay.
    pub fn is_not_found(&self) -> bool {
        self.status()
            .is_some_and(|status| status.status == 404 && status.from_manager())
    }

    /// 400: what was asked cannot be so, and nothing was done.
    pub fn is_bad_request(&self) -> bool {
        self.status().is_some_and(|status| status.status == 400)
    }

    /// 409: the object exists, or isn't ready yet.
    pub fn is_conflict(&self) -> bool {
        self.status().is_some_and(|status| status.status == 409)
    }

    /// 429, or the cloud's word for it, that asks for patience. A 429 that names an exhausted quota is not meant.
    pub fn is_throttled(&self) -> bool {
        self.status().is_some_and(StatusError::is_throttled)
    }

    /// 401, even with a new token.
    pub fn is_unauthorized(&self) -> bool {
        self.status().is_some_and(|status| status.status == 401)
    }

    /// 403: the user lacks a permission.
    pub fn is_forbidden(&self) -> bool {
        self.status().is_some_and(|status| status.status == 403)
    }

    /// The login was answered by a refusal of these credentials; trying again may lock the account.
    pub fn credentials_refused(&self) -> bool {
        matches!(self, Self::LoginFailed(cause) if matches!(cause.as_ref(),
            Self::Status(status) if matches!(status.status, 400 | 401 | 403 | 422)))
    }

    /// How long the other side asked to wait.
    pub fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Status(status) => status.retry_after,
            Self::LoginFailed(cause) => cause.retry_after(),
            Self::LoginRefused(refused) => refused.retry_after,
            _ => None,
        }
    }

    /// The call's address can't be written as a URI.
    pub(crate) fn unsendable(operation: &Operation) -> Self {
        Self::InvalidIdentifier {
            operation: operation.clone(),
            error: InvalidIdentifier,
        }
    }

    /// The reply that failed the call itself; none for a failed login.
    pub fn status(&self) -> Option<&StatusError> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }
}
