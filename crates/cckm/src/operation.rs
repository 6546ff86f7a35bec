//! The calls of the API, by method and path.

use http::Method;
use std::fmt;

/// What a call may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Read,
    /// CipherTrust Manager's stored rows: it reads the cloud again. Nothing in the cloud.
    Refresh,
    /// A key, in CipherTrust Manager or in the cloud, or which containers CipherTrust Manager knows.
    Write,
}

/// One call of the API: its method and its path as the CCKM pages write it, with placeholders and without `/api`.
///
/// Safe to log and to use as a metric label: it holds no identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Operation {
    method: Method,
    path: &'static str,
    effect: Effect,
}

impl Operation {
    pub(crate) const fn get(path: &'static str) -> Self {
        Self {
            method: Method::GET,
            path,
            effect: Effect::Read,
        }
    }

    pub(crate) const fn post(path: &'static str) -> Self {
        Self {
            method: Method::POST,
            path,
            effect: Effect::Write,
        }
    }

    pub(crate) const fn patch(path: &'static str) -> Self {
        Self {
            method: Method::PATCH,
            path,
            effect: Effect::Write,
        }
    }

    pub(crate) const fn delete(path: &'static str) -> Self {
        Self {
            method: Method::DELETE,
            path,
            effect: Effect::Write,
        }
    }

    /// A POST that makes CipherTrust Manager read the cloud again.
    pub(crate) const fn refresh(path: &'static str) -> Self {
        Self {
            method: Method::POST,
            path,
            effect: Effect::Refresh,
        }
    }

    /// A POST by which CipherTrust Manager asks the cloud what there is, and keeps nothing of it.
    pub(crate) const fn discover(path: &'static str) -> Self {
        Self {
            method: Method::POST,
            path,
            effect: Effect::Read,
        }
    }

    /// A POST that changes nothing that outlives a session.
    pub(crate) const fn token() -> Self {
        Self {
            method: Method::POST,
            path: "/v1/auth/tokens",
            effect: Effect::Read,
        }
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path template, such as `/v1/cckm/azure/secrets/{id}/hard-delete`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What the call may change.
    pub fn effect(&self) -> Effect {
        self.effect
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}
