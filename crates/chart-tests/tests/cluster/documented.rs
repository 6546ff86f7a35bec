//! What the documentation says to apply by hand.

use libtest_mimic::Trial;
use serde_json::json;

use crate::{Outcome, cluster::Cluster, trial};

/// As it is before: with settings of its own.
const ARGOCD_CM: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
data:
  url: https://argocd.example.com
  resource.customizations.health.example.com_Thing: 'return {}'
";

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "config/argocd adds to the argocd-cm that is there, and takes nothing away",
        argocd,
    )]
}

async fn argocd(cluster: &Cluster) -> Outcome {
    cluster.kubectl(&["create", "namespace", "argocd"]).await?;
    let before = cluster.file("argocd-cm.yaml", ARGOCD_CM)?;
    cluster.kubectl(&["apply", "-f", &before]).await?;
    let ours = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../config/argocd/argocd-cm.yaml"
    );
    // The command of docs/argocd.md.
    let file = format!("--patch-file={ours}");
    let apply = [
        "-n",
        "argocd",
        "patch",
        "configmap",
        "argocd-cm",
        "--type=merge",
        &file,
    ];
    cluster.kubectl(&apply).await?;
    let after = cluster
        .get(&["configmap", "argocd-cm", "-n", "argocd"])
        .await?;
    let data = &after["data"];
    assert_eq!(data["url"], "https://argocd.example.com");
    assert_eq!(
        data["resource.customizations.health.example.com_Thing"],
        json!("return {}")
    );
    let health = &data["resource.customizations.health.cckm.dev_AzureSecret"];
    assert!(health.is_string(), "{data}");
    // Applied again it changes nothing.
    cluster.kubectl(&apply).await?;
    let again = cluster
        .get(&["configmap", "argocd-cm", "-n", "argocd"])
        .await?;
    assert_eq!(
        again["metadata"]["resourceVersion"],
        after["metadata"]["resourceVersion"]
    );
    Ok(())
}
