//! The bodies of `POST /v1/auth/tokens`.

use super::{Credentials, Scope};
use crate::decode::Scalar;
use crate::error::AnswerDefect;
use crate::secret::SecretString;
use http::HeaderValue;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Minutes after which a refresh token ends. Without a bound CipherTrust Manager keeps every one for ever, and its
/// database fills.
const REFRESH_TOKEN_LIFETIME: u32 = 1440;

/// Minutes without use after which a refresh token ends. A token is renewed every four minutes.
const REFRESH_TOKEN_IDLE: u32 = 30;

/// How long a token lives where the reply doesn't say: what every page says.
const TOKEN_LIFETIME: Duration = Duration::from_mins(5);

/// The request for a token.
#[derive(Serialize, Default)]
#[expect(clippy::struct_field_names, reason = "names of the wire")]
pub(super) struct Grant<'a> {
    grant_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_domain: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_domain_path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_lifetime: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_revoke_unused_in: Option<u32>,
}

impl<'a> Grant<'a> {
    /// A login.
    pub(super) fn login(credentials: &'a Credentials, scope: &'a Scope) -> Self {
        let of_user = Self {
            domain: scope.domain.as_deref(),
            auth_domain: scope.auth_domain.as_deref(),
            auth_domain_path: scope.auth_domain_path.as_deref(),
            refresh_token_lifetime: Some(REFRESH_TOKEN_LIFETIME),
            refresh_token_revoke_unused_in: Some(REFRESH_TOKEN_IDLE),
            ..Self::default()
        };
        match credentials {
            Credentials::Password {
                username,
                password,
                connection,
            } => Self {
                grant_type: "password",
                username: Some(username),
                password: Some(password.expose()),
                connection: connection.as_deref(),
                ..of_user
            },
            Credentials::UserCertificate => Self {
                grant_type: "user_certificate",
                ..of_user
            },
            Credentials::ClientCertificate { client_id } => Self {
                grant_type: "client_credential",
                client_id: Some(client_id),
                ..Self::default()
            },
        }
    }

    /// A renewal. It names the domain of the login: for another one the refresh token would be revoked.
    pub(super) fn renewal(refresh_token: &'a SecretString, scope: &'a Scope) -> Self {
        Self {
            grant_type: "refresh_token",
            refresh_token: Some(refresh_token.expose()),
            domain: scope.domain.as_deref(),
            ..Self::default()
        }
    }
}

/// The reply that holds a token.
pub(super) struct Granted {
    /// `Bearer …`, marked as sensitive.
    pub(super) authorization: HeaderValue,
    pub(super) lifetime: Duration,
    pub(super) refresh_token: Option<SecretString>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    jwt: Option<SecretText>,
    refresh_token: Option<SecretText>,
    duration: Scalar,
}

struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::new(text)))
    }
}

impl Granted {
    pub(super) fn read(body: &[u8]) -> Result<Self, AnswerDefect> {
        let wire: Wire = crate::decode::plain(body)?;
        let jwt = wire.jwt.ok_or(AnswerDefect::WrongShape)?.0;
        let bearer = zeroize::Zeroizing::new(format!("Bearer {}", jwt.expose()));
        let mut authorization =
            HeaderValue::from_str(&bearer).map_err(|_| AnswerDefect::WrongShape)?;
        authorization.set_sensitive(true);
        let seconds = wire
            .duration
            .integer()
            .and_then(|seconds| u64::try_from(seconds).ok());
        Ok(Self {
            authorization,
            lifetime: seconds
                .filter(|seconds| *seconds > 0)
                .map_or(TOKEN_LIFETIME, Duration::from_secs),
            refresh_token: wire
                .refresh_token
                .map(|text| text.0)
                .filter(|text| !text.expose().is_empty()),
        })
    }
}
