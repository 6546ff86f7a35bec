//! Ordered failures, the request log, and determinism.

use std::time::Duration;

use cckm_simulator::{AzureVault, Fault, FaultKind, World};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Bench, id, start};

const SECRETS: &str = "/api/v1/cckm/azure/secrets";
const DEADLINE: Duration = Duration::from_secs(10);

fn world() -> World {
    let vault = AzureVault {
        name: "vault".to_owned(),
        subscription_id: "sub".to_owned(),
        ..AzureVault::default()
    };
    World::default().azure_vault(vault)
}

fn wish(name: &str) -> Value {
    json!({ "secret_name": name, "key_vault": "vault::sub", "azure_param": { "value": "hunter2" } })
}

/// Waits until `condition` holds.
async fn until(condition: impl AsyncFn() -> bool) {
    timeout(DEADLINE, async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

async fn total(bench: &Bench) -> Value {
    bench.read(SECRETS).await["total"].clone()
}

#[tokio::test]
async fn a_lost_reply_has_had_its_effect() {
    let bench = Bench::new(world()).await;
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::LostReply).method("POST"));
    let request = bench.request("POST", SECRETS, Some(&wish("lost")));
    assert!(bench.send(request).await.is_err());
    assert_eq!(total(&bench).await, 1);
    let logged = &bench.simulator.requests(1)[0];
    assert_eq!((logged.status, logged.effect), (None, true));
}

#[tokio::test]
async fn an_effect_may_land_late() {
    let mut bench = Bench::new(world()).await;
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::LandLate { seconds: 30.0 }).method("POST"));
    let request = bench.request("POST", SECRETS, Some(&wish("late")));
    assert!(bench.send(request).await.is_err());
    bench.pass(29).await;
    assert_eq!(total(&bench).await, 0);
    assert!(!bench.simulator.requests(1)[0].effect);
    bench.pass(1).await;
    let row = bench.read(SECRETS).await["resources"][0].clone();
    let landed = start() + jiff::SignedDuration::from_secs(30);
    assert_eq!(row["createdAt"], landed.to_string());
    assert!(bench.simulator.requests(1)[0].effect);
}

#[tokio::test]
async fn a_late_effect_comes_at_its_own_time_however_far_the_clock_jumps() {
    let mut bench = Bench::new(world()).await;
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::LandLate { seconds: 30.0 }).method("POST"));
    let request = bench.request("POST", SECRETS, Some(&wish("late")));
    assert!(bench.send(request).await.is_err());
    bench.pass(86_400).await;
    let row = bench.read(SECRETS).await["resources"][0].clone();
    assert_eq!(
        row["createdAt"],
        (start() + jiff::SignedDuration::from_secs(30)).to_string()
    );
}

#[tokio::test]
async fn a_held_reply_comes_when_released_and_its_effect_at_once() {
    let bench = std::sync::Arc::new(Bench::new(world()).await);
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::Hold { seconds: None }).method("POST"));
    let held = tokio::spawn({
        let bench = bench.clone();
        async move { bench.post(SECRETS, wish("held")).await.status }
    });
    until(async || total(&bench).await == 1).await;
    assert!(!held.is_finished());
    bench.simulator.release();
    assert_eq!(
        timeout(DEADLINE, held).await.unwrap().unwrap(),
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_reply_is_held_for_simulated_seconds() {
    let bench = std::sync::Arc::new(Bench::new(world()).await);
    bench.simulator.inject(
        Fault::new(
            SECRETS,
            FaultKind::Hold {
                seconds: Some(600.0),
            },
        )
        .method("POST"),
    );
    let held = tokio::spawn({
        let bench = bench.clone();
        async move { bench.post(SECRETS, wish("held")).await.status }
    });
    until(async || total(&bench).await == 1).await;
    assert!(!held.is_finished());
    bench.simulator.advance(jiff::SignedDuration::from_mins(10));
    assert_eq!(
        timeout(DEADLINE, held).await.unwrap().unwrap(),
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_reply_held_for_a_while_can_be_released_before() {
    let bench = std::sync::Arc::new(Bench::new(world()).await);
    let kind = FaultKind::Hold {
        seconds: Some(600.0),
    };
    bench
        .simulator
        .inject(Fault::new(SECRETS, kind).method("POST"));
    let held = tokio::spawn({
        let bench = bench.clone();
        async move { bench.post(SECRETS, wish("held")).await.status }
    });
    until(async || total(&bench).await == 1).await;
    bench.simulator.release();
    assert_eq!(
        timeout(DEADLINE, held).await.unwrap().unwrap(),
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_delayed_effect_comes_even_when_the_caller_has_gone() {
    let bench = std::sync::Arc::new(Bench::new(world()).await);
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::DelayEffect { seconds: 10.0 }).method("POST"));
    let impatient = tokio::spawn({
        let bench = bench.clone();
        async move { bench.post(SECRETS, wish("slow")).await }
    });
    until(async || !bench.simulator.requests(1).is_empty()).await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    assert_eq!(total(&bench).await, 0);
    bench.simulator.advance(jiff::SignedDuration::from_secs(10));
    assert_eq!(total(&bench).await, 1);
    assert_eq!(bench.simulator.requests(1)[0].status, None);
}

#[tokio::test]
async fn a_delayed_effect_is_answered_when_it_has_come() {
    let bench = std::sync::Arc::new(Bench::new(world()).await);
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::DelayEffect { seconds: 10.0 }).method("POST"));
    let slow = tokio::spawn({
        let bench = bench.clone();
        async move { bench.post(SECRETS, wish("slow")).await }
    });
    until(async || !bench.simulator.requests(1).is_empty()).await;
    bench.simulator.advance(jiff::SignedDuration::from_secs(10));
    let answer = timeout(DEADLINE, slow).await.unwrap().unwrap();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(bench.simulator.requests(1)[0].status, Some(201));
}

#[tokio::test]
async fn an_answer_from_in_front_of_cm_has_no_effect() {
    let bench = Bench::new(world()).await;
    let answers = [
        (503, "", "text/plain"),
        (200, "<html>Sign in</html>", "text/html"),
        (200, "nonsense", "application/json"),
    ];
    for (status, body, content_type) in answers {
        let kind = FaultKind::Answer {
            status,
            body: body.to_owned(),
            content_type: content_type.to_owned(),
        };
        bench.simulator.inject(Fault::new("azure/secrets", kind));
        let answer = bench.post(SECRETS, wish("never")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text.as_str()),
            (status, body)
        );
        if !body.is_empty() {
            assert_eq!(answer.headers["content-type"], content_type);
        }
    }
    assert_eq!(total(&bench).await, 0);
}

