//! The keys in manifests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use api::ApprovalTargetKind;
use serde_json::Value;

use crate::{
    exit::{Failure, Outcome},
    kinds,
};

/// A key as a manifest has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    /// Its kind.
    pub(crate) kind: ApprovalTargetKind,
    /// Its name.
    pub(crate) name: String,
    /// Its namespace, if the manifest says so.
    pub(crate) namespace: Option<String>,
    /// All of it.
    pub(crate) object: Value,
}

/// Reads all keys of files and folders, in the order of the paths.
pub(crate) fn read(paths: &[PathBuf]) -> Outcome<Vec<Manifest>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, true, &mut files)?;
    }
    let mut manifests = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
        manifests.extend(keys(&text).map_err(|error| unreadable(&file, &error))?);
    }
    if manifests.is_empty() {
        return Err(Failure::failed(
            "there is no key in these manifests: no SalesforceTenantSecret, AzureSecret or OciKey of cckm.dev",
        ));
    }
    Ok(manifests)
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::failed(format!("{} cannot be read: {error}", path.display()))
}

/// In a folder, only what kubectl would take.
fn collect(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> Outcome {
    if !path.is_dir() {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if named || matches!(extension, Some("yaml" | "yml" | "json")) {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<PathBuf> = entries
        .map_err(|error| unreadable(path, &error))?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        collect(&path, false, files)?;
    }
    Ok(())
}

/// The keys among the documents of a file; lists are looked into.
pub(crate) fn keys(text: &str) -> Result<Vec<Manifest>, serde_saphyr::Error> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text)?;
    let items = documents.into_iter().flat_map(|mut document| {
        match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if document["kind"] == "List" => items,
            _ => vec![document],
        }
    });
    Ok(items.filter_map(key).collect())
}

fn key(object: Value) -> Option<Manifest> {
    if object["apiVersion"] != "cckm.dev/v1alpha1" {
        return None;
    }
    let kind = kinds::keys()
        .into_iter()
        .map(|named| named.kind)
        .find(|kind| object["kind"] == kind.as_str())?;
    Some(Manifest {
        kind,
        name: object["metadata"]["name"].as_str()?.to_owned(),
        namespace: object["metadata"]["namespace"].as_str().map(str::to_owned),
        object,
    })
}
