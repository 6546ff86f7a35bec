//! `argocd-cm.yaml` is what the scripts beside it say, for every kind.

use std::{collections::BTreeSet, env, fmt::Write, fs, path::Path, process::Command};

use api::{GROUP, all_crds};

use crate::argo::{path, read, yaml};

const FILE: &str = "config/argocd/argocd-cm.yaml";

const HEAD: &str = "\
# Generated from the scripts beside it: UPDATE=1 cargo test -p argocd-tests. What Argo CD has to know of cckm.dev.
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  labels: {app.kubernetes.io/part-of: argocd}
data:
";

/// Kinds that share their scripts. Those of actions are one for discovery, and one an action.
struct Family {
    name: &'static str,
    kinds: &'static [&'static str],
    health: &'static str,
    actions: Option<(&'static str, &'static [&'static str])>,
}

const FAMILIES: [Family; 3] = [
    Family {
        name: "suspendable",
        kinds: &[
            "AzureSecret",
            "CipherTrustManager",
            "ClusterCipherTrustManager",
            "OciKey",
            "SalesforceRotation",
            "SalesforceTenantSecret",
        ],
        health: "health",
        actions: Some(("discovery", &["reconcile", "suspend", "resume"])),
    },
    Family {
        name: "container",
        kinds: &["AzureVault", "OciVault", "SalesforceOrganization"],
        health: "health",
        actions: Some(("container_discovery", &["reconcile"])),
    },
    Family {
        name: "approval",
        kinds: &["DestructionApproval"],
        health: "approval_health",
        actions: None,
    },
];

fn script(name: &str, indent: usize) -> String {
    let text = read(&format!("config/argocd/{name}.lua"));
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("{:indent$}{line}\n", ""),
    };
    text.lines().map(line).collect()
}

fn actions(discovery: &str, names: &[&str]) -> String {
    let discovery = script(&format!("actions/{discovery}"), 6);
    let mut text = format!("    discovery.lua: |\n{discovery}    definitions:\n");
    for name in names {
        let action = script(&format!("actions/{name}"), 8);
        write!(text, "    - name: {name}\n      action.lua: |\n{action}").unwrap();
    }
    text
}

/// One entry a kind: the first of a text spells it out, the others refer to it.
fn generated() -> String {
    let mut text = HEAD.to_owned();
    let mut spelled = BTreeSet::new();
    let mut entry = |what: &str, kind: &str, anchor: &str, value: String| {
        let key = format!("resource.customizations.{what}.{GROUP}_{kind}");
        if spelled.insert(anchor.to_owned()) {
            write!(text, "  {key}: &{anchor} |\n{value}").unwrap();
        } else {
            writeln!(text, "  {key}: *{anchor}").unwrap();
        }
    };
    for family in FAMILIES {
        for kind in family.kinds {
            entry("health", kind, family.health, script(family.health, 4));
        }
        for kind in family.kinds {
            if let Some((discovery, names)) = family.actions {
                entry(
                    "actions",
                    kind,
                    &format!("{}_actions", family.name),
                    actions(discovery, names),
                );
            }
        }
    }
    text
}

#[test]
fn the_customizations_are_the_scripts_beside_them() {
    if env::var_os("UPDATE").is_some() {
        fs::write(path(FILE), generated()).unwrap();
    }
    assert!(
        read(FILE) == generated(),
        "{FILE} is out of date: UPDATE=1 cargo test -p argocd-tests"
    );
}

#[test]
fn every_kind_has_a_health_script() {
    let file = yaml(&read(FILE));
    let data = file["data"].as_object().unwrap();
    for kind in all_crds().into_iter().map(|crd| crd.spec.names.kind) {
        let key = format!("resource.customizations.health.{GROUP}_{kind}");
        assert!(data.contains_key(&key), "{FILE} has no {key}");
    }
}

#[test]
fn as_a_kustomize_component_they_join_what_argo_cds_own_config_map_has() {
    let Some(tools) = go_tools::CHART.folder() else {
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("with-component");
    fs::create_dir_all(folder.join("argocd")).unwrap();
    for name in ["kustomization.yaml", "argocd-cm.yaml"] {
        let text = read(&format!("config/argocd/{name}"));
        fs::write(folder.join("argocd").join(name), text).unwrap();
    }
    // Argo CD's has no namespace; some people's has.
    for metadata in ["{name: argocd-cm}", "{name: argocd-cm, namespace: argocd}"] {
        let theirs = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata: {{url: theirs}}\n"
        );
        fs::write(folder.join("theirs.yaml"), theirs).unwrap();
        let kustomization = "resources: [theirs.yaml]\ncomponents: [argocd]\n";
        fs::write(folder.join("kustomization.yaml"), kustomization).unwrap();
        let output = Command::new(tools.join("kustomize"))
            .arg("build")
            .arg(&folder)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let built = yaml(&String::from_utf8(output.stdout).unwrap());
        let mut expected = yaml(&read(FILE))["data"].clone();
        expected["url"] = "theirs".into();
        assert!(built["data"] == expected, "{built}");
    }
}
