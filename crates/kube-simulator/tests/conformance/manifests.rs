//! The tables of the project's own manifests: what is taken and what is refused, and why.

use std::{fs, path::Path};

use libtest_mimic::Trial;
use serde_json::{Map, Value, json};

use crate::{
    harness::{Outcome, Sentence, comparison, sentence, text},
    server::Scene,
    words::plain,
};

/// The kinds that have a table: it is called by the plural.
const KINDS: [&str; 8] = [
    "AzureSecret",
    "AzureVault",
    "CipherTrustManager",
    "DestructionApproval",
    "OciKey",
    "OciVault",
    "SalesforceOrganization",
    "SalesforceTenantSecret",
];

/// One manifest, in the place of another one or not.
struct Case {
    title: String,
    old: Option<Value>,
    new: Value,
    /// Words of the refusal; nothing if it is taken.
    refused: Option<String>,
}

pub(crate) fn sentences() -> Vec<Sentence> {
    KINDS
        .into_iter()
        .map(|kind| {
            sentence(
                format!("a {kind} is taken and refused as its table says"),
                move |scene| as_said(scene, kind),
            )
        })
        .collect()
}

pub(crate) fn comparisons() -> Vec<Trial> {
    KINDS
        .into_iter()
        .map(|kind| {
            comparison(
                format!("a {kind} is taken and refused in the same words"),
                move |simulated, real| same_words(simulated, real, kind),
            )
        })
        .collect()
}

fn plural(kind: &str) -> String {
    format!("{}s", kind.to_lowercase())
}

fn cases(kind: &str) -> Outcome<Vec<Case>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../api/tests/admission")
        .join(format!("{}.yaml", plural(kind)));
    let table: Value = serde_saphyr::from_str(&fs::read_to_string(path)?)?;
    let manifest = |change: &Value| {
        let mut manifest =
            json!({"apiVersion": format!("{}/{}", api::GROUP, api::VERSION), "kind": kind});
        merge(&mut manifest, &table["base"]);
        merge(&mut manifest, change);
        let approver = manifest.pointer("/spec/approvedBy");
        if approver.is_some() && approver == table["base"].pointer("/spec/approvedBy") {
            // Approvals are taken from their approver alone.
            manifest["spec"]["approvedBy"] = json!("admin");
        }
        manifest
    };
    let title = |case: &Value| text(case, "/title").to_owned();
    let refused = |case: &Value| {
        ["refused", "invalid"]
            .iter()
            .find_map(|field| case[field].as_str())
            .map(str::to_owned)
    };
    let list = |field: &str| table[field].as_array().cloned().unwrap_or_default();
    let creates = list("creates").into_iter().map(|case| Case {
        title: title(&case),
        old: None,
        new: manifest(&case["with"]),
        refused: refused(&case),
    });
    let updates = list("updates").into_iter().map(|case| Case {
        title: format!("changed: {}", title(&case)),
        old: Some(manifest(&case["from"])),
        new: manifest(&case["to"]),
        refused: refused(&case),
    });
    Ok(creates.chain(updates).collect())
}

/// A JSON merge patch, of which a table is made.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!(Map::new());
    }
    for (name, value) in patch {
        if value.is_null() {
            if let Some(fields) = target.as_object_mut() {
                fields.remove(name);
            }
        } else {
            merge(&mut target[name], value);
        }
    }
}

/// What becomes of a case.
async fn outcome(scene: &Scene, kind: &str, number: usize, case: &Case) -> Outcome<(u16, Value)> {
    let path = format!(
        "/apis/{}/{}/namespaces/{}/{}",
        api::GROUP,
        api::VERSION,
        scene.namespace,
        plural(kind)
    );
    let Some(old) = &case.old else {
        let path = format!("{path}?dryRun=All");
        return scene
            .send("POST", &path, "application/json", &case.new)
            .await;
    };
    let name = format!("case-{number}");
    let (mut old, mut new) = (old.clone(), case.new.clone());
    old["metadata"]["name"] = json!(name);
    let (code, made) = scene.send("POST", &path, "application/json", &old).await?;
    if code != 201 {
        return Err(format!("{}: the old one is refused: {made}", case.title).into());
    }
    new["metadata"]["name"] = json!(name);
    new["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"].clone();
    let path = format!("{path}/{name}?dryRun=All");
    scene.send("PUT", &path, "application/json", &new).await
}

async fn as_said(scene: Scene, kind: &str) -> Outcome {
    let mut wrong = Vec::new();
    for (number, case) in cases(kind)?.iter().enumerate() {
        let (code, body) = outcome(&scene, kind, number, case).await?;
        let as_said = match &case.refused {
            None => code < 300,
            Some(words) => code == 422 && text(&body, "/message").contains(words),
        };
        if !as_said {
            wrong.push(format!("{}: {code} {body}", case.title));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

async fn same_words(simulated: Scene, real: Scene, kind: &str) -> Outcome {
    let mut wrong = Vec::new();
    for (number, case) in cases(kind)?.iter().enumerate() {
        let one = plain(&simulated, outcome(&simulated, kind, number, case).await?)?;
        let other = plain(&real, outcome(&real, kind, number, case).await?)?;
        if one != other {
            wrong.push(format!("{}:\n  {one:?}\n  {other:?}", case.title));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}
