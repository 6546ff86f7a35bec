//! A transport whose answers are written in the test, and a clock that is moved by hand.

use bytes::Bytes;
use cckm::{
    BaseUrl, Client, ClientOptions, Clock, Credentials, Scope, SecretString, Session,
    SessionOptions, Transport, TransportError,
};
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) type Reply = Result<http::Response<Bytes>, TransportError>;

type Script = dyn Fn(&Sent) -> Reply + Send + Sync;

/// A request as it left the client.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) accept: Option<String>,
    pub(crate) body: serde_json::Value,
}

impl Sent {
    pub(crate) fn is_token(&self) -> bool {
        self.path == "/api/v1/auth/tokens"
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Answers by a script and remembers what was sent.
pub(crate) struct Scripted {
    script: Box<Script>,
    sent: Mutex<Vec<Sent>>,
}

impl Scripted {
    pub(crate) fn new(script: impl Fn(&Sent) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            sent: Mutex::default(),
        })
    }

    /// Gives tokens, and answers all else by the script.
    pub(crate) fn with_login(script: impl Fn(&Sent) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Self::new(move |sent| {
            if sent.is_token() {
                json(200, r#"{"jwt":"token","duration":300}"#)
            } else {
                script(sent)
            }
        })
    }

    /// What was sent, logins aside.
    pub(crate) fn calls(&self) -> Vec<Sent> {
        self.sent
            .lock()
            .unwrap()
            .iter()
            .filter(|sent| !sent.is_token())
            .cloned()
            .collect()
    }

    /// The logins and renewals that were sent.
    pub(crate) fn logins(&self) -> Vec<Sent> {
        self.sent
            .lock()
            .unwrap()
            .iter()
            .filter(|sent| sent.is_token())
            .cloned()
            .collect()
    }
}

impl Transport for Scripted {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Reply> {
        let header = |name| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        let sent = Sent {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request
                .uri()
                .query()
                .unwrap_or_default()
                .split('&')
                .filter_map(pair)
                .collect(),
            authorization: header(http::header::AUTHORIZATION),
            accept: header(http::header::ACCEPT),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
        };
        Box::pin(async move {
            // Lets other callers come in between, as a network does.
            tokio::task::yield_now().await;
            self.sent.lock().unwrap().push(sent.clone());
            (self.script)(&sent)
        })
    }
}

fn pair(text: &str) -> Option<(String, String)> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

pub(crate) fn json(status: u16, body: &str) -> Reply {
    Ok(http::Response::builder()
        .status(status)
        .body(Bytes::from(body.to_owned()))
        .unwrap())
}

/// A clock that stands still until it is moved.
pub(crate) struct HandClock(Mutex<jiff::Timestamp>);

impl HandClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap())))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> jiff::Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) fn password() -> Credentials {
    Credentials::Password {
        username: "operator".to_owned(),
        password: SecretString::from("correct horse"),
        connection: None,
    }
}

pub(crate) fn url() -> BaseUrl {
    BaseUrl::parse("https://cm.example.com/").unwrap()
}

pub(crate) fn client(transport: Arc<Scripted>) -> Client {
    client_with(
        transport,
        SessionOptions::default(),
        ClientOptions::default(),
    )
}

pub(crate) fn client_with(
    transport: Arc<Scripted>,
    session: SessionOptions,
    options: ClientOptions,
) -> Client {
    let session = Session::with_options(
        transport.clone(),
        url(),
        password(),
        Scope::default(),
        session,
    );
    Client::with_options(transport, url(), Arc::new(session), options)
}

/// A client to which every call but a login is answered alike.
pub(crate) fn answering(status: u16, body: &str) -> Client {
    let body = body.to_owned();
    client(Scripted::with_login(move |_| json(status, &body)))
}
