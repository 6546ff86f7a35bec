//! etcd, kube-apiserver and, where asked for, kube-controller-manager on loopback.
//!
//! Requests are authorized by RBAC, and all of them are in an audit log. There are no nodes, so pods don't run unless
//! somebody adds one, see [`Options::with_pods_at`], and without the controller manager a deleted namespace stays in `Terminating`.

mod audit;
mod boot;
mod clients;
mod credentials;
mod install;
mod options;
mod policies;
mod recipes;
mod shipped;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::sync::OnceCell;

pub use audit::{AuditEvent, AuditMark, AuditUser, ObjectReference, ResponseStatus};
pub use options::{Options, User};
pub use shipped::OPERATOR_NAMESPACE;
pub(crate) use shipped::project;

use crate::{
    Error,
    binaries::{Binaries, Environment, Tool},
    folder::WorkFolder,
    ports,
};
use boot::Programs;
use credentials::{CONTROLLER_MANAGER, Credentials};
use recipes::{AUDIT_POLICY, ETCD_DATA, Ports, Recipes};

/// How often other ports are tried when one was taken between the look and the use.
const ATTEMPTS: u32 = 5;

/// How long a program gets to end by itself before it is killed. kube-apiserver waits for its open requests.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running control plane. Dropped, its programs are killed and its folder is removed; they are too when this
/// process ends in any other way.
#[derive(Debug)]
pub struct ControlPlane {
    // Declared before the folder, so that nobody writes into it any more when it is removed.
    programs: Programs,
    recipes: Recipes,
    binaries: Binaries,
    credentials: Credentials,
    deadline: Duration,
    /// The operator's kubeconfig file, once what the project ships is installed.
    shipped: OnceCell<PathBuf>,
    folder: WorkFolder,
}

impl ControlPlane {
    /// Boots one on free ports, in a folder of its own. Builds the programs first if they are nowhere, see
    /// [`crate::binaries`]. Returns when the API server is ready, or with the end of the log of what failed.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let tools = if options.controller_manager {
            Tool::ALL
        } else {
            Tool::BASIC
        };
        let binaries =
            tokio::task::spawn_blocking(|| Binaries::locate(tools, &Environment::of_process()))
                .await
                .map_err(|error| {
                    Error::io("look for the control plane's programs")(error.into())
                })??;
        let folder = WorkFolder::create()?;
        let mut credentials = Credentials::create(&folder, &options.users, options.pods)?;
        folder.write(AUDIT_POLICY, audit::POLICY)?;
        for _ in 0..ATTEMPTS {
            let [etcd, etcd_peers, api_server, controller_manager] = ports::free()?;
            let ports = Ports {
                etcd,
                etcd_peers,
                api_server,
                controller_manager,
            };
            credentials.write_kubeconfigs(&folder, api_server)?;
            let kubeconfig = credentials.kubeconfig_of(CONTROLLER_MANAGER)?;
            let kubeconfig = options.controller_manager.then_some(kubeconfig);
            let recipes = Recipes::new(&binaries, folder.path(), ports, kubeconfig, options.pods);
            match Programs::start(&recipes, folder.path(), &credentials, options.deadline).await {
                Ok(programs) => {
                    let deadline = options.deadline;
                    return Ok(Self {
                        programs,
                        recipes,
                        binaries,
                        credentials,
                        deadline,
                        shipped: OnceCell::new(),
                        folder,
                    });
                }
                Err(error) if boot::is_port_clash(&error) => remove_data(folder.path())?,
                Err(error) => return Err(error),
            }
        }
        Err(Error::NoPorts { attempts: ATTEMPTS })
    }

    /// Ends the programs in order, waiting for each, and removes the folder.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.programs.terminate(PATIENCE).await
    }

    /// Ends the API server and starts it again on the same port, with the same data.
    pub async fn restart_api_server(&mut self) -> Result<(), Error> {
        self.programs.api_server.terminate(PATIENCE).await?;
        self.programs.api_server = self.recipes.api_server.start(self.folder.path())?;
        self.programs
            .wait_until_ready(&self.credentials, self.deadline)
            .await
    }

    /// All of the cluster's data is lost: an empty API server on the same port, for the same users. What was
    /// installed has to be installed again, and tokens of service accounts are void.
    pub async fn wipe_etcd(&mut self) -> Result<(), Error> {
        self.programs.kill()?;
        remove_data(self.folder.path())?;
        self.shipped = OnceCell::new();
        self.programs = Programs::start(
            &self.recipes,
            self.folder.path(),
            &self.credentials,
            self.deadline,
        )
        .await?;
        Ok(())
    }

    /// The API server's process id, until it is restarted.
    pub fn api_server_pid(&self) -> u32 {
        self.programs.api_server.pid()
    }

    /// The folder with the control plane's files and logs, also for those of a test. Only this user can read it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The same, to write files into that only this user can read.
    pub(crate) fn work_folder(&self) -> &WorkFolder {
        &self.folder
    }
}

/// etcd may have ended before it made the folder.
fn remove_data(folder: &Path) -> Result<(), Error> {
    let data = folder.join(ETCD_DATA);
    match fs::remove_dir_all(&data) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io(format!("remove {}", data.display()))(error))
        }
        _ => Ok(()),
    }
}
