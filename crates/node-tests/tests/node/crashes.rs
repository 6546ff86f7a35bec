//! The operator's pod ends in the middle of a create, in each way that a pod ends: still one object.

use std::{
    fs,
    process::{Command, Stdio},
};

use playground::poll::eventually;
use serde_json::Value;

use crate::{
    Outcome, Test,
    cluster::{Cluster, SOON, SYSTEM},
    life::{AZURE_SECRETS, oci_keys, secret_versions, tenant_secrets},
    operator::Process,
};

pub(crate) fn tests() -> Vec<Test> {
    vec![
        (
            "an Azure secret is made once although the pod is deleted in the middle",
            |cluster| Box::pin(deleted(cluster)),
        ),
        (
            "an OCI key is made once although the process is killed in the middle",
            |cluster| Box::pin(killed(cluster)),
        ),
        (
            "a tenant secret is made once although the kernel ends the process for its memory in the middle",
            |cluster| Box::pin(out_of_memory(cluster)),
        ),
    ]
}

/// What is made, and how many of it there are.
struct Create {
    kind: &'static str,
    name: &'static str,
    path: &'static str,
    spec: &'static str,
    count: fn(&Value) -> usize,
}

/// CM has made the object and its answer is on the way: then `disaster` comes.
async fn made_once(
    cluster: &Cluster,
    create: Create,
    disaster: impl AsyncFnOnce(&Process) -> Outcome,
) -> Outcome {
    cluster.installed().await?;
    let Create {
        kind,
        name,
        path,
        spec,
        count,
    } = create;
    let before = count(&cluster.simulator.truth().await?);
    let mark = cluster.simulator.mark().await?;
    let operator = cluster.operator().await?;
    cluster.simulator.hold_reply("POST", path).await?;
    let manifest = format!(
        "apiVersion: cckm.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"
    );
    cluster.apply(&manifest).await?;
    cluster.simulator.until_done(mark, "POST", path).await?;

    let disaster = disaster(&operator).await;
    cluster.simulator.release().await?;
    disaster?;
    cluster.until_ready(kind, name).await?;
    let after = cluster.operator().await?;
    assert_ne!(after, operator, "it was the same process all the time");
    let made = count(&cluster.simulator.truth().await?) - before;
    let writes = cluster.writes_since(mark).await?;
    let creates = writes.iter().filter(|write| write.is("POST", path)).count();
    let writes: Vec<String> = writes.iter().map(ToString::to_string).collect();
    assert_eq!((made, creates), (1, 1), "{writes:#?}");
    Ok(())
}

/// Returns when the process is no more.
async fn gone(process: &Process) -> Outcome {
    let gone = eventually(SOON, "the process is gone", async || {
        if Process::all().contains(process) {
            return Err("it runs");
        }
        Ok(())
    });
    Ok(gone.await?)
}

async fn deleted(cluster: &Cluster) -> Outcome {
    let create = Create {
        kind: "AzureSecret",
        name: "made-by-a-deleted-pod",
        path: AZURE_SECRETS,
        spec: "{vaultRef: {name: billing}, valueFrom: {secretKeyRef: {name: db, key: password}}}",
        count: secret_versions,
    };
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: s3cr3t}\n";
    cluster.apply(secret).await?;
    made_once(cluster, create, async |operator| {
        let pods = [
            "pods",
            "-l",
            "app.kubernetes.io/name=cckm-operator",
            "-n",
            SYSTEM,
        ];
        // Not enough time to finish a call that isn't answered.
        let delete = [&["delete", "--grace-period=1", "--wait=false"], &pods[..]].concat();
        cluster.kubectl(&delete).await?;
        gone(operator).await
    })
    .await
}

async fn killed(cluster: &Cluster) -> Outcome {
    let create = Create {
        kind: "OciKey",
        name: "made-by-a-killed-process",
        path: "/api/v1/cckm/oci/keys",
        spec: "{vaultRef: {name: payments}, keyShape: {algorithm: AES, length: 32}, protectionMode: HSM}",
        count: oci_keys,
    };
    made_once(cluster, create, async |operator| {
        let killed = Command::new("kill")
            .args(["-KILL", &operator.pid.to_string()])
            .status()?;
        assert!(killed.success());
        gone(operator).await
    })
    .await?;
    ended(cluster, "Error").await
}

async fn out_of_memory(cluster: &Cluster) -> Outcome {
    let create = Create {
        kind: "SalesforceTenantSecret",
        name: "made-by-a-process-without-memory",
        path: "/api/v1/cckm/sfdc/keys",
        spec: "{organizationRef: {name: acme}, type: EventBus, createdAfter: '2025-06-01T00:00:00Z'}",
        count: |truth| tenant_secrets(truth, "EventBus"),
    };
    made_once(cluster, create, async |operator| {
        // Eats up the container's memory. The kernel ends what Kubernetes lets it end first, which is the operator.
        let members = operator.memory_members();
        let mut eater = Command::new("sh")
            .args(["-c", "read -r go; exec tail /dev/zero"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        fs::write(&members, eater.id().to_string())?;
        if let Some(input) = &mut eater.stdin {
            std::io::Write::write_all(input, b"go\n")?;
        }
        let gone = gone(operator).await;
        eater.kill()?;
        eater.wait()?;
        gone
    })
    .await?;
    ended(cluster, "OOMKilled").await
}

/// How Kubernetes says that the container's last life ended.
async fn ended(cluster: &Cluster, reason: &str) -> Outcome {
    let pods = cluster.pods().await?;
    let container = &pods[0]["status"]["containerStatuses"][0];
    assert_eq!(
        container["lastState"]["terminated"]["reason"], reason,
        "{container:#}"
    );
    Ok(())
}
