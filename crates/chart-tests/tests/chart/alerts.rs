//! Alerts by Prometheus' own judgement: each fires in a situation that somebody on call would recognise, and no other does.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use api::StalledReason;
use serde_json::{Value, json};

use crate::chart::{objects, of_kind, path, read, yaml};

/// The folder of scenarios, and the files in it.
const FOLDER: &str = "crates/chart-tests/tests/chart/alerts";
const SCENARIOS: [&str; 4] = ["healthy", "install", "keys", "manager"];

/// Reasons that wait for a person's decision, or for something that comes, as they should.
const DECISIONS: [StalledReason; 3] = [
    StalledReason::AwaitingApproval,
    StalledReason::ApprovalStale,
    StalledReason::WaitingForSuccessor,
];

/// The alerts as this install has them.
fn rules(values: &[&str]) -> Option<Value> {
    let enabled = ["--set", "metrics.prometheusRule.enabled=true"];
    let objects = objects(&[&enabled, values].concat())?;
    Some(of_kind(&objects, "PrometheusRule")[0]["spec"].clone())
}

fn alerts(rules: &Value) -> &Vec<Value> {
    rules["groups"][0]["rules"].as_array().unwrap()
}

fn scenarios(file: &str) -> Value {
    yaml(&read(&format!("{FOLDER}/{file}.yaml")))
}

fn each(scenarios: &Value) -> &Vec<Value> {
    scenarios["tests"].as_array().unwrap()
}

/// A folder of one test's own, with these rules in it. JSON is YAML too.
fn folder(test: &str, rules: &Value) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("rules.yaml"), rules.to_string()).unwrap();
    folder
}

/// Has promtool check a file. Nothing if there is no promtool.
fn assert_passes(command: &str, file: &Path) -> Option<()> {
    let promtool = go_tools::PROMETHEUS.folder()?.join("promtool");
    let output = Command::new(promtool)
        .args([command, "rules"])
        .arg(file)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{}: {said}", file.display());
    Some(())
}

#[test]
fn prometheus_takes_every_alert() {
    for (test, values) in [("taken", &[][..]), ("taken-job", &JOB)] {
        let Some(rules) = rules(values) else { return };
        let checked = assert_passes("check", &folder(test, &rules).join("rules.yaml"));
        assert!(checked.is_none() || alerts(&rules).len() > 10);
    }
}

#[test]
fn each_alert_fires_in_its_situation_and_no_other_does() {
    let Some(rules) = rules(&[]) else { return };
    let folder = folder("fires", &rules);
    for name in SCENARIOS {
        let file = folder.join(format!("{name}.yaml"));
        fs::copy(path(&format!("{FOLDER}/{name}.yaml")), &file).unwrap();
        assert_passes("test", &file);
    }
}

#[test]
fn what_is_wrong_with_another_install_fires_no_alert_of_this_one() {
    let Some(rules) = rules(&[]) else { return };
    let folder = folder("others", &rules);
    for (own, other) in [
        ("namespace=\"cckm-system\"", "namespace=\"elsewhere\""),
        ("job=\"cckm-operator-metrics\"", "job=\"another-metrics\""),
    ] {
        for name in SCENARIOS {
            let mut all = scenarios(name);
            for test in all["tests"].as_array_mut().unwrap() {
                for series in test["input_series"].as_array_mut().unwrap() {
                    let text = series["series"].as_str().unwrap();
                    assert!(text.contains(own), "{text}");
                    series["series"] = text.replace(own, other).into();
                }
                let leads = "cckm_operator_leader{namespace=\"cckm-system\", job=\"cckm-operator-metrics\"}";
                let series = test["input_series"].as_array_mut().unwrap();
                series.push(json!({"series": leads, "values": "1x2000"}));
                for check in test["promql_expr_test"].as_array_mut().unwrap() {
                    check["exp_samples"] = json!([]);
                }
            }
            let file = folder.join(format!("{name}.yaml"));
            fs::write(&file, all.to_string()).unwrap();
            assert_passes("test", &file);
        }
    }
}

#[test]
fn every_alert_has_a_scenario_in_which_it_fires_and_one_in_which_it_nearly_does() {
    let (mut fires, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for test in SCENARIOS.map(scenarios).iter().flat_map(each) {
        for check in test["promql_expr_test"].as_array().unwrap() {
            // All that fires: an alert that isn't expected fails the scenario.
            assert_eq!(
                check["expr"],
                "sum by (alertname) (ALERTS{alertstate=\"firing\"})"
            );
            for sample in check["exp_samples"].as_array().unwrap() {
                let name = sample["labels"].as_str().unwrap().split('"').nth(1);
                fires.insert(name.unwrap().to_owned());
            }
        }
        for check in test["alert_rule_test"].as_array().into_iter().flatten() {
            assert!(check["exp_alerts"].is_null());
            silent.insert(check["alertname"].as_str().unwrap().to_owned());
        }
    }
    let alerts = yaml(&read("charts/cckm-operator/files/alerts.yaml"));
    let name = |alert: &Value| alert["alert"].as_str().unwrap().to_owned();
    let names: BTreeSet<String> = alerts.as_array().unwrap().iter().map(name).collect();
    assert_eq!(fires, names);
    assert_eq!(silent, names);
}

/// The reasons that an alert on objects asks for.
fn reasons(alert: &str) -> BTreeSet<String> {
    let alerts = yaml(&read("charts/cckm-operator/files/alerts.yaml"));
    let of_it = |one: &&Value| one["alert"] == alert;
    let found = alerts.as_array().unwrap().iter().find(of_it).unwrap();
    let asked = found["expr"].as_str().unwrap().split("reason=~\"").nth(1);
    let asked = asked.unwrap().split('"').next().unwrap();
    asked.split('|').map(String::from).collect()
}

#[test]
fn whatever_needs_somebody_fires_an_alert_and_an_approval_is_given_a_day() {
    let all = StalledReason::ALL.iter();
    let needed = all.filter(|reason| !DECISIONS.contains(reason));
    let needed: BTreeSet<String> = needed.map(ToString::to_string).collect();
    assert_eq!(reasons("CckmObjectsNeedSomebody"), needed);
    let awaited = DECISIONS[..2].iter().map(ToString::to_string).collect();
    assert_eq!(reasons("CckmApprovalAwaited"), awaited);
}

/// Where something else than the `ServiceMonitor` reads the metrics.
const JOB: [&str; 2] = ["--set", "metrics.prometheusRule.job=monitoring/pods"];

#[test]
fn alerts_find_the_metrics_under_the_job_that_is_named() {
    let Some(rules) = rules(&JOB) else { return };
    for alert in alerts(&rules) {
        let expr = alert["expr"].as_str().unwrap();
        assert!(expr.contains("job=\"monitoring/pods\""), "{expr}");
        assert!(!expr.contains("cckm-operator-metrics"), "{expr}");
    }
}
