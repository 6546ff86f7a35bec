//! The chart, its files, and what Helm makes of it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// Watches two namespaces alone.
pub(crate) const NAMESPACED: &[&str] = &["--set", "watchNamespaces={shop,bank}"];

/// A file of the project.
pub(crate) fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error} in:\n{text}"))
}

pub(crate) fn documents(text: &str) -> Vec<Value> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error} in:\n{text}"));
    documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect()
}

/// Runs a program of the folder, with a home of its own, so that nobody's settings count.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(go_tools::CHART.folder()?.join(program))
        .args(arguments)
        .env_clear()
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .output();
    Some(output.unwrap_or_else(|error| panic!("{program}: {error}")))
}

/// `helm template` as somebody installs it who takes the names that documentation uses.
pub(crate) fn template(arguments: &[&str]) -> Option<Output> {
    let chart = path("charts/cckm-operator");
    let mut all = vec!["template", "cckm-operator", chart.to_str().unwrap()];
    all.extend(["--namespace", "cckm-system"]);
    all.extend(arguments);
    run("helm", &all)
}

/// The text that is rendered for an install named `prod-eu`.
pub(crate) fn rendered(arguments: &[&str]) -> Option<String> {
    // As JSON, which the other forms of `--set` win over.
    let mut all = vec!["--set-json", "owner=\"prod-eu\""];
    all.extend(arguments);
    let output = template(&all)?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The objects that are rendered for an install named `prod-eu`.
pub(crate) fn objects(arguments: &[&str]) -> Option<Vec<Value>> {
    Some(documents(&rendered(arguments)?))
}

/// [`objects`] with everything on.
pub(crate) fn objects_of_all() -> Option<Vec<Value>> {
    objects(&["--values", all_on().to_str().unwrap()])
}

pub(crate) fn all_on() -> PathBuf {
    path("crates/chart-tests/tests/chart/all-on.yaml")
}

/// Kind, namespace and name.
pub(crate) fn id(object: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    let parts = [&object["kind"], &metadata["namespace"], &metadata["name"]];
    parts.map(word).join(" ").replace("  ", " ")
}

pub(crate) fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect()
}

pub(crate) fn words(value: &Value) -> BTreeSet<String> {
    let word = |word: &Value| word.as_str().unwrap_or_default().to_owned();
    value.as_array().into_iter().flatten().map(word).collect()
}
