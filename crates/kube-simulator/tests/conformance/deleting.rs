//! Deleting objects and namespaces.

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, Preconditions},
};
use playground::poll::eventually;
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, SOON, Sentence, assert_refused, assert_same, refused, sentence, text},
    server::Scene,
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("a deleted object is gone, and that is said", gone),
        sentence("what is not there is not deleted", not_there),
        sentence("a delete for another UID is a conflict", other_uid),
        sentence("a delete for an old version is a conflict", old_version),
        sentence("a dry run deletes nothing", dry_run),
        sentence(
            "an object with a finalizer stays until that is taken away",
            finalizer,
        ),
        sentence("a name that became free is taken by a new object", again),
        sentence("a namespace goes with all that is in it", whole_namespace),
    ]
}

async fn gone(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let said = api.delete("db", &DeleteParams::default()).await?;
    let status = said.right().ok_or("the answer is no status")?;
    assert_same(status.is_success(), true)?;
    let details = status.details.ok_or("no details")?;
    assert_same(
        [details.name, details.group, details.kind, details.uid],
        [
            "db",
            "cckm.dev",
            "azuresecrets",
            &object.uid().unwrap_or_default(),
        ],
    )?;
    assert_same(api.get_opt("db").await?.is_none(), true)
}

async fn not_there(scene: Scene) -> Outcome {
    assert_refused(
        scene
            .azure_secrets()
            .delete("db", &DeleteParams::default())
            .await,
        404,
        "NotFound",
        r#"azuresecrets.cckm.dev "db" not found"#,
    )
}

fn only(uid: Option<String>, resource_version: Option<String>) -> DeleteParams {
    DeleteParams::default().preconditions(Preconditions {
        uid,
        resource_version,
    })
}

async fn other_uid(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let uid = object.uid().unwrap_or_default();
    let result = api
        .delete("db", &only(Some("another".to_owned()), None))
        .await;
    assert_refused(
        result,
        409,
        "Conflict",
        &format!(
            "Operation cannot be fulfilled on AzureSecret.cckm.dev \"db\": the UID in the precondition (another) does \
             not match the UID in record ({uid}). The object might have been deleted and then recreated"
        ),
    )?;
    api.delete("db", &only(Some(uid), None)).await?;
    Ok(())
}

async fn old_version(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let patch = Patch::Merge(json!({"status": {"remoteState": "AVAILABLE"}}));
    let changed = api
        .patch_status("db", &PatchParams::default(), &patch)
        .await?;
    let status = refused(
        api.delete("db", &only(None, object.resource_version()))
            .await,
    )?;
    assert_same((status.code, status.reason.as_str()), (409, "Conflict"))?;
    assert_same(
        status
            .message
            .contains("does not match the ResourceVersion in record"),
        true,
    )?;
    api.delete("db", &only(None, changed.resource_version()))
        .await?;
    Ok(())
}

async fn dry_run(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let said = api.delete("db", &DeleteParams::default().dry_run()).await?;
    assert_same(said.right().is_some_and(|status| status.is_success()), true)?;
    assert_same(api.get("db").await?, object)
}

async fn finalizer(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    let api = &api;
    let hold = async |finalizers: Value| {
        let patch = Patch::Merge(json!({"metadata": {"finalizers": finalizers}}));
        api.patch("db", &PatchParams::default(), &patch).await
    };
    hold(json!(["example.com/hold"])).await?;
    let said = api.delete("db", &DeleteParams::default()).await?;
    let marked = said.left().ok_or("the answer is no object")?;
    let metadata = &marked.metadata;
    assert_same(metadata.deletion_timestamp.is_some(), true)?;
    assert_same(metadata.deletion_grace_period_seconds, Some(0))?;
    assert_same(metadata.generation, Some(2))?;
    let twice = api.delete("db", &DeleteParams::default()).await?;
    assert_same(twice.left(), Some(marked))?;
    hold(Value::Null).await?;
    assert_same(api.get_opt("db").await?.is_none(), true)
}

async fn again(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    scene
        .azure_secrets()
        .delete("db", &DeleteParams::default())
        .await?;
    let again = scene.make("db").await?;
    assert_same(again.uid() == object.uid(), false)?;
    assert_same(again.metadata.generation, Some(1))
}

async fn whole_namespace(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let namespaces: Api<Namespace> = Api::all(scene.client.clone());
    let said = namespaces
        .delete(&scene.namespace, &DeleteParams::default())
        .await?;
    let last = serde_json::to_value(said.left().ok_or("the answer is no object")?)?;
    assert_same(text(&last, "/status/phase"), "Terminating")?;
    eventually(SOON, "the namespace is gone", async || {
        match namespaces.get_opt(&scene.namespace).await {
            Ok(None) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await?;
    assert_same(scene.azure_secrets().get_opt("db").await?.is_none(), true)
}
