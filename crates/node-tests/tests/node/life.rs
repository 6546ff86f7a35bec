//! The life of a release, from install to uninstall.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    Outcome, Test,
    cluster::{Cluster, RELEASE, SHOP, SYSTEM},
    operator::Process,
    say,
};

/// Where Azure secrets are made.
pub(crate) const AZURE_SECRETS: &str = "/api/v1/cckm/azure/secrets";

/// How many keys are asked for while the operator is replaced.
const LOAD: usize = 24;

const KEYS: &str = "
apiVersion: v1
kind: Secret
metadata: {name: first}
stringData: {password: first-password}
---
apiVersion: cckm.dev/v1alpha1
kind: AzureSecret
metadata: {name: first-secret}
spec: {vaultRef: {name: billing}, valueFrom: {secretKeyRef: {name: first, key: password}}, tags: {team: billing}}
---
apiVersion: cckm.dev/v1alpha1
kind: SalesforceTenantSecret
metadata: {name: first-tenant-secret}
spec: {organizationRef: {name: acme}, type: Data, createdAfter: '2025-06-01T00:00:00Z'}
---
apiVersion: cckm.dev/v1alpha1
kind: OciKey
metadata: {name: first-key}
spec: {vaultRef: {name: payments}, keyShape: {algorithm: AES, length: 32}, protectionMode: HSM}
";

pub(crate) fn tests() -> Vec<Test> {
    vec![
        (
            "a key of each cloud is Ready soon after helm install",
            |cluster| Box::pin(first_keys(cluster)),
        ),
        (
            "under the Pod Security Standard restricted the operator runs, without root and on a root that it can't write",
            |cluster| Box::pin(restricted(cluster)),
        ),
        (
            "helm test finds the operator behind its Service",
            |cluster| Box::pin(answers(cluster)),
        ),
        (
            "a rolling upgrade of two replicas under load makes each key once and loses none",
            |cluster| Box::pin(upgraded(cluster)),
        ),
        (
            "helm uninstall leaves every key and every object as they were, and an install after it makes nothing",
            |cluster| Box::pin(uninstalled(cluster)),
        ),
    ]
}

