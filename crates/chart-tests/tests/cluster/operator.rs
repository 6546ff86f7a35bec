//! An operator as the chart's deployment would run it.

use std::{path::PathBuf, time::Duration};

use playground::{child::Child, poll::eventually};
use serde_json::Value;

use crate::{Outcome, cluster::Cluster};

/// The deployment of the release `keys` in the namespace `ops`, and its lease.
pub(crate) const NAME: &str = "keys-cckm-operator";

/// How long an operator gets to list all objects and to be elected, and a new policy to be enforced.
pub(crate) const SOON: Duration = Duration::from_mins(1);

/// How long it gets to end.
const GRACE: Duration = Duration::from_secs(30);

/// A running operator. It ends when dropped.
pub(crate) struct Operator {
    child: Child,
    /// Its service account's kubeconfig file.
    pub(crate) account: PathBuf,
}

impl Operator {
    /// Starts one as the deployment says, under that name, and waits until it leads: only one that has listed all
    /// objects is a candidate.
    pub(crate) async fn start(cluster: &Cluster, pod: &str) -> Outcome<Self> {
        let deployment = cluster.get(&["deployment", NAME, "-n", "ops"]).await?;
        let template = &deployment["spec"]["template"]["spec"];
        let account = template["serviceAccountName"].as_str().unwrap_or_default();
        let control_plane = &cluster.control_plane;
        let account = control_plane
            .service_account_kubeconfig("ops", account)
            .await?;
        let words = |words: &Value| -> Vec<String> {
            let words = words.as_array().into_iter().flatten();
            words
                .filter_map(|word| Some(word.as_str()?.to_owned()))
                .collect()
        };
        // Pods have addresses of their own; processes share the machine's.
        let mut arguments = words(&template["containers"][0]["args"]);
        arguments.retain(|argument| !argument.contains("-addr="));
        let child = Child::role("operator")
            .env("KUBECONFIG", &account)
            .env("POD_NAMESPACE", "ops")
            .env("POD_NAME", pod)
            .args(arguments)
            .args(["--health-addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0"])
            .start(pod, control_plane.folder())?;
        let operator = Self { child, account };
        operator.leads(cluster, pod).await?;
        Ok(operator)
    }

    async fn leads(&self, cluster: &Cluster, pod: &str) -> Outcome {
        let leads = eventually(SOON, "the operator leads", async || {
            let lease = cluster.get(&["lease", NAME, "-n", "ops"]).await;
            let lease = lease.map_err(|error| error.to_string())?;
            match lease["spec"]["holderIdentity"].as_str() {
                Some(holder) if holder.starts_with(&format!("{pod}_")) => Ok(()),
                holder => Err(format!("{holder:?} does")),
            }
        });
        let outcome = leads.await;
        let log = self.log()?;
        outcome.map_err(|error| format!("{error}\n{log}"))?;
        assert!(!log.contains("orbidden"), "{log}");
        Ok(())
    }

    /// What it wrote.
    pub(crate) fn log(&self) -> Outcome<String> {
        Ok(self.child.stderr().lines()?.join("\n"))
    }

    /// Ends it, in order.
    pub(crate) async fn end(mut self) -> Outcome {
        self.child.terminate(GRACE).await?;
        Ok(())
    }
}
