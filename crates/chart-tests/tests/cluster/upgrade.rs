//! From an earlier chart to the present one, with keys.

use libtest_mimic::Trial;
use playground::{
    poll::eventually,
    world::{Options, STANDARD, Simulator},
};
use serde_json::{Value, json};

use crate::{
    Outcome,
    cluster::Cluster,
    operator::{Operator, SOON},
    trial,
};

/// The chart as it was before `restoreFrom`, `keepArchived` and approvals of rotations.
const EARLIER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/cluster/earlier/cckm-operator-0.1.0.tgz"
);

const NO_WAIT: &str = "--wait=hookOnly";

const KEYS: &str = "apiVersion: v1
kind: Secret
metadata: {name: values}
stringData: {value: s3cr3t}
---
apiVersion: cckm.dev/v1alpha1
kind: AzureSecret
metadata: {name: db}
spec:
  vaultRef: {name: billing}
  valueFrom: {secretKeyRef: {name: values, key: value}}
  tags: {team: billing}
---
apiVersion: cckm.dev/v1alpha1
kind: AzureSecret
metadata: {name: doomed}
spec:
  vaultRef: {name: billing}
  valueFrom: {secretKeyRef: {name: values, key: value}}
---
apiVersion: cckm.dev/v1alpha1
kind: OciKey
metadata: {name: master}
spec:
  vaultRef: {name: payments}
  keyShape: {algorithm: AES, length: 32}
---
apiVersion: cckm.dev/v1alpha1
kind: SalesforceTenantSecret
metadata: {name: first}
spec:
  organizationRef: {name: acme}
  type: Data
  version: 1
---
apiVersion: cckm.dev/v1alpha1
kind: SalesforceRotation
metadata: {name: data}
spec:
  organizationRef: {name: acme}
  type: Data
  everyDays: 3650
";

/// The keys' objects, and what each says of itself in the end.
const OBJECTS: [(&str, &str, &str); 5] = [
    ("azuresecret", "db", "Reached"),
    ("azuresecret", "doomed", "AwaitingApproval"),
    ("ocikey", "master", "Reached"),
    ("salesforcetenantsecret", "first", "Superseded"),
    ("salesforcerotation", "data", "Reached"),
];

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "a release of an earlier chart is upgraded with its keys: no object is lost or changed, and nothing is written to CM",
        upgraded,
    )]
}

/// What the earlier operator made itself. The present one may not under the earlier roles, which allowed it any Secret there.
fn own_secret() -> String {
    let key = "0123456789abcdef0123456789abcdef";
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cckm-operator-hmac"}, "stringData": {"key": key}})
        .to_string()
}

async fn upgraded(cluster: &Cluster) -> Outcome {
    let simulator = Simulator::for_cluster(&cluster.control_plane, &Options::default()).await?;
    let install = ["install", "keys", EARLIER, "--namespace", "ops"];
    let more = ["--create-namespace", NO_WAIT, "--set", "owner=a"];
    cluster.helm(&[&install[..], &more].concat()).await?;
    cluster
        .control_plane
        .install_into("ops", &own_secret())
        .await?;
    let operator = Operator::start(cluster, "keys-0").await?;
    cluster.kubectl(&["create", "namespace", "shop"]).await?;
    let standard = STANDARD.replace(
        "url: http://127.0.0.1",
        &format!("url: {}", simulator.url()),
    );
    for manifest in [standard.as_str(), KEYS] {
        cluster.control_plane.install_into("shop", manifest).await?;
    }
    read(cluster, "azuresecret", "doomed", "Reached").await?;
    for state in ["SoftDeleted", "Purged"] {
        let change = json!({"spec": {"desiredState": state}}).to_string();
        let patch = [
            "patch",
            "azuresecret",
            "doomed",
            "-n",
            "shop",
            "--type=merge",
            "-p",
        ];
        cluster.kubectl(&[&patch[..], &[&change]].concat()).await?;
    }
    let before = all(cluster).await?;
    operator.end().await?;

    let mark = simulator.mark().await?;
    let more = [NO_WAIT, "--reset-then-reuse-values"];
    cluster.release("upgrade", "keys", "ops", &more).await?;
    let operator = Operator::start(cluster, "keys-1").await?;
    for (kind, name, _) in OBJECTS {
        let object = format!("{kind}/{name}");
        let asks = [
            "annotate",
            &object,
            "-n",
            "shop",
            "reconcile.fluxcd.io/requestedAt=upgraded",
        ];
        cluster.kubectl(&asks).await?;
        eventually(SOON, &format!("{object} is looked at"), async || {
            let found = get(cluster, kind, name).await?;
            let answered = &found["status"]["lastHandledReconcileAt"];
            (answered == "upgraded")
                .then_some(())
                .ok_or_else(|| found["status"].to_string())
        })
        .await?;
    }
    for (before, after) in before.iter().zip(all(cluster).await?) {
        for of_it in [
            "/metadata/uid",
            "/metadata/generation",
            "/spec",
            "/status/cloudId",
            "/status/resourceId",
            "/status/history",
        ] {
            let what = format!("{of_it} of {}", before["metadata"]["name"]);
            assert_eq!(before.pointer(of_it), after.pointer(of_it), "{what}");
        }
    }
    let requests = simulator.requests_since(mark).await?;
    let written: Vec<_> = requests
        .iter()
        .filter(|request| request.is_write())
        .collect();
    assert!(written.is_empty(), "{written:#?}");
    assert!(!operator.log()?.contains("orbidden"));
    Ok(())
}

/// All objects of keys, once each says what it is to say.
async fn all(cluster: &Cluster) -> Outcome<Vec<Value>> {
    let mut all = Vec::new();
    for (kind, name, reason) in OBJECTS {
        all.push(read(cluster, kind, name, reason).await?);
    }
    Ok(all)
}

async fn read(cluster: &Cluster, kind: &str, name: &str, reason: &str) -> Outcome<Value> {
    let what = format!("{kind} {name} is {reason}");
    let found = eventually(SOON, &what, async || {
        let found = get(cluster, kind, name).await?;
        let conditions = found["status"]["conditions"].as_array();
        let mut conditions = conditions.into_iter().flatten();
        let is_it =
            |condition: &Value| condition["type"] == "Ready" && condition["reason"] == reason;
        if conditions.any(is_it) {
            return Ok(found);
        }
        Err(found["status"]["conditions"].to_string())
    });
    Ok(found.await?)
}

async fn get(cluster: &Cluster, kind: &str, name: &str) -> Result<Value, String> {
    let found = cluster.get(&[kind, name, "-n", "shop"]).await;
    found.map_err(|error| error.to_string())
}
