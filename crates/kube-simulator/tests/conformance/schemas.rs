//! What schemas do to objects: pruning, defaults, and how they refuse.

use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::{
    harness::{Outcome, Sentence, assert_refused, assert_same, refused, sentence},
    server::{Scene, azure_secret},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("a field that the schema doesn't know is dropped", unknown),
        sentence("keys of maps are kept", map_keys),
        sentence("a null is absence", null),
        sentence("a new object reads as never observed", default),
        sentence(
            "a status that is taken away is the default again",
            default_again,
        ),
        sentence(
            "a field of the wrong type, a missing one and an unknown word are refused",
            refusals,
        ),
        sentence(
            "what is wrong with a status is said without its name",
            status,
        ),
        sentence("two conditions of one type are refused", double_conditions),
        sentence("a refused write changes nothing", changes_nothing),
        sentence("rules are not asked of what is otherwise wrong", rules_wait),
        sentence(
            "what a rule forbids to change can be written as it is",
            as_it_is,
        ),
    ]
}

async fn create(scene: &Scene, spec: Value) -> Outcome<kube::Result<kube::api::DynamicObject>> {
    let mut manifest = azure_secret("db")?;
    manifest.data["spec"] = spec;
    let api = scene.azure_secrets();
    Ok(api.create(&PostParams::default(), &manifest).await)
}

async fn unknown(scene: Scene) -> Outcome {
    let spec = json!({"vaultRef": {"name": "billing", "colour": "red"}, "colour": "red"});
    let mut manifest = azure_secret("db")?;
    manifest.data["spec"] = spec;
    manifest.data["colour"] = json!("red");
    let made = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await?;
    assert_same(
        &made.data["spec"],
        &json!({"vaultRef": {"name": "billing"}}),
    )?;
    assert_same(made.data.get("colour"), None)?;
    let patch = Patch::Merge(json!({"status": {"colour": "red", "remoteState": "AVAILABLE"}}));
    let changed = scene
        .azure_secrets()
        .patch_status("db", &PatchParams::default(), &patch)
        .await?;
    assert_same(
        &changed.data["status"],
        &json!({"observedGeneration": -1, "remoteState": "AVAILABLE"}),
    )
}

async fn map_keys(scene: Scene) -> Outcome {
    let spec = json!({"vaultRef": {"name": "billing"}, "tags": {"team.name": "payments", "Cost-Center": "7"}});
    let made = create(&scene, spec.clone()).await??;
    assert_same(&made.data["spec"], &spec)
}

async fn null(scene: Scene) -> Outcome {
    let spec = json!({
        "vaultRef": {"name": "billing", "namespace": null}, "secretName": null, "tags": null, "enabled": null,
    });
    let made = create(&scene, spec).await??;
    assert_same(
        &made.data["spec"],
        &json!({"vaultRef": {"name": "billing"}}),
    )
}

async fn default(scene: Scene) -> Outcome {
    let made = scene.make("db").await?;
    assert_same(&made.data["status"], &json!({"observedGeneration": -1}))
}

async fn default_again(scene: Scene) -> Outcome {
    scene.make_settled("db").await?;
    let changed = scene
        .azure_secrets()
        .patch_status(
            "db",
            &PatchParams::default(),
            &Patch::Merge(json!({"status": null})),
        )
        .await?;
    assert_same(&changed.data["status"], &json!({"observedGeneration": -1}))
}

async fn refusals(scene: Scene) -> Outcome {
    let cases = [
        (
            json!({"vaultRef": {"name": "billing"}, "enabled": "yes"}),
            "FieldValueTypeInvalid",
            "spec.enabled",
            "Invalid value: \"string\": spec.enabled in body must be of type boolean: \"string\"",
        ),
        (
            json!({"vaultRef": {}}),
            "FieldValueRequired",
            "spec.vaultRef.name",
            "Required value",
        ),
        (
            json!({"vaultRef": {"name": "billing"}, "desiredState": "Gone"}),
            "FieldValueNotSupported",
            "spec.desiredState",
            "Unsupported value: \"Gone\": supported values: \"Available\", \"SoftDeleted\", \"Purged\", \"RemovedFromManager\"",
        ),
    ];
    for (spec, reason, field, message) in cases {
        let status = refused(create(&scene, spec).await?)?;
        assert_same((status.code, status.reason.as_str()), (422, "Invalid"))?;
        let details = status.details.ok_or("no details")?;
        assert_same(
            [&details.name, &details.group, &details.kind],
            [&"db", &"cckm.dev", &"AzureSecret"],
        )?;
        let cause = details.causes.first().ok_or("no cause")?;
        assert_same(
            [&cause.reason, &cause.field, &cause.message],
            [&reason, &field, &message],
        )?;
    }
    Ok(())
}

async fn status(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let patch = Patch::Merge(json!({"status": {"observedGeneration": "one"}}));
    let result = scene
        .azure_secrets()
        .patch_status("db", &PatchParams::default(), &patch)
        .await;
    let status = refused(result)?;
    let causes = status.details.ok_or("no details")?.causes;
    let cause = causes.first().ok_or("no cause")?;
    assert_same(
        [&cause.field, &cause.message],
        [
            &"status.observedGeneration",
            &"Invalid value: \"string\": observedGeneration in body must be of type integer: \"string\"",
        ],
    )
}

async fn double_conditions(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let ready = json!({"type": "Ready", "status": "True", "reason": "Reached", "message": "",
        "lastTransitionTime": "2026-10-01T00:00:00Z"});
    let patch = Patch::Merge(json!({"status": {"conditions": [ready, ready]}}));
    let result = scene
        .azure_secrets()
        .patch_status("db", &PatchParams::default(), &patch)
        .await;
    assert_refused(
        result,
        422,
        "Invalid",
        "AzureSecret.cckm.dev \"db\" is invalid: status.conditions[1]: Duplicate value: {\"type\":\"Ready\"}",
    )
}

async fn changes_nothing(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let api = scene.azure_secrets();
    let patch = Patch::Merge(json!({"spec": {"desiredState": "Gone"}}));
    refused(api.patch("db", &PatchParams::default(), &patch).await)?;
    assert_same(api.get("db").await?, object)
}

async fn rules_wait(scene: Scene) -> Outcome {
    // The name breaks a rule of its own.
    let mut manifest = azure_secret("not.a.name.of.azure")?;
    manifest.data["spec"] = json!({"vaultRef": {"name": "billing"}, "enabled": "yes"});
    let api = scene.azure_secrets();
    let status = refused(api.create(&PostParams::default(), &manifest).await)?;
    let causes = status.details.ok_or("no details")?.causes;
    let fields: Vec<_> = causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_same(fields, ["spec.enabled", "<nil>"])?;
    assert_same(
        causes[1].message.as_str(),
        "Invalid value: null: some validation rules were not checked because the object was invalid; correct the \
         existing errors to complete validation",
    )
}

async fn as_it_is(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let api = scene.azure_secrets();
    let write = async |vault: &str| {
        let patch = Patch::Merge(json!({"spec": {"vaultRef": {"name": vault}, "enabled": true}}));
        api.patch("db", &PatchParams::default(), &patch).await
    };
    write("billing").await?;
    let status = refused(write("payments").await)?;
    let causes = status.details.ok_or("no details")?.causes;
    let fields: Vec<_> = causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_same(fields, ["spec.vaultRef"])
}
