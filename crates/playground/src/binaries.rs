//! The programs of the control plane: found where somebody put them, else built once, from their Go modules.
//!
//! In this order: the folder that `KUBEBUILDER_ASSETS` names, as setup-envtest sets it; the cache, which is
//! `$CCKM_CACHE`, else `$XDG_CACHE_HOME/cckm-operator`, else `$HOME/.cache/cckm-operator`; a build into the cache,
//! which needs Go and takes some minutes. The versions are pinned by the Go module in `control-plane/`.

mod build;
mod environment;
#[cfg(test)]
mod tests;

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

pub use environment::Environment;

const GO_MOD: &str = include_str!("../control-plane/go.mod");
const GO_SUM: &str = include_str!("../control-plane/go.sum");

/// A program of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The API server's store.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// The command line for people.
    Kubectl,
    /// Namespace deletion and garbage collection, among others.
    KubeControllerManager,
    /// Says on which node a pod runs.
    KubeScheduler,
    /// Runs pods on a node.
    Kubelet,
    /// Brings what pods send to a service's address to its pods.
    KubeProxy,
}

impl Tool {
    /// What a control plane for custom resources needs, and a person at it.
    pub const BASIC: &[Self] = &[Self::Etcd, Self::KubeApiserver, Self::Kubectl];

    /// What a whole control plane needs.
    pub const ALL: &[Self] = &[
        Self::Etcd,
        Self::KubeApiserver,
        Self::Kubectl,
        Self::KubeControllerManager,
    ];

    /// What a cluster with a node needs beside [`Self::ALL`].
    pub const NODE: &[Self] = &[Self::KubeScheduler, Self::Kubelet, Self::KubeProxy];

    /// Its file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::Kubectl => "kubectl",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
        }
    }

    /// Its Go package.
    const fn package(self) -> &'static str {
        match self {
            Self::Etcd => "go.etcd.io/etcd/server/v3",
            Self::KubeApiserver => "k8s.io/kubernetes/cmd/kube-apiserver",
            Self::Kubectl => "k8s.io/kubernetes/cmd/kubectl",
            Self::KubeControllerManager => "k8s.io/kubernetes/cmd/kube-controller-manager",
            Self::KubeScheduler => "k8s.io/kubernetes/cmd/kube-scheduler",
            Self::Kubelet => "k8s.io/kubernetes/cmd/kubelet",
            Self::KubeProxy => "k8s.io/kubernetes/cmd/kube-proxy",
        }
    }
}

/// Why the programs are not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `KUBEBUILDER_ASSETS` names a folder that lacks one.
    #[error(
        "KUBEBUILDER_ASSETS is {}, which has no {tool}: put it there, or unset the variable to have it built",
        folder.display()
    )]
    NotInAssets {
        /// The folder.
        folder: PathBuf,
        /// The missing program.
        tool: &'static str,
    },
    /// No place for the cache.
    #[error(
        "no folder for the control plane's programs: set CCKM_CACHE to one, or KUBEBUILDER_ASSETS to one with etcd, kube-apiserver and kubectl"
    )]
    NoCache,
    /// Go isn't installed.
    #[error(
        "the control plane's programs are built with Go, which isn't on the PATH: install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl"
    )]
    NoGo,
    /// Go could not build one.
    #[error(
        "failed to build {tool}; it takes Go 1.26 or newer and a Go module proxy, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl. Go said:\n{output}"
    )]
    Build {
        /// The program.
        tool: &'static str,
        /// The end of what Go wrote.
        output: String,
    },
    /// The cache can't be used.
    #[error("failed to {what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The cause.
        source: io::Error,
    },
}

impl Error {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// A folder that has the programs asked for.
#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Finds the tools, or builds those that are missing. Blocks, for minutes if it has to build: it then tells on
    /// standard error how far it is. Of several processes that come at the same time, one builds.
    pub fn locate(tools: &[Tool], environment: &Environment) -> Result<Self, Error> {
        if let Some(folder) = environment.assets() {
            return match missing(folder, tools).first() {
                Some(tool) => Err(Error::NotInAssets {
                    folder: folder.to_owned(),
                    tool: tool.name(),
                }),
                None => Ok(Self {
                    folder: folder.to_owned(),
                }),
            };
        }
        let folder = environment
            .cache()
            .ok_or(Error::NoCache)?
            .join("control-plane")
            .join(key());
        if !missing(&folder, tools).is_empty() {
            let _lock = lock(&folder)?;
            // Somebody else may have built them while we waited for the lock.
            build::build(&missing(&folder, tools), &folder, environment)?;
        }
        Ok(Self { folder })
    }

    /// Where a tool is.
    pub fn path(&self, tool: Tool) -> PathBuf {
        self.folder.join(tool.name())
    }
}

fn missing(folder: &Path, tools: &[Tool]) -> Vec<Tool> {
    tools
        .iter()
        .copied()
        .filter(|tool| !folder.join(tool.name()).is_file())
        .collect()
}

/// The name of the cache's folder: changes with every byte of what is built.
fn key() -> String {
    let digest = Sha256::new()
        .chain_update(GO_MOD)
        .chain_update(GO_SUM)
        .finalize();
    let digest = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
    let kubernetes = version_of("k8s.io/kubernetes");
    let etcd = version_of("go.etcd.io/etcd/server/v3");
    format!("kubernetes-{kubernetes}-etcd-{etcd}-{digest:016x}")
}

/// The version that go.mod requires, such as `v1.36.3`.
fn version_of(module: &str) -> &'static str {
    GO_MOD
        .lines()
        .find_map(|line| {
            line.trim()
                .strip_prefix(module)?
                .strip_prefix(' ')?
                .split(' ')
                .next()
        })
        .unwrap_or_default()
}

/// Held until the file is dropped.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    std::fs::create_dir_all(folder)
        .map_err(Error::io(format!("make the folder {}", folder.display())))?;
    let file = File::create(&path).map_err(Error::io(format!("make {}", path.display())))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            eprintln!("playground: waiting for another process that builds the programs");
        }
        Err(TryLockError::Error(source)) => {
            return Err(Error::io(format!("lock {}", path.display()))(source));
        }
    }
    file.lock()
        .map_err(Error::io(format!("lock {}", path.display())))?;
    Ok(file)
}
