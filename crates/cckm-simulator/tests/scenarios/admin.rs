//! The admin API: time, worlds, switches, the console, both stores, and who may use it.

use axum::{Router, body::Body};
use cckm_simulator::{Clock, Options, Simulator};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::start;

fn simulator(admin: bool) -> Simulator {
    Simulator::new(Options {
        seed: 7,
        clock: Clock::manual(start()),
        admin,
        ..Options::default()
    })
}

async fn call(
    router: &Router,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/simulator/{path}"))
        .header("content-type", "application/json")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}

#[tokio::test]
async fn the_admin_api_is_served_only_where_it_was_asked_for() {
    let closed = simulator(false).router();
    assert_eq!(
        call(&closed, "GET", "healthz", None).await.0,
        StatusCode::OK
    );
    for path in ["time", "requests", "faults", "switches", "truth", "rows"] {
        let status = call(&closed, "GET", path, None).await.0;
        assert!(status.is_client_error(), "{path}: {status}");
        assert_eq!(
            call(&simulator(true).router(), "GET", path, None).await.0,
            StatusCode::OK,
            "{path}"
        );
    }
}

#[tokio::test]
async fn time_is_set_run_stopped_and_advanced() {
    let router = simulator(true).router();
    let (_, time) = call(
        &router,
        "POST",
        "time",
        Some(json!({ "advance_seconds": 90.5 })),
    )
    .await;
    assert_eq!(time["now"], "2026-01-15T08:01:30.5Z");
    let (_, time) = call(
        &router,
        "POST",
        "time",
        Some(json!({ "now": "2030-01-01T00:00:00Z" })),
    )
    .await;
    assert_eq!(time["now"], "2030-01-01T00:00:00Z");
    let (_, time) = call(&router, "POST", "time", Some(json!({ "rate": 1000.0 }))).await;
    assert_eq!(
        (&time["clock"]["mode"], &time["clock"]["rate"]),
        (&json!("scaled"), &json!(1000.0))
    );
    let (_, time) = call(&router, "POST", "time", Some(json!({ "stop": true }))).await;
    assert_eq!(time["clock"]["mode"], "manual");
    assert_eq!(call(&router, "GET", "time", None).await.1, time);
    for wrong in [
        json!({ "rate": 0.0 }),
        json!({ "rate": -1.0 }),
        json!({ "advance_seconds": 1e300 }),
    ] {
        assert_eq!(
            call(&router, "POST", "time", Some(wrong)).await.0,
            StatusCode::BAD_REQUEST
        );
    }
    let epochs = json!({ "clock": {
        "mode": "scaled", "rate": 2.0,
        "epoch_real": "2020-01-01T00:00:00Z", "epoch_virtual": "2020-01-01T00:00:00Z",
    }});
    let (_, time) = call(&router, "POST", "time", Some(epochs)).await;
    assert_eq!(time["clock"]["rate"], 2.0);
}

#[tokio::test]
async fn a_world_is_added_and_shows_in_both_stores() {
    let router = simulator(true).router();
    let world = json!({
        "users": [{ "username": "u", "password": "p" }],
        "azure": [{ "name": "vault", "secrets": [
            { "name": "known", "value": "1" },
            { "name": "unknown", "value": "2", "known": false },
        ]}],
        "oci": { "vaults": [{ "name": "vault", "keys": [{ "name": "key" }] }] },
        "salesforce": [{ "organization_id": "00DB000000040bIMAQ", "tenant_secrets": [{ "type": "Analytics" }] }],
    });
    let (status, ids) = call(&router, "POST", "world", Some(world.clone())).await;
    assert_eq!(status, StatusCode::OK, "{ids}");
    assert!(ids["azure_secrets"]["vault/known"].is_string());
    assert!(ids["oci_keys"]["vault/key"].is_string());
    assert!(ids["tenant_secrets"]["00DB000000040bIMAQ/Analytics/1"].is_string());
    let (_, truth) = call(&router, "GET", "truth", None).await;
    assert_eq!(
        truth["azure"]["vaults"]["vault"]["secrets"]
            .as_object()
            .unwrap()
            .len(),
        2
    );
    let (_, rows) = call(&router, "GET", "rows", None).await;
    assert_eq!(rows["azure_secrets"].as_array().unwrap().len(), 1);
    assert_eq!(rows["users"][0]["username"], "u");
    assert!(rows["users"][0].get("password").is_none());
    let (status, refusal) = call(&router, "POST", "world", Some(world)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        refusal["error"]
            .as_str()
            .unwrap()
            .contains("already exists")
    );
    let (status, _) = call(&router, "POST", "world", Some(json!({ "azur": [] }))).await;
    assert!(status.is_client_error());
}

