//! Refresh tokens: how long they live, and what revokes them.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    clock::later,
    http::refusal::Refusal,
    manager::tokens::{Principal, Tokens},
};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct RefreshToken {
    pub(crate) id: String,
    #[serde(skip)]
    pub(crate) secret: String,
    #[serde(rename = "userId")]
    pub(crate) user_id: String,
    pub(crate) username: String,
    pub(crate) client_id: String,
    pub(crate) domain: String,
    pub(crate) labels: Vec<String>,
    #[serde(rename = "createdAt")]
    pub(crate) created_at: Timestamp,
    #[serde(rename = "refreshedAt")]
    pub(crate) refreshed_at: Timestamp,
    /// Absolute life in minutes; for ever when absent.
    pub(crate) lifetime: Option<i64>,
    /// Minutes without use after which it is revoked; never when absent.
    pub(crate) revoke_unused_in: Option<i64>,
    pub(crate) revoked: bool,
}

impl RefreshToken {
    /// When it ends unless used again.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        let minutes = |start, minutes: i64| later(start, SignedDuration::from_mins(minutes));
        let absolute = self.lifetime.map(|life| minutes(self.created_at, life));
        let unused = self
            .revoke_unused_in
            .map(|idle| minutes(self.refreshed_at, idle));
        match (absolute, unused) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        }
    }

    pub(crate) fn usable(&self, now: Timestamp) -> bool {
        !self.revoked && self.ends().is_none_or(|end| now < end)
    }

    /// Whole seconds left, when there is a limit.
    pub(crate) fn expires_in(&self, now: Timestamp) -> Option<i64> {
        self.ends()
            .map(|end| end.duration_since(now).as_secs().max(0))
    }
}

impl Tokens {
    /// Uses a refresh token: who may have a new bearer token, and the token as it was. With
    /// `renew` it can't be used again.
    pub(crate) fn refresh(
        &mut self,
        secret: &str,
        domain: Option<&str>,
        renew: bool,
        now: Timestamp,
    ) -> Result<(Principal, RefreshToken), Refusal> {
        let refused = |text: &str| Err(Refusal::WrongCredentials(text.to_owned()));
        let Some(token) = self
            .refresh_tokens
            .iter_mut()
            .find(|token| token.secret == secret)
        else {
            return refused("Invalid refresh token.");
        };
        if !token.usable(now) {
            return refused("The refresh token has expired or has been revoked.");
        }
        if domain.is_some_and(|domain| domain != token.domain) {
            token.revoked = true;
            return refused("The refresh token was issued for another domain and is now revoked.");
        }
        token.refreshed_at = now;
        token.revoked = renew;
        let principal = Principal {
            id: token.user_id.clone(),
            name: token.username.clone(),
            domain: token.domain.clone(),
        };
        Ok((principal, token.clone()))
    }
}
