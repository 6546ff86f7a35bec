//! Alerts and dashboard ask for metrics that the operator exports, under the names that it exports them by.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::chart::{objects_of_all, of_kind, read, yaml};

/// The names on the wire: `prometheus-client` adds the prefix, `_total` to counters, and three words to histograms.
fn exported() -> Vec<Vec<String>> {
    let source = read("src/runtime/metrics.rs");
    let quoted = |text: &str| text.split('"').nth(1).unwrap().to_owned();
    let prefix = quoted(source.split("with_prefix(").nth(1).unwrap());
    let registered = source.split("registry.register(").skip(1);
    registered
        .map(|text| {
            let name = format!("{prefix}_{}", quoted(text));
            let field = text.split("metrics.").nth(1).unwrap();
            let field = field.split('.').next().unwrap();
            let kind = source.split(&format!("pub {field}: ")).nth(1).unwrap();
            let kind = kind.lines().next().unwrap();
            let suffixes: &[&str] = if kind.contains("Counter") {
                &["_total"]
            } else if kind.contains("Histogram") {
                &["_bucket", "_sum", "_count"]
            } else {
                assert!(kind.contains("Gauge"), "{kind}");
                &[""]
            };
            suffixes
                .iter()
                .map(|suffix| format!("{name}{suffix}"))
                .collect()
        })
        .collect()
}

/// All strings under `node` that are queries.
fn queries(node: &Value, into: &mut Vec<String>) {
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(query) if key == "expr" || key == "query" => {
                        into.push(query.clone());
                    }
                    other => queries(other, into),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| queries(value, into)),
        _ => {}
    }
}

fn alerts() -> Value {
    yaml(&read("charts/cckm-operator/files/alerts.yaml"))
}

fn dashboard() -> Value {
    serde_json::from_str(&read("charts/cckm-operator/files/dashboard.json")).unwrap()
}

fn names(node: &Value) -> BTreeSet<String> {
    let mut all = Vec::new();
    queries(node, &mut all);
    assert!(!all.is_empty());
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = all.iter().flat_map(|query| query.split(|c| !is_part(c)));
    words
        .filter(|word| word.starts_with("cckm_"))
        .map(String::from)
        .collect()
}

#[test]
fn alerts_and_dashboard_ask_only_for_metrics_that_exist() {
    let exported: BTreeSet<String> = exported().concat().into_iter().collect();
    for asked in [names(&alerts()), names(&dashboard())] {
        let unknown: Vec<&String> = asked.difference(&exported).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

#[test]
fn the_dashboard_shows_every_metric() {
    let shown = names(&dashboard());
    for metric in exported() {
        assert!(metric.iter().any(|name| shown.contains(name)), "{metric:?}");
    }
}

#[test]
fn every_outcome_that_is_asked_for_is_one_that_the_operator_counts() {
    let sources = ["src/context.rs", "src/manager/login.rs"]
        .map(read)
        .concat();
    let mut all = Vec::new();
    queries(&alerts(), &mut all);
    queries(&dashboard(), &mut all);
    for query in all {
        for outcome in query.split("outcome=\"").skip(1) {
            let outcome = outcome.split('"').next().unwrap();
            assert!(sources.contains(&format!("\"{outcome}\"")), "{outcome}");
        }
    }
}

#[test]
fn every_alert_says_how_bad_it_is_and_what_to_do() {
    for alert in alerts().as_array().unwrap() {
        let severity = alert["labels"]["severity"].as_str().unwrap();
        assert!(["warning", "critical"].contains(&severity));
        for word in ["summary", "description"] {
            assert!(alert["annotations"][word].is_string(), "{alert}");
        }
    }
}

#[test]
fn alerts_and_dashboard_reach_the_cluster_whole_and_alerts_look_at_this_install_alone() {
    let Some(objects) = objects_of_all() else {
        return;
    };
    let map = of_kind(&objects, "ConfigMap")[0];
    let text = map["data"]["cckm-operator.json"].as_str().unwrap();
    let rendered: Value = serde_json::from_str(text).unwrap();
    assert_eq!(rendered, dashboard());
    let rules = &of_kind(&objects, "PrometheusRule")[0]["spec"]["groups"][0]["rules"];
    let service = &of_kind(&objects, "Service")[0]["metadata"];
    let alerts = alerts();
    assert_eq!(
        rules.as_array().unwrap().len(),
        alerts.as_array().unwrap().len()
    );
    let mut asked = Vec::new();
    queries(rules, &mut asked);
    for query in asked {
        let series = query.matches("cckm_").count();
        let own = format!(
            "{{namespace={}, job={}",
            service["namespace"], service["name"]
        );
        assert_eq!(query.matches(&own).count(), series, "{query}");
    }
    // A template of Prometheus' own went through Helm as it is.
    assert!(rules.to_string().contains("{{ $labels.action }}"));
}
