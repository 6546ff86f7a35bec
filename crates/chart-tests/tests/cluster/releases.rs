//! Installing, upgrading, uninstalling.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::{Outcome, cluster::Cluster, trial};

/// Everything on but what needs kinds of others.
const ALL_ON: &str = "owner: prod-eu
replicas: 2
watchSecrets: true
approvals: {strict: true}
metrics: {dashboard: {enabled: true}}
networkPolicy: {enabled: true}
";

const SECRET: &str = "apiVersion: cckm.dev/v1alpha1
kind: AzureSecret
metadata: {name: db-password, namespace: cckm-system}
spec: {vaultRef: {name: billing}}
";

const NO_WAIT: &str = "--wait=hookOnly";

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "a release is installed, upgraded, uninstalled and installed again, and no object is lost",
            a_life,
        ),
        trial(
            "a release takes over what kubectl installed before",
            takes_over,
        ),
        trial(
            "a namespace that enforces the Pod Security Standard restricted admits the pod",
            is_restricted,
        ),
    ]
}

async fn install(cluster: &Cluster, more: &[&str]) -> Outcome<String> {
    let owner = ["--create-namespace", NO_WAIT, "--set", "owner=prod-eu"];
    let all = [&owner, more].concat();
    cluster
        .release("install", "cckm-operator", "cckm-system", &all)
        .await
}

async fn a_life(cluster: &Cluster) -> Outcome {
    let (name, namespace) = ("cckm-operator", "cckm-system");
    install(cluster, &[]).await?;
    let secret = cluster.file("secret.yaml", SECRET)?;
    cluster.kubectl(&["create", "-f", &secret]).await?;
    let made = ["azuresecret", "db-password", "-n", namespace];
    let before = cluster.get(&made).await?;
    let policy = ["validatingadmissionpolicy", "cckm-destruction-approval"];
    let version =
        |policy: &Value| json!([policy["metadata"]["uid"], policy["metadata"]["generation"]]);
    let approved_under = version(&cluster.get(&policy).await?);

    let values = cluster.file("values.yaml", ALL_ON)?;
    let more = [NO_WAIT, "--values", &values];
    cluster.release("upgrade", name, namespace, &more).await?;
    let strict = "cckm-destruction-approval-strict";
    for kind in [
        "validatingadmissionpolicy",
        "validatingadmissionpolicybinding",
    ] {
        cluster.get(&[kind, strict]).await?;
    }
    for kind in ["networkpolicy", "poddisruptionbudget", "deployment"] {
        cluster.get(&[kind, name, "-n", namespace]).await?;
    }
    let more = [NO_WAIT, "--reset-then-reuse-values"];
    cluster.release("upgrade", name, namespace, &more).await?;
    let deployment = cluster.get(&["deployment", name, "-n", namespace]).await?;
    assert_eq!(deployment["spec"]["replicas"], 2);
    // Another version would void what was approved.
    assert_eq!(version(&cluster.get(&policy).await?), approved_under);

    cluster
        .helm(&["uninstall", name, "--namespace", namespace])
        .await?;
    let ours = "app.kubernetes.io/part-of=cckm-operator";
    let left = ["clusterrole,clusterrolebinding", "-l", ours];
    assert_eq!(cluster.get(&left).await?["items"], json!([]));
    let after = cluster.get(&made).await?;
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);

    install(cluster, &[]).await?;
    let after = cluster.get(&made).await?;
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
    Ok(())
}

async fn takes_over(cluster: &Cluster) -> Outcome {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/default");
    let apply = ["apply", "--server-side", "-k", config];
    // At first the kinds are not yet there; there is no object of them in it.
    cluster.kubectl(&apply).await?;
    let secret = cluster.file("secret.yaml", SECRET)?;
    cluster.kubectl(&["create", "-f", &secret]).await?;
    let refused = install(cluster, &[]).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("invalid ownership metadata")));
    install(cluster, &["--take-ownership", "--force-conflicts"]).await?;
    let made = ["azuresecret", "db-password", "-n", "cckm-system"];
    cluster.get(&made).await.map(drop)
}

async fn is_restricted(cluster: &Cluster) -> Outcome {
    install(cluster, &[]).await?;
    let label = "pod-security.kubernetes.io/enforce=restricted";
    let namespace = ["label", "namespace", "cckm-system", label];
    cluster.kubectl(&namespace).await?;
    let deployment = ["deployment", "cckm-operator", "-n", "cckm-system"];
    let template = cluster.get(&deployment).await?["spec"]["template"].take();
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "namespace": "cckm-system"},
        "spec": template["spec"],
    });
    let create = ["create", "--dry-run=server", "-f"];
    let file = cluster.file("pod.json", &pod.to_string())?;
    cluster.kubectl(&[&create[..], &[&file]].concat()).await?;
    // And it does enforce it.
    pod["spec"]["containers"][0]["securityContext"] = json!({});
    let file = cluster.file("pod.json", &pod.to_string())?;
    let refused = cluster.kubectl(&[&create[..], &[&file]].concat()).await;
    let error = refused.err().ok_or("an unrestricted pod is admitted")?;
    assert!(
        error.to_string().contains("violates PodSecurity"),
        "{error}"
    );
    Ok(())
}
