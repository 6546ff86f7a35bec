//! A simulated API server with what the project ships, read from the files that people install.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use cckm_operator::clock::Clock as _;
use kube_simulator::{Definition, KubeSimulator};

use crate::{Outcome, clock::SimulatedClock};

static DEFINITIONS: LazyLock<Result<Vec<Definition>, String>> = LazyLock::new(|| {
    let definitions = api::all_crds();
    let read = definitions.iter().map(Definition::read);
    read.collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
});

/// What is shipped, and the users of a team.
static SHIPPED: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let mut all = vec![
        USERS.to_owned(),
        read(Path::new("config/default/namespace.yaml"))?,
    ];
    for folder in ["config/rbac", "config/policy"] {
        for file in manifests(folder)? {
            all.push(read(&file)?);
        }
    }
    Ok(all.join("\n---\n"))
});

const USERS: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: store}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: approvers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cckm-approver}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
";

fn manifests(folder: &str) -> Result<Vec<PathBuf>, String> {
    let entries =
        fs::read_dir(root().join(folder)).map_err(|error| format!("{folder}: {error}"))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .filter(|path| !path.ends_with("kustomization.yaml"))
        .collect();
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(root().join(file)).map_err(|error| format!("{}: {error}", file.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The policy that checks approvals, and its binding.
pub(crate) fn policy() -> Outcome<String> {
    let files = manifests("config/policy")?;
    let read: Result<Vec<String>, String> = files.iter().map(|file| read(file)).collect();
    Ok(read?.join("\n---\n"))
}

/// An API server with all that is shipped.
pub(crate) fn installed(clock: SimulatedClock) -> Outcome<KubeSimulator> {
    let kube = KubeSimulator::new(move || clock.now());
    for definition in DEFINITIONS.as_deref().map_err(String::as_str)? {
        kube.define(definition)?;
    }
    kube.install(SHIPPED.as_deref().map_err(String::as_str)?)?;
    Ok(kube)
}
