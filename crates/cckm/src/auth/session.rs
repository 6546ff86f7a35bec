//! One login shared by all callers.

use super::grant::{Grant, Granted};
use super::{Credentials, LoginGate, LoginOutcome, OpenGate, Scope};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::exchange::{Line, RequestObserver, json_body};
use crate::operation::Operation;
use crate::path::BaseUrl;
use crate::secret::SecretString;
use crate::transport::Transport;
use http::{HeaderValue, header};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long before its end a token is renewed. Tokens live five minutes, so a much longer margin would renew always.
const MARGIN: Duration = Duration::from_mins(1);

/// What a session may be given besides credentials.
pub struct SessionOptions {
    /// Judges the end of tokens; the machine's clock.
    pub clock: Arc<dyn Clock>,
    /// Permits logins; permits all.
    pub gate: Arc<dyn LoginGate>,
    /// Is told of every login and renewal; nobody.
    pub observer: Option<Arc<dyn RequestObserver>>,
    /// For one login or renewal: 30 s.
    pub deadline: Duration,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            gate: Arc::new(OpenGate),
            observer: None,
            deadline: Duration::from_secs(30),
        }
    }
}

/// A token, kept and renewed. One per manager, user and domain, shared by all clients of these.
///
/// However many callers need a token, there is one login at a time, and its failure is the answer to all who waited.
/// The token lives 300 s and is renewed 60 s earlier: by refresh token where there is one, else, or if that is
/// refused, by the credentials.
pub struct Session {
    line: Line,
    address: String,
    credentials: Credentials,
    scope: Scope,
    options: SessionOptions,
    current: RwLock<Option<Token>>,
    login: Mutex<Login>,
    /// How many logins and renewals have ended.
    attempts: AtomicU64,
}

/// What only the one who logs in touches.
#[derive(Default)]
struct Login {
    refresh_token: Option<SecretString>,
    /// Of the latest attempt, if it failed.
    failure: Option<Error>,
}

/// A token as handed to a request.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) authorization: HeaderValue,
    renew_at: jiff::Timestamp,
    ends_at: jiff::Timestamp,
    /// Tells one token from the next.
    number: u64,
}

impl Session {
    /// A session that logs in at its first use.
    pub fn new(
        transport: Arc<dyn Transport>,
        base_url: BaseUrl,
        credentials: Credentials,
        scope: Scope,
    ) -> Self {
        Self::with_options(
            transport,
            base_url,
            credentials,
            scope,
            SessionOptions::default(),
        )
    }

