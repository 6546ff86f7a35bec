//! Logins, bearer tokens, and what every request needs.

use cckm_simulator::{Client, PeerCertificate, User, World};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Bench, PASSWORD, USER};

const TOKENS: &str = "/api/v1/auth/tokens/";
const SECRETS: &str = "/api/v1/cckm/azure/secrets";

async fn log_in(bench: &Bench, body: Value) -> (StatusCode, Value) {
    let answer = bench
        .anonymous("POST", TOKENS, Some(body), None)
        .await
        .unwrap();
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_token_lives_300_simulated_seconds() {
    let bench = Bench::new(World::default()).await;
    bench
        .simulator
        .advance(jiff::SignedDuration::from_secs(299));
    assert_eq!(bench.get(SECRETS).await.status, StatusCode::OK);
    bench.simulator.advance(jiff::SignedDuration::from_secs(1));
    let answer = bench.get(SECRETS).await;
    assert_eq!(
        (answer.status, answer.symbol().as_str()),
        (StatusCode::UNAUTHORIZED, "NCERRUnauthorized")
    );
}

#[tokio::test]
async fn a_token_is_refused_before_its_end_when_the_switch_says_so() {
    let bench = Bench::with(
        World::default(),
        &["token-refused-before-expiry-seconds=60"],
    )
    .await;
    bench
        .simulator
        .advance(jiff::SignedDuration::from_secs(240));
    assert_eq!(bench.get(SECRETS).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_request_without_accept_or_token_is_refused() {
    let bench = Bench::new(World::default()).await;
    let mut request = bench.request("GET", SECRETS, None);
    request.headers_mut().remove("accept");
    let answer = bench.send(request).await.unwrap();
    assert_eq!(
        (answer.status, answer.json()["code"].clone()),
        (StatusCode::BAD_REQUEST, json!(15))
    );
    let answer = bench.anonymous("GET", SECRETS, None, None).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_malformed_body_is_told_from_a_wrong_one() {
    let bench = Bench::new(World::default()).await;
    let mut request = bench.request("POST", SECRETS, Some(&json!({})));
    *request.body_mut() = "{".into();
    let answer = bench.send(request).await.unwrap();
    assert_eq!(
        (answer.status, answer.symbol().as_str()),
        (StatusCode::BAD_REQUEST, "NCERRBadRequest")
    );
    let answer = bench.post(SECRETS, json!({ "secret_nme": "x" })).await;
    assert_eq!(
        (answer.status, answer.symbol().as_str()),
        (StatusCode::BAD_REQUEST, "NCERRInvalidParamValue")
    );
    assert!(answer.text.contains("secret_nme"));
}

#[tokio::test]
async fn wrong_passwords_lock_a_user_out_for_a_while() {
    let mut bench = Bench::with(
        World::default(),
        &[
            "login-lockout-seconds=600",
            "login-failures-before-lockout=3",
        ],
    )
    .await;
    for _ in 0..3 {
        let (status, body) = log_in(&bench, json!({ "username": USER, "password": "guess" })).await;
        assert_eq!(
            (status, body["code"].clone()),
            (StatusCode::UNAUTHORIZED, json!(5))
        );
    }
    let (status, _) = log_in(&bench, json!({ "username": USER, "password": PASSWORD })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(bench.simulator.rows()["users"][0]["failed_logins_count"], 3);
    bench.pass(600).await;
    assert_eq!(bench.simulator.rows()["users"][0]["failed_logins_count"], 0);
}

#[tokio::test]
async fn a_right_password_takes_earlier_failures_back() {
    let bench = Bench::new(World::default()).await;
    for _ in 0..4 {
        log_in(&bench, json!({ "username": USER, "password": "guess" })).await;
    }
    let (status, _) = log_in(&bench, json!({ "username": USER, "password": PASSWORD })).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = log_in(&bench, json!({ "username": USER, "password": "guess" })).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = log_in(&bench, json!({ "username": USER, "password": PASSWORD })).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_user_logs_in_at_home_and_acts_in_a_known_domain() {
    let user = User {
        username: "alice".to_owned(),
        password: "secret".to_owned(),
        domain: "finance".to_owned(),
        connection: "ldap".to_owned(),
        ..User::default()
    };
    let world = World {
        users: vec![user],
        ..World::default()
    };
    let bench = Bench::new(world).await;
    let wish = |username: &str, auth_domain: &str, domain: &str| json!({ "username": username, "password": "secret", "auth_domain": auth_domain, "domain": domain });
    assert_eq!(
        log_in(&bench, wish("ldap|alice", "finance", "finance"))
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(
        log_in(&bench, wish("alice", "finance", "finance")).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        log_in(&bench, wish("ldap|alice", "", "finance")).await.0,
        StatusCode::UNAUTHORIZED
    );
    let root = "00000000-0000-0000-0000-000000000000";
    assert_eq!(
        log_in(&bench, wish("ldap|alice", "finance", root)).await.0,
        StatusCode::OK
    );
    assert_eq!(
        log_in(&bench, wish("ldap|alice", "finance", "sales"))
            .await
            .0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_renewed_refresh_token_replaces_the_one_presented() {
    let bench = Bench::new(World::default()).await;
    let (_, first) = log_in(&bench, json!({ "username": USER, "password": PASSWORD })).await;
    assert!(first.get("refresh_token_expires_in").is_none());
    let refresh = |token: &Value, renew: bool| json!({ "grant_type": "refresh_token", "refresh_token": token, "renew_refresh_token": renew });
    let (status, kept) = log_in(&bench, refresh(&first["refresh_token"], false)).await;
    assert_eq!((status, kept.get("refresh_token")), (StatusCode::OK, None));
    let (_, renewed) = log_in(&bench, refresh(&first["refresh_token"], true)).await;
    assert_eq!(renewed["refresh_token"].as_str().unwrap().len(), 64);
    assert_eq!(
        log_in(&bench, refresh(&first["refresh_token"], true))
            .await
            .0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        log_in(&bench, refresh(&renewed["refresh_token"], false))
            .await
            .0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_unused_refresh_token_ends_and_use_keeps_it() {
    let mut bench = Bench::new(World::default()).await;
    let (_, issued) = log_in(
        &bench,
        json!({
            "username": USER, "password": PASSWORD,
            "refresh_token_revoke_unused_in": 30, "refresh_token_lifetime": 50,
        }),
    )
    .await;
    assert_eq!(issued["refresh_token_expires_in"], 1800);
    let refresh =
        json!({ "grant_type": "refresh_token", "refresh_token": issued["refresh_token"] });
    bench.pass(29 * 60).await;
    assert_eq!(log_in(&bench, refresh.clone()).await.0, StatusCode::OK);
    bench.pass(20 * 60).await;
    assert_eq!(log_in(&bench, refresh.clone()).await.0, StatusCode::OK);
    bench.pass(60).await;
    assert_eq!(
        log_in(&bench, refresh).await.0,
        StatusCode::UNAUTHORIZED,
        "its absolute life is over"
    );
}

#[tokio::test]
async fn a_refresh_token_used_for_another_domain_is_revoked() {
    let bench = Bench::new(World {
        domains: vec!["sales".to_owned()],
        ..World::default()
    })
    .await;
    let (_, issued) = log_in(&bench, json!({ "username": USER, "password": PASSWORD })).await;
    let mut refresh =
        json!({ "grant_type": "refresh_token", "refresh_token": issued["refresh_token"] });
    assert_eq!(log_in(&bench, refresh.clone()).await.0, StatusCode::OK);
    refresh["domain"] = json!("sales");
    assert_eq!(
        log_in(&bench, refresh.clone()).await.0,
        StatusCode::UNAUTHORIZED
    );
    refresh.as_object_mut().unwrap().remove("domain");
    assert_eq!(log_in(&bench, refresh).await.0, StatusCode::UNAUTHORIZED);
}

fn with_certificates() -> World {
    World {
        users: vec![User {
            username: "bob".to_owned(),
            certificate_subject_dn: Some("CN=bob,O=Example".to_owned()),
            ..User::default()
        }],
        clients: vec![Client {
            id: Some("client-1".to_owned()),
            name: "controller".to_owned(),
            certificate_subject_dn: "CN=controller".to_owned(),
        }],
        ..World::default()
    }
}

#[tokio::test]
async fn a_certificate_logs_its_user_in() {
    let bench = Bench::new(with_certificates()).await;
    let body = json!({ "grant_type": "user_certificate" });
    let peer = |subject: &str| Some(PeerCertificate::with_subject(subject).unwrap());
    let answer = bench
        .anonymous(
            "POST",
            TOKENS,
            Some(body.clone()),
            peer("O=Example, CN=bob"),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.json()["refresh_token"].is_string());
    for other in [None, peer("CN=bob")] {
        let answer = bench
            .anonymous("POST", TOKENS, Some(body.clone()), other)
            .await
            .unwrap();
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_client_gets_no_refresh_token_and_no_domain() {
    let bench = Bench::new(with_certificates()).await;
    let peer = || Some(PeerCertificate::with_subject("CN=controller").unwrap());
    let body = json!({ "grant_type": "client_credential", "client_id": "client-1" });
    let answer = bench
        .anonymous("POST", TOKENS, Some(body.clone()), peer())
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.json().get("refresh_token").is_none());
    let without = bench
        .anonymous("POST", TOKENS, Some(body), None)
        .await
        .unwrap();
    assert_eq!(
        (without.status, without.json()["code"].clone()),
        (StatusCode::UNAUTHORIZED, json!(5))
    );
    let domain =
        json!({ "grant_type": "client_credential", "client_id": "client-1", "domain": "root" });
    let answer = bench
        .anonymous("POST", TOKENS, Some(domain), peer())
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_revoked_refresh_token_is_listed_as_revoked() {
    let bench = Bench::new(World::default()).await;
    let (_, issued) = log_in(&bench, json!({ "username": USER, "password": PASSWORD })).await;
    let answer = bench
        .post(
            "/api/v1/auth/revoke",
            json!({ "refresh_token": issued["refresh_token"] }),
        )
        .await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let revoked = bench.read(&format!("{TOKENS}?revoked=true")).await;
    assert_eq!(revoked["total"], 1);
    assert_eq!(revoked["resources"][0]["id"], issued["refresh_token_id"]);
    assert!(
        !revoked
            .to_string()
            .contains(issued["refresh_token"].as_str().unwrap())
    );
}
