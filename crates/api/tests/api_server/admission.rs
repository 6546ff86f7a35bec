//! Manifests are taken and refused as the tables say.

use kube::{
    Api, Client, ResourceExt,
    api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams},
    core::GroupVersionKind,
};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{
    Outcome,
    cases::{Case, Table, Verdict},
    defined, trial,
};

pub(crate) fn tests() -> Vec<Trial> {
    let tables = Table::all().into_iter().map(|table| {
        trial(
            format!("a {} is taken or refused as its table says", table.kind),
            || agrees(table),
        )
    });
    let others = [
        trial("a fresh object reads as never observed", fresh_object),
        trial("a null in a manifest is absence", null),
        trial("keys are selected by desired and remote state", selected),
        trial("kubectl shows how keys stand", columns),
    ];
    tables.chain(others).collect()
}

/// Objects of a kind, in a namespace that nobody else has, or of the cluster.
pub(crate) async fn objects(
    client: Client,
    kind: &str,
    namespace: &str,
) -> Outcome<Api<DynamicObject>> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(api::GROUP, api::VERSION, kind));
    if kind.starts_with("Cluster") {
        return Ok(Api::all_with(client, &resource));
    }
    Ok(Api::namespaced_with(client, namespace, &resource))
}

async fn agrees(table: Table) -> Outcome {
    let control_plane = defined().await?;
    let namespace = control_plane.namespace("admission").await?;
    let objects = objects(control_plane.admin_client().await?, &table.kind, &namespace).await?;
    let mut wrong = Vec::new();
    for (number, case) in table.cases().into_iter().enumerate() {
        let result = match &case.old {
            None => create(&objects, &case.new).await,
            Some(old) => replace(&objects, number, old, &case).await?,
        };
        if !as_said(&case.verdict, &result) {
            wrong.push(format!(
                "{}: {:?}, but: {result:?}",
                case.title, case.verdict
            ));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

fn as_said(verdict: &Verdict, result: &Result<(), String>) -> bool {
    match (verdict, result) {
        (Verdict::Accepted, Ok(())) => true,
        (Verdict::ByRule(message) | Verdict::BySchema(message), Err(refusal)) => {
            refusal.contains(message)
        }
        (Verdict::Accepted, Err(_)) | (Verdict::ByRule(_) | Verdict::BySchema(_), Ok(())) => false,
    }
}

fn dry_run() -> PostParams {
    PostParams {
        dry_run: true,
        ..PostParams::default()
    }
}

async fn create(objects: &Api<DynamicObject>, manifest: &Value) -> Result<(), String> {
    let object = serde_json::from_value(manifest.clone()).map_err(|error| error.to_string())?;
    let created = objects.create(&dry_run(), &object).await;
    created.map(drop).map_err(|error| error.to_string())
}

/// Makes an old object and tries to put the new one in its place.
async fn replace(
    objects: &Api<DynamicObject>,
    number: usize,
    old: &Value,
    case: &Case,
) -> Outcome<Result<(), String>> {
    let name = format!("case-{number}");
    let mut old: DynamicObject = serde_json::from_value(old.clone())?;
    let mut new: DynamicObject = serde_json::from_value(case.new.clone())?;
    old.metadata.name = Some(name.clone());
    new.metadata.name = Some(name.clone());
    let made = objects.create(&PostParams::default(), &old).await?;
    new.metadata.resource_version = made.resource_version();
    let replaced = objects.replace(&name, &dry_run(), &new).await;
    Ok(replaced.map(drop).map_err(|error| error.to_string()))
}

fn azure_secret(name: &str, spec: &Value) -> Outcome<DynamicObject> {
    Ok(serde_json::from_value(json!({
        "apiVersion": format!("{}/{}", api::GROUP, api::VERSION),
        "kind": "AzureSecret",
        "metadata": {"name": name},
        "spec": spec,
    }))?)
}

async fn fresh_object() -> Outcome {
    let control_plane = defined().await?;
    let client = control_plane.admin_client().await?;
    for table in Table::all() {
        let namespace = control_plane.namespace("fresh").await?;
        let objects = objects(client.clone(), &table.kind, &namespace).await?;
        let accepted = table
            .cases()
            .into_iter()
            .find(|case| case.verdict == Verdict::Accepted);
        let manifest = accepted.ok_or("the table accepts nothing")?.new;
        let made = objects
            .create(&PostParams::default(), &serde_json::from_value(manifest)?)
            .await?;
        assert_eq!(
            made.data["status"],
            json!({"observedGeneration": -1}),
            "{}",
            table.kind
        );
    }
    Ok(())
}

async fn null() -> Outcome {
    let control_plane = defined().await?;
    let namespace = control_plane.namespace("null").await?;
    let objects = objects(
        control_plane.admin_client().await?,
        "AzureSecret",
        &namespace,
    )
    .await?;
    let spec = json!({
        "vaultRef": {"name": "billing"}, "secretName": null, "tags": null, "expires": null, "enabled": null,
        "valueFrom": null, "desiredState": null,
    });
    let made = objects
        .create(&PostParams::default(), &azure_secret("db-password", &spec)?)
        .await?;
    assert_eq!(made.data["spec"], json!({"vaultRef": {"name": "billing"}}));
    Ok(())
}

async fn selected() -> Outcome {
    let control_plane = defined().await?;
    let namespace = control_plane.namespace("selected").await?;
    let objects = objects(
        control_plane.admin_client().await?,
        "AzureSecret",
        &namespace,
    )
    .await?;
    for (name, desired) in [("a", "Available"), ("b", "Purged")] {
        let spec = json!({"vaultRef": {"name": "billing"}, "desiredState": desired});
        objects
            .create(&PostParams::default(), &azure_secret(name, &spec)?)
            .await?;
    }
    let status = json!({"status": {"remoteState": "SOFT-DELETED"}});
    objects
        .patch_status("a", &PatchParams::default(), &Patch::Merge(status))
        .await?;
    for (selector, expected) in [
        ("spec.desiredState=Purged", "b"),
        ("status.remoteState=SOFT-DELETED", "a"),
    ] {
        let found = objects
            .list(&ListParams::default().fields(selector))
            .await?;
        let names: Vec<_> = found.iter().map(ResourceExt::name_any).collect();
        assert_eq!(names, [expected], "{selector}");
    }
    Ok(())
}

async fn columns() -> Outcome {
    let control_plane = defined().await?;
    let namespace = control_plane.namespace("columns").await?;
    let objects = objects(
        control_plane.admin_client().await?,
        "AzureSecret",
        &namespace,
    )
    .await?;
    let spec = json!({"vaultRef": {"name": "billing"}});
    objects
        .create(&PostParams::default(), &azure_secret("db-password", &spec)?)
        .await?;
    let status = json!({"status": {
        "cloudId": "azure:260ecbe7/billing/db-password",
        "resourceId": "2cf88f46",
        "remoteState": "SOFT-DELETED",
        "goal": {"desiredState": "Available", "origin": "Changed", "reached": false},
        "undo": {"action": "Recover", "deadline": "At", "until": "2026-12-30T00:00:00Z"},
        "conditions": [{
            "type": "Ready", "status": "False", "reason": "Progressing", "message": "Recover is next.",
            "lastTransitionTime": "2026-10-01T00:00:00Z",
        }],
    }});
    objects
        .patch_status(
            "db-password",
            &PatchParams::default(),
            &Patch::Merge(status),
        )
        .await?;
    let arguments = ["get", "azs", "--namespace", &namespace, "--output=wide"];
    let output = control_plane.kubectl(&arguments).await?;
    let text = String::from_utf8(output.stdout)?;
    let rows: Vec<Vec<_>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let [head, row] = rows.as_slice() else {
        return Err(format!("kubectl shows {text}").into());
    };
    assert_eq!(
        head[..],
        [
            "NAME",
            "READY",
            "DESIRED",
            "STATE",
            "REASON",
            "UNDO-UNTIL",
            "AGE",
            "CLOUD-ID",
            "RESOURCE-ID"
        ]
    );
    assert_eq!(
        row[..6],
        [
            "db-password",
            "False",
            "Available",
            "SOFT-DELETED",
            "Progressing",
            "2026-12-30T00:00:00Z"
        ]
    );
    assert_eq!(row[7..], ["azure:260ecbe7/billing/db-password", "2cf88f46"]);
    Ok(())
}
