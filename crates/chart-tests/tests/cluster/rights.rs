//! The operator with the arguments and the rights that the chart gives it.

use std::path::PathBuf;

use api::approval_policy::{APPROVED_BY_MESSAGE, denial};
use libtest_mimic::Trial;
use playground::poll::eventually;

use crate::{
    Outcome,
    cluster::Cluster,
    operator::{Operator, SOON},
    trial,
};

const APPROVAL: &str = "apiVersion: cckm.dev/v1alpha1
kind: DestructionApproval
metadata: {generateName: probe-, namespace: shop}
spec:
  targetRef: {kind: AzureSecret, name: db-password}
  actions: [{action: HardDelete, cloudId: a, token: 'v1:00112233445566778899aabbccddeeff'}]
  reason: a probe
  approvedBy: nobody
";

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
        trial(
            "in chosen namespaces one whose role is gone holds up no other",
            one_lost,
        ),
    ]
}

/// Installs the chart, and has an operator lead that runs as the deployment says. Returns its service account's kubeconfig
/// file.
async fn leads(cluster: &Cluster, values: &[&str]) -> Outcome<PathBuf> {
    let install = ["--create-namespace", "--wait=hookOnly", "--set", "owner=a"];
    let more = [&install, values].concat();
    cluster.release("install", "keys", "ops", &more).await?;
    let operator = Operator::start(cluster, "keys-0").await?;
    let account = operator.account.clone();
    operator.end().await?;
    Ok(account)
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

/// As after the namespace was deleted and made again: its Role went with it.
async fn one_lost(cluster: &Cluster) -> Outcome {
    for namespace in ["shop", "bank"] {
        cluster.kubectl(&["create", "namespace", namespace]).await?;
    }
    let values = [
        "--create-namespace",
        "--wait=hookOnly",
        "--set",
        "owner=a,watchNamespaces={shop,bank}",
    ];
    cluster.release("install", "keys", "ops", &values).await?;
    let roles = ["delete", "rolebindings", "--all", "-n", "bank"];
    cluster.kubectl(&roles).await?;
    let operator = Operator::start(cluster, "keys-0").await?;
    operator.end().await
}
