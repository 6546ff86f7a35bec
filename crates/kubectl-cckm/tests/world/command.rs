//! The plugin as a command of kubectl.

use std::{fs, os::unix::fs::symlink, path::Path};

use libtest_mimic::Trial;
use playground::{
    shared,
    world::{Options, World},
};
use serde_json::json;

use crate::{Outcome, trial};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial("kubectl finds it and runs it", found_by_kubectl),
        trial("each shell gets a completion", completed),
        trial(
            "kubectl completes its words, kinds and names by a link to it, and a stranger gets no names",
            completed_by_kubectl,
        ),
    ]
}

/// Runs `kubectl cckm` with the plugin on the PATH.
async fn kubectl(arguments: &[&str]) -> Outcome<(bool, String)> {
    let control_plane = shared().await?;
    let folder = Path::new(env!("CARGO_BIN_EXE_kubectl-cckm")).parent();
    let folder = folder.ok_or("the plugin is in a folder")?;
    let output = control_plane
        .kubectl_command(control_plane.kubeconfig_path()?)
        .env("PATH", folder)
        .arg("cckm")
        .args(arguments)
        .output()
        .await?;
    Ok((output.status.success(), String::from_utf8(output.stdout)?))
}

async fn found_by_kubectl() -> Outcome {
    let (success, help) = kubectl(&["--help"]).await?;
    assert!(success && help.contains("Usage: kubectl cckm"), "{help}");
    assert!(help.contains("Exit codes:"), "{help}");
    let (success, _) = kubectl(&["approve", "azs/db"]).await?;
    assert!(!success, "an approval needs a reason");
    Ok(())
}

async fn completed() -> Outcome {
    for shell in ["bash", "zsh", "fish"] {
        let (success, script) = kubectl(&["completion", shell]).await?;
        assert!(success && script.contains("import"), "{shell}: {script}");
    }
    Ok(())
}

async fn completed_by_kubectl() -> Outcome {
    let world = World::start(shared().await?, Options::default()).await?;
    for name in ["db", "web"] {
        let secret = json!({"apiVersion": "cckm.dev/v1alpha1", "kind": "AzureSecret", "metadata": {"name": name},
            "spec": {"vaultRef": {"name": "billing"}, "suspend": true}});
        world.apply(&secret.to_string()).await?;
    }
    let folder = std::env::temp_dir().join(format!("complete-{}", world.namespace()));
    fs::create_dir_all(&folder)?;
    let plugin = Path::new(env!("CARGO_BIN_EXE_kubectl-cckm"));
    symlink(plugin, folder.join("kubectl-cckm"))?;
    symlink("kubectl-cckm", folder.join("kubectl_complete-cckm"))?;
    let control_plane = world.control_plane();
    let completed = async |user: &str, words: &[&str]| -> Outcome<String> {
        let output = control_plane
            .kubectl_command(control_plane.user_kubeconfig(user)?)
            .env("PATH", &folder)
            .args(["__complete", "cckm"])
            .args(words)
            .output()
            .await?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let namespace = world.namespace();
    let verbs = completed("admin", &["p"]).await?;
    assert!(verbs.starts_with("plan\t"), "{verbs}");
    assert!(verbs.ends_with("\n:4\n"), "{verbs}");
    assert_eq!(
        completed("admin", &["plan", "azu"]).await?,
        "azuresecret/\n:6\n"
    );
    let names = completed("admin", &["-n", namespace, "plan", "azs/"]).await?;
    assert_eq!(names, "azs/db\nazs/web\n:4\n");
    let container = completed("admin", &["import", "-n", namespace, "azv", "b"]).await?;
    assert_eq!(container, "billing\n:4\n");
    let namespaces = completed("admin", &["plan", "-n", namespace]).await?;
    assert_eq!(namespaces, format!("{namespace}\n:4\n"));
    let nothing = completed("carol", &["-n", namespace, "plan", "azs/"]).await?;
    assert_eq!(nothing, ":4\n");
    fs::remove_dir_all(&folder)?;
    Ok(())
}
