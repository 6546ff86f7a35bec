//! The plugin as a command of kubectl.

use std::path::Path;

use libtest_mimic::Trial;
use playground::shared;

use crate::{Outcome, trial};

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial("kubectl finds it and runs it", found_by_kubectl),
        trial("each shell gets a completion", completed),
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
