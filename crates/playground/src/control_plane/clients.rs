//! Reaching the API server: as somebody, from Rust or with kubectl.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Output,
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::{Namespace, ServiceAccount},
};
use kube::{
    Api, Client, Config,
    api::{ObjectMeta, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use tokio::process::Command;

use super::{ControlPlane, credentials::ADMIN};
use crate::{Error, binaries::Tool};

/// How long a service account's token is valid, in seconds: longer than any run.
const TOKEN_SECONDS: i64 = 24 * 60 * 60;

impl ControlPlane {
    /// A client that may do everything. It belongs to the tokio runtime that it is made on.
    pub async fn admin_client(&self) -> Result<Client, Error> {
        self.credentials.admin_client().await
    }

    /// The administrator's kubeconfig file.
    pub fn kubeconfig_path(&self) -> Result<&Path, Error> {
        self.credentials.kubeconfig_of(ADMIN)
    }

    /// The kubeconfig file of a user that the control plane was started with, see [`super::Options`].
    pub fn user_kubeconfig(&self, user: &str) -> Result<&Path, Error> {
        self.credentials.kubeconfig_of(user)
    }

    /// A client that is a user the control plane was started with.
    pub async fn user_client(&self, user: &str) -> Result<Client, Error> {
        client_of(self.user_kubeconfig(user)?).await
    }

    /// Makes a namespace that nobody else has, named after the prefix.
    pub async fn namespace(&self, prefix: &str) -> Result<String, Error> {
        let namespace = Namespace {
            metadata: ObjectMeta {
                generate_name: Some(format!("{prefix}-")),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let made = Api::<Namespace>::all(self.admin_client().await?)
            .create(&PostParams::default(), &namespace)
            .await
            .map_err(Error::kubernetes("make a namespace"))?;
        Ok(made.metadata.name.unwrap_or_default())
    }

    /// Writes a kubeconfig file for a service account, which is made if there is none; its token lasts a day.
    pub async fn service_account_kubeconfig(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<PathBuf, Error> {
        let user = format!("system:serviceaccount:{namespace}:{name}");
        let api = Api::<ServiceAccount>::namespaced(self.admin_client().await?, namespace);
        let account = ServiceAccount {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                ..ObjectMeta::default()
            },
            ..ServiceAccount::default()
        };
        match api.create(&PostParams::default(), &account).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            made => drop(made.map_err(Error::kubernetes(format!("make {user}")))?),
        }
        let request = TokenRequest {
            spec: Some(TokenRequestSpec {
                expiration_seconds: Some(TOKEN_SECONDS),
                ..TokenRequestSpec::default()
            }),
            ..TokenRequest::default()
        };
        let made = api
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .map_err(Error::kubernetes(format!("make a token of {user}")))?;
        let token = made
            .status
            .and_then(|status| status.token)
            .unwrap_or_default();
        let file = format!("service-account-{namespace}-{name}.kubeconfig");
        self.folder
            .write(&file, &self.credentials.kubeconfig(&user, &token))
    }

    /// A client that is a service account, which is made if there is none.
    pub async fn service_account_client(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<Client, Error> {
        client_of(&self.service_account_kubeconfig(namespace, name).await?).await
    }

    /// Where the kubectl of the same version as the API server is.
    pub fn kubectl_path(&self) -> PathBuf {
        self.binaries.path(Tool::Kubectl)
    }

    /// Runs kubectl as the administrator. That it fails is no error here: see the status of the output.
    pub async fn kubectl<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Output, Error> {
        self.kubectl_as(self.kubeconfig_path()?, arguments).await
    }

    /// Runs kubectl with another kubeconfig file.
    pub async fn kubectl_as<S: AsRef<OsStr>>(
        &self,
        kubeconfig: &Path,
        arguments: &[S],
    ) -> Result<Output, Error> {
        let mut command = self.kubectl_command(kubeconfig);
        command
            .args(arguments)
            .output()
            .await
            .map_err(Error::io("run kubectl"))
    }

    /// A kubectl to be run by the caller, where it needs more than arguments. It is killed when its future is dropped.
    pub fn kubectl_command(&self, kubeconfig: &Path) -> Command {
        let mut command = Command::new(self.kubectl_path());
        command
            .env("KUBECONFIG", kubeconfig)
            .env("KUBECACHEDIR", self.folder().join("kubectl-cache"))
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// A client of the server and user in a kubeconfig file.
pub(super) async fn client_of(path: &Path) -> Result<Client, Error> {
    let failed = |why: String| Error::Kubeconfig {
        path: path.to_owned(),
        why,
    };
    let kubeconfig = Kubeconfig::read_from(path).map_err(|error| failed(error.to_string()))?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .map_err(|error| failed(error.to_string()))?;
    Client::try_from(config).map_err(|error| failed(error.to_string()))
}
