//! Users, clients and bearer tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    certificate::DistinguishedName,
    clock::seconds_later,
    http::refusal::Refusal,
    manager::{record::ACCOUNT, refresh_tokens::RefreshToken},
    seed::Identifiers,
    switches::Switches,
};

/// Life of a bearer token in seconds.
pub(crate) const LIFETIME: i64 = 300;
/// CM's first domain.
pub(crate) const ROOT: &str = "root";
/// Its ID, which names it as well.
pub(crate) const ROOT_ID: &str = "00000000-0000-0000-0000-000000000000";
/// The source of users whom CM itself stores.
pub(crate) const LOCAL_ACCOUNT: &str = "local_account";

#[derive(Clone, Debug, Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) username: String,
    #[serde(skip)]
    pub(crate) password: String,
    pub(crate) domain: String,
    pub(crate) connection: String,
    #[serde(skip)]
    pub(crate) certificate_subject: Option<DistinguishedName>,
    pub(crate) failed_logins_count: u32,
    pub(crate) account_lockout_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(skip)]
    pub(crate) certificate_subject: DistinguishedName,
}

/// Who makes a request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Principal {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The domain in which it acts.
    pub(crate) domain: String,
}

#[derive(Debug)]
struct Bearer {
    jwt: String,
    principal: Principal,
    expires: Timestamp,
}

/// Everyone who may log in, and what they hold.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<Client>,
    pub(crate) domains: Vec<String>,
    pub(crate) refresh_tokens: Vec<RefreshToken>,
    bearers: Vec<Bearer>,
}

impl Tokens {
    /// Checks a password, counting failures and locking the user out after too many.
    pub(crate) fn log_in(
        &mut self,
        user: impl Fn(&User) -> bool,
        password: &str,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<User, Refusal> {
        let user = self
            .users
            .iter_mut()
            .find(|candidate| user(candidate))
            .ok_or_else(wrong_password)?;
        if let Some(locked) = user.account_lockout_at {
            if now < seconds_later(locked, switches.login_lockout_seconds) {
                return Err(Refusal::WrongCredentials(
                    "The account is locked.".to_owned(),
                ));
            }
            user.account_lockout_at = None;
            user.failed_logins_count = 0;
        }
        if user.password != password {
            user.failed_logins_count += 1;
            if user.failed_logins_count >= switches.login_failures_before_lockout {
                user.account_lockout_at = Some(now);
            }
            return Err(wrong_password());
        }
        user.failed_logins_count = 0;
        Ok(user.clone())
    }

    /// A new bearer token.
    pub(crate) fn issue(
        &mut self,
        principal: Principal,
        now: Timestamp,
        identifiers: &mut Identifiers,
    ) -> String {
        self.bearers.retain(|bearer| bearer.expires > now);
        let issued = now.as_second();
        let jwt = jwt(&principal, issued, identifiers);
        let expires = Timestamp::from_second(issued + LIFETIME).unwrap_or(Timestamp::MAX);
        self.bearers.push(Bearer {
            jwt: jwt.clone(),
            principal,
            expires,
        });
        jwt
    }

    /// Who holds the bearer token in this Authorization header.
    pub(crate) fn authorize(
        &self,
        authorization: Option<&str>,
        now: Timestamp,
        switches: &Switches,
    ) -> Result<Principal, Refusal> {
        let unauthorized = |text: String| Err(Refusal::Unauthorized(text));
        let Some(jwt) = authorization.and_then(|header| header.strip_prefix("Bearer ")) else {
            return unauthorized("Bearer token missing.".to_owned());
        };
        let Some(bearer) = self.bearers.iter().find(|bearer| bearer.jwt == jwt) else {
            return unauthorized("Bearer token malformed.".to_owned());
        };
        let early = i64::try_from(switches.token_refused_before_expiry_seconds).unwrap_or(i64::MAX);
        let end = bearer
            .expires
            .saturating_sub(SignedDuration::from_secs(early))
            .unwrap_or(Timestamp::MIN);
        if now >= end {
            let past = now.duration_since(end).as_secs();
            return unauthorized(format!(
                "Bearer token malformed: Token is expired by {past}s"
            ));
        }
        Ok(bearer.principal.clone())
    }

    /// Whether a token can be issued for this domain.
    pub(crate) fn knows_domain(&self, domain: &str) -> bool {
        domain == ROOT
            || self.domains.iter().any(|known| known == domain)
            || self.users.iter().any(|user| user.domain == domain)
    }
}

pub(crate) fn wrong_password() -> Refusal {
    Refusal::WrongCredentials("Wrong username or password.".to_owned())
}

/// A token in the form of a JWT with CM's claims; its signature is a digest, good for nobody else.
fn jwt(principal: &Principal, issued: i64, identifiers: &mut Identifiers) -> String {
    let domain_id = if principal.domain == ROOT {
        ROOT_ID
    } else {
        principal.domain.as_str()
    };
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let claims = json!({
        "iss": "kylo",
        "aud": identifiers.uuid(),
        "sub": format!("local|{}", principal.id),
        "acc": ACCOUNT,
        "preferred_username": principal.name,
        "cust": { "domain_id": domain_id, "zone_id": domain_id, "groups": ["admin"], "sid": identifiers.uuid() },
        "jwtid": identifiers.uuid(),
        "iat": issued,
        "exp": issued + LIFETIME,
    });
    let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
    let signed = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(claims.to_string())
    );
    let mut digest = Sha256::new();
    digest.update(signed.as_bytes());
    digest.update(identifiers.bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(digest.finalize()))
}
