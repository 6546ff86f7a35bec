//! Replacing objects (PUT).

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    ResourceExt,
    api::{ObjectMeta, PostParams},
};
use serde_json::json;

use crate::{
    harness::{Outcome, Sentence, assert_refused, assert_same, refused, sentence, text},
    server::{Scene, azure_secret},
};

const MODIFIED: &str = "Operation cannot be fulfilled on azuresecrets.cckm.dev \"db\": the object has been modified; \
    please apply your changes to the latest version and try again";

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence(
            "a change of what is desired is a new version and generation",
            new_generation,
        ),
        sentence(
            "a change of metadata alone is a new version of the same generation",
            same_generation,
        ),
        sentence("a change of nothing is no new version", nothing),
        sentence(
            "the first write keeps the defaults of the status, and is a new version even if it changes nothing",
            keeps_defaults,
        ),
        sentence("a replacement of an old version is a conflict", old_version),
        sentence(
            "a custom resource is replaced only by whoever names its version",
            no_version,
        ),
        sentence(
            "a ConfigMap is replaced without naming its version",
            unconditional,
        ),
        sentence("a replacement for another UID is a conflict", other_uid),
        sentence("a replacement leaves the status alone", keeps_status),
        sentence("what is not there is not replaced", not_there),
        sentence("a replacement under another name is refused", other_name),
        sentence("a dry run replaces nothing", dry_run),
        sentence(
            "creation time and generation are not changed by a replacement",
            forged,
        ),
    ]
}

async fn new_generation(scene: Scene) -> Outcome {
    let mut object = scene.make("db").await?;
    object.data["spec"]["desiredState"] = json!("SoftDeleted");
    let changed = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &object)
        .await?;
    assert_same(changed.metadata.generation, Some(2))?;
    assert_same(
        changed.resource_version() == object.resource_version(),
        false,
    )?;
    assert_same(changed.uid(), object.uid())
}

async fn same_generation(scene: Scene) -> Outcome {
    let mut object = scene.make("db").await?;
    object
        .annotations_mut()
        .insert("note".to_owned(), "hello".to_owned());
    let changed = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &object)
        .await?;
    assert_same(changed.metadata.generation, Some(1))?;
    assert_same(
        changed.resource_version() == object.resource_version(),
        false,
    )
}

async fn keeps_defaults(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let once = api.replace("db", &PostParams::default(), &object).await?;
    assert_same(once.resource_version() == object.resource_version(), false)?;
    let twice = api.replace("db", &PostParams::default(), &once).await?;
    assert_same(twice.resource_version(), once.resource_version())
}

async fn nothing(scene: Scene) -> Outcome {
    let object = scene.make_settled("db").await?;
    let changed = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &object)
        .await?;
    assert_same(changed.resource_version(), object.resource_version())
}

async fn old_version(scene: Scene) -> Outcome {
    let old = scene.make("db").await?;
    let api = scene.azure_secrets();
    let mut object = old.clone();
    object.data["spec"]["desiredState"] = json!("SoftDeleted");
    api.replace("db", &PostParams::default(), &object).await?;
    let again = api.replace("db", &PostParams::default(), &old).await;
    assert_refused(again, 409, "Conflict", MODIFIED)
}

async fn no_version(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let result = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &azure_secret("db")?)
        .await;
    assert_refused(
        result,
        422,
        "Invalid",
        "azuresecrets.cckm.dev \"db\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an \
         update",
    )
}

async fn unconditional(scene: Scene) -> Outcome {
    let mut map = ConfigMap {
        metadata: ObjectMeta {
            name: Some("ca".to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    };
    let api = scene.config_maps();
    api.create(&PostParams::default(), &map).await?;
    map.data = Some([("ca.crt".to_owned(), "…".to_owned())].into());
    let changed = api.replace("ca", &PostParams::default(), &map).await?;
    assert_same(changed.data, map.data)
}

async fn other_uid(scene: Scene) -> Outcome {
    let mut object = scene.make("db").await?;
    object.metadata.uid = Some("11111111-1111-4111-8111-111111111111".to_owned());
    let result = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &object)
        .await;
    let status = refused(result)?;
    assert_same((status.code, status.reason.as_str()), (409, "Conflict"))?;
    let why = "Precondition failed: UID in precondition: 11111111-1111-4111-8111-111111111111, UID in object meta: ";
    assert_same(status.message.contains(why), true)
}

async fn keeps_status(scene: Scene) -> Outcome {
    let mut object = scene.make_settled("db").await?;
    object.data["status"] = json!({"remoteState": "AVAILABLE"});
    let changed = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &object)
        .await?;
    assert_same(text(&changed.data, "/status/remoteState"), "")?;
    assert_same(changed.resource_version(), object.resource_version())
}

async fn not_there(scene: Scene) -> Outcome {
    let mut object = azure_secret("db")?;
    object.metadata.resource_version = Some("1".to_owned());
    let result = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &object)
        .await;
    assert_refused(
        result,
        404,
        "NotFound",
        r#"azuresecrets.cckm.dev "db" not found"#,
    )
}

async fn other_name(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    scene.make("other").await?;
    let result = scene
        .azure_secrets()
        .replace("other", &PostParams::default(), &object)
        .await;
    assert_refused(
        result,
        400,
        "BadRequest",
        "the name of the object (db) does not match the name on the URL (other)",
    )
}

async fn dry_run(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let mut wanted = object.clone();
    wanted.data["spec"]["desiredState"] = json!("SoftDeleted");
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let api = scene.azure_secrets();
    let said = api.replace("db", &dry_run, &wanted).await?;
    assert_same(text(&said.data, "/spec/desiredState"), "SoftDeleted")?;
    assert_same(said.metadata.generation, Some(2))?;
    assert_same(said.resource_version(), object.resource_version())?;
    assert_same(api.get("db").await?, object)
}

async fn forged(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let mut forged = object.clone();
    forged.metadata.generation = Some(7);
    forged.metadata.creation_timestamp = None;
    let changed = scene
        .azure_secrets()
        .replace("db", &PostParams::default(), &forged)
        .await?;
    assert_same(changed.metadata.generation, Some(1))?;
    assert_same(
        changed.metadata.creation_timestamp,
        object.metadata.creation_timestamp,
    )
}
