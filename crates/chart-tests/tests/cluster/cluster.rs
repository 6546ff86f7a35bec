//! A control plane, with Helm and kubectl at it.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use playground::control_plane::{ControlPlane, Options};
use serde_json::Value;
use tokio::process::Command;

use crate::Outcome;

pub(crate) struct Cluster {
    pub(crate) control_plane: ControlPlane,
}

impl Cluster {
    pub(crate) async fn start() -> Outcome<Self> {
        let control_plane = ControlPlane::start(Options::default()).await?;
        Ok(Self { control_plane })
    }

    /// Runs Helm, and returns what it prints; an error with what it said if it fails.
    pub(crate) async fn helm(&self, arguments: &[&str]) -> Outcome<String> {
        let folder = go_tools::CHART.folder().ok_or("there is no helm")?;
        let output = Command::new(folder.join("helm"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.control_plane.folder())
            .env("KUBECONFIG", self.control_plane.kubeconfig_path()?)
            .output()
            .await?;
        said(output, &arguments.join(" "))
    }

    /// `helm install` or `upgrade` of the chart.
    pub(crate) async fn release(
        &self,
        verb: &str,
        name: &str,
        namespace: &str,
        more: &[&str],
    ) -> Outcome<String> {
        let chart = chart();
        let chart = chart.to_str().ok_or("the path isn't Unicode")?;
        let mut arguments = vec![verb, name, chart, "--namespace", namespace];
        arguments.extend(more);
        self.helm(&arguments).await
    }

    /// Runs kubectl as the administrator, likewise.
    pub(crate) async fn kubectl(&self, arguments: &[&str]) -> Outcome<String> {
        let kubeconfig = self.control_plane.kubeconfig_path()?;
        self.kubectl_as(kubeconfig, arguments).await
    }

    pub(crate) async fn kubectl_as(
        &self,
        kubeconfig: &Path,
        arguments: &[&str],
    ) -> Outcome<String> {
        let output = self.control_plane.kubectl_as(kubeconfig, arguments).await?;
        said(output, &arguments.join(" "))
    }

    /// An object as the API server has it.
    pub(crate) async fn get(&self, arguments: &[&str]) -> Outcome<Value> {
        let all = [&["get", "-o", "json"], arguments].concat();
        Ok(serde_json::from_str(&self.kubectl(&all).await?)?)
    }

    /// A file with this text, for `-f`.
    pub(crate) fn file(&self, name: &str, text: &str) -> Outcome<String> {
        let path = self.control_plane.folder().join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_str().ok_or("the path isn't Unicode")?.to_owned())
    }
}

fn said(output: Output, arguments: &str) -> Outcome<String> {
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{arguments}: {said}").into())
}

fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/cckm-operator")
}
