//! The chart's own tests, for those who read a chart and not its crate: they pass, and no release brings them.

use std::{fs, path::Path};

use crate::chart::{path, run};

const CHART: &str = "charts/cckm-operator";

#[test]
fn the_charts_own_tests_pass() {
    let chart = path(CHART);
    let Some(output) = run("helm-unittest", &["--strict", chart.to_str().unwrap()]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let entries = fs::read_dir(chart.join("tests")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let count = names.filter(|name| name.ends_with("_test.yaml")).count();
    let passed = format!("Test Suites: {count} passed, {count} total");
    assert!(said.contains(&passed), "{said}");
}

#[test]
fn a_package_has_the_tests_of_a_release_and_not_those_of_the_chart() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packaged");
    fs::create_dir_all(&folder).unwrap();
    let to = ["--destination", folder.to_str().unwrap()];
    let chart = path(CHART);
    let package = [&["package", chart.to_str().unwrap()][..], &to].concat();
    let Some(output) = run("helm", &package) else {
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let file = format!("cckm-operator-{}.tgz", env!("CARGO_PKG_VERSION"));
    let output = std::process::Command::new("tar")
        .args(["--list", "--gzip", "--file"])
        .arg(folder.join(file))
        .output()
        .unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    let has = |name: &str| {
        names
            .lines()
            .any(|line| line == format!("cckm-operator/{name}"))
    };
    assert!(has("templates/tests/metrics.yaml"), "{names}");
    assert!(has("files/alerts.yaml"), "{names}");
    assert!(!names.contains("_test.yaml"), "{names}");
}
