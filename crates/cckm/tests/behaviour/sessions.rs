//! Logging in as seldom as possible, and never in a herd.

use crate::scripted::{HandClock, Reply, Scripted, Sent, client_with, json, password, url};
use cckm::{
    Client, ClientOptions, Credentials, Error, LoginGate, LoginOutcome, LoginRefused, Scope,
    Session, SessionOptions, TransportError, TransportErrorKind,
};
use futures::future::join_all;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A manager that numbers its tokens and takes only the newest ones.
#[derive(Default)]
struct Manager {
    given: AtomicUsize,
    without_refresh_tokens: bool,
    refuses_renewals: AtomicBool,
    refuses_passwords: AtomicBool,
    unreachable: AtomicBool,
    /// Tokens up to this number are refused.
    revoked: AtomicUsize,
}

impl Manager {
    fn answer(&self, sent: &Sent) -> Reply {
        if self.unreachable.load(Ordering::SeqCst) {
            return Err(TransportError {
                kind: TransportErrorKind::Connect,
                may_have_been_sent: false,
            });
        }
        if sent.is_token() {
            let refused = match sent.body["grant_type"].as_str() {
                Some("refresh_token") => self.refuses_renewals.load(Ordering::SeqCst),
                _ => self.refuses_passwords.load(Ordering::SeqCst),
            };
            if refused {
                return json(401, r#"{"code":5,"codeDesc":"NCERRUnauthorizedAccess"}"#);
            }
            let number = self.given.fetch_add(1, Ordering::SeqCst) + 1;
            let renewal = if self.without_refresh_tokens {
                ""
            } else {
                r#","refresh_token":"again""#
            };
            return json(
                200,
                &format!(r#"{{"jwt":"token-{number}","duration":300{renewal}}}"#),
            );
        }
        let number: usize = sent
            .authorization
            .as_ref()
            .unwrap()
            .strip_prefix("Bearer token-")
            .unwrap()
            .parse()
            .unwrap();
        if number <= self.revoked.load(Ordering::SeqCst) {
            return json(401, r#"{"code":1,"codeDesc":"NCERRUnauthorized"}"#);
        }
        json(200, r#"{"id":"a","version":"2.20.0"}"#)
    }
}

/// Counts logins, and forbids them on demand.
#[derive(Default)]
struct Gate {
    closed: AtomicBool,
    permitted: AtomicUsize,
    outcomes: Mutex<Vec<LoginOutcome>>,
}

impl LoginGate for Gate {
    fn permit(&self) -> Result<(), LoginRefused> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(LoginRefused {
                retry_after: Some(Duration::from_mins(5)),
            });
        }
        self.permitted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn settled(&self, outcome: LoginOutcome) {
        self.outcomes.lock().unwrap().push(outcome);
    }
}

struct Bench {
    manager: Arc<Manager>,
    transport: Arc<Scripted>,
    clock: Arc<HandClock>,
    gate: Arc<Gate>,
    client: Client,
}

impl Bench {
    fn new() -> Self {
        Self::with(Manager::default())
    }

    fn with(manager: Manager) -> Self {
        let (manager, clock, gate) = (
            Arc::new(manager),
            HandClock::new(),
            Arc::new(Gate::default()),
        );
        let answers = manager.clone();
        let transport = Scripted::new(move |sent| answers.answer(sent));
        let options = SessionOptions {
            clock: clock.clone(),
            gate: gate.clone(),
            ..SessionOptions::default()
        };
        let client = client_with(transport.clone(), options, ClientOptions::default());
        Self {
            manager,
            transport,
            clock,
            gate,
            client,
        }
    }

    async fn call(&self) -> cckm::Result<()> {
        self.client.system().info().await.map(drop)
    }

    async fn call_by_many(&self) -> Vec<cckm::Result<()>> {
        join_all((0..100).map(|_| self.call())).await
    }

    fn grants(&self) -> Vec<String> {
        let logins = self.transport.logins();
        logins
            .iter()
            .map(|sent| sent.body["grant_type"].as_str().unwrap().to_owned())
            .collect()
    }

    fn last_token(&self) -> String {
        self.transport.calls().pop().unwrap().authorization.unwrap()
    }

    fn outcomes(&self) -> Vec<LoginOutcome> {
        self.gate.outcomes.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_hundred_callers_make_one_login() {
    let bench = Bench::new();
    assert!(bench.call_by_many().await.iter().all(Result::is_ok));
    assert_eq!(bench.grants(), ["password"]);
    assert_eq!(bench.transport.calls().len(), 100);
    assert_eq!(bench.outcomes(), [LoginOutcome::Succeeded]);
}

#[tokio::test]
async fn a_hundred_callers_with_a_wrong_password_make_one_failing_login_and_all_learn_of_it() {
    let bench = Bench::new();
    bench
        .manager
        .refuses_passwords
        .store(true, Ordering::SeqCst);
    let results = bench.call_by_many().await;
    assert!(
        results
            .iter()
            .all(|result| result.as_ref().is_err_and(Error::credentials_refused))
    );
    assert_eq!(bench.grants(), ["password"]);
    assert_eq!(bench.outcomes(), [LoginOutcome::Refused]);
    assert!(bench.transport.calls().is_empty());
}

#[tokio::test]
async fn a_token_is_used_for_240_seconds_and_then_renewed_by_refresh_token() {
    let bench = Bench::new();
    bench.call().await.unwrap();
    bench.clock.advance(239);
    bench.call().await.unwrap();
    assert_eq!(bench.last_token(), "Bearer token-1");
    assert_eq!(bench.grants(), ["password"]);
    bench.clock.advance(1);
    assert!(bench.call_by_many().await.iter().all(Result::is_ok));
    assert_eq!(bench.grants(), ["password", "refresh_token"]);
    assert_eq!(bench.last_token(), "Bearer token-2");
    assert_eq!(bench.transport.logins()[1].body["refresh_token"], "again");
    assert_eq!(
        bench.outcomes(),
        [LoginOutcome::Succeeded],
        "renewals don't pass the gate"
    );
}

#[tokio::test]
async fn while_one_caller_renews_the_others_go_on_with_the_token_that_is_still_good() {
    let bench = Bench::new();
    bench.call().await.unwrap();
    bench.clock.advance(240);
    bench.call_by_many().await;
    let calls = bench.transport.calls();
    let with_old = calls
        .iter()
        .filter(|sent| sent.authorization.as_deref() == Some("Bearer token-1"));
    assert!(with_old.count() > 1);
    bench.clock.advance(300);
    bench.call_by_many().await;
    let last = &bench.transport.calls()[101..];
    assert!(
        last.iter()
            .all(|sent| sent.authorization.as_deref() == Some("Bearer token-3"))
    );
}

#[tokio::test]
async fn a_refused_refresh_token_is_followed_by_one_login_with_the_password() {
    let bench = Bench::new();
    bench.call().await.unwrap();
    bench.manager.refuses_renewals.store(true, Ordering::SeqCst);
    bench.clock.advance(301);
    assert!(bench.call_by_many().await.iter().all(Result::is_ok));
    assert_eq!(bench.grants(), ["password", "refresh_token", "password"]);
    assert_eq!(
        bench.outcomes(),
        [LoginOutcome::Succeeded, LoginOutcome::Succeeded]
    );
}

#[tokio::test]
async fn without_a_refresh_token_the_login_is_repeated() {
    let bench = Bench::with(Manager {
        without_refresh_tokens: true,
        ..Manager::default()
    });
    bench.call().await.unwrap();
    bench.clock.advance(240);
    bench.call().await.unwrap();
    assert_eq!(bench.grants(), ["password", "password"]);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_for_now_is_used_until_its_end() {
    let bench = Bench::with(Manager {
        without_refresh_tokens: true,
        ..Manager::default()
    });
    bench.call().await.unwrap();
    bench.clock.advance(250);
    bench.gate.closed.store(true, Ordering::SeqCst);
    bench.call().await.unwrap();
    bench.clock.advance(50);
    let error = bench.call().await.unwrap_err();
    assert!(matches!(error, Error::LoginRefused(_)), "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_mins(5)));
    assert_eq!(
        bench.grants(),
        ["password"],
        "the gate kept every further login back"
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_by_one_login_and_every_request_is_sent_once_more() {
    let bench = Bench::new();
    bench.call().await.unwrap();
    bench.manager.revoked.store(1, Ordering::SeqCst);
    assert!(bench.call_by_many().await.iter().all(Result::is_ok));
    assert_eq!(
        bench.grants(),
        ["password", "password"],
        "by credentials: the refresh token may be revoked as well"
    );
    assert_eq!(bench.transport.calls().len(), 1 + 100 + 100);
}

#[tokio::test]
async fn a_token_refused_twice_is_the_callers_to_deal_with() {
    let bench = Bench::new();
    bench.manager.revoked.store(usize::MAX, Ordering::SeqCst);
    let error = bench.call().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert!(!error.credentials_refused());
    assert_eq!(bench.grants(), ["password", "password"]);
    assert_eq!(bench.transport.calls().len(), 2);
}

#[tokio::test]
async fn an_unreachable_manager_says_nothing_about_the_credentials() {
    let bench = Bench::new();
    bench.manager.unreachable.store(true, Ordering::SeqCst);
    let error = bench.call().await.unwrap_err();
    assert!(!error.credentials_refused());
    assert_eq!(error.class(), cckm::Class::Transient);
    assert_eq!(bench.outcomes(), [LoginOutcome::Unavailable]);
    bench.manager.unreachable.store(false, Ordering::SeqCst);
    bench.call().await.unwrap();
    assert_eq!(
        bench.outcomes(),
        [LoginOutcome::Unavailable, LoginOutcome::Succeeded]
    );
}

#[tokio::test]
async fn a_login_given_up_half_way_is_settled_and_the_next_caller_logs_in() {
    let bench = Bench::new();
    {
        let mut call = Box::pin(bench.call());
        assert!(futures::poll!(&mut call).is_pending());
    }
    assert_eq!(bench.outcomes(), [LoginOutcome::Abandoned]);
    bench.call().await.unwrap();
    assert_eq!(
        bench.outcomes(),
        [LoginOutcome::Abandoned, LoginOutcome::Succeeded]
    );
    assert_eq!(bench.gate.permitted.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_login_asks_for_a_refresh_token_that_ends_and_names_its_domains() {
    let transport = Scripted::new(|_| {
        json(
            200,
            r#"{"jwt":"token","refresh_token":"again","duration":1}"#,
        )
    });
    let scope = Scope {
        domain: Some("payments".to_owned()),
        auth_domain: Some("root".to_owned()),
        auth_domain_path: Some("/tenant".to_owned()),
    };
    let session = Session::new(transport.clone(), url(), password(), scope);
    session.establish().await.unwrap();
    assert_eq!(
        transport.logins()[0].body,
        serde_json::json!({
            "grant_type": "password", "username": "operator", "password": "correct horse",
            "domain": "payments", "auth_domain": "root", "auth_domain_path": "/tenant",
            "refresh_token_lifetime": 1440, "refresh_token_revoke_unused_in": 30,
        })
    );
    assert_eq!(transport.logins()[0].authorization, None);
}

#[tokio::test]
async fn certificates_log_in_by_their_own_grants() {
    let scope = || Scope {
        domain: Some("payments".to_owned()),
        ..Scope::default()
    };
    let transport = Scripted::new(|_| json(200, r#"{"jwt":"token"}"#));
    let user = Session::new(
        transport.clone(),
        url(),
        Credentials::UserCertificate,
        scope(),
    );
    user.establish().await.unwrap();
    let client = Credentials::ClientCertificate {
        client_id: "7a".to_owned(),
    };
    Session::new(transport.clone(), url(), client, scope())
        .establish()
        .await
        .unwrap();
    let bodies: Vec<_> = transport
        .logins()
        .into_iter()
        .map(|sent| sent.body)
        .collect();
    assert_eq!(bodies[0]["grant_type"], "user_certificate");
    assert_eq!(bodies[0]["domain"], "payments");
    assert_eq!(
        bodies[1],
        serde_json::json!({"grant_type": "client_credential", "client_id": "7a"})
    );
}

#[tokio::test]
async fn a_login_answered_by_a_web_page_is_an_unexpected_answer_of_the_login() {
    let transport = Scripted::new(|_| json(200, "<html></html>"));
    let error = client_with(
        transport,
        SessionOptions::default(),
        ClientOptions::default(),
    )
    .system()
    .info()
    .await
    .unwrap_err();
    assert!(
        matches!(&error, Error::LoginFailed(cause) if matches!(**cause, Error::UnexpectedAnswer { .. }))
    );
    assert!(!error.outcome_unknown());
}
