//! The subresource `status`.

use kube::{
    ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, Sentence, assert_refused, assert_same, refused, sentence, text},
    server::Scene,
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence(
            "a patch of the status changes the status and no generation",
            status_alone,
        ),
        sentence(
            "a patch of the status changes neither spec nor metadata",
            nothing_else,
        ),
        sentence("a status of the same content is no new version", same),
        sentence(
            "a status for an old version is a conflict, for the present one it is taken",
            versions,
        ),
        sentence("the status of what is not there is not found", not_there),
        sentence("a field of the status is taken away by null", null),
        sentence("a status is replaced whole", replaced),
        sentence("a dry run leaves the status alone", dry_run),
        sentence("a kind without a status has no path for it", no_status),
    ]
}

fn patch(status: &Value) -> Patch<Value> {
    Patch::Merge(json!({"status": status}))
}

async fn status_alone(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let changed = scene
        .azure_secrets()
        .patch_status(
            "db",
            &PatchParams::default(),
            &patch(&json!({"remoteState": "AVAILABLE"})),
        )
        .await?;
    assert_same(text(&changed.data, "/status/remoteState"), "AVAILABLE")?;
    assert_same(changed.metadata.generation, Some(1))?;
    assert_same(
        changed.resource_version() == object.resource_version(),
        false,
    )
}

async fn nothing_else(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let patch = json!({
        "metadata": {"labels": {"tier": "web"}, "annotations": {"note": "hello"}, "finalizers": ["cckm.dev/hold"]},
        "spec": {"desiredState": "Purged"},
        "status": {"remoteState": "AVAILABLE"},
    });
    let changed = scene
        .azure_secrets()
        .patch_status("db", &PatchParams::default(), &Patch::Merge(patch))
        .await?;
    assert_same(text(&changed.data, "/status/remoteState"), "AVAILABLE")?;
    assert_same(&changed.data["spec"], &object.data["spec"])?;
    let metadata = &changed.metadata;
    assert_same(
        (
            &metadata.labels,
            &metadata.annotations,
            &metadata.finalizers,
        ),
        (&None, &None, &None),
    )
}

async fn same(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    let status = patch(&json!({"remoteState": "AVAILABLE"}));
    let once = api
        .patch_status("db", &PatchParams::default(), &status)
        .await?;
    let twice = api
        .patch_status("db", &PatchParams::default(), &status)
        .await?;
    assert_same(twice.resource_version(), once.resource_version())
}

async fn versions(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let api = &api;
    let write = async |version: Option<String>, state: &str| {
        let patch =
            json!({"metadata": {"resourceVersion": version}, "status": {"remoteState": state}});
        let patch = Patch::Merge(patch);
        api.patch_status("db", &PatchParams::default(), &patch)
            .await
    };
    let changed = write(object.resource_version(), "AVAILABLE").await?;
    assert_refused(
        write(object.resource_version(), "SOFT-DELETED").await,
        409,
        "Conflict",
        "Operation cannot be fulfilled on azuresecrets.cckm.dev \"db\": the object has been modified; please apply \
         your changes to the latest version and try again",
    )?;
    let changed = write(changed.resource_version(), "SOFT-DELETED").await?;
    assert_same(text(&changed.data, "/status/remoteState"), "SOFT-DELETED")
}

async fn not_there(scene: Scene) -> Outcome {
    let result = scene
        .azure_secrets()
        .patch_status(
            "db",
            &PatchParams::default(),
            &patch(&json!({"remoteState": "AVAILABLE"})),
        )
        .await;
    assert_refused(
        result,
        404,
        "NotFound",
        r#"azuresecrets.cckm.dev "db" not found"#,
    )
}

async fn null(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    let mut last = Value::Null;
    for status in [
        json!({"remoteState": "AVAILABLE", "resourceId": "2cf88f46"}),
        json!({"remoteState": null}),
    ] {
        let changed = api
            .patch_status("db", &PatchParams::default(), &patch(&status))
            .await?;
        last = changed.data["status"].clone();
    }
    assert_same(text(&last, "/resourceId"), "2cf88f46")?;
    assert_same(last.get("remoteState"), None)
}

async fn replaced(scene: Scene) -> Outcome {
    let mut object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let status = patch(&json!({"resourceId": "2cf88f46"}));
    let changed = api
        .patch_status("db", &PatchParams::default(), &status)
        .await?;
    object.metadata.resource_version = changed.resource_version();
    object.data["status"] = json!({"observedGeneration": 1, "remoteState": "AVAILABLE"});
    object.data["spec"]["desiredState"] = json!("Purged");
    let replaced = api
        .replace_status("db", &PostParams::default(), &object)
        .await?;
    assert_same(&replaced.data["status"], &object.data["status"])?;
    assert_same(&replaced.data["spec"], &changed.data["spec"])
}

async fn dry_run(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let status = patch(&json!({"remoteState": "AVAILABLE"}));
    let said = api
        .patch_status("db", &PatchParams::default().dry_run(), &status)
        .await?;
    assert_same(text(&said.data, "/status/remoteState"), "AVAILABLE")?;
    assert_same(api.get("db").await?, object)
}

async fn no_status(scene: Scene) -> Outcome {
    let secrets = scene.secrets();
    let status = refused(
        secrets
            .patch_status("db", &PatchParams::default(), &patch(&json!({})))
            .await,
    )?;
    assert_same(status.code, 404)
}
