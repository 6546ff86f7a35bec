//! Creating objects.

use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Secret},
};
use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ObjectMeta, PostParams},
};
use serde_json::json;

use crate::{
    harness::{Outcome, Sentence, assert_refused, assert_same, refused, sentence, text},
    server::{Scene, azure_secret, object, resource},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence(
            "a new object has a UID, a version, a creation time and its first generation",
            system_fields,
        ),
        sentence("a name is taken once", taken_once),
        sentence("a name can be made up", made_up),
        sentence("an object has to have a name", no_name),
        sentence("a name that is no subdomain is refused", bad_name),
        sentence(
            "nothing is made in a namespace that is not there",
            no_namespace,
        ),
        sentence(
            "an object of another namespace than the request's is refused",
            other_namespace,
        ),
        sentence("an object of another kind is refused", other_kind),
        sentence("an object of another version is refused", other_version),
        sentence("an object without a kind is refused", kindless),
        sentence("a create that sets a version is refused", with_version),
        sentence(
            "what the API server alone sets is not taken from a create",
            forged_fields,
        ),
        sentence("a dry run makes nothing", dry_run),
        sentence("a kind that nobody defined is not found", unknown_kind),
        sentence("texts of a Secret are kept as data", string_data),
        sentence("a kind without generations does not get one", no_generation),
        sentence(
            "labels and annotations are kept, and empty ones are none",
            labels,
        ),
    ]
}

async fn system_fields(scene: Scene) -> Outcome {
    let made = scene.make("db").await?;
    let metadata = &made.metadata;
    assert_same(metadata.uid.as_ref().map(String::len), Some(36))?;
    assert_same(metadata.generation, Some(1))?;
    assert_same(metadata.creation_timestamp.is_some(), true)?;
    assert_same(
        metadata.namespace.as_deref(),
        Some(scene.namespace.as_str()),
    )?;
    let version: u64 = made.resource_version().unwrap_or_default().parse()?;
    let other: u64 = scene
        .make("other")
        .await?
        .resource_version()
        .unwrap_or_default()
        .parse()?;
    assert_same(other > version, true)
}

async fn taken_once(scene: Scene) -> Outcome {
    scene.make("db").await?;
    let again = scene
        .azure_secrets()
        .create(&PostParams::default(), &azure_secret("db")?)
        .await;
    let status = refused(again)?;
    assert_same(status.code, 409)?;
    assert_same(status.reason.as_str(), "AlreadyExists")?;
    assert_same(
        status.message.as_str(),
        r#"azuresecrets.cckm.dev "db" already exists"#,
    )?;
    let details = status.details.ok_or("no details")?;
    assert_same(
        [details.name, details.group, details.kind],
        ["db", "cckm.dev", "azuresecrets"],
    )
}

async fn made_up(scene: Scene) -> Outcome {
    let mut manifest = azure_secret("")?;
    manifest.metadata.name = None;
    manifest.metadata.generate_name = Some("probe-".to_owned());
    let api = scene.azure_secrets();
    let mut names = Vec::new();
    for _ in 0..2 {
        let made = api.create(&PostParams::default(), &manifest).await?;
        names.push(made.name_any());
    }
    assert_same(
        names
            .iter()
            .all(|name| name.starts_with("probe-") && name.len() == 11),
        true,
    )?;
    assert_same(names[0] == names[1], false)
}

async fn no_name(scene: Scene) -> Outcome {
    let mut manifest = azure_secret("")?;
    manifest.metadata.name = None;
    let result = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await;
    assert_refused(
        result,
        422,
        "Invalid",
        "AzureSecret.cckm.dev \"\" is invalid: [metadata.name: Required value: name or generateName is required, <nil>: \
         Invalid value: null: some validation rules were not checked because the object was invalid; correct the \
         existing errors to complete validation]",
    )
}

async fn bad_name(scene: Scene) -> Outcome {
    let result = scene
        .azure_secrets()
        .create(&PostParams::default(), &azure_secret("Not_A_Name")?)
        .await;
    let status = refused(result)?;
    assert_same((status.code, status.reason.as_str()), (422, "Invalid"))?;
    let causes = status.details.ok_or("no details")?.causes;
    let cause = causes.first().ok_or("no cause")?;
    assert_same(cause.field.as_str(), "metadata.name")?;
    assert_same(cause.reason.as_str(), "FieldValueInvalid")?;
    assert_same(
        cause.message.as_str(),
        "Invalid value: \"Not_A_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
         characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used \
         for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    )
}

