//! Watches.

use std::{pin::Pin, time::Duration};

use futures::{StreamExt, stream::BoxStream};
use kube::{
    ResourceExt,
    api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, WatchEvent, WatchParams},
    runtime::{
        WatchStreamExt, reflector,
        watcher::{self, Config},
    },
};
use playground::poll::eventually;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    harness::{Outcome, SOON, Sentence, assert_same, sentence, text},
    server::{Scene, resource},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence(
            "a watch from the version of a list tells what happens since, in order",
            since_list,
        ),
        sentence(
            "a watch tells what happened before it began, from the version on that it names",
            catches_up,
        ),
        sentence(
            "a watch from version 0 begins with what is there",
            from_zero,
        ),
        sentence("a watch tells of its namespace alone", own_namespace),
        sentence(
            "what no longer fits a selector is told as deleted, what fits anew as added",
            selected,
        ),
        sentence("a watch by fields tells of what they select", by_field),
        sentence(
            "a deleted object is told as it was last, under a new version",
            deleted,
        ),
        sentence("a watch ends when its time is over", ends),
        sentence(
            "a watch from a version that is forgotten is told that it expired",
            expired,
        ),
        sentence("a change of nothing is not told", nothing),
        sentence("a dry run is not told", dry_run),
        sentence("kube's watcher follows", follows),
    ]
}

type Events = BoxStream<'static, kube::Result<WatchEvent<DynamicObject>>>;

async fn watch(scene: &Scene, params: &WatchParams, version: &str) -> Outcome<Events> {
    let api = scene.azure_secrets();
    Ok(Box::pin(api.watch(params, version).await?))
}

/// The version of a list of all.
async fn version(scene: &Scene) -> Outcome<String> {
    let list = scene.azure_secrets().list(&ListParams::default()).await?;
    Ok(list.metadata.resource_version.unwrap_or_default())
}

/// The next event that is no bookmark: its word, and the object.
async fn next(events: &mut Events) -> Outcome<(&'static str, DynamicObject)> {
    loop {
        let event = timeout(SOON, events.next())
            .await?
            .ok_or("the watch ended")??;
        return Ok(match event {
            WatchEvent::Added(object) => ("ADDED", object),
            WatchEvent::Modified(object) => ("MODIFIED", object),
            WatchEvent::Deleted(object) => ("DELETED", object),
            WatchEvent::Bookmark(_) => continue,
            WatchEvent::Error(status) => return Err(status.message.into()),
        });
    }
}

async fn expect(events: &mut Events, words: &[(&str, &str)]) -> Outcome {
    for expected in words {
        let (word, object) = next(events).await?;
        let name = object.name_any();
        assert_same((word, name.as_str()), *expected)?;
    }
    Ok(())
}

async fn write_state(scene: &Scene, name: &str, state: &str) -> Outcome<DynamicObject> {
    let patch = Patch::Merge(json!({"status": {"remoteState": state}}));
    let api = scene.azure_secrets();
    Ok(api
        .patch_status(name, &PatchParams::default(), &patch)
        .await?)
}

async fn delete(scene: &Scene, name: &str) -> Outcome {
    scene
        .azure_secrets()
        .delete(name, &DeleteParams::default())
        .await?;
    Ok(())
}

async fn since_list(scene: Scene) -> Outcome {
    scene.make("before").await?;
    let version = version(&scene).await?;
    let mut events = watch(&scene, &WatchParams::default(), &version).await?;
    scene.make("a").await?;
    scene.make("b").await?;
    write_state(&scene, "a", "AVAILABLE").await?;
    delete(&scene, "b").await?;
    expect(
        &mut events,
        &[
            ("ADDED", "a"),
            ("ADDED", "b"),
            ("MODIFIED", "a"),
            ("DELETED", "b"),
        ],
    )
    .await
}

async fn catches_up(scene: Scene) -> Outcome {
    let version = version(&scene).await?;
    scene.make("a").await?;
    write_state(&scene, "a", "AVAILABLE").await?;
    delete(&scene, "a").await?;
    let mut events = watch(&scene, &WatchParams::default(), &version).await?;
    let (word, added) = next(&mut events).await?;
    assert_same(word, "ADDED")?;
    assert_same(text(&added.data, "/status/remoteState"), "")?;
    expect(&mut events, &[("MODIFIED", "a"), ("DELETED", "a")]).await
}

async fn from_zero(scene: Scene) -> Outcome {
    scene.make("a").await?;
    scene.make("b").await?;
    let mut events = watch(&scene, &WatchParams::default(), "0").await?;
    let mut names = Vec::new();
    for _ in 0..2 {
        let (word, object) = next(&mut events).await?;
        assert_same(word, "ADDED")?;
        names.push(object.name_any());
    }
    names.sort();
    assert_same(names, ["a", "b"])?;
    delete(&scene, "a").await?;
    expect(&mut events, &[("DELETED", "a")]).await
}

async fn own_namespace(scene: Scene) -> Outcome {
    let elsewhere = scene.server.clone().scene().await?;
    let version = version(&scene).await?;
    let mut events = watch(&scene, &WatchParams::default(), &version).await?;
    elsewhere.make("theirs").await?;
    scene.make("ours").await?;
    expect(&mut events, &[("ADDED", "ours")]).await
}

