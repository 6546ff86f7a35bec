//! No value is dead: each of them, changed, changes what is rendered.

use std::collections::BTreeSet;

use crate::{
    chart::{rendered, template, yaml},
    values::settings,
};

/// A value by its path, another setting of it, and what has to be on for it to count.
const CHANGES: &str = include_str!("changes.yaml");

#[test]
fn every_value_has_an_effect() {
    let changes = yaml(CHANGES);
    let changes = changes.as_object().unwrap();
    let known: BTreeSet<String> = settings().into_keys().collect();
    let changed: BTreeSet<String> = changes.keys().cloned().collect();
    assert_eq!(changed, known, "changes.yaml has to have every value");
    for (name, change) in changes {
        let condition = change["if"].as_str().unwrap_or("global.none=1");
        let with = |set: &str| rendered(&["--set", condition, "--set-json", set]);
        let Some(without) = with("global={}") else {
            return;
        };
        let set = format!("{name}={}", change["to"]);
        assert!(with(&set).unwrap() != without, "{set} changes nothing");
    }
}

#[test]
fn the_notes_name_what_was_installed_and_what_is_left_to_do() {
    let notes = |values: &[&str]| -> Option<String> {
        let chart = crate::chart::path("charts/cckm-operator");
        let mut all = vec![
            "install",
            "keys",
            chart.to_str().unwrap(),
            "--dry-run=client",
        ];
        all.extend(["--namespace", "ops", "--set", "owner=prod-eu"]);
        all.extend(values);
        let output = crate::chart::run("helm", &all)?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.split_once("\nNOTES:\n").unwrap().1.to_owned())
    };
    let Some(plain) = notes(&[]) else { return };
    for words in [
        "as install \"prod-eu\" in namespace ops, and watches all namespaces",
        "kubectl -n ops rollout status deployment/keys-cckm-operator",
        "--clusterrole=cckm-approver",
        "which no registry has",
        "leaves the kinds and your objects",
    ] {
        assert!(plain.contains(words), "{words:?} in {plain}");
    }
    let other = notes(&[
        "--set",
        "approvals.install=false,image.repository=example.com/cckm,watchNamespaces={shop}",
    ]);
    let other = other.unwrap();
    assert!(other.contains("watches shop.") && other.contains("ApprovalPolicyMissing"));
    assert!(!other.contains("which no registry has"));
}

#[test]
fn a_digest_counts_instead_of_the_tag() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let image = format!("owner=a,image.tag=1.2.3,image.digest={digest}");
    let Some(output) = template(&["--set", &image]) else {
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&format!("image: localhost/cckm-operator@{digest}\n")));
    assert!(!text.contains("1.2.3"));
}
