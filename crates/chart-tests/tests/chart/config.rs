//! The chart and `config/` install the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::chart::{all_on, documents, id, objects, path, run};

/// What the chart has besides: kustomize leaves running the operator to the user.
const ONLY_IN_CHART: [&str; 3] = [
    "Deployment cckm-system cckm-operator",
    "Pod cckm-system cckm-operator-test",
    "Service cckm-system cckm-operator-metrics",
];

/// Helm makes no namespace but by `--create-namespace`.
const ONLY_IN_CONFIG: [&str; 1] = ["Namespace cckm-system"];

/// Labels that say who installed an object.
const LABELS: [&str; 6] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
];

/// By what they are, without those labels and without what tells Helm to keep an object.
fn compared(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let compared = |mut object: Value| {
        let metadata = object["metadata"].as_object_mut().unwrap();
        for (part, keys) in [
            ("labels", &LABELS[..]),
            ("annotations", &["helm.sh/resource-policy"]),
        ] {
            if let Some(Value::Object(map)) = metadata.get_mut(part) {
                map.retain(|key, _| !keys.contains(&key.as_str()));
                if map.is_empty() {
                    metadata.remove(part);
                }
            }
        }
        // Their order means nothing.
        if let Some(Value::Array(rules)) = object.get_mut("rules") {
            rules.sort_by_key(Value::to_string);
        }
        (id(&object), object)
    };
    objects.into_iter().map(compared).collect()
}

/// What kustomize makes of a folder in `config/`.
pub(crate) fn kustomized(folder: &str) -> Option<Vec<Value>> {
    let folder = path("config").join(folder);
    let output = run("kustomize", &["build", folder.to_str().unwrap()])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(documents(&String::from_utf8(output.stdout).unwrap()))
}

fn assert_same(chart: &BTreeMap<String, Value>, config: &BTreeMap<String, Value>) {
    let keys = |map: &BTreeMap<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(chart), keys(config));
    for (id, object) in chart {
        // Whole definitions would fill the screen.
        assert!(
            *object == config[id],
            "{id} is another than that of config/default"
        );
    }
}

#[test]
fn the_chart_passes_helms_strict_lint() {
    let chart = path("charts/cckm-operator");
    for values in [
        &["--set", "owner=prod-eu"][..],
        &[
            "--set",
            "owner=prod-eu",
            "--values",
            all_on().to_str().unwrap(),
        ],
    ] {
        let mut arguments = vec!["lint", "--strict", chart.to_str().unwrap()];
        arguments.extend(values);
        let Some(output) = run("helm", &arguments) else {
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn by_default_the_chart_installs_what_config_default_does_and_runs_it() {
    let (Some(chart), Some(config)) = (objects(&[]), kustomized("default")) else {
        return;
    };
    let (mut chart, mut config) = (compared(chart), compared(config));
    for id in ONLY_IN_CHART {
        assert!(chart.remove(id).is_some(), "{id}");
    }
    for id in ONLY_IN_CONFIG {
        assert!(config.remove(id).is_some(), "{id}");
    }
    assert_same(&chart, &config);
}

#[test]
fn watching_secrets_adds_the_rights_of_config_and_no_other() {
    let watching = objects(&["--set", "watchSecrets=true"]);
    let (Some(plain), Some(mut watching)) = (objects(&[]), watching) else {
        return;
    };
    let without: Vec<String> = plain.iter().map(id).collect();
    watching.retain(|object| !without.contains(&id(object)));
    let config = kustomized("rbac/watch_secrets").unwrap();
    assert_same(&compared(watching), &compared(config));
}

#[test]
fn strict_mode_adds_the_strict_policy_of_config_beside_the_other() {
    let strict = objects(&["--set", "approvals.strict=true"]);
    let (Some(plain), Some(mut strict)) = (objects(&[]), strict) else {
        return;
    };
    let without: Vec<String> = plain.iter().map(id).collect();
    assert!(
        without
            .iter()
            .all(|id| strict.iter().any(|object| *id == self::id(object)))
    );
    strict.retain(|object| !without.contains(&id(object)));
    let config = kustomized("policy/strict").unwrap();
    assert_same(&compared(strict), &compared(config));
}

#[test]
fn a_second_release_in_a_cluster_can_leave_out_all_that_is_shared() {
    let switched_off = "crds.install=false,approvals.install=false,rbac.userRoles=false";
    let arguments = ["--set", switched_off, "--set", "watchNamespaces={shop}"];
    let Some(second) = objects(&arguments) else {
        return;
    };
    let first = objects(&["--set", "fullnameOverride=another"]).unwrap();
    let first: Vec<String> = first.iter().map(id).collect();
    let shared = second.iter().map(id).filter(|id| first.contains(id));
    assert_eq!(shared.collect::<Vec<_>>(), Vec::<String>::new());
}