#[tokio::test]
async fn a_throttled_request_says_when_to_come_back_if_that_is_set() {
    let bench = Bench::new(world()).await;
    let throttle = |retry_after| Fault::new(SECRETS, FaultKind::Throttle { retry_after });
    bench.simulator.inject(throttle(None));
    let answer = bench.get(SECRETS).await;
    assert_eq!(
        (answer.status, answer.headers.get("retry-after")),
        (StatusCode::TOO_MANY_REQUESTS, None)
    );
    assert!(answer.text.contains("TooManyRequests"));
    bench.switch("throttle-retry-after-seconds=7");
    bench.simulator.inject(throttle(None));
    assert_eq!(bench.get(SECRETS).await.headers["retry-after"], "7");
    bench.simulator.inject(throttle(Some(3)));
    assert_eq!(bench.get(SECRETS).await.headers["retry-after"], "3");
}

#[tokio::test]
async fn faults_can_be_taken_back() {
    let bench = Bench::new(world()).await;
    bench
        .simulator
        .inject(Fault::new(SECRETS, FaultKind::LostReply).times(3));
    assert_eq!(bench.simulator.faults().len(), 1);
    bench.simulator.clear_faults();
    assert_eq!(bench.get(SECRETS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_log_tells_what_was_asked_without_secrets() {
    let bench = Bench::new(world()).await;
    let secret = bench.post(SECRETS, wish("logged")).await.json();
    bench
        .act(&format!("{SECRETS}/{}/recover", id(&secret)))
        .await;
    bench.get(&format!("{SECRETS}?limit=1")).await;
    let log = bench.simulator.requests(0);
    let sequences: Vec<u64> = log.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
    assert_eq!(log[0].principal, None);
    assert_eq!(
        (log[1].effect, log[1].status, log[1].principal.as_deref()),
        (true, Some(201), Some("operator"))
    );
    assert_eq!((log[2].effect, log[2].status), (false, Some(400)));
    assert_eq!(
        log[2].template.as_deref(),
        Some("/api/v1/cckm/azure/secrets/{id}/recover")
    );
    assert_eq!(
        (log[3].effect, log[3].path.as_str()),
        (false, "/api/v1/cckm/azure/secrets?limit=1")
    );
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("correct horse"));
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_bytes() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let mut bench = Bench::new(world()).await;
        let mut texts = vec![
            bench
                .post(
                    "/api/v1/auth/tokens",
                    json!({ "username": "operator", "password": "correct horse" }),
                )
                .await
                .text,
        ];
        texts.push(bench.post(SECRETS, wish("same")).await.text);
        texts.push(bench.get("/api/v1/nowhere").await.text);
        bench.sync("azure/secrets").await;
        texts.push(bench.get(SECRETS).await.text);
        runs.push(texts);
    }
    assert_eq!(runs[0], runs[1]);
}
