//! The log of what was asked, and that it can be relied on.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube_simulator::User;
use tokio::time::sleep;

use crate::{START, make, map, maps, simulator};

#[tokio::test(start_paused = true)]
async fn every_request_is_logged_with_who_what_when_and_its_outcome() {
    let simulator = simulator();
    let admin = maps(simulator.client(&User::admin()));
    let nobody = maps(simulator.client(&User::new("carol", &[])));
    make(&admin, "a").await.unwrap();
    let mark = simulator.mark();
    sleep(Duration::from_secs(5)).await;
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    admin.create(&dry_run, &map("b")).await.unwrap();
    nobody.get("a").await.unwrap_err();
    admin.delete("a", &DeleteParams::default()).await.unwrap();
    let requests = simulator.requests_since(mark);
    let said: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.user.as_str(),
                request.verb,
                request.resource.as_str(),
                request.namespace.as_str(),
                request.name.as_str(),
                request.status,
                request.is_write(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (
                "admin",
                "create",
                "configmaps",
                "default",
                "b",
                Some(201),
                false
            ),
            (
                "carol",
                "get",
                "configmaps",
                "default",
                "a",
                Some(403),
                false
            ),
            (
                "admin",
                "delete",
                "configmaps",
                "default",
                "a",
                Some(200),
                true
            ),
        ]
    );
    let start: Timestamp = START.parse().unwrap();
    assert!(
        requests
            .iter()
            .all(|request| request.at == start + Duration::from_secs(5))
    );
}

#[tokio::test(start_paused = true)]
async fn one_scene_played_twice_is_the_same_to_the_letter() {
    let play = async || {
        let simulator = simulator();
        let api = maps(simulator.client(&User::admin()));
        let mut made_up = map("");
        made_up.metadata.name = None;
        made_up.metadata.generate_name = Some("map-".to_owned());
        make(&api, "a").await.unwrap();
        sleep(Duration::from_millis(1500)).await;
        for _ in 0..3 {
            api.create(&PostParams::default(), &made_up).await.unwrap();
        }
        api.delete("a", &DeleteParams::default()).await.unwrap();
        let objects = api.list(&ListParams::default()).await.unwrap();
        (
            serde_json::to_string(&objects).unwrap(),
            simulator.requests(),
        )
    };
    assert_eq!(play().await, play().await);
}
