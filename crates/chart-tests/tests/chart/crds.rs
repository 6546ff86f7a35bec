//! The kinds in the chart are those of the project.

use std::{collections::BTreeMap, env, fs, path::Path};

use serde_json::Value;

use crate::{
    chart::{objects, of_kind, path, read, yaml},
    kustomize::kustomized,
};

/// Contents by file name.
fn files(folder: &str) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "yaml"))
        .map(|name| (name.clone(), read(&format!("{folder}/{name}"))))
        .collect()
}

#[test]
fn the_kinds_in_the_chart_are_the_very_files_of_crds() {
    let (copy, crds) = ("charts/cckm-operator/files/crds", files("crds"));
    if env::var_os("UPDATE").is_some() {
        fs::remove_dir_all(path(copy)).unwrap();
        fs::create_dir(path(copy)).unwrap();
        for (name, text) in &crds {
            fs::write(path(copy).join(name), text).unwrap();
        }
    }
    assert!(
        files(copy) == crds,
        "{copy} is out of date: UPDATE=1 cargo test -p chart-tests"
    );
}

#[test]
fn uninstalling_keeps_every_kind() {
    let Some(objects) = objects(&[]) else {
        return;
    };
    let kinds = of_kind(&objects, "CustomResourceDefinition");
    assert_eq!(kinds.len(), files("crds").len());
    for kind in kinds {
        let policy = &kind["metadata"]["annotations"]["helm.sh/resource-policy"];
        assert_eq!(policy, "keep", "{}", kind["metadata"]["name"]);
    }
}

#[test]
fn removing_the_install_by_flux_or_argo_cd_keeps_every_kind_too() {
    let (Some(chart), Some(config)) = (objects(&[]), kustomized("default")) else {
        return;
    };
    for objects in [chart, config] {
        let kinds = of_kind(&objects, "CustomResourceDefinition");
        assert_eq!(kinds.len(), files("crds").len());
        for kind in kinds {
            let (labels, annotations) = (
                &kind["metadata"]["labels"],
                &kind["metadata"]["annotations"],
            );
            let word = |name: &str| annotations[name].as_str().unwrap_or_default();
            assert_eq!(word("kustomize.toolkit.fluxcd.io/prune"), "disabled");
            let options = word("argocd.argoproj.io/sync-options");
            assert_eq!(options, "Prune=false,Delete=false");
            // By which README and notes say how to remove them.
            assert_eq!(labels["app.kubernetes.io/part-of"], "cckm-operator");
        }
        // Nothing else outlives its install.
        let others = objects
            .iter()
            .filter(|it| it["kind"] != "CustomResourceDefinition");
        let keeps = |object: &&Value| {
            let text = object["metadata"]["annotations"].to_string();
            text.contains("prune") || text.contains("Prune")
        };
        assert_eq!(others.filter(keeps).count(), 0);
    }
}

#[test]
fn the_chart_is_of_the_operators_version() {
    let chart = yaml(&read("charts/cckm-operator/Chart.yaml"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
}
