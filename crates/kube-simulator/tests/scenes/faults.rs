//! Faults, and requests that are held.

use kube_simulator::{Fault, Refusal, Requests, User};

use crate::{make, maps, simulator};

#[tokio::test(start_paused = true)]
async fn the_ordered_request_is_refused_as_ordered_and_no_other() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    let busy = Refusal::new(429, "TooManyRequests", "later").retry_after(3);
    let second = Requests::any().verb("create").resource("configmaps").nth(2);
    simulator.inject(second, Fault::Refuse(busy));
    make(&api, "a").await.unwrap();
    api.get("a").await.unwrap();
    let kube::Error::Api(status) = make(&api, "b").await.unwrap_err() else {
        panic!("it is no status");
    };
    assert_eq!((status.code, status.message.as_str()), (429, "later"));
    assert_eq!(status.details.unwrap().retry_after_seconds, 3);
    assert!(api.get_opt("b").await.unwrap().is_none());
    make(&api, "b").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fault_befalls_as_many_requests_as_ordered_of_the_user_name_and_namespace() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    make(&api, "a").await.unwrap();
    make(&api, "b").await.unwrap();
    let requests = Requests::any()
        .user("admin")
        .namespace("default")
        .name("a")
        .subresource("")
        .times(2);
    simulator.inject(
        requests,
        Fault::Refuse(Refusal::new(500, "InternalError", "oh")),
    );
    api.get("b").await.unwrap();
    for _ in 0..2 {
        assert!(api.get("a").await.is_err());
    }
    api.get("a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_leaves_its_effect_and_a_lost_request_none() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    for (fault, name, made) in [
        (Fault::LoseReply, "a", true),
        (Fault::LoseRequest, "b", false),
    ] {
        simulator.inject(Requests::any().verb("create"), fault);
        let error = make(&api, name).await.unwrap_err();
        assert!(matches!(error, kube::Error::Service(_)), "{error:?}");
        assert_eq!(api.get_opt(name).await.unwrap().is_some(), made);
    }
    let lost: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.status.is_none())
        .map(|request| (request.verb, request.is_write()))
        .collect();
    assert_eq!(lost, [("create", true), ("create", true)]);
}

#[tokio::test(start_paused = true)]
async fn a_held_request_has_no_effect_until_it_is_released() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    let held = simulator.hold(Requests::any().verb("create"));
    let creating = tokio::spawn({
        let api = api.clone();
        async move { make(&api, "a").await }
    });
    held.until_arrived(1).await;
    assert!(api.get_opt("a").await.unwrap().is_none());
    make(&api, "b").await.unwrap();
    held.release();
    creating.await.unwrap().unwrap();
    api.get("a").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn forgotten_faults_befall_nobody() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    simulator.inject(Requests::any(), Fault::LoseRequest);
    simulator.clear_faults();
    make(&api, "a").await.unwrap();
}