    /// The same, with options.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the address belongs to the session, as the rest does"
    )]
    pub fn with_options(
        transport: Arc<dyn Transport>,
        base_url: BaseUrl,
        credentials: Credentials,
        scope: Scope,
        options: SessionOptions,
    ) -> Self {
        Self {
            line: Line {
                transport,
                observer: options.observer.clone(),
            },
            address: format!("{base_url}/api{}", Operation::token().path()),
            credentials,
            scope,
            options,
            current: RwLock::new(None),
            login: Mutex::default(),
            attempts: AtomicU64::new(0),
        }
    }

    /// Logs in, unless there is a token. Lets a caller find out early whether the credentials are good.
    pub async fn establish(&self) -> Result<()> {
        self.token().await.map(drop)
    }

    /// A token that is good for at least another minute, or, where renewing fails for now, for this moment.
    pub(crate) async fn token(&self) -> Result<Token> {
        let present = self.present();
        if let Some(token) = present
            .as_ref()
            .filter(|token| self.options.clock.now() < token.renew_at)
        {
            return Ok(token.clone());
        }
        // While somebody else renews it, which may take long, the old token is still good.
        if let Some(token) = present
            .as_ref()
            .filter(|token| self.options.clock.now() < token.ends_at)
            && self.login.try_lock().is_err()
        {
            return Ok(token.clone());
        }
        let renewed = self
            .replace(present.as_ref().map(|token| token.number), true)
            .await;
        match (renewed, present) {
            (Err(error), Some(token))
                if still_usable(&error) && self.options.clock.now() < token.ends_at =>
            {
                Ok(token)
            }
            (renewed, _) => renewed,
        }
    }

    /// A token other than `refused`, by a login with the credentials unless somebody else has made one since.
    pub(crate) async fn after_refusal(&self, refused: &Token) -> Result<Token> {
        self.replace(Some(refused.number), false).await
    }

    fn present(&self) -> Option<Token> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the token `old`. Of many callers one logs in; the others get its result, good or bad.
    async fn replace(&self, old: Option<u64>, may_renew: bool) -> Result<Token> {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut login = self.login.lock().await;
        if let Some(token) = self.present().filter(|token| Some(token.number) != old) {
            return Ok(token);
        }
        if let Some(failure) = login
            .failure
            .clone()
            .filter(|_| self.attempts.load(Ordering::Acquire) != seen)
        {
            return Err(failure);
        }
        if !may_renew {
            self.set(None);
            login.refresh_token = None;
        }
        let result = self.obtain(&mut login).await;
        let number = self.attempts.fetch_add(1, Ordering::AcqRel) + 1;
        login.failure = result.as_ref().err().cloned();
        let (granted, asked_at) = result?;
        let token = Token {
            authorization: granted.authorization,
            renew_at: later(
                asked_at,
                granted
                    .lifetime
                    .saturating_sub(MARGIN.min(granted.lifetime / 2)),
            ),
            ends_at: later(asked_at, granted.lifetime),
            number,
        };
        if granted.refresh_token.is_some() {
            login.refresh_token = granted.refresh_token;
        }
        self.set(Some(token.clone()));
        Ok(token)
    }

    fn set(&self, token: Option<Token>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    /// A new token: by refresh token, else by credentials. Also tells when it was asked for, its life's earliest start.
    async fn obtain(&self, login: &mut Login) -> Result<(Granted, jiff::Timestamp)> {
        if let Some(refresh_token) = &login.refresh_token {
            match self.ask(&Grant::renewal(refresh_token, &self.scope)).await {
                Err(Error::Status(refusal)) if matches!(refusal.status, 400..=404 | 422) => {
                    login.refresh_token = None;
                }
                result => return result.map_err(|error| Error::LoginFailed(Box::new(error))),
            }
        }
        self.options.gate.permit()?;
        let settlement = Settlement {
            gate: self.options.gate.as_ref(),
            outcome: LoginOutcome::Abandoned,
        };
        let result = self
            .ask(&Grant::login(&self.credentials, &self.scope))
            .await;
        let result = result.map_err(|error| Error::LoginFailed(Box::new(error)));
        settlement.settle(match &result {
            Ok(_) => LoginOutcome::Succeeded,
            Err(error) if error.credentials_refused() => LoginOutcome::Refused,
            Err(_) => LoginOutcome::Unavailable,
        });
        result
    }

    async fn ask(&self, grant: &Grant<'_>) -> Result<(Granted, jiff::Timestamp)> {
        let operation = Operation::token();
        let asked_at = self.options.clock.now();
        let request = http::Request::post(&self.address)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json")
            .body(json_body(grant));
        let request = request.map_err(|_| Error::unsendable(&operation))?;
        let reply = self
            .line
            .exchange(&operation, request, self.options.deadline)
            .await?;
        let status = reply.status().as_u16();
        let granted = Granted::read(reply.body()).map_err(|defect| Error::UnexpectedAnswer {
            operation,
            status,
            defect,
        })?;
        Ok((granted, asked_at))
    }
}

/// A failure that leaves an earlier token as good as it was.
fn still_usable(error: &Error) -> bool {
    match error {
        Error::LoginRefused(_) => true,
        error => error.class() != crate::error::Class::Terminal,
    }
}

fn later(moment: jiff::Timestamp, by: Duration) -> jiff::Timestamp {
    let by = jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX);
    moment.saturating_add(by).unwrap_or(jiff::Timestamp::MAX)
}

/// Tells the gate how a login ended, even if the caller gave up in the middle of it.
struct Settlement<'a> {
    gate: &'a dyn LoginGate,
    outcome: LoginOutcome,
}

impl Settlement<'_> {
    fn settle(mut self, outcome: LoginOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Settlement<'_> {
    fn drop(&mut self) {
        self.gate.settled(self.outcome);
    }
}
