//! What can go wrong around processes and the control plane.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use crate::{binaries, poll::Expired};

/// Why something of the playground could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The programs of the control plane are neither there nor buildable.
    #[error(transparent)]
    Binaries(#[from] binaries::Error),
    /// This process doesn't take roles, so a copy of it started as a child would run its `main` instead.
    #[error(
        "can't start {role:?}: this program's main has to call playground::role::become_child() first"
    )]
    NoRoles {
        /// The role that was asked for.
        role: String,
    },
    /// A file, folder or process could not be used.
    #[error("failed to {what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The cause.
        source: io::Error,
    },
    /// A program ended although nobody asked it to.
    #[error("{program} ended ({status}); the end of {}:\n{tail}", log.display())]
    Ended {
        /// The program's name.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// Where it wrote its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// A program or its answer didn't come in time.
    #[error("{what} not within {deadline:?}: {why}; the end of {}:\n{tail}", log.display())]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        deadline: Duration,
        /// Why the last attempt didn't count.
        why: String,
        /// Where the program wrote its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: String,
    },
    /// Other programs kept taking the ports that had been free a moment before.
    #[error(
        "no free ports after {attempts} attempts; end programs that listen on many ports below 32768"
    )]
    NoPorts {
        /// How often it was tried.
        attempts: u32,
    },
    /// A condition on the API server didn't come true.
    #[error(transparent)]
    Expired(#[from] Expired),
    /// The API server refused, or could not be reached.
    #[error("failed to {what}: {}", said(source))]
    Kubernetes {
        /// What was being done.
        what: String,
        /// The cause.
        source: Box<kube::Error>,
    },
    /// A manifest can't be applied.
    #[error("{what}: {why}")]
    Manifest {
        /// Which one.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The simulator refused, or could not be reached.
    #[error("the simulator didn't do {what}: {why}")]
    Simulator {
        /// What was asked of it.
        what: String,
        /// What it said.
        why: String,
    },
    /// Something of the operator could not be read.
    #[error("failed to read {what} of the operator: {why}")]
    Operator {
        /// What was asked for.
        what: String,
        /// Why it could not be had.
        why: String,
    },
    /// kubectl ended with an error.
    #[error("{command}: {said}")]
    Kubectl {
        /// The command line.
        command: String,
        /// What it wrote to standard error.
        said: String,
    },
    /// A kubeconfig file that a client can't be made of.
    #[error("failed to make a client of {}: {why}", path.display())]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A key pair or certificate could not be made.
    #[error("failed to make the control plane's certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// A user whom the control plane wasn't started with.
    #[error("no user {name:?}: users are made at start, see Options::user(); there are {known}")]
    NoUser {
        /// The user asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
}

impl Error {
    /// For `map_err` on file and process calls.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// For `map_err` on calls to the API server.
    pub(crate) fn kubernetes(what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let what = what.into();
        move |source| Self::Kubernetes {
            what,
            source: Box::new(source),
        }
    }
}

/// What the API server said, without the whole of its answer.
fn said(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        other => other.to_string(),
    }
}
