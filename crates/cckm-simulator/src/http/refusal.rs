//! Refusals and their wire form `{code, codeDesc, message, requestID}`.

use serde_json::{Value, json};

use crate::switches::{PurgeProtection, StateRefusal, Switches};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A parameter's value can't be.
    Invalid(String),
    /// The request itself can't be read.
    BadRequest(String),
    /// Wrong user name, password, certificate, client or refresh token.
    WrongCredentials(String),
    /// No valid bearer token.
    Unauthorized(String),
    NotFound(String),
    Conflict(String),
    /// The object's state doesn't allow it.
    State(String),
    /// Purge protection doesn't allow it.
    PurgeProtected(String),
    Internal(String),
}

impl Refusal {
    /// Status, number, symbol and text. The numbers 4 and 17 are assumed; the others have been seen.
    fn parts(&self, switches: &Switches) -> (u16, u16, &'static str, &str) {
        match self {
            Self::Invalid(text) => (400, 9, "NCERRInvalidParamValue", text),
            Self::BadRequest(text) => (400, 15, "NCERRBadRequest", text),
            Self::WrongCredentials(text) => (401, 5, "NCERRUnauthorizedAccess", text),
            Self::Unauthorized(text) => (401, 1, "NCERRUnauthorized", text),
            Self::NotFound(text) => (404, 16, "NCERRResourceNotFound", text),
            Self::Conflict(text) => (409, 17, "NCERRConflict", text),
            Self::State(text) => match switches.state_refusal_status {
                StateRefusal::BadRequest => (400, 15, "NCERRBadRequest", text),
                StateRefusal::Conflict => (409, 17, "NCERRConflict", text),
                StateRefusal::Unprocessable => (422, 9, "NCERRInvalidParamValue", text),
            },
            Self::PurgeProtected(text) => match switches.azure_purge_protection_status {
                PurgeProtection::Forbidden => (403, 4, "NCERRForbidden", text),
                PurgeProtection::Conflict => (409, 17, "NCERRConflict", text),
            },
            Self::Internal(text) => (500, 14, "NCERRInternalServerError", text),
        }
    }

    pub(crate) fn answer(&self, switches: &Switches, request_id: &str) -> (u16, Value) {
        let (status, code, symbol, text) = self.parts(switches);
        let body = json!({
            "code": code,
            "codeDesc": format!("{symbol}: {text}"),
            "requestID": request_id,
        });
        (status, body)
    }
}

/// A short form for a resource that isn't there.
pub(crate) fn not_found() -> Refusal {
    Refusal::NotFound("Resource not found".to_owned())
}

pub(crate) fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::Invalid(text.into())
}

pub(crate) fn conflict(text: impl Into<String>) -> Refusal {
    Refusal::Conflict(text.into())
}

pub(crate) fn wrong_state(text: impl Into<String>) -> Refusal {
    Refusal::State(text.into())
}
