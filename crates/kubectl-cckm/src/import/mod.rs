//! `kubectl cckm import`.

mod azure;
mod containers;
mod folder;
mod login;
mod manifest;
mod names;
mod oci;
mod remote;
mod report;
mod salesforce;
mod sorted;
mod standing;
#[cfg(test)]
mod tests;
mod work;

use std::{path::PathBuf, sync::Arc};

use clap::{ArgGroup, Args, ValueHint};

use self::{folder::Folder, login::Managers, remote::Requests, report::Tally, work::Work};
use crate::{
    cluster::Cluster,
    exit::{Code, Failure, Outcome},
};

/// What to import, and where to.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["container", "all"]))]
pub(crate) struct Flags {
    /// A container: a `SalesforceOrganization` (sforg), an `AzureVault` (azv) or an `OciVault` (ociv).
    #[arg(num_args = 1..=2, value_names = ["KIND/NAME"])]
    container: Vec<String>,
    /// Every container in the namespace of this `CipherTrustManager`; `cctm/NAME` for a `ClusterCipherTrustManager`.
    #[arg(long, value_name = "MANAGER")]
    all: Option<String>,
    /// The folder for the manifests, one file a key; it is made if there is none.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: PathBuf,
    /// Overwrite files that differ. Absent: they are left as they are.
    #[arg(long)]
    force: bool,
    /// Log in to CipherTrust Manager as this user, with the password in `CCKM_PASSWORD` or from standard input. Absent:
    /// with the Secret that the `CipherTrustManager` names, which you need the verb get on.
    #[arg(long, value_name = "USER")]
    username: Option<String>,
}

/// Imports.
pub(crate) async fn run(cluster: &Cluster, flags: &Flags) -> Outcome {
    let requests = Arc::new(Requests::default());
    let mut work = Work {
        cluster,
        managers: Managers::new(cluster, flags.username.clone(), Arc::clone(&requests))?,
        folder: Folder::new(flags.output.clone(), flags.force)?,
        tally: Tally::default(),
    };
    if let Some(manager) = &flags.all {
        work.all(manager).await?;
    } else {
        work.chosen(&flags.container).await?;
    }
    eprint!("{}", work.tally.summary(&flags.output, requests.count()));
    if work.tally.files.differ > 0 {
        return Err(Failure::new(
            Code::FilesDiffer,
            "some files are there already and differ; they were left as they are. Compare them, or overwrite them with --force",
        ));
    }
    Ok(())
}