async fn first_keys(cluster: &Cluster) -> Outcome {
    // Whatever other tests did before: this one measures from nothing.
    cluster.uninstalled().await?;
    let start = Instant::now();
    cluster.release(&[]).await?;
    say(&format!(
        "helm install --wait took {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    cluster.apply(&cluster.standard()?).await?;
    cluster.apply(KEYS).await?;
    cluster.until_ready("AzureSecret", "first-secret").await?;
    say(&format!(
        "from helm install to the first Ready key: {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    cluster
        .until_ready("SalesforceTenantSecret", "first-tenant-secret")
        .await?;
    cluster.until_ready("OciKey", "first-key").await?;
    say(&format!(
        "to a Ready key of each cloud: {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    let truth = cluster.simulator.truth().await?;
    let made = (
        secrets(&truth, "first-secret"),
        tenant_secrets(&truth, "Data"),
        oci_keys(&truth),
    );
    // Two tenant secrets were there before.
    assert_eq!(made, (1, 3, 1), "{truth:#}");
    Ok(())
}

async fn restricted(cluster: &Cluster) -> Outcome {
    cluster.installed().await?;
    let namespace = cluster.get(SYSTEM, &["namespace", SYSTEM]).await?;
    assert_eq!(
        namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
        "restricted"
    );
    for pod in cluster.pods().await? {
        let container = &pod["status"]["containerStatuses"][0];
        assert_eq!(
            (&container["ready"], &container["restartCount"]),
            (&json!(true), &json!(0))
        );
    }
    let operator = cluster.operator().await?;
    assert_eq!(operator.status("Uid"), ["65532"; 4]);
    assert_eq!(operator.status("CapEff"), ["0000000000000000"]);
    assert_eq!(operator.status("NoNewPrivs"), ["1"]);
    assert_eq!(operator.status("Seccomp"), ["2"], "no filter");
    let root = operator.root_options();
    assert!(root.starts_with("ro"), "{root}");
    // Nothing that it may do comes from anybody but the chart, and it isn't everything.
    let account = "--as=system:serviceaccount:cckm-system:cckm-operator";
    let may = cluster.kubectl(&["auth", "can-i", "*", "*", account]).await;
    assert!(may.is_err(), "the operator may do everything");
    Ok(())
}

async fn answers(cluster: &Cluster) -> Outcome {
    cluster.installed().await?;
    let test = ["test", RELEASE, "--namespace", SYSTEM, "--timeout=1m"];
    let said = cluster.helm(&test).await?;
    assert!(said.contains("Succeeded"), "{said}");
    Ok(())
}

async fn upgraded(cluster: &Cluster) -> Outcome {
    cluster.installed().await?;
    cluster.release(&["--set", "replicas=2"]).await?;
    let before: Vec<Process> = Process::all();
    assert_eq!(before.len(), 2);
    let mark = cluster.simulator.mark().await?;
    let upgrade = cluster.release(&["--set", "replicas=2,podAnnotations.upgraded=yes"]);
    let load = async {
        for number in 0..LOAD {
            let manifest = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: load-{number}}}\nstringData: {{password: p{number}}}
---
apiVersion: cckm.dev/v1alpha1\nkind: AzureSecret\nmetadata: {{name: load-{number}}}
spec: {{vaultRef: {{name: billing}}, valueFrom: {{secretKeyRef: {{name: load-{number}, key: password}}}}}}\n"
            );
            cluster.apply(&manifest).await?;
        }
        Outcome::Ok(())
    };
    let (upgraded, loaded) = tokio::join!(upgrade, load);
    upgraded?;
    loaded?;
    for number in 0..LOAD {
        cluster
            .until_ready("AzureSecret", &format!("load-{number}"))
            .await?;
    }
    assert!(
        Process::all()
            .iter()
            .all(|process| !before.contains(process)),
        "a pod was not replaced"
    );
    let truth = cluster.simulator.truth().await?;
    for number in 0..LOAD {
        assert_eq!(
            secrets(&truth, &format!("load-{number}")),
            1,
            "load-{number}"
        );
    }
    let writes = cluster.writes_since(mark).await?;
    let creates = writes
        .iter()
        .filter(|write| write.is("POST", AZURE_SECRETS))
        .count();
    assert_eq!(creates, LOAD);
    Ok(())
}

async fn uninstalled(cluster: &Cluster) -> Outcome {
    cluster.installed().await?;
    cluster.apply(KEYS).await?;
    for (kind, name) in [
        ("AzureSecret", "first-secret"),
        ("SalesforceTenantSecret", "first-tenant-secret"),
        ("OciKey", "first-key"),
    ] {
        cluster.until_ready(kind, name).await?;
    }
    let truth = cluster.simulator.truth().await?;
    let objects = records(cluster).await?;
    let mark = cluster.simulator.mark().await?;
    cluster
        .helm(&["uninstall", RELEASE, "--namespace", SYSTEM, "--wait"])
        .await?;
    assert_eq!(records(cluster).await?, objects);
    assert_eq!(cluster.simulator.truth().await?, truth);
    cluster.installed().await?;
    assert_eq!(cluster.simulator.truth().await?, truth);
    let writes = cluster.writes_since(mark).await?;
    assert!(
        writes.is_empty(),
        "{:?}",
        writes.iter().map(ToString::to_string).collect::<Vec<_>>()
    );
    Ok(())
}

/// All that the cluster knows of the keys.
async fn records(cluster: &Cluster) -> Outcome<Value> {
    let kinds = "azuresecrets,salesforcetenantsecrets,ocikeys";
    Ok(cluster.get(SHOP, &[kinds]).await?["items"].take())
}

/// All versions of all secrets of any name.
pub(crate) fn secret_versions(truth: &Value) -> usize {
    each_secret(truth).map(|(_, versions)| versions).sum()
}

/// All versions of all secrets of that name.
pub(crate) fn secrets(truth: &Value, name: &str) -> usize {
    let named = each_secret(truth).filter(|(known, _)| *known == name);
    named.map(|(_, versions)| versions).sum()
}

fn each_secret(truth: &Value) -> impl Iterator<Item = (&str, usize)> {
    let vaults = truth["azure"]["vaults"].as_object().into_iter().flatten();
    let secrets = vaults.flat_map(|(_, vault)| vault["secrets"].as_object().into_iter().flatten());
    secrets.map(|(name, secret)| (&**name, secret["versions"].as_array().map_or(0, Vec::len)))
}

pub(crate) fn tenant_secrets(truth: &Value, type_: &str) -> usize {
    let organizations = truth["salesforce"]["organizations"]
        .as_object()
        .into_iter()
        .flatten();
    let secrets = organizations.flat_map(|(_, organization)| {
        organization["tenant_secrets"]
            .as_array()
            .into_iter()
            .flatten()
    });
    secrets.filter(|secret| secret["type"] == type_).count()
}

pub(crate) fn oci_keys(truth: &Value) -> usize {
    truth["oci"]["keys"].as_array().map_or(0, Vec::len)
}
