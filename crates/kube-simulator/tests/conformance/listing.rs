//! Lists and selectors.

use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::json;

use crate::{
    harness::{Outcome, Sentence, assert_same, refused, sentence},
    server::{Scene, azure_secret, resource},
};

pub(crate) fn sentences() -> Vec<Sentence> {
    vec![
        sentence("a list has the objects of a namespace by name", by_name),
        sentence("a list of all namespaces has them all", everywhere),
        sentence("a list has the version that a watch goes on from", version),
        sentence("labels select", labels),
        sentence("names select", names),
        sentence("the fields that a kind offers select", fields),
        sentence("other fields don't select", other_fields),
        sentence("a list of a namespace that is not there is empty", nowhere),
    ]
}

async fn found(scene: &Scene, params: &ListParams) -> Outcome<Vec<String>> {
    let list = scene.azure_secrets().list(params).await?;
    Ok(list.iter().map(ResourceExt::name_any).collect())
}

async fn assert_found(
    scene: &Scene,
    selector: &str,
    params: &ListParams,
    names: &[&str],
) -> Outcome {
    let found = found(scene, params).await?;
    if found == names {
        return Ok(());
    }
    Err(format!("{selector} finds {found:?}, not {names:?}").into())
}

async fn by_name(scene: Scene) -> Outcome {
    for name in ["b", "c", "a"] {
        scene.make(name).await?;
    }
    let list = scene.azure_secrets().list(&ListParams::default()).await?;
    assert_same(list.types.kind.as_str(), "AzureSecretList")?;
    assert_same(list.types.api_version.as_str(), "cckm.dev/v1alpha1")?;
    let names: Vec<_> = list.iter().map(ResourceExt::name_any).collect();
    assert_same(names, ["a", "b", "c"])
}

async fn everywhere(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let all: Api<DynamicObject> = Api::all_with(scene.client.clone(), &resource("AzureSecret"));
    let list = all.list(&ListParams::default()).await?;
    let uids: Vec<_> = list.iter().map(ResourceExt::uid).collect();
    assert_same(uids.contains(&object.uid()), true)
}

async fn version(scene: Scene) -> Outcome {
    let object = scene.make("db").await?;
    let list = scene.azure_secrets().list(&ListParams::default()).await?;
    let of_list: u64 = list.metadata.resource_version.unwrap_or_default().parse()?;
    let of_object: u64 = object.resource_version().unwrap_or_default().parse()?;
    assert_same(of_list >= of_object, true)
}

async fn labels(scene: Scene) -> Outcome {
    for (name, tier) in [("a", "web"), ("b", "db"), ("c", "")] {
        let mut manifest = azure_secret(name)?;
        if !tier.is_empty() {
            manifest
                .labels_mut()
                .insert("tier".to_owned(), tier.to_owned());
        }
        scene
            .azure_secrets()
            .create(&PostParams::default(), &manifest)
            .await?;
    }
    for (selector, names) in [
        ("tier=web", vec!["a"]),
        ("tier==web", vec!["a"]),
        ("tier!=web", vec!["b", "c"]),
        ("tier in (web,db)", vec!["a", "b"]),
        ("tier notin (web)", vec!["b", "c"]),
        ("tier", vec!["a", "b"]),
        ("!tier", vec!["c"]),
        ("tier,tier!=db", vec!["a"]),
    ] {
        let params = ListParams::default().labels(selector);
        assert_found(&scene, selector, &params, &names).await?;
    }
    Ok(())
}

async fn names(scene: Scene) -> Outcome {
    scene.make("a").await?;
    scene.make("b").await?;
    for (selector, names) in [("metadata.name=b", ["b"]), ("metadata.name!=b", ["a"])] {
        let params = ListParams::default().fields(selector);
        assert_found(&scene, selector, &params, &names).await?;
    }
    Ok(())
}

async fn fields(scene: Scene) -> Outcome {
    let api = scene.azure_secrets();
    scene.make("a").await?;
    scene.make("b").await?;
    let patch = Patch::Merge(json!({"spec": {"desiredState": "SoftDeleted"}}));
    api.patch("b", &PatchParams::default(), &patch).await?;
    let patch = Patch::Merge(json!({"status": {"remoteState": "AVAILABLE"}}));
    api.patch_status("b", &PatchParams::default(), &patch)
        .await?;
    for (selector, names) in [
        ("spec.desiredState=SoftDeleted", ["b"]),
        ("spec.desiredState=", ["a"]),
        ("status.remoteState=AVAILABLE,metadata.name=b", ["b"]),
        ("status.remoteState!=AVAILABLE", ["a"]),
    ] {
        let params = ListParams::default().fields(selector);
        assert_found(&scene, selector, &params, &names).await?;
    }
    Ok(())
}

async fn other_fields(scene: Scene) -> Outcome {
    let params = ListParams::default().fields("spec.secretName=db");
    let status = refused(scene.azure_secrets().list(&params).await)?;
    assert_same((status.code, status.reason.as_str()), (400, "BadRequest"))?;
    assert_same(
        status
            .message
            .ends_with("field label not supported: spec.secretName"),
        true,
    )
}

async fn nowhere(scene: Scene) -> Outcome {
    let nowhere: Api<DynamicObject> =
        Api::namespaced_with(scene.client, "nowhere", &resource("AzureSecret"));
    let list = nowhere.list(&ListParams::default()).await?;
    assert_same(list.items.len(), 0)
}
