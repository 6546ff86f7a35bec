//! A simulator with one user who is logged in.

use axum::{Router, body::Body};
use cckm_simulator::{Clock, Options, PeerCertificate, Simulator, World};
use http::{HeaderMap, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const USER: &str = "operator";
pub(crate) const PASSWORD: &str = "correct horse";

/// The instant at which every bench starts.
pub(crate) fn start() -> Timestamp {
    "2026-01-15T08:00:00Z".parse().unwrap()
}

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    router: Router,
    token: String,
    /// IDs in CM of what the world brought.
    pub(crate) ids: Value,
}

/// A reply as read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The leading symbol of `codeDesc`.
    pub(crate) fn symbol(&self) -> String {
        let body = self.json();
        body["codeDesc"]
            .as_str()
            .unwrap_or_default()
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

impl Bench {
    pub(crate) async fn new(world: World) -> Self {
        Self::with(world, &[]).await
    }

    /// With switches set, as `name=value`.
    pub(crate) async fn with(world: World, switches: &[&str]) -> Self {
        let options = Options {
            seed: 7,
            clock: Clock::manual(start()),
            ..Options::default()
        };
        let simulator = Simulator::new(options);
        let mut bench = Self {
            router: simulator.router(),
            simulator,
            token: String::new(),
            ids: Value::Null,
        };
        for switch in switches {
            bench.switch(switch);
        }
        bench.ids = bench.simulator.add(&world.user(USER, PASSWORD)).unwrap();
        bench.log_in().await;
        bench
    }

    pub(crate) fn switch(&self, assignment: &str) {
        let (name, value) = assignment.split_once('=').unwrap();
        self.simulator.set_switch(name, &json!(value)).unwrap();
    }

    pub(crate) async fn log_in(&mut self) {
        let body = json!({ "username": USER, "password": PASSWORD });
        let answer = self
            .anonymous("POST", "/api/v1/auth/tokens", Some(body), None)
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["jwt"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.token);
    }

    /// Simulated seconds pass; then the bench logs in again, as its token may have ended.
    pub(crate) async fn pass(&mut self, seconds: i64) {
        self.simulator.advance(SignedDuration::from_secs(seconds));
        self.log_in().await;
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.token));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        request
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap()
    }

    /// Sends a request; an error stands for a connection closed without a reply.
    pub(crate) async fn send(&self, request: Request<Body>) -> Result<Answer, axum::Error> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await?;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        })
    }

    pub(crate) async fn anonymous(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        certificate: Option<PeerCertificate>,
    ) -> Result<Answer, axum::Error> {
        let mut request = self.request(method, path, body.as_ref());
        request.headers_mut().remove("authorization");
        if let Some(certificate) = certificate {
            request.extensions_mut().insert(certificate);
        }
        self.send(request).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send(self.request(method, path, body.as_ref()))
            .await
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    /// An action: a POST without a body.
    pub(crate) async fn act(&self, path: &str) -> Answer {
        self.call("POST", path, None).await
    }

    /// A GET that has to succeed.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    pub(crate) fn console(&self, change: Value) -> Value {
        let change = serde_json::from_value(change).unwrap();
        self.simulator.console(&change).unwrap()
    }

    /// Runs a synchronization job of everything to its end and returns it.
    pub(crate) async fn sync(&mut self, family: &str) -> Value {
        let base = format!("/api/v1/cckm/{family}/synchronization-jobs");
        let answer = self.post(&base, json!({ "synchronize_all": true })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(answer.json()["overall_status"], "in_progress");
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        self.pass(2).await;
        self.read(&format!("{base}/{id}")).await
    }
}

pub(crate) fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}
