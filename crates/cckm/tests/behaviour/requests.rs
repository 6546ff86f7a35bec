//! How requests are sent: addresses, deadlines, observers, throttles.

use crate::scripted::{Scripted, client, client_with, json};
use cckm::{
    Admission, BaseUrl, Client, ClientOptions, Effect, Error, Exchange, Operation, RequestObserver,
    SessionOptions, Throttle, TransportError, TransportErrorKind,
};
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn an_identifier_that_would_change_the_path_is_never_sent() {
    let transport = Scripted::with_login(|_| json(200, r#"{"id":"a"}"#));
    let client = client(transport.clone());
    for id in [
        "",
        ".",
        "..",
        "a/b",
        "a/../b",
        "..%2f",
        "a?b",
        "a#b",
        "a\\b",
        "a b",
        "a\nb",
        "a\0b",
        &"a".repeat(513),
    ] {
        let error = client.azure().secrets().hard_delete(id).await.unwrap_err();
        assert!(matches!(error, Error::InvalidIdentifier { .. }), "{id:?}");
        assert!(!error.outcome_unknown());
    }
    assert!(transport.calls().is_empty());
    assert!(transport.logins().is_empty(), "not even a login");
    client.vault_keys().get("name:ü+&=").await.unwrap();
    assert_eq!(
        transport.calls()[0].path,
        "/api/v1/vault/keys2/name%3A%C3%BC%2B%26%3D"
    );
}

#[tokio::test]
async fn filters_are_encoded_and_cannot_add_others() {
    let transport = Scripted::with_login(|_| json(200, r#"{"total":0}"#));
    let filters = [("secret_name", "a&limit=1 #")];
    client(transport.clone())
        .azure()
        .secrets()
        .list(&filters)
        .await
        .unwrap();
    let sent = &transport.calls()[0];
    assert_eq!(sent.query("secret_name"), Some("a%26limit%3D1%20%23"));
    assert_eq!(sent.query("limit"), Some("200"));
}

#[test]
fn a_base_url_is_an_absolute_address_without_user_query_or_fragment() {
    for (text, base) in [
        ("https://cm.example.com", "https://cm.example.com"),
        (
            "https://cm.example.com:8443/cm/",
            "https://cm.example.com:8443/cm",
        ),
        ("http://127.0.0.1:9000//", "http://127.0.0.1:9000"),
        ("https://[::1]", "https://[::1]"),
    ] {
        assert_eq!(BaseUrl::parse(text).unwrap().as_str(), base);
    }
    for text in [
        "",
        "cm.example.com",
        "/api",
        "ftp://cm",
        "https://u:p@cm",
        "https://cm/?a=b",
        "https://cm/#a",
        "https://",
    ] {
        assert!(BaseUrl::parse(text).is_err(), "{text}");
    }
}

/// Never answers but logins.
struct Silent;

impl cckm::Transport for Silent {
    fn send(&self, request: http::Request<bytes::Bytes>) -> BoxFuture<'_, crate::scripted::Reply> {
        Box::pin(async move {
            if request.uri().path().ends_with("/tokens") {
                return json(200, r#"{"jwt":"token"}"#);
            }
            futures::future::pending().await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_ends_at_its_deadline_and_a_write_may_then_have_happened() {
    let session = cckm::Session::new(
        Arc::new(Silent),
        crate::scripted::url(),
        crate::scripted::password(),
        cckm::Scope::default(),
    );
    let client = Client::new(Arc::new(Silent), crate::scripted::url(), Arc::new(session));
    let started = tokio::time::Instant::now();
    let error = client.oci().keys().get("k").await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 30);
    assert!(!error.outcome_unknown(), "a read changes nothing");
    let error = client.oci().keys().disable("k").await.unwrap_err();
    assert_eq!(started.elapsed().as_secs(), 150);
    assert!(error.outcome_unknown());
    let timeout = TransportError {
        kind: TransportErrorKind::Timeout,
        may_have_been_sent: true,
    };
    assert!(matches!(error, Error::Transport { error, .. } if error == timeout));
}

#[derive(Default)]
struct Recorder(Mutex<Vec<Seen>>);

/// Operation, status and request id.
type Seen = (String, Option<u16>, Option<String>);

impl RequestObserver for Recorder {
    fn observed(&self, exchange: &Exchange<'_>) {
        let id = exchange.request_id.map(str::to_owned);
        self.0
            .lock()
            .unwrap()
            .push((exchange.operation.to_string(), exchange.outcome.ok(), id));
    }
}

#[tokio::test]
async fn an_observer_learns_of_each_request_by_its_template() {
    let recorder = Arc::new(Recorder::default());
    let transport = Scripted::with_login(|sent| match sent.method.as_str() {
        "GET" => json(
            404,
            r#"{"code":16,"codeDesc":"NCERRResourceNotFound: no","requestID":"req-1"}"#,
        ),
        _ => Err(TransportError {
            kind: TransportErrorKind::Closed,
            may_have_been_sent: true,
        }),
    });
    let session = SessionOptions {
        observer: Some(recorder.clone()),
        ..SessionOptions::default()
    };
    let options = ClientOptions {
        observer: Some(recorder.clone()),
        ..ClientOptions::default()
    };
    let client = client_with(transport, session, options);
    client.azure().secrets().get("some-id").await.unwrap_err();
    client
        .azure()
        .secrets()
        .hard_delete("some-id")
        .await
        .unwrap_err();
    assert_eq!(
        *recorder.0.lock().unwrap(),
        [
            (String::from("POST /v1/auth/tokens"), Some(200), None),
            (
                String::from("GET /v1/cckm/azure/secrets/{id}"),
                Some(404),
                Some(String::from("req-1"))
            ),
            (
                String::from("POST /v1/cckm/azure/secrets/{id}/hard-delete"),
                None,
                None
            ),
        ]
    );
}

/// Lets one request through at a time and remembers what asked.
struct OneAtATime(Arc<tokio::sync::Semaphore>, Mutex<Vec<Effect>>);

impl Throttle for OneAtATime {
    fn admit<'a>(&'a self, operation: &'a Operation) -> BoxFuture<'a, Admission> {
        Box::pin(async move {
            let permit = self.0.clone().acquire_owned().await.unwrap();
            self.1.lock().unwrap().push(operation.effect());
            Admission::holding(permit)
        })
    }
}

#[tokio::test]
async fn a_throttle_is_asked_before_each_request_and_told_what_it_does() {
    let throttle = Arc::new(OneAtATime(
        Arc::new(tokio::sync::Semaphore::new(1)),
        Mutex::default(),
    ));
    let transport = Scripted::with_login(|_| json(200, r#"{"id":"a"}"#));
    let options = ClientOptions {
        throttle: Some(throttle.clone()),
        ..ClientOptions::default()
    };
    let client = client_with(transport.clone(), SessionOptions::default(), options);
    let keys = client.oci().keys();
    keys.get("k").await.unwrap();
    keys.refresh("k").await.unwrap();
    keys.synchronize(&["v"]).await.unwrap();
    keys.disable("k").await.unwrap();
    assert_eq!(
        *throttle.1.lock().unwrap(),
        [
            Effect::Read,
            Effect::Refresh,
            Effect::Refresh,
            Effect::Write
        ]
    );
    let held = throttle.0.clone().acquire_owned().await.unwrap();
    let mut waiting = Box::pin(keys.get("k"));
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(transport.calls().len(), 4, "not admitted, not sent");
    drop(held);
    waiting.await.unwrap();
    assert_eq!(transport.calls().len(), 5);
}
