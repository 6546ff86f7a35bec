//! The ground that the promises are tested on.

use std::{
    net::{SocketAddr, TcpStream},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    core::v1::{ConfigMap, Namespace, Secret},
};
use kube::{
    Api,
    api::{DeleteParams, ListParams, ObjectMeta, PostParams},
};
use libtest_mimic::Trial;
use playground::{
    child::Child,
    control_plane::{AuditEvent, ControlPlane, Options},
    poll::eventually,
    role::Role,
    shared,
};
use tokio::runtime::Runtime;

use crate::harness::{Outcome, SOON, refusal, trial};

/// What the test executable can be besides.
pub(crate) const ROLES: &[Role] = &[Role {
    name: "owner",
    run: |_| own_a_control_plane(),
}];

pub(crate) fn tests() -> Vec<Trial> {
    vec![
        trial(
            "it is a Kubernetes that the operator supports",
            supported_version,
        ),
        trial("kubectl is of the server's version", kubectl_version),
        trial(
            "a user without rights is refused, and the audit log says who it was",
            refused_user,
        ),
        trial("a service account is who its token says", service_account),
        trial(
            "an installed kind is served with the rules of its schema",
            installed_kind,
        ),
        trial(
            "a manifest with a field that the schema lacks is refused",
            strict_install,
        ),
        trial(
            "an installed admission policy is enforced at once",
            installed_policy,
        ),
        trial(
            "a deleted namespace goes away with what is in it",
            deleted_namespace,
        ),
        trial(
            "a user that it was not started with is named with those that there are",
            unknown_user,
        ),
        trial(
            "data outlives a restart of the API server and is gone after a wipe, for the same clients",
            lost_data,
        ),
        trial(
            "a stopped control plane leaves no port and no file behind",
            stopped,
        ),
        trial(
            "a killed owner leaves no process, port and file behind",
            killed_owner,
        ),
        trial(
            "a program that can't start is reported with its own words",
            broken_program,
        ),
    ]
}

async fn supported_version() -> Outcome {
    let version = shared()
        .await?
        .admin_client()
        .await?
        .apiserver_version()
        .await?;
    assert_eq!(version.major, "1");
    assert!(
        version.minor.parse::<u32>()? >= 33,
        "it is 1.{}",
        version.minor
    );
    Ok(())
}

async fn kubectl_version() -> Outcome {
    let output = shared()
        .await?
        .kubectl(&["version", "--output=json"])
        .await?;
    let versions: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let client = versions["clientVersion"]["gitVersion"]
        .as_str()
        .ok_or("no version of kubectl")?;
    assert_eq!(versions["serverVersion"]["gitVersion"], client);
    Ok(())
}

async fn refused_user() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("refused").await?;
    let mark = control_plane.audit_mark()?;
    let carol = Api::<Secret>::namespaced(control_plane.user_client("carol").await?, &namespace);
    let message = refusal(carol.list(&ListParams::default()).await)?;
    assert!(
        message.contains(r#"User "carol" cannot list resource "secrets""#),
        "{message}"
    );

    let of_this_test = |event: &AuditEvent| {
        event
            .object_ref
            .as_ref()
            .is_some_and(|object| object.resource == "secrets" && object.namespace == namespace)
    };
    let event = eventually(SOON, "the audit log has the refusal", async || {
        let events = control_plane
            .audit_log_since(mark)
            .map_err(|error| error.to_string())?;
        events
            .into_iter()
            .find(of_this_test)
            .ok_or_else(|| "it has no such request".to_owned())
    })
    .await?;
    assert_eq!(
        (
            event.user.username.as_str(),
            event.verb.as_str(),
            event.code()
        ),
        ("carol", "list", Some(403))
    );
    assert!(!event.is_write());
    Ok(())
}

async fn service_account() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("account").await?;
    let client = control_plane
        .service_account_client(&namespace, "operator")
        .await?;
    let reviews = Api::<SelfSubjectReview>::all(client);
    let review = reviews
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await?;
    let user = review
        .status
        .and_then(|status| status.user_info)
        .unwrap_or_default();
    assert_eq!(
        user.username,
        Some(format!("system:serviceaccount:{namespace}:operator"))
    );
    Ok(())
}

async fn installed_kind() -> Outcome {
    let control_plane = shared().await?;
    // The object first: the order of the text doesn't matter.
    control_plane
        .install(&format!("{}---\n{LAMPS}", lamp("one", 100)))
        .await?;
    let message = refusal(control_plane.install(&lamp("two", 101)).await)?;
    assert!(
        message.contains("Invalid value: 101: a lamp takes at most 100 watts"),
        "{message}"
    );
    Ok(())
}

async fn strict_install() -> Outcome {
    let yaml =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\ndate: {}\n";
    let message = refusal(shared().await?.install(yaml).await)?;
    assert!(
        message.starts_with("failed to apply ConfigMap a") && message.contains("date"),
        "{message}"
    );
    Ok(())
}

