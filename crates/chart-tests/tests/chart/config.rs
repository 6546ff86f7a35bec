//! The chart and `config/` install the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    chart::{all_on, id, objects, path, run},
    kustomize::{kustomized, overlay},
};

/// What the chart has besides: `helm test`.
const ONLY_IN_CHART: &str = "Pod cckm-system cckm-operator-test";

/// Helm makes no namespace but by `--create-namespace`.
const ONLY_IN_CONFIG: &str = "Namespace cckm-system";

const DEPLOYMENT: &str = "Deployment cckm-system cckm-operator";

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

/// What kustomize makes of `config/default` with a component of `config/`.
fn with_component(name: &str) -> Option<Vec<Value>> {
    let text = format!("resources: [CONFIG/default]\ncomponents: [CONFIG/{name}]\n");
    overlay(name, &text)
}

/// What has to be there, taken out of a list.
fn take(list: &mut Value, item: &Value) {
    let list = list.as_array_mut().unwrap();
    let place = list.iter().position(|one| one == item);
    list.remove(place.unwrap_or_else(|| panic!("no {item}")));
}

/// The owner is an argument in the chart, and in `config/` a variable from a `ConfigMap`, for kustomize has no values.
fn without_owner(mut objects: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let container = container(&mut objects);
    let from = json!({"configMapKeyRef": {"name": "cckm-operator", "key": "owner"}});
    let variable = json!({"name": "CCKM_OWNER", "valueFrom": from});
    if container["env"].as_array().unwrap().contains(&variable) {
        take(&mut container["env"], &variable);
    } else {
        take(&mut container["args"], &json!("--owner=prod-eu"));
    }
    objects
}

fn container(objects: &mut BTreeMap<String, Value>) -> &mut Value {
    &mut objects.get_mut(DEPLOYMENT).unwrap()["spec"]["template"]["spec"]["containers"][0]
}

fn assert_same(chart: &BTreeMap<String, Value>, config: &BTreeMap<String, Value>) {
    let keys = |map: &BTreeMap<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(chart), keys(config));
    for (id, object) in chart {
        // Whole definitions would fill the screen.
        assert!(*object == config[id], "{id} is another than that of config");
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
fn by_default_the_chart_installs_and_runs_what_config_default_does() {
    let (Some(chart), Some(config)) = (objects(&[]), kustomized("default")) else {
        return;
    };
    let (mut chart, mut config) = (compared(chart), compared(config));
    assert!(chart.remove(ONLY_IN_CHART).is_some());
    assert!(config.remove(ONLY_IN_CONFIG).is_some());
    assert_same(&without_owner(chart), &without_owner(config));
}

/// What the chart has with those values and not without them.
fn added(values: &[&str]) -> Option<BTreeMap<String, Value>> {
    let (plain, mut more) = (objects(&[])?, objects(values)?);
    let without: Vec<String> = plain.iter().map(id).collect();
    more.retain(|object| !without.contains(&id(object)));
    Some(compared(more))
}

#[test]
fn watching_secrets_adds_the_rights_of_config_and_no_other() {
    let Some(added) = added(&["--set", "watchSecrets=true"]) else {
        return;
    };
    assert_same(&added, &compared(kustomized("rbac/watch_secrets").unwrap()));
}

#[test]
fn monitoring_and_network_policy_add_the_objects_of_config() {
    let monitoring = "metrics.serviceMonitor.enabled=true,metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true";
    for (values, folder) in [
        (monitoring, "prometheus"),
        ("networkPolicy.enabled=true", "network-policy"),
    ] {
        let Some(added) = added(&["--set", values]) else {
            return;
        };
        assert_same(&added, &compared(kustomized(folder).unwrap()));
    }
}

#[test]
fn the_components_of_config_do_what_the_values_do() {
    for (values, component) in [
        ("replicas=2", "replicas"),
        ("watchSecrets=true", "watch_secrets"),
    ] {
        let Some(chart) = objects(&["--set", values]) else {
            return;
        };
        let mut chart = compared(chart);
        let mut config = compared(with_component(component).unwrap());
        chart.remove(ONLY_IN_CHART);
        config.remove(ONLY_IN_CONFIG);
        if component == "watch_secrets" {
            take(
                &mut container(&mut chart)["args"],
                &json!("--watch-secrets"),
            );
            let variable = json!({"name": "CCKM_WATCH_SECRETS", "value": "true"});
            take(&mut container(&mut config)["env"], &variable);
        }
        assert_same(&without_owner(chart), &without_owner(config));
    }
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