async fn selected(scene: Scene) -> Outcome {
    scene.make("a").await?;
    let version = version(&scene).await?;
    let params = WatchParams::default().labels("tier=web");
    let mut events = watch(&scene, &params, &version).await?;
    let label = async |tier: Value| {
        let patch = Patch::Merge(json!({"metadata": {"labels": {"tier": tier}}}));
        let api = scene.azure_secrets();
        api.patch("a", &PatchParams::default(), &patch).await
    };
    label(json!("web")).await?;
    write_state(&scene, "a", "AVAILABLE").await?;
    let left = label(Value::Null).await?;
    label(json!("web")).await?;
    expect(&mut events, &[("ADDED", "a"), ("MODIFIED", "a")]).await?;
    let (word, last) = next(&mut events).await?;
    assert_same(word, "DELETED")?;
    assert_same(last.labels().get("tier").map(String::as_str), Some("web"))?;
    assert_same(last.resource_version(), left.resource_version())?;
    expect(&mut events, &[("ADDED", "a")]).await
}

async fn by_field(scene: Scene) -> Outcome {
    scene.make("a").await?;
    let version = version(&scene).await?;
    let params = WatchParams::default().fields("status.remoteState=AVAILABLE");
    let mut events = watch(&scene, &params, &version).await?;
    scene.make("b").await?;
    write_state(&scene, "a", "AVAILABLE").await?;
    write_state(&scene, "a", "SOFT-DELETED").await?;
    expect(&mut events, &[("ADDED", "a"), ("DELETED", "a")]).await
}

async fn deleted(scene: Scene) -> Outcome {
    let object = scene.make("a").await?;
    let version = version(&scene).await?;
    let mut events = watch(&scene, &WatchParams::default(), &version).await?;
    delete(&scene, "a").await?;
    let (word, last) = next(&mut events).await?;
    assert_same((word, last.uid()), ("DELETED", object.uid()))?;
    assert_same(&last.data, &object.data)?;
    let number =
        |object: &DynamicObject| object.resource_version().unwrap_or_default().parse::<u64>();
    assert_same(number(&last)? > number(&object)?, true)
}

async fn ends(scene: Scene) -> Outcome {
    let version = version(&scene).await?;
    let params = WatchParams::default().timeout(1);
    let mut events = watch(&scene, &params, &version).await?;
    loop {
        match timeout(SOON, events.next()).await? {
            None => return Ok(()),
            Some(Ok(WatchEvent::Bookmark(_))) => {}
            Some(other) => return Err(format!("{other:?}").into()),
        }
    }
}

async fn expired(scene: Scene) -> Outcome {
    scene.make("a").await?;
    scene.server.forget();
    let mut events = watch(&scene, &WatchParams::default(), "1").await?;
    let status = match timeout(SOON, events.next()).await? {
        Some(Ok(WatchEvent::Error(status))) => status,
        other => return Err(format!("{other:?}").into()),
    };
    assert_same((status.code, status.reason.as_str()), (410, "Expired"))?;
    assert_same(
        status.message.starts_with("too old resource version: 1 ("),
        true,
    )
}

async fn nothing(scene: Scene) -> Outcome {
    scene.make("a").await?;
    write_state(&scene, "a", "AVAILABLE").await?;
    let version = version(&scene).await?;
    let mut events = watch(&scene, &WatchParams::default(), &version).await?;
    write_state(&scene, "a", "AVAILABLE").await?;
    scene.make("b").await?;
    expect(&mut events, &[("ADDED", "b")]).await
}

async fn dry_run(scene: Scene) -> Outcome {
    scene.make("a").await?;
    let version = version(&scene).await?;
    let mut events = watch(&scene, &WatchParams::default(), &version).await?;
    scene
        .azure_secrets()
        .delete("a", &DeleteParams::default().dry_run())
        .await?;
    scene.make("b").await?;
    expect(&mut events, &[("ADDED", "b")]).await
}

async fn follows(scene: Scene) -> Outcome {
    scene.make("a").await?;
    let kind = resource("AzureSecret");
    let writer = reflector::store::Writer::new(kind);
    let store = writer.as_reader();
    let config = Config::default().timeout(2);
    let events = watcher::watcher(scene.azure_secrets(), config)
        .default_backoff()
        .reflect(writer);
    let mut events: Pin<Box<_>> = Box::pin(events);
    let names = || {
        let mut names: Vec<_> = store
            .state()
            .iter()
            .map(|object| object.name_any())
            .collect();
        names.sort();
        names
    };
    let scene = &scene;
    let deeds = async {
        let until = async |expected: &[&str]| {
            let what = format!("the objects are {expected:?}");
            eventually(SOON, &what, async || {
                let found = names();
                (found == expected)
                    .then_some(())
                    .ok_or(format!("{found:?}"))
            })
            .await
        };
        until(&["a"]).await?;
        scene.make("b").await?;
        until(&["a", "b"]).await?;
        // Longer than a watch lasts: the next one goes on where it ended.
        tokio::time::sleep(Duration::from_secs(3)).await;
        delete(scene, "a").await?;
        until(&["b"]).await?;
        Ok(())
    };
    tokio::select! {
        outcome = deeds => outcome,
        () = async { while events.next().await.is_some() {} } => Err("the watcher ended".into()),
    }
}
