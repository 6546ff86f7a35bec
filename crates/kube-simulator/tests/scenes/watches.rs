//! Watches that are ended, and versions that are forgotten.

use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, WatchEvent, WatchParams},
    runtime::{
        WatchStreamExt, reflector,
        watcher::{self, Config},
    },
};
use kube_simulator::User;
use tokio::time::{sleep, timeout};

use crate::{make, maps, simulator};

#[tokio::test(start_paused = true)]
async fn an_idle_watch_is_told_how_far_it_is_so_that_it_survives_forgetting() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    make(&api, "a").await.unwrap();
    let secrets = Api::<Secret>::all(simulator.client(&User::admin()));
    let version = secrets.list(&ListParams::default()).await.unwrap();
    let version = version.metadata.resource_version.unwrap();
    let params = WatchParams::default().timeout(290);
    let mut events = secrets.watch(&params, &version).await.unwrap().boxed();
    make(&api, "b").await.unwrap();
    let Some(Ok(WatchEvent::Bookmark(bookmark))) = events.next().await else {
        panic!("it is no bookmark");
    };
    simulator.compact();
    let mut events = secrets
        .watch(&params, &bookmark.metadata.resource_version)
        .await
        .unwrap()
        .boxed();
    let next = timeout(Duration::from_secs(61), events.next()).await;
    assert!(
        matches!(next, Ok(Some(Ok(WatchEvent::Bookmark(_))))),
        "{next:?}"
    );
    let mut events = secrets.watch(&params, &version).await.unwrap().boxed();
    let next = events.next().await;
    assert!(
        matches!(&next, Some(Ok(WatchEvent::Error(status))) if status.code == 410),
        "{next:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_watcher_misses_nothing_when_its_watch_is_ended_or_its_version_forgotten() {
    let simulator = simulator();
    let api = maps(simulator.client(&User::admin()));
    let (store, writer) = reflector::store();
    let events = watcher::watcher(api.clone(), Config::default())
        .default_backoff()
        .reflect(writer)
        .for_each(|_| std::future::ready(()));
    let watching = tokio::spawn(events);
    let names = || {
        let mut names: Vec<_> = store.state().iter().map(|map| map.name_any()).collect();
        names.sort();
        names
    };
    make(&api, "a").await.unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(names(), ["a"]);
    simulator.end_watches();
    make(&api, "b").await.unwrap();
    sleep(Duration::from_secs(10)).await;
    assert_eq!(names(), ["a", "b"]);
    simulator.end_watches();
    make(&api, "c").await.unwrap();
    api.delete("a", &DeleteParams::default()).await.unwrap();
    simulator.compact();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(names(), ["b", "c"]);
    watching.abort();
}
