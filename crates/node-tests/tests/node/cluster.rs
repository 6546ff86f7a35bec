//! The node, CM beside it, and what a person does with helm and kubectl.

use std::{
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use playground::{
    poll::eventually,
    world::{Mark, Options, Request, STANDARD, Simulator},
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    Outcome,
    node::{ADDRESS, Node, image},
    operator::Process,
};

/// The operator's own namespace, and its release there.
pub(crate) const SYSTEM: &str = "cckm-system";
pub(crate) const RELEASE: &str = "cckm-operator";
/// The namespace with the keys.
pub(crate) const SHOP: &str = "shop";

/// How long anything may take on a busy machine; a lease alone is 15 s.
pub(crate) const SOON: Duration = Duration::from_mins(2);

pub(crate) struct Cluster {
    node: Node,
    pub(crate) simulator: Simulator,
    folder: PathBuf,
}

impl Cluster {
    pub(crate) async fn start(folder: &Path) -> Outcome<Self> {
        let node = Node::start(folder).await?;
        let options = Options::default()
            .tls()
            .address(ADDRESS)
            .switch("sync-seconds=0.5");
        let simulator = Simulator::for_cluster(&node.control_plane, &options).await?;
        let cluster = Self {
            node,
            simulator,
            folder: folder.to_owned(),
        };
        cluster.namespace(SYSTEM).await?;
        cluster.namespace(SHOP).await?;
        Ok(cluster)
    }

    /// In which nothing runs that isn't restricted.
    pub(crate) async fn namespace(&self, name: &str) -> Outcome {
        self.kubectl(&["create", "namespace", name]).await?;
        let label = "pod-security.kubernetes.io/enforce=restricted";
        self.kubectl(&["label", "namespace", name, label])
            .await
            .map(drop)
    }

    /// The namespace with the keys is no more.
    pub(crate) async fn without_shop(&self) -> Outcome {
        let delete = ["delete", "namespace", SHOP, "--ignore-not-found", "--wait"];
        self.kubectl(&delete).await.map(drop)
    }

    /// There is no release.
    pub(crate) async fn uninstalled(&self) -> Outcome {
        let uninstall = [
            "uninstall",
            RELEASE,
            "--namespace",
            SYSTEM,
            "--ignore-not-found",
            "--wait",
        ];
        self.helm(&uninstall).await.map(drop)
    }

    /// The run's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn kubeconfig(&self) -> Outcome<PathBuf> {
        Ok(self.node.control_plane.kubeconfig_path()?.to_owned())
    }

    pub(crate) fn kubectl_path(&self) -> PathBuf {
        self.node.control_plane.kubectl_path()
    }

    /// Installs the chart or changes the release, and waits for its pods as a person would.
    pub(crate) async fn release(&self, more: &[&str]) -> Outcome<String> {
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/cckm-operator");
        let chart = chart.display().to_string();
        let (repository, tag) = image();
        let image = format!(
            "owner=node,image.repository={repository},image.tag={tag},image.pullPolicy=Never"
        );
        let mut arguments = vec![
            "upgrade",
            "--install",
            RELEASE,
            &*chart,
            "--namespace",
            SYSTEM,
        ];
        arguments.extend(["--wait", "--timeout=2m", "--set", &image]);
        arguments.extend(more);
        self.helm(&arguments).await
    }

    /// The release with one replica, the manager and a container of each cloud, all of them Ready.
    pub(crate) async fn installed(&self) -> Outcome {
        self.release(&[]).await?;
        self.apply(&self.standard()?).await?;
        for (kind, name) in playground::world::STANDARD_OBJECTS {
            self.until_ready(kind, name).await?;
        }
        Ok(())
    }

    /// Manager and containers, for the CM beside the node.
    pub(crate) fn standard(&self) -> Outcome<String> {
        let authority = self.simulator.authority().ok_or("CM serves no HTTPS")?;
        let map = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "cm-ca"},
            "data": {"ca.crt": authority},
        });
        let tls = format!(
            "  url: {}\n  tls: {{caRef: {{name: cm-ca}}}}",
            self.simulator.url()
        );
        let standard = STANDARD.replace("  url: http://127.0.0.1", &tls);
        Ok(format!("{map}\n---\n{standard}"))
    }

    pub(crate) async fn helm(&self, arguments: &[&str]) -> Outcome<String> {
        let folder = go_tools::CHART.folder().ok_or("there is no helm")?;
        let output = Command::new(folder.join("helm"))
            .args(arguments)
            .env_clear()
            .env("HOME", &self.folder)
            .env("KUBECONFIG", self.node.control_plane.kubeconfig_path()?)
            .kill_on_drop(true)
            .output()
            .await?;
        said(&output, arguments)
    }

    pub(crate) async fn kubectl(&self, arguments: &[&str]) -> Outcome<String> {
        said(
            &self.node.control_plane.kubectl(arguments).await?,
            arguments,
        )
    }

    /// Applies manifests into the keys' namespace.
    pub(crate) async fn apply(&self, manifests: &str) -> Outcome {
        let path = self.folder.join("applied.yaml");
        std::fs::write(&path, manifests)?;
        let path = path.display().to_string();
        self.kubectl(&["apply", "--server-side", "-n", SHOP, "-f", &path])
            .await
            .map(drop)
    }

    pub(crate) async fn get(&self, namespace: &str, what: &[&str]) -> Outcome<Value> {
        let arguments = [&["get", "-o", "json", "-n", namespace], what].concat();
        Ok(serde_json::from_str(&self.kubectl(&arguments).await?)?)
    }

    pub(crate) async fn until_ready(&self, kind: &str, name: &str) -> Outcome {
        let what = format!("{kind} {name} is Ready");
        let ready = eventually(SOON, &what, async || {
            let object = self.get(SHOP, &[kind, name]).await;
            let object = object.map_err(|error| error.to_string())?;
            let status = &object["status"];
            let conditions = status["conditions"].as_array().into_iter().flatten();
            let ready = conditions.filter(|condition| condition["type"] == "Ready");
            let current = status["observedGeneration"] == object["metadata"]["generation"];
            if current && ready.clone().any(|condition| condition["status"] == "True") {
                return Ok(());
            }
            Err(format!("{status}"))
        });
        Ok(ready.await?)
    }

    /// The operator's pods, but for those that are going.
    pub(crate) async fn pods(&self) -> Outcome<Vec<Value>> {
        let selector = "app.kubernetes.io/name=cckm-operator";
        let mut list = self.get(SYSTEM, &["pods", "-l", selector]).await?;
        let pods = list["items"]
            .as_array_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        let stays = |pod: &Value| pod["metadata"]["deletionTimestamp"].is_null();
        Ok(pods.into_iter().filter(stays).collect())
    }

    /// The only process of the operator.
    pub(crate) async fn operator(&self) -> Outcome<Process> {
        let process = eventually(SOON, "one operator runs", async || {
            match Process::all().as_slice() {
                [one] => Ok(one.clone()),
                all => Err(format!("{all:?}")),
            }
        });
        Ok(process.await?)
    }

    /// The writes to CM since then.
    pub(crate) async fn writes_since(&self, mark: Mark) -> Outcome<Vec<Request>> {
        let mut requests = self.simulator.requests_since(mark).await?;
        requests.retain(Request::is_write);
        Ok(requests)
    }

    /// What helps to understand a failure.
    pub(crate) async fn account(&self) -> String {
        let mut account = String::new();
        for arguments in [
            &["get", "pods,events", "-A", "-o", "wide"][..],
            &["get", "cckm", "-A", "-o", "wide"],
            &[
                "logs",
                "-n",
                SYSTEM,
                "deployment/cckm-operator",
                "--tail=20",
            ],
        ] {
            match self.kubectl(arguments).await {
                Ok(said) => account.push_str(&said),
                Err(error) => account.push_str(&error.to_string()),
            }
        }
        account
    }
}

fn said(output: &Output, arguments: &[&str]) -> Outcome<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!(
        "{}: {}{}",
        arguments.join(" "),
        text(&output.stdout),
        text(&output.stderr)
    )
    .into())
}
