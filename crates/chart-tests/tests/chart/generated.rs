//! What kustomize needs spelled out and the chart makes anyway: alerts and dashboard.

use std::{env, fs};

use crate::chart::{path, read, rendered};

const HEAD: &str = "# Generated from the chart's: UPDATE=1 cargo test -p chart-tests.\n";

/// Labels of an object of Helm's.
const OF_HELM: [&str; 4] = [
    "    app.kubernetes.io/instance: ",
    "    app.kubernetes.io/version: ",
    "    app.kubernetes.io/managed-by: ",
    "    helm.sh/chart: ",
];

/// What the chart makes of one template, without what is Helm's.
fn generated(value: &str, template: &str) -> Option<String> {
    let template = format!("templates/{template}.yaml");
    let text = rendered(&["--set", value, "--show-only", &template])?;
    let (_, text) = text.split_once(".yaml\n").unwrap();
    let is_ours = |line: &&str| !OF_HELM.iter().any(|label| line.starts_with(label));
    let lines: Vec<&str> = text.trim_end().lines().filter(is_ours).collect();
    Some(format!("{HEAD}{}\n", lines.join("\n")))
}

#[test]
fn alerts_and_dashboard_in_config_are_the_charts() {
    for (value, template, file) in [
        (
            "metrics.prometheusRule.enabled=true",
            "prometheusrule",
            "prometheus_rule",
        ),
        ("metrics.dashboard.enabled=true", "dashboard", "dashboard"),
    ] {
        let Some(text) = generated(value, template) else {
            return;
        };
        let file = format!("config/prometheus/{file}.yaml");
        if env::var_os("UPDATE").is_some() {
            fs::write(path(&file), &text).unwrap();
        }
        assert!(
            read(&file) == text,
            "{file} is out of date: UPDATE=1 cargo test -p chart-tests"
        );
    }
}
