//! Merge patches, and server-side applies.

use kube::{
    ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, Sentence, assert_refused, assert_same, refused, sentence, text},
    server::Scene,
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("a patch changes what it names and nothing else", names),
        sentence("a null in a patch takes the field away", null),
        sentence("a patch of nothing is no new version", nothing),
        sentence(
            "a patch needs no version, and is a conflict with an old one",
            versions,
        ),
        sentence("a patch of what is not there is not found", not_there),
        sentence("a patch does not change the status", keeps_status),
        sentence("a patch does not change name or UID", identity),
        sentence("a dry run patches nothing", dry_run),
        sentence("a patch that is no JSON is refused", no_json),
        sentence("a list in a patch takes the old one's place", lists),
        sentence(
            "an apply makes what is not there, and changes nothing the second time",
            applies,
        ),
    ]
}

fn merge(patch: Value) -> Patch<Value> {
    Patch::Merge(patch)
}

async fn names(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let patch =
        json!({"metadata": {"labels": {"tier": "web"}}, "spec": {"desiredState": "SoftDeleted"}});
    let changed = scene
        .azure_secrets()
        .patch("db", &PatchParams::default(), &merge(patch))
        .await?;
    assert_same(
        changed.labels().get("tier").map(String::as_str),
        Some("web"),
    )?;
    assert_same(changed.metadata.generation, Some(2))?;
    assert_same(
        &changed.data["spec"],
        &json!({"vaultRef": {"name": "billing"}, "desiredState": "SoftDeleted"}),
    )
}

async fn null(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    for patch in [
        json!({"spec": {"desiredState": "SoftDeleted"}}),
        json!({"spec": {"desiredState": null, "secretName": null}}),
    ] {
        api.patch("db", &PatchParams::default(), &merge(patch))
            .await?;
    }
    let object = api.get("db").await?;
    assert_same(
        &object.data["spec"],
        &json!({"vaultRef": {"name": "billing"}}),
    )?;
    assert_same(object.metadata.generation, Some(3))
}

async fn nothing(scene: Scene) -> Outcome {
    let object = scene.make_settled("db").await?;
    let api = scene.azure_secrets();
    for patch in [
        json!({}),
        json!({"spec": {"vaultRef": {"name": "billing"}}}),
        json!({"spec": {"tags": null}}),
    ] {
        let same = api
            .patch("db", &PatchParams::default(), &merge(patch))
            .await?;
        assert_same(same, object.clone())?;
    }
    Ok(())
}

async fn versions(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let version = object.resource_version();
    let api = scene.azure_secrets();
    let patch = |state: &str| json!({"metadata": {"resourceVersion": version}, "spec": {"desiredState": state}});
    api.patch("db", &PatchParams::default(), &merge(patch("SoftDeleted")))
        .await?;
    let again = api
        .patch("db", &PatchParams::default(), &merge(patch("Purged")))
        .await;
    assert_refused(
        again,
        409,
        "Conflict",
        "Operation cannot be fulfilled on azuresecrets.cckm.dev \"db\": the object has been modified; please apply \
         your changes to the latest version and try again",
    )
}

async fn not_there(scene: Scene) -> Outcome {
    let result = scene
        .azure_secrets()
        .patch("db", &PatchParams::default(), &merge(json!({"spec": {}})))
        .await;
    assert_refused(
        result,
        404,
        "NotFound",
        r#"azuresecrets.cckm.dev "db" not found"#,
    )
}

async fn keeps_status(scene: Scene) -> Outcome {
    let object = scene.make_settled("db").await?;
    let patch = json!({"status": {"remoteState": "AVAILABLE"}});
    let changed = scene
        .azure_secrets()
        .patch("db", &PatchParams::default(), &merge(patch))
        .await?;
    assert_same(text(&changed.data, "/status/remoteState"), "")?;
    assert_same(changed.resource_version(), object.resource_version())
}

async fn identity(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    let uid = "11111111-1111-4111-8111-111111111111";
    let patch = json!({"metadata": {"uid": uid}});
    let result = api
        .patch("db", &PatchParams::default(), &merge(patch))
        .await;
    let status = refused(result)?;
    assert_same((status.code, status.reason.as_str()), (422, "Invalid"))?;
    let said = format!("metadata.uid: Invalid value: \"{uid}\": field is immutable");
    assert_same(status.message.contains(&said), true)?;

    let patch = json!({"metadata": {"name": "other"}});
    let result = api
        .patch("db", &PatchParams::default(), &merge(patch))
        .await;
    let status = refused(result)?;
    assert_same((status.code, status.reason.as_str()), (400, "BadRequest"))?;
    assert_same(
        status.message.as_str(),
        "the name of the object (other) does not match the name on the URL (db)",
    )
}

async fn dry_run(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let patch = json!({"spec": {"desiredState": "SoftDeleted"}});
    let said = api
        .patch("db", &PatchParams::default().dry_run(), &merge(patch))
        .await?;
    assert_same(text(&said.data, "/spec/desiredState"), "SoftDeleted")?;
    assert_same(api.get("db").await?, object)
}

async fn no_json(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let path = scene.path("/db");
    let (code, status) = scene
        .send(
            "PATCH",
            &path,
            "application/merge-patch+json",
            &json!("no object"),
        )
        .await?;
    assert_same((code, text(&status, "/reason")), (400, "BadRequest"))?;
    let (code, status) = scene.send("PATCH", &path, "text/plain", &json!({})).await?;
    assert_same(
        (code, text(&status, "/reason")),
        (415, "UnsupportedMediaType"),
    )
}

async fn lists(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    let api = &api;
    let write = async |names: &[&str]| {
        let plan: Vec<_> = names
            .iter()
            .map(|name| json!({"action": name, "effect": "Safe", "reason": "because"}))
            .collect();
        let patch = json!({"status": {"plan": {"steps": plan}}});
        api.patch_status("db", &PatchParams::default(), &merge(patch))
            .await
    };
    write(&["Create", "PutValue"]).await?;
    let changed = write(&["SoftDelete"]).await?;
    let steps = changed.data["status"]["plan"]["steps"]
        .as_array()
        .map(Vec::len);
    assert_same(steps, Some(1))
}

/// A Secret without data, by the name alone.
pub(crate) fn empty_secret(name: &str) -> Patch<Value> {
    Patch::Apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}))
}

async fn applies(scene: Scene) -> Outcome {
    let params = PatchParams::apply("tests");
    let secrets = scene.secrets();
    let made = secrets.patch("key", &params, &empty_secret("key")).await?;
    let write = merge(json!({"data": {"key": "c2VjcmV0"}}));
    let written = secrets
        .patch("key", &PatchParams::default(), &write)
        .await?;
    let again = secrets.patch("key", &params, &empty_secret("key")).await?;
    assert_same(made.uid(), again.uid())?;
    assert_same(written.data, again.data)?;
    let other = secrets.patch("key", &params, &empty_secret("other")).await;
    assert_same(refused(other)?.code, 400)
}
