//! Requests that both servers answer in the same words.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, comparison},
    server::Scene,
};

/// Requests in a row: method, the path after that of the namespace's Azure secrets, and a body. Each is asked of both
/// servers, and both have to say the same.
const REQUESTS: &str = include_str!("words.yaml");

pub(crate) fn comparisons() -> Vec<Trial> {
    let scripts: Vec<Value> = match serde_saphyr::from_str(REQUESTS) {
        Ok(scripts) => scripts,
        Err(error) => vec![json!({"title": format!("words.yaml is no list of scripts: {error}")})],
    };
    let trial = |script: Value| {
        let title = script["title"].as_str().unwrap_or_default().to_owned();
        comparison(title, move |simulated, real| same(simulated, real, script))
    };
    scripts.into_iter().map(trial).collect()
}

async fn same(simulated: Scene, real: Scene, script: Value) -> Outcome {
    let steps = script["requests"].as_array().cloned().unwrap_or_default();
    if steps.is_empty() {
        return Err("there are no requests".into());
    }
    let mut wrong = Vec::new();
    for step in steps {
        let word = |index: usize| step[index].as_str().unwrap_or_default();
        let one = answer(&simulated, word(0), &path(&simulated, word(1)), &step[2]).await?;
        let other = answer(&real, word(0), &path(&real, word(1)), &step[2]).await?;
        if one != other {
            wrong.push(format!(
                "{step}:\n  simulated: {} {}\n  real:      {} {}",
                one.0, one.1, other.0, other.1
            ));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// A path: one with a leading `/api` is whole, with `NS` for the namespace.
fn path(scene: &Scene, path: &str) -> String {
    if path.starts_with("/api") {
        path.replace("NS", &scene.namespace)
    } else {
        scene.path(path)
    }
}

/// What a server answers.
async fn answer(scene: &Scene, method: &str, path: &str, body: &Value) -> Outcome<(u16, Value)> {
    let media_type = if method == "PATCH" {
        "application/merge-patch+json"
    } else {
        "application/json"
    };
    plain(scene, scene.send(method, path, media_type, body).await?)
}

/// An answer without what is another at each server.
pub(crate) fn plain(scene: &Scene, (code, body): (u16, Value)) -> Outcome<(u16, Value)> {
    let text = body.to_string().replace(&scene.namespace, "NS");
    let mut body: Value = serde_json::from_str(&text)?;
    scrub(&mut body);
    Ok((code, body))
}

/// Versions, UIDs and times differ, managed fields are not simulated, and the order in which several causes are told
/// is by chance.
fn scrub(body: &mut Value) {
    if let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) {
        items.iter_mut().for_each(scrub);
    }
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "deletionTimestamp",
        ] {
            if let Some(value) = metadata.get_mut(field) {
                *value = json!("…");
            }
        }
    }
    let Some(details) = body.get_mut("details") else {
        return;
    };
    if let Some(uid) = details.get_mut("uid") {
        *uid = json!("…");
    }
    let Some(causes) = details.get_mut("causes").and_then(Value::as_array_mut) else {
        return;
    };
    causes.sort_by_key(Value::to_string);
    causes.dedup();
    if causes.len() > 1 {
        body["message"] = json!("…");
    }
}
