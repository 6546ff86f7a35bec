//! The API server: reached as kubectl reaches it.

use std::path::PathBuf;

use cckm_operator::object::ObjectRef;
use clap::{Args, ValueHint};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};

use crate::exit::{Code, Failure, Outcome};

/// The flags by which kubectl is told where and as whom.
#[derive(Debug, Args)]
#[command(next_help_heading = "Flags of kubectl")]
pub(crate) struct Flags {
    /// The kubeconfig file. Absent: as KUBECONFIG says, else ~/.kube/config.
    #[arg(long, global = true, value_hint = ValueHint::FilePath)]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig. Absent: the current one.
    #[arg(long, global = true)]
    context: Option<String>,
    /// The namespace. Absent: that of the context.
    #[arg(short, long, global = true)]
    namespace: Option<String>,
    /// Act as this user, which has to be allowed to you.
    #[arg(long = "as", global = true, value_name = "USER")]
    as_user: Option<String>,
    /// Act as one of this group; may be repeated. Only with --as.
    #[arg(long, global = true, requires = "as_user", value_name = "GROUP")]
    as_group: Vec<String>,
}

/// A connection to the API server, and the namespace that is meant.
pub(crate) struct Cluster {
    /// The API server.
    pub(crate) client: Client,
    /// The namespace.
    pub(crate) namespace: String,
}

/// Who somebody is at the API server, and what its clock says.
pub(crate) struct Identity {
    /// The user's name.
    pub(crate) user: String,
    /// The API server's time.
    pub(crate) now: jiff::Timestamp,
}

impl Flags {
    /// Connects.
    pub(crate) async fn connect(&self) -> Outcome<Cluster> {
        let mut config = self.config().await?;
        if self.as_user.is_some() {
            config.auth_info.impersonate.clone_from(&self.as_user);
            let groups = (!self.as_group.is_empty()).then(|| self.as_group.clone());
            config.auth_info.impersonate_groups = groups;
        }
        let namespace = self
            .namespace
            .clone()
            .unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(|error| {
            Failure::failed(format!("the Kubernetes client cannot be set up: {error}"))
        })?;
        Ok(Cluster { client, namespace })
    }
}

impl Flags {
    /// The names of the contexts of the kubeconfig, if it can be read.
    pub(crate) fn contexts(&self) -> Option<Vec<String>> {
        let contexts = self.kubeconfig().ok()?.contexts.into_iter();
        Some(contexts.map(|context| context.name).collect())
    }

    fn kubeconfig(&self) -> Result<Kubeconfig, KubeconfigError> {
        match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        }
    }

    /// The configuration of the client: that of the kubeconfig; in a pod that has none, that of its service account.
    async fn config(&self) -> Outcome<Config> {
        let unusable = |error: KubeconfigError| {
            Failure::failed(format!(
                "the kubeconfig cannot be used: {}. Set --kubeconfig, KUBECONFIG or --context",
                causes(&error)
            ))
        };
        let asked = self.kubeconfig.is_some() || self.context.is_some();
        let kubeconfig = match self.kubeconfig() {
            Ok(kubeconfig) => kubeconfig,
            Err(error) if asked => return Err(unusable(error)),
            Err(error) => return Config::incluster().map_err(|_| unusable(error)),
        };
        let options = KubeConfigOptions {
            context: self.context.clone(),
            ..KubeConfigOptions::default()
        };
        Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(unusable)
    }
}

impl Cluster {
    /// Who the API server takes us for: impersonation, groups and tokens are its business.
    pub(crate) async fn identity(&self) -> Outcome<Identity> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await
            .map_err(|error| refused("ask the API server who you are", &error))?;
        let user = review
            .status
            .and_then(|status| status.user_info)
            .and_then(|user| user.username)
            .ok_or_else(|| Failure::failed("the API server does not say who you are"))?;
        let now = review.metadata.creation_timestamp;
        Ok(Identity {
            user,
            now: now.map_or_else(jiff::Timestamp::now, |time| time.0),
        })
    }
}

impl Cluster {
    /// An object that is not in its namespace.
    pub(crate) fn has_no(&self, kind: &str, name: &str) -> Failure {
        Failure::failed(format!(
            "there is no {kind} {name} in namespace {}. Name another one, or its namespace by -n",
            self.namespace
        ))
    }
}

/// An object, in messages.
pub(crate) fn called(reference: &ObjectRef) -> String {
    let (kind, name) = (reference.kind.as_str(), &reference.name);
    if reference.namespace.is_empty() {
        return format!("{kind} {name}");
    }
    format!("{kind} {name} in namespace {}", reference.namespace)
}

/// A refusal or failure of the API server, in its own words.
pub(crate) fn refused(what: &str, error: &kube::Error) -> Failure {
    match error {
        kube::Error::Api(status) if status.is_forbidden() => Failure::new(
            Code::NotAllowed,
            format!("not allowed to {what}: {}", status.message),
        ),
        kube::Error::Api(status) if status.code == 401 => Failure::new(
            Code::NotAllowed,
            format!(
                "the API server does not accept your login, so that it is not possible to {what}. Log in again"
            ),
        ),
        kube::Error::Api(status) => Failure::failed(format!(
            "the API server refuses to {what}: {}",
            status.message
        )),
        other => Failure::failed(format!("not possible to {what}: {}", causes(other))),
    }
}

/// An error with all that led to it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
