//! The operator as a child process, under its own service account.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use reqwest::Client;
use serde_json::Value;

use super::Options;
use crate::{
    Error,
    child::{Child, Recipe},
    control_plane::OPERATOR_NAMESPACE,
    poll::eventually,
    program_roles, timeline,
};

/// How long it gets to list all objects.
const READY: Duration = Duration::from_mins(1);

/// How long it gets to end by itself: Kubernetes' own default.
const GRACE: Duration = Duration::from_secs(30);

/// A running operator. It ends when dropped.
#[derive(Debug)]
pub struct Operator {
    child: Child,
    addresses: Addresses,
}

#[derive(Clone, Copy, Debug)]
struct Addresses {
    health: SocketAddr,
    metrics: SocketAddr,
}

/// What an operator is started with.
#[derive(Clone, Debug)]
pub(super) struct Start<'a> {
    pub(super) kubeconfig: &'a Path,
    pub(super) folder: &'a Path,
    /// Names its files: nobody else's in the folder.
    pub(super) name: &'a str,
    /// The stable name of the install.
    pub(super) owner: &'a str,
    /// The world's namespace.
    pub(super) namespace: &'a str,
    pub(super) options: &'a Options,
}

impl Operator {
    /// Starts one, and returns when it is ready.
    pub(super) async fn start(start: Start<'_>) -> Result<Self, Error> {
        let mut child = recipe(&start).start(start.name, start.folder)?;
        let addresses = wait_until_ready(&mut child).await?;
        Ok(Self { child, addresses })
    }

    /// The process, to be suspended and resumed, or to be asked for its end.
    pub fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends it with SIGKILL, in the middle of whatever it does.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.child.kill().map(drop)
    }

    /// Ends it with SIGTERM, and returns when it has finished.
    pub async fn terminate(&mut self) -> Result<(), Error> {
        self.child.terminate(GRACE).await.map(drop)
    }

    /// Starts it again, killed first if it still runs, and returns when it is ready.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.child.restart()?;
        self.addresses = wait_until_ready(&mut self.child).await?;
        Ok(())
    }

    /// Its log since it was started last: one JSON object a line.
    pub fn log(&self) -> Result<Vec<String>, Error> {
        self.child.stderr().lines()
    }

    /// All that it wrote to standard output and standard error in all its lives.
    pub fn everything_written(&self) -> Result<String, Error> {
        let mut text = String::new();
        for log in [self.child.stdout(), self.child.stderr()] {
            let path = log.path();
            text +=
                &fs::read_to_string(path).map_err(Error::io(format!("read {}", path.display())))?;
        }
        Ok(text)
    }

    /// Its metrics, as `/metrics` gives them.
    pub async fn metrics(&self) -> Result<String, Error> {
        let url = format!("http://{}/metrics", self.addresses.metrics);
        let (status, text) = get(&url).await?;
        if status != 200 {
            return Err(Error::Operator {
                what: url,
                why: format!("{status}: {text}"),
            });
        }
        Ok(text)
    }

    /// Its resident memory, in KiB.
    pub fn resident_memory(&self) -> Result<u64, Error> {
        let failed = |why: String| Error::Operator {
            what: "its resident memory".to_owned(),
            why,
        };
        let output = std::process::Command::new("ps")
            .args(["-o", "rss=", "-p", &self.child.pid().to_string()])
            .output()
            .map_err(|error| failed(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let kibibytes = text.trim().parse();
        kibibytes.map_err(|_| failed(format!("ps says {text:?}")))
    }
}

fn recipe(start: &Start<'_>) -> Recipe {
    let options = start.options;
    let timeline = options.operator_timeline.unwrap_or(options.timeline);
    let recipe = Child::role(program_roles::OPERATOR)
        .env("KUBECONFIG", start.kubeconfig)
        .env(timeline::VARIABLE, timeline.to_string())
        .args(["run", "--owner", start.owner])
        .args(["--namespace", OPERATOR_NAMESPACE])
        .args(["--health-addr", "127.0.0.1:0"])
        .args(["--metrics-addr", "127.0.0.1:0"])
        .args(["--log-format", "json"]);
    let recipe = if options.leader_election {
        recipe.args(["--lease-name", &lease(start.namespace, options)])
    } else {
        recipe.args(["--leader-elect=false"])
    };
    let recipe = if options.watch_secrets {
        recipe.args(["--watch-secrets"])
    } else {
        recipe
    };
    if options.everywhere {
        return recipe;
    }
    recipe.args(["--watch-namespaces", start.namespace])
}

/// The lease of a world's operators: worlds of one control plane share the operator's namespace, not its lease.
pub(super) fn lease(namespace: &str, options: &Options) -> String {
    if options.everywhere {
        return "cckm-operator".to_owned();
    }
    format!("cckm-operator-{namespace}")
}

async fn wait_until_ready(child: &mut Child) -> Result<Addresses, Error> {
    let addresses = child
        .wait_for_line("the addresses", READY, addresses_in)
        .await?;
    let url = format!("http://{}/readyz", addresses.health);
    eventually(READY, "the operator is ready", async || {
        if let Some(status) = child.status().map_err(|error| error.to_string())? {
            return Err(format!("it ended: {status}"));
        }
        match get(&url).await {
            Ok((200, _)) => Ok(()),
            Ok((_, text)) => Err(text),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    Ok(addresses)
}

/// The addresses in the line that an operator begins with.
fn addresses_in(line: &str) -> Option<Addresses> {
    let line: Value = serde_json::from_str(line).ok()?;
    let address = |name: &str| line[name].as_str()?.parse().ok();
    Some(Addresses {
        health: address("health")?,
        metrics: address("metrics")?,
    })
}

async fn get(url: &str) -> Result<(u16, String), Error> {
    let failed = |error: reqwest::Error| Error::Operator {
        what: url.to_owned(),
        why: error.to_string(),
    };
    // An error says that the process has a provider already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(GRACE).no_proxy().build();
    let reply = client.map_err(failed)?.get(url).send();
    let reply = reply.await.map_err(failed)?;
    let status = reply.status().as_u16();
    Ok((status, reply.text().await.map_err(failed)?))
}
