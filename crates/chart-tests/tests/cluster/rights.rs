//! The operator with the arguments and the rights that the chart gives it.

use std::{path::PathBuf, time::Duration};

use api::approval_policy::{APPROVED_BY_MESSAGE, denial};
use libtest_mimic::Trial;
use playground::{child::Child, poll::eventually};
use serde_json::Value;

use crate::{Outcome, cluster::Cluster, trial};

const APPROVAL: &str = "apiVersion: cckm.dev/v1alpha1
kind: DestructionApproval
metadata: {generateName: probe-, namespace: shop}
spec:
  targetRef: {kind: AzureSecret, name: db-password}
  actions: [{action: HardDelete, cloudId: a, token: 'v1:00112233445566778899aabbccddeeff'}]
  reason: a probe
  approvedBy: nobody
";

/// How long an operator gets to list all objects and to be elected, and a new policy to be enforced.
const SOON: Duration = Duration::from_mins(1);

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "in all namespaces the operator runs with the rights of the chart",
            async |cluster| leads(cluster, &[]).await.map(drop),
        ),
        trial(
            "in chosen namespaces it runs with rights there alone, and can prove that approvals are trustworthy",
            chosen,
        ),
    ]
}

/// Installs the chart, starts an operator as the deployment says, and waits until it leads: only one that has listed
/// all objects is a candidate. Returns its service account's kubeconfig file.
async fn leads(cluster: &Cluster, values: &[&str]) -> Outcome<PathBuf> {
    let install = ["--create-namespace", "--wait=hookOnly", "--set", "owner=a"];
    let more = [&install, values].concat();
    cluster.release("install", "keys", "ops", &more).await?;
    let name = "keys-cckm-operator";
    let deployment = cluster.get(&["deployment", name, "-n", "ops"]).await?;
    let pod = &deployment["spec"]["template"]["spec"];
    let account = pod["serviceAccountName"].as_str().unwrap_or_default();
    let control_plane = &cluster.control_plane;
    let kubeconfig = control_plane
        .service_account_kubeconfig("ops", account)
        .await?;
    let words = |words: &Value| -> Vec<String> {
        let words = words.as_array().into_iter().flatten();
        words
            .filter_map(|word| Some(word.as_str()?.to_owned()))
            .collect()
    };
    // Pods have addresses of their own; processes share the machine's.
    let mut arguments = words(&pod["containers"][0]["args"]);
    arguments.retain(|argument| !argument.contains("-addr="));
    let mut operator = Child::role("operator")
        .env("KUBECONFIG", &kubeconfig)
        .env("POD_NAMESPACE", "ops")
        .env("POD_NAME", "keys-0")
        .args(arguments)
        .args(["--health-addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0"])
        .start("operator", control_plane.folder())?;
    let leads = eventually(SOON, "the operator leads", async || {
        let lease = cluster.get(&["lease", name, "-n", "ops"]).await;
        let lease = lease.map_err(|error| error.to_string())?;
        match lease["spec"]["holderIdentity"].as_str() {
            Some(holder) if holder.starts_with("keys-0_") => Ok(()),
            holder => Err(format!("{holder:?} does")),
        }
    });
    let outcome = leads.await;
    let log = operator.stderr().lines()?.join("\n");
    operator.kill()?;
    outcome.map_err(|error| format!("{error}\n{log}"))?;
    assert!(!log.contains("orbidden"), "{log}");
    Ok(kubeconfig)
}

async fn chosen(cluster: &Cluster) -> Outcome {
    for namespace in ["shop", "bank", "other"] {
        cluster.kubectl(&["create", "namespace", namespace]).await?;
    }
    let values = ["--set", "watchSecrets=true,watchNamespaces={shop,bank}"];
    let account = leads(cluster, &values).await?;

    // What it asks before it acts on an approval.
    for kind in [
        "validatingadmissionpolicy",
        "validatingadmissionpolicybinding",
    ] {
        let get = ["get", kind, "cckm-destruction-approval"];
        cluster.kubectl_as(&account, &get).await?;
    }
    cluster.kubectl_as(&account, &["auth", "whoami"]).await?;
    let approval = cluster.file("approval.yaml", APPROVAL)?;
    let probe = ["create", "--dry-run=server", "-f", &approval];
    eventually(SOON, "the policy refuses the operator", async || {
        let said = match cluster.kubectl_as(&account, &probe).await {
            Ok(taken) => taken,
            Err(refusal) => refusal.to_string(),
        };
        if said.contains(&denial(APPROVED_BY_MESSAGE)) {
            Ok(())
        } else {
            Err(said)
        }
    })
    .await?;

    for beyond in [
        &["get", "azuresecrets", "-n", "other"][..],
        &["get", "azuresecrets", "-A"],
        &["get", "secrets", "-n", "other"],
        &["get", "validatingadmissionpolicies"],
    ] {
        let refused = cluster.kubectl_as(&account, beyond).await;
        let error = refused.err().ok_or_else(|| format!("it may {beyond:?}"))?;
        assert!(error.to_string().contains("orbidden"), "{error}");
    }
    Ok(())
}