async fn no_namespace(scene: Scene) -> Outcome {
    let elsewhere: Api<DynamicObject> =
        Api::namespaced_with(scene.client.clone(), "nowhere", &resource("AzureSecret"));
    let result = elsewhere
        .create(&PostParams::default(), &azure_secret("db")?)
        .await;
    assert_refused(result, 404, "NotFound", r#"namespaces "nowhere" not found"#)
}

async fn other_namespace(scene: Scene) -> Outcome {
    let mut manifest = azure_secret("db")?;
    manifest.metadata.namespace = Some("default".to_owned());
    let result = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await;
    assert_refused(
        result,
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
    )
}

async fn other_kind(scene: Scene) -> Outcome {
    let manifest = object(&json!({
        "apiVersion": "cckm.dev/v1alpha1", "kind": "AzureVault", "metadata": {"name": "db"}, "spec": {},
    }))?;
    let result = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await;
    assert_refused(
        result,
        422,
        "Invalid",
        "AzureVault.cckm.dev \"db\" is invalid: kind: Invalid value: \"AzureVault\": must be AzureSecret",
    )
}

async fn other_version(scene: Scene) -> Outcome {
    let manifest = object(&json!({
        "apiVersion": "cckm.dev/v1beta9", "kind": "AzureSecret", "metadata": {"name": "db"}, "spec": {},
    }))?;
    let result = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await;
    assert_refused(
        result,
        400,
        "BadRequest",
        "the API version in the data (cckm.dev/v1beta9) does not match the expected API version (cckm.dev/v1alpha1)",
    )
}

async fn kindless(scene: Scene) -> Outcome {
    let body = json!({"metadata": {"name": "db"}, "spec": {}});
    let (code, status) = scene
        .send("POST", &scene.path(""), "application/json", &body)
        .await?;
    assert_same((code, text(&status, "/reason")), (400, "BadRequest"))
}

async fn with_version(scene: Scene) -> Outcome {
    let mut manifest = azure_secret("db")?;
    manifest.metadata.resource_version = Some("1".to_owned());
    let result = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await;
    let status = refused(result)?;
    assert_same(
        (status.code, status.message.as_str()),
        (
            500,
            "resourceVersion should not be set on objects to be created",
        ),
    )
}

async fn forged_fields(scene: Scene) -> Outcome {
    let manifest = object(&json!({
        "apiVersion": "cckm.dev/v1alpha1",
        "kind": "AzureSecret",
        "metadata": {
            "name": "db", "uid": "forged", "generation": 7, "creationTimestamp": "2001-01-01T00:00:00Z",
            "deletionTimestamp": "2001-01-01T00:00:00Z",
        },
        "spec": {"vaultRef": {"name": "billing"}},
        "status": {"remoteState": "AVAILABLE"},
    }))?;
    let made = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await?;
    assert_same(made.metadata.uid.as_deref() == Some("forged"), false)?;
    assert_same(made.metadata.generation, Some(1))?;
    assert_same(made.metadata.deletion_timestamp, None)?;
    let created = made.metadata.creation_timestamp.ok_or("no creation time")?;
    assert_same(created.0.to_string().starts_with("2001"), false)?;
    assert_same(text(&made.data, "/status/remoteState"), "")
}

async fn dry_run(scene: Scene) -> Outcome {
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let api = scene.azure_secrets();
    let said = api.create(&dry_run, &azure_secret("db")?).await?;
    assert_same(said.metadata.uid.is_some(), true)?;
    assert_same(said.metadata.resource_version, None)?;
    assert_same(api.get_opt("db").await?.is_none(), true)?;
    scene.make("db").await?;
    let again = refused(api.create(&dry_run, &azure_secret("db")?).await)?;
    assert_same(again.reason.as_str(), "AlreadyExists")
}

async fn unknown_kind(scene: Scene) -> Outcome {
    let status = refused(scene.objects("GoogleSecret").get("db").await)?;
    assert_same(status.code, 404)
}

async fn string_data(scene: Scene) -> Outcome {
    let secret = Secret {
        metadata: ObjectMeta {
            name: Some("login".to_owned()),
            ..ObjectMeta::default()
        },
        string_data: Some([("password".to_owned(), "s3cr3t".to_owned())].into()),
        ..Secret::default()
    };
    let made = scene
        .secrets()
        .create(&PostParams::default(), &secret)
        .await?;
    assert_same(made.type_.as_deref(), Some("Opaque"))?;
    assert_same(made.string_data, None)?;
    let data = made.data.unwrap_or_default();
    assert_same(data.get("password"), Some(&ByteString(b"s3cr3t".to_vec())))
}

async fn no_generation(scene: Scene) -> Outcome {
    let map = ConfigMap {
        metadata: ObjectMeta {
            name: Some("ca".to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    };
    let made = scene
        .config_maps()
        .create(&PostParams::default(), &map)
        .await?;
    assert_same(made.metadata.generation, None)
}

async fn labels(scene: Scene) -> Outcome {
    let mut manifest = azure_secret("db")?;
    manifest.metadata.labels = Some([("tier".to_owned(), "web".to_owned())].into());
    manifest.metadata.annotations = Some([].into());
    let made = scene
        .azure_secrets()
        .create(&PostParams::default(), &manifest)
        .await?;
    assert_same(made.labels().get("tier").map(String::as_str), Some("web"))?;
    assert_same(made.metadata.annotations, None)
}