#[tokio::test]
async fn switches_are_set_together_or_not_at_all() {
    let router = simulator(true).router();
    let both = json!({ "sync-outcome": "failed", "state-refusal-status": 422 });
    let (_, switches) = call(&router, "POST", "switches", Some(both)).await;
    assert_eq!(
        (&switches["sync-outcome"], &switches["state-refusal-status"]),
        (&json!("failed"), &json!("422"))
    );
    let wrong = json!({ "sync-outcome": "completed", "sync-seconds": "soon" });
    let (status, refusal) = call(&router, "POST", "switches", Some(wrong)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refusal["error"].as_str().unwrap().contains("sync-seconds"));
    assert_eq!(
        call(&router, "GET", "switches", None).await.1["sync-outcome"],
        "failed"
    );
}

#[tokio::test]
async fn the_console_changes_the_truth_and_not_the_rows() {
    let router = simulator(true).router();
    let world =
        json!({ "azure": [{ "name": "vault", "secrets": [{ "name": "secret", "value": "1" }] }] });
    call(&router, "POST", "world", Some(world)).await;
    let (_, before) = call(&router, "GET", "rows", None).await;
    for change in [
        "azure-delete",
        "azure-recover",
        "azure-delete",
        "azure-purge",
    ] {
        let body = json!({ "change": change, "vault": "vault", "name": "secret" });
        let (status, answer) = call(&router, "POST", "console", Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{change}: {answer}");
        call(
            &router,
            "POST",
            "time",
            Some(json!({ "advance_seconds": 20 })),
        )
        .await;
    }
    let (_, truth) = call(&router, "GET", "truth", None).await;
    assert_eq!(truth["azure"]["vaults"]["vault"]["secrets"], json!({}));
    assert_eq!(call(&router, "GET", "rows", None).await.1, before);
    let body = json!({ "change": "azure-purge", "vault": "vault", "name": "secret" });
    let (status, refusal) = call(&router, "POST", "console", Some(body)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refusal["error"].as_str().unwrap().contains("404"));
}

#[tokio::test]
async fn faults_are_ordered_shown_and_taken_back_and_requests_logged() {
    let router = simulator(true).router();
    let fault = json!({ "method": "POST", "path": "/api/v1/auth/tokens", "times": 2, "kind": "land-late", "seconds": 5.0 });
    assert_eq!(
        call(&router, "POST", "faults", Some(fault.clone())).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(call(&router, "GET", "faults", None).await.1, json!([fault]));
    assert_eq!(
        call(&router, "DELETE", "faults", None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(call(&router, "GET", "faults", None).await.1, json!([]));
    assert_eq!(
        call(&router, "POST", "faults/release", None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        call(&router, "GET", "requests", None).await.1,
        json!([]),
        "admin requests are not logged"
    );
    let request = Request::builder()
        .uri("/api/v1/system/info")
        .body(Body::empty())
        .unwrap();
    router.clone().oneshot(request).await.unwrap();
    let (_, log) = call(&router, "GET", "requests?since=0", None).await;
    assert_eq!(log[0]["template"], "/api/v1/system/info");
    assert_eq!(
        call(&router, "GET", "requests?since=1", None).await.1,
        json!([])
    );
}
