//! What kustomize makes of `config/`, and of overlays on it as users have them.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::chart::{documents, of_kind, path, read, run};

/// What kustomize makes of a folder in `config/`.
pub(crate) fn kustomized(folder: &str) -> Option<Vec<Value>> {
    built(&path("config").join(folder))
}

/// What kustomize makes of this text in a folder outside of the project, where `CONFIG` is the way to `config/`.
pub(crate) fn overlay(name: &str, text: &str) -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("overlays")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    let up = "../".repeat(folder.canonicalize().unwrap().components().count() - 1);
    let config = path("config").canonicalize().unwrap();
    let config = config.strip_prefix("/").unwrap().display();
    let text = text.replace("CONFIG", &format!("{up}{config}"));
    fs::write(folder.join("kustomization.yaml"), text).unwrap();
    built(&folder)
}

fn built(folder: &Path) -> Option<Vec<Value>> {
    let output = run("kustomize", &["build", folder.to_str().unwrap()])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    Some(documents(&String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn the_overlay_of_the_install_page_runs_that_image_as_that_owner() {
    let page = read("docs/install.md");
    let (_, block) = page.split_once("```yaml\n# kustomization.yaml\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let digest = format!("sha256:{}", "a".repeat(64));
    let text = block
        .replace("../cckm-operator/config", "CONFIG")
        .replace("sha256:...", &digest);
    let Some(objects) = overlay("install", &text) else {
        return;
    };
    let pod = &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let image = format!("registry.example.com/cckm-operator@{digest}");
    assert_eq!(container["image"], image);
    let owner = &container["env"][0]["valueFrom"]["configMapKeyRef"];
    let map = of_kind(&objects, "ConfigMap")[0];
    assert_eq!(owner["name"], map["metadata"]["name"]);
    assert_eq!(map["data"], json!({"owner": "prod-eu"}));
}

#[test]
fn what_the_install_page_lists_for_overlays_is_there() {
    let page = read("docs/install.md");
    let rows = page.lines().filter_map(|line| {
        let row = line.strip_prefix("| `")?;
        let (list, rest) = row.split_once(":` `config/")?;
        Some((list, rest.split_once('`')?.0))
    });
    let mut listed = 0;
    for (list, folder) in rows {
        let text = match list {
            "resources" => format!("resources: [CONFIG/default, CONFIG/{folder}]\n"),
            list => format!("resources: [CONFIG/default]\n{list}: [CONFIG/{folder}]\n"),
        };
        let Some(objects) = overlay(&format!("listed/{folder}"), &text) else {
            return;
        };
        let plain = kustomized("default").unwrap();
        assert!(objects != plain, "{folder} adds nothing");
        listed += 1;
    }
    assert_eq!(listed, 5);
}