async fn installed_policy() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("policy").await?;
    control_plane
        .install(&format!(
            "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: {namespace}}}
spec:
  matchConstraints:
    resourceRules:
    - {{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}
  validations:
  - {{expression: \"object.metadata.namespace != '{namespace}'\", message: no map in here}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: {namespace}}}
spec: {{policyName: {namespace}, validationActions: [Deny]}}
"
        ))
        .await?;
    let maps = Api::<ConfigMap>::namespaced(control_plane.admin_client().await?, &namespace);
    let message = refusal(
        maps.create(&PostParams::default(), &config_map("one"))
            .await,
    )?;
    assert!(message.contains("no map in here"), "{message}");
    Ok(())
}

async fn deleted_namespace() -> Outcome {
    let control_plane = shared().await?;
    let namespace = control_plane.namespace("deleted").await?;
    let client = control_plane.admin_client().await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), &namespace);
    maps.create(&PostParams::default(), &config_map("one"))
        .await?;
    let namespaces = Api::<Namespace>::all(client);
    namespaces
        .delete(&namespace, &DeleteParams::default())
        .await?;
    eventually(SOON, "the namespace is gone", async || {
        match namespaces.get_opt(&namespace).await {
            Ok(None) => Ok(()),
            Ok(Some(left)) => Err(format!("{:?}", left.status)),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    Ok(())
}

async fn unknown_user() -> Outcome {
    let message = refusal(shared().await?.user_kubeconfig("mallory"))?;
    assert!(
        message.contains(r#""mallory""#) && message.contains("alice, bob, carol"),
        "{message}"
    );
    Ok(())
}

async fn lost_data() -> Outcome {
    let mut control_plane = ControlPlane::start(Options::default()).await?;
    let client = control_plane.admin_client().await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), "default");
    maps.create(&PostParams::default(), &config_map("kept"))
        .await?;

    let first = control_plane.api_server_pid();
    control_plane.restart_api_server().await?;
    assert_ne!(control_plane.api_server_pid(), first);
    eventually(
        SOON,
        "the restarted API server has the object",
        async || maps.get("kept").await,
    )
    .await?;

    control_plane.wipe_etcd().await?;
    eventually(SOON, "an empty API server answers", async || {
        match maps.get_opt("kept").await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err("the object is still there".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    control_plane.stop().await?;
    Ok(())
}

async fn stopped() -> Outcome {
    let control_plane = ControlPlane::start(Options::default()).await?;
    let folder = control_plane.folder().to_owned();
    let address = address_in(control_plane.kubeconfig_path()?)?;
    TcpStream::connect(address)?;
    control_plane.stop().await?;
    assert!(
        TcpStream::connect(address).is_err(),
        "the API server still listens"
    );
    assert!(!folder.exists(), "{} is still there", folder.display());
    Ok(())
}

async fn killed_owner() -> Outcome {
    let mut owner = Child::role("owner").start("owner", shared().await?.folder())?;
    let pick = |line: &str| line.strip_prefix("kubeconfig ").map(PathBuf::from);
    let kubeconfig = owner.wait_for_line("its kubeconfig", SOON, pick).await?;
    let folder = kubeconfig.parent().ok_or("no folder")?;
    let address = address_in(&kubeconfig)?;
    TcpStream::connect(address)?;
    assert!(
        !processes_of(folder)?.is_empty(),
        "no process has {} in its arguments",
        folder.display()
    );
    owner.kill()?;
    eventually(SOON, "nothing is left of its control plane", async || {
        let processes = processes_of(folder).map_err(|error| error.to_string())?;
        let listens = TcpStream::connect(address).is_ok();
        if processes.is_empty() && !listens && !folder.exists() {
            return Ok(());
        }
        Err(format!(
            "listens: {listens}, {}: {}, {processes:?}",
            folder.display(),
            folder.exists()
        ))
    })
    .await?;
    Ok(())
}

async fn broken_program() -> Outcome {
    let control_plane = shared().await?;
    let assets = control_plane.folder().join("broken-assets");
    std::fs::create_dir(&assets)?;
    // The real API server, and in etcd's place a program that knows no such flags.
    symlink("/bin/ls", assets.join("etcd"))?;
    for tool in ["kube-apiserver", "kubectl"] {
        symlink(
            control_plane.kubectl_path().with_file_name(tool),
            assets.join(tool),
        )?;
    }
    let recipe = Child::role("owner").env("KUBEBUILDER_ASSETS", assets);
    let mut owner = recipe.start("broken", control_plane.folder())?;
    assert_eq!(owner.wait(SOON).await?.code(), Some(1));
    let said = owner.stderr().lines()?.join("\n");
    assert!(
        said.starts_with("etcd ended (exit status: ") && said.contains("--data-dir"),
        "{said}"
    );
    Ok(())
}

/// The role of a process that boots a control plane, says where its kubeconfig is, and then only lives.
fn own_a_control_plane() -> u8 {
    let boot = async {
        let control_plane = ControlPlane::start(Options::default()).await?;
        println!("kubeconfig {}", control_plane.kubeconfig_path()?.display());
        std::future::pending::<Outcome>().await
    };
    match Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(boot))
    {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            1
        }
    }
}

/// The arguments of all processes that name the folder.
fn processes_of(folder: &Path) -> Outcome<Vec<String>> {
    let output = Command::new("ps").args(["-A", "-o", "args="]).output()?;
    let folder = folder.display().to_string();
    let processes = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(processes
        .lines()
        .filter(|arguments| arguments.contains(&folder))
        .map(str::to_owned)
        .collect())
}

/// Where the API server of a kubeconfig file listens.
fn address_in(kubeconfig: &Path) -> Outcome<SocketAddr> {
    let text = std::fs::read_to_string(kubeconfig)?;
    let (_, server) = text
        .split_once("server: https://")
        .ok_or("no server in it")?;
    Ok(server.lines().next().unwrap_or_default().parse()?)
}

fn config_map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta {
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    };
    ConfigMap {
        metadata,
        ..ConfigMap::default()
    }
}

/// A definition of a kind whose objects have a bounded number.
const LAMPS: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.playground.example}
spec:
  group: playground.example
  scope: Cluster
  names: {plural: lamps, singular: lamp, kind: Lamp}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          watts:
            type: integer
            x-kubernetes-validations: [{rule: self <= 100, message: a lamp takes at most 100 watts}]
";

fn lamp(name: &str, watts: u32) -> String {
    format!(
        "apiVersion: playground.example/v1\nkind: Lamp\nmetadata: {{name: {name}}}\nwatts: {watts}\n"
    )
}
