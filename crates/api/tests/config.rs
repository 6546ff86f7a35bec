//! The manifests in `config/` fit the kinds and each other.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use api::approval_policy::{APPROVE_VERB_MESSAGE, APPROVED_BY_MESSAGE, BINDING, POLICY};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> Value {
    let text = fs::read_to_string(root().join(path)).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn words(value: &Value) -> BTreeSet<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|word| word.as_str().unwrap().to_owned())
        .collect()
}

fn plurals() -> BTreeSet<String> {
    api::all_crds()
        .into_iter()
        .map(|crd| crd.spec.names.plural)
        .collect()
}

#[test]
fn the_policy_refuses_in_the_words_that_the_operator_looks_for() {
    let policy = read("config/policy/destruction_approval.yaml");
    assert_eq!(policy["metadata"]["name"], POLICY);
    assert_eq!(policy["spec"]["failurePolicy"], "Fail");
    let rules = policy["spec"]["validations"].as_array().unwrap();
    assert_eq!(rules[0]["message"], APPROVED_BY_MESSAGE);
    assert_eq!(rules[1]["message"], APPROVE_VERB_MESSAGE);
    let binding = read("config/policy/destruction_approval_binding.yaml");
    assert_eq!(binding["metadata"]["name"], BINDING);
    assert_eq!(binding["spec"]["policyName"], POLICY);
    assert_eq!(
        words(&binding["spec"]["validationActions"]),
        ["Deny".to_owned()].into()
    );
    assert!(binding["spec"]["matchResources"].is_null() && binding["spec"]["paramRef"].is_null());
}

#[test]
fn the_strict_policy_is_bound_beside_the_other() {
    let policy = read("config/policy/strict/destruction_approval.yaml");
    let binding = read("config/policy/strict/destruction_approval_binding.yaml");
    assert_ne!(policy["metadata"]["name"], POLICY);
    assert_ne!(binding["metadata"]["name"], BINDING);
    assert_eq!(binding["spec"]["policyName"], policy["metadata"]["name"]);
    assert_eq!(
        policy["spec"]["matchConstraints"],
        read("config/policy/destruction_approval.yaml")["spec"]["matchConstraints"]
    );
}

#[test]
fn roles_name_every_kind() {
    let with_status = |plural: String| format!("{plural}/status");
    let operator = read("config/rbac/role.yaml");
    assert_eq!(words(&operator["rules"][0]["resources"]), plurals());
    assert_eq!(
        words(&operator["rules"][1]["resources"]),
        plurals().into_iter().map(with_status).collect()
    );
    assert_eq!(
        words(&read("config/rbac/viewer_role.yaml")["rules"][0]["resources"]),
        plurals()
    );
    let mut written = plurals();
    written.remove("destructionapprovals");
    let writes = |role: &str| {
        words(&read(&format!("config/rbac/{role}_role.yaml"))["rules"][0]["resources"])
    };
    assert_eq!(
        [writes("author"), writes("admin")]
            .into_iter()
            .flatten()
            .collect::<BTreeSet<_>>(),
        written
    );
    assert_eq!(
        writes("admin"),
        BTreeSet::from(["ciphertrustmanagers", "clusterciphertrustmanagers"].map(str::to_owned))
    );
}

#[test]
fn every_manifest_of_a_folder_is_in_its_kustomization() {
    let kustomizations = [
        ("crds", "crds/Kustomization"),
        ("config/default", "config/default/kustomization.yaml"),
        ("config/rbac", "config/rbac/kustomization.yaml"),
        ("config/policy", "config/policy/kustomization.yaml"),
        (
            "config/rbac/watch_secrets",
            "config/rbac/watch_secrets/kustomization.yaml",
        ),
        (
            "config/policy/strict",
            "config/policy/strict/kustomization.yaml",
        ),
    ];
    for (folder, kustomization) in kustomizations {
        let is_manifest = |path: &Path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
                && !path.ends_with("kustomization.yaml")
        };
        let found = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let found: BTreeSet<String> = found
            .filter(|path| is_manifest(path))
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        let mut listed = words(&read(kustomization)["resources"]);
        listed.retain(|resource| !resource.starts_with("../"));
        assert_eq!(listed, found, "{kustomization}");
    }
}
