//! Logging in, and keeping a token.

mod grant;
mod session;

pub use session::{Session, SessionOptions};

use crate::secret::SecretString;
use std::time::Duration;

/// How to prove who one is.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// User name and password (grant `password`).
    Password {
        /// The user; an LDAP user may be written `connection|user`.
        username: String,
        /// The password.
        password: SecretString,
        /// Where the user is known; absent = `local_account`.
        connection: Option<String>,
    },
    /// The certificate of the TLS handshake, whose subject belongs to a user (grant `user_certificate`).
    UserCertificate,
    /// The certificate of the TLS handshake, which belongs to a registered client (grant `client_credential`).
    /// CipherTrust Manager gives such clients no refresh token, and no choice of domain.
    ClientCertificate {
        /// The registered client.
        client_id: String,
    },
}

/// In which domain to act, and where the user is at home. Absent = the root domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The domain to act in, by name or ID.
    pub domain: Option<String>,
    /// The domain in which the user was made.
    pub auth_domain: Option<String>,
    /// The same as a path, for the hosted form of CipherTrust Manager.
    pub auth_domain_path: Option<String>,
}

/// Stands before every login by credentials, so that a wrong password is tried once and not once per caller: accounts
/// get locked. Renewals by refresh token don't pass here.
///
/// Both methods are called while the session's single login is under way, one login at a time; they must not block.
pub trait LoginGate: Send + Sync + 'static {
    /// Whether a login may be tried now.
    fn permit(&self) -> Result<(), LoginRefused> {
        Ok(())
    }

    /// A permitted login has ended. Called exactly once for each [`permit`](Self::permit) that was granted.
    fn settled(&self, outcome: LoginOutcome) {
        let _ = outcome;
    }
}

/// Permits every login.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenGate;

impl LoginGate for OpenGate {}

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoginOutcome {
    /// A token was given.
    Succeeded,
    /// These credentials were refused.
    Refused,
    /// No answer about the credentials: not reachable, overloaded, not understandable.
    Unavailable,
    /// The login was given up before its reply; it may have counted on the other side.
    Abandoned,
}

/// The gate forbids logins for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, thiserror::Error)]
#[error("no login for now, because earlier ones failed")]
pub struct LoginRefused {
    /// When to ask again, from now.
    pub retry_after: Option<Duration>,
}
