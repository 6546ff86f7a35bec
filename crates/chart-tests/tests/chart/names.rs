//! Names fit where Kubernetes wants them short, and the image has one name.

use serde_json::Value;

use crate::chart::{objects, of_kind, read, run, yaml};

/// As long as Helm allows a release's name to be.
const LONGEST_RELEASE: usize = 53;

/// As long as Kubernetes allows the name of a Service and the value of a label to be.
const LONGEST: usize = 63;

fn assert_short(objects: &[Value]) {
    for object in objects {
        let name = object["metadata"]["name"].as_str().unwrap();
        let is_a_label =
            ["Service", "Deployment", "Pod"].contains(&object["kind"].as_str().unwrap());
        assert!(!is_a_label || name.len() <= LONGEST, "{name}");
        assert!(!name.contains("--") && !name.ends_with('-'), "{name}");
        for (key, value) in object["metadata"]["labels"].as_object().unwrap() {
            assert!(value.as_str().unwrap().len() <= LONGEST, "{key}: {value}");
        }
    }
}

#[test]
fn the_longest_name_of_a_release_makes_no_name_too_long() {
    // The second has a hyphen where its name is cut.
    for release in ["a".repeat(LONGEST_RELEASE), format!("{}-b", "a".repeat(51))] {
        let chart = crate::chart::path("charts/cckm-operator");
        let arguments = ["template", &release, chart.to_str().unwrap()];
        let values = ["--set", "owner=a", "--values"];
        let all_on = crate::chart::all_on();
        let all = [&arguments[..], &values, &[all_on.to_str().unwrap()]].concat();
        let Some(output) = run("helm", &all) else {
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let objects = crate::chart::documents(&String::from_utf8(output.stdout).unwrap());
        assert_short(&objects);
        let service = &of_kind(&objects, "Service")[0]["metadata"]["name"];
        assert!(service.as_str().unwrap().ends_with("-metrics"), "{service}");
    }
    let longest = format!("fullnameOverride={}", "a".repeat(55));
    assert_short(&objects(&["--set", &longest]).unwrap());
}

#[test]
fn the_image_is_called_the_same_where_it_is_made_and_where_it_is_run() {
    let values = yaml(&read("charts/cckm-operator/values.yaml"));
    let name = values["image"]["repository"].as_str().unwrap();
    let made = read("crates/image/src/main.rs");
    let version = env!("CARGO_PKG_VERSION");
    assert!(made.contains(&format!(
        "concat!(\"{name}:\", env!(\"CARGO_PKG_VERSION\"))"
    )));
    let config = yaml(&read("config/manager/deployment.yaml"));
    let image = |pod: &Value| pod["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    assert_eq!(image(&config), format!("{name}:{version}"));
    let notes = read("charts/cckm-operator/templates/NOTES.txt");
    assert!(notes.contains(&format!("eq .Values.image.repository \"{name}\"")));
    if let Some(objects) = objects(&[]) {
        assert_eq!(image(of_kind(&objects, "Deployment")[0]), image(&config));
    }
}
