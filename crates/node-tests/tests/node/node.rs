//! The node: containerd, kubelet, scheduler and proxy beside a control plane. Only in namespaces of its own.

use std::{
    fs::{self, File},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use playground::{
    binaries::{Binaries, Environment, Tool},
    control_plane::{ControlPlane, Options},
    poll::eventually,
};

use crate::{Outcome, configuration, needs, say};

/// The node's, and by it pods reach everything that runs beside them.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 244, 0, 1);

/// What the node is called.
pub(crate) const NAME: &str = "node1";

const KUBELET: &str = "system:node:node1";
const SCHEDULER: &str = "system:kube-scheduler";
const PROXY: &str = "system:kube-proxy";

/// How long the node gets to be Ready, on a busy machine.
const READY: Duration = Duration::from_mins(2);

/// What runs here ends with the namespaces.
pub(crate) struct Node {
    pub(crate) control_plane: ControlPlane,
    folder: PathBuf,
}

impl Node {
    pub(crate) async fn start(folder: &Path) -> Outcome<Self> {
        let tools = [Tool::ALL, Tool::NODE].concat();
        let binaries = Binaries::locate(&tools, &Environment::of_process())?;
        let options = Options::default()
            .with_pods_at(ADDRESS)
            .user(KUBELET, &["system:nodes"])
            .user(SCHEDULER, &[])
            .user(PROXY, &[]);
        let node = Self {
            control_plane: ControlPlane::start(options).await?,
            folder: folder.to_owned(),
        };
        for (name, text) in configuration::files(folder, node.control_plane.user_kubeconfig(PROXY)?)
        {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, text)?;
        }
        let file = |name: &str| folder.join(name).display().to_string();
        node.spawn(
            Path::new("containerd"),
            &["--config", &file("containerd.toml")],
        )?;
        eventually(READY, "containerd answers", async || node.ctr(&["version"])).await?;
        for image in ["pause", "operator"] {
            let archive = folder.join(image).join("cckm-operator.tar");
            node.ctr(&["images", "import", &archive.display().to_string()])?;
        }
        let kubeconfig = |user| -> Outcome<String> {
            Ok(node
                .control_plane
                .user_kubeconfig(user)?
                .display()
                .to_string())
        };
        let scheduler = format!("--kubeconfig={}", kubeconfig(SCHEDULER)?);
        let path = |tool| binaries.path(tool);
        node.spawn(
            &path(Tool::KubeScheduler),
            &[
                &scheduler,
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
            ],
        )?;
        node.spawn(
            &path(Tool::Kubelet),
            &[
                &format!("--config={}", file("kubelet.yaml")),
                &format!("--kubeconfig={}", kubeconfig(KUBELET)?),
                &format!("--root-dir={}", file("kubelet")),
                &format!("--cert-dir={}", file("kubelet-pki")),
                &format!("--hostname-override={NAME}"),
                &format!("--node-ip={ADDRESS}"),
            ],
        )?;
        node.spawn(
            &path(Tool::KubeProxy),
            &[&format!("--config={}", file("proxy.yaml"))],
        )?;
        eventually(READY, "the node is Ready", async || {
            let wait = [
                "wait",
                "--for=condition=Ready",
                "--timeout=5s",
                "node",
                NAME,
            ];
            match node.control_plane.kubectl(&wait).await {
                Ok(output) if output.status.success() => Ok(()),
                Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
        .map_err(|error| format!("{error}\n{}", node.log("kubelet")))?;
        say("the node is Ready");
        Ok(node)
    }

    /// Starts a program that ends with the namespaces, and writes to a log named after it.
    fn spawn(&self, program: &Path, arguments: &[&str]) -> Outcome {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let log = File::create(self.folder.join(format!("{name}.log")))?;
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(())
    }

    /// Runs containerd's own command line, in the namespace of the kubelet's containers.
    fn ctr(&self, arguments: &[&str]) -> Outcome<String> {
        let output = Command::new("ctr")
            .arg("--address")
            .arg(self.folder.join("containerd.sock"))
            .args(["--namespace", "k8s.io"])
            .args(arguments)
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        Err(String::from_utf8_lossy(&output.stderr).into())
    }

    /// The end of a program's log.
    pub(crate) fn log(&self, name: &str) -> String {
        let text = fs::read_to_string(self.folder.join(format!("{name}.log"))).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// The images that pods run on.
pub(crate) fn image() -> (&'static str, &'static str) {
    needs::IMAGE.rsplit_once(':').unwrap_or_default()
}
