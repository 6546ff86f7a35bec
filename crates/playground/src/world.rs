//! A whole world on a control plane: CM with the clouds behind it, the operator, and their objects.
//!
//! ```no_run
//! # use playground::{Error, control_plane::ControlPlane, world::{Options, World}};
//! # async fn try_it(control_plane: &ControlPlane, manifest: &str) -> Result<(), Error> {
//! let mut world = World::start(control_plane, Options::default()).await?;
//! world.apply(manifest).await?;
//! world.until_ready("AzureSecret", "db-password").await?;
//! let mark = world.simulator.mark().await?;
//! world.operator.restart().await?;
//! assert!(world.simulator.requests_since(mark).await?.iter().all(|request| !request.is_write()));
//! # Ok(())
//! # }
//! ```

pub mod deed;
pub mod inhabitants;
pub mod manifests;
pub mod object;
mod objects;
mod operator;
mod request;
mod simulator;

use std::{net::Ipv4Addr, time::Duration};

use kube::Client;
use serde_json::Value;

pub use objects::{STANDARD, STANDARD_OBJECTS};
pub use operator::Operator;
pub use request::Request;
pub use simulator::{Mark, Simulator};

use crate::{
    Error,
    control_plane::{AuditEvent, AuditMark, ControlPlane},
    timeline::Timeline,
};

/// The service account that operators run as, as the audit log names it.
pub const OPERATOR_USER: &str = "system:serviceaccount:cckm-system:cckm-operator";

/// The stable name of the operator's install, in the owner tags.
pub const OWNER: &str = "playground";

/// How to start a world.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent choice, set by a method with its name"
)]
#[derive(Clone, Debug)]
pub struct Options {
    inhabitants: Value,
    switches: Vec<String>,
    seed: u64,
    tls: bool,
    timeline: Timeline,
    operator_timeline: Option<Timeline>,
    namespace: Option<String>,
    everywhere: bool,
    leader_election: bool,
    watch_secrets: bool,
    standard: bool,
    patience: Duration,
    address: Ipv4Addr,
}

impl Default for Options {
    /// The inhabitants of [`inhabitants::standard`], CM over HTTP in real time, a fresh namespace with the manager
    /// `cm`, the organization `acme` and the vaults `billing` (Azure) and `payments` (OCI), and an operator that
    /// watches that namespace alone.
    fn default() -> Self {
        Self {
            inhabitants: inhabitants::standard(),
            switches: Vec::new(),
            seed: 1,
            tls: false,
            timeline: Timeline::real_time(),
            operator_timeline: None,
            namespace: None,
            everywhere: false,
            leader_election: false,
            watch_secrets: false,
            standard: true,
            patience: Duration::from_mins(1),
            address: Ipv4Addr::LOCALHOST,
        }
    }
}

impl Options {
    /// Another world than the standard one, as JSON of the simulator's `World`.
    #[must_use]
    pub fn inhabitants(mut self, inhabitants: Value) -> Self {
        self.inhabitants = inhabitants;
        self
    }

    /// Sets a switch of the simulator, as `name=value`.
    #[must_use]
    pub fn switch(mut self, assignment: &str) -> Self {
        self.switches.push(assignment.to_owned());
        self
    }

    /// Where the simulator's identifiers are drawn from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// CM serves HTTPS; its authority is in the `ConfigMap` `cm-ca`, which the manager `cm` names.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// The time of operator and simulator.
    #[must_use]
    pub fn timeline(mut self, timeline: Timeline) -> Self {
        self.timeline = timeline;
        self
    }

    /// The time of the operator alone, where its clock is to differ from those of CM and the clouds.
    #[must_use]
    pub fn operator_timeline(mut self, timeline: Timeline) -> Self {
        self.operator_timeline = Some(timeline);
        self
    }

    /// A namespace that exists, instead of a fresh one.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The operator watches all namespaces: for a control plane that nobody shares.
    #[must_use]
    pub fn everywhere(mut self) -> Self {
        self.everywhere = true;
        self
    }

    /// Operators elect the one that acts. Without it only one may run; it needn't wait for the lease of its earlier
    /// life, which takes 15 s after it was killed.
    #[must_use]
    pub fn leader_election(mut self) -> Self {
        self.leader_election = true;
        self
    }

    /// The operator watches labelled Secrets, with the right to do so.
    #[must_use]
    pub fn watch_secrets(mut self) -> Self {
        self.watch_secrets = true;
        self
    }

    /// CM listens on this address, for pods that reach the machine by it.
    #[must_use]
    pub fn address(mut self, address: Ipv4Addr) -> Self {
        self.address = address;
        self
    }

    /// Without manager and containers.
    #[must_use]
    pub fn without_objects(mut self) -> Self {
        self.standard = false;
        self
    }

    /// How long each wait for an object may take; a minute when not said.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// CM, clouds, operator and a namespace with their objects. Dropped, its processes end; its objects stay as long as
/// the control plane.
pub struct World<'c> {
    /// The operator.
    pub operator: Operator,
    /// CM and the clouds.
    pub simulator: Simulator,
    control_plane: &'c ControlPlane,
    client: Client,
    namespace: String,
    options: Options,
    audited: AuditMark,
}

impl<'c> World<'c> {
    /// Starts one. Installs what the project ships first, where that wasn't done. Returns when the operator is ready
    /// and, with the standard objects, when all of them are.
    pub async fn start(control_plane: &'c ControlPlane, options: Options) -> Result<Self, Error> {
        let kubeconfig = control_plane.install_shipped().await?;
        let namespace = match &options.namespace {
            Some(namespace) => namespace.clone(),
            None => control_plane.namespace("world").await?,
        };
        let audited = control_plane.audit_mark()?;
        let simulator = Simulator::start(
            control_plane.work_folder(),
            &format!("simulator-{namespace}"),
            &options,
        )
        .await?;
        if options.leader_election && !options.everywhere {
            let lease = operator::lease(&namespace, &options);
            control_plane.allow_lease(&lease).await?;
        }
        if options.watch_secrets {
            control_plane.allow_watching_secrets().await?;
        }
        let operator = Operator::start(operator::Start {
            kubeconfig,
            folder: control_plane.folder(),
            name: &format!("operator-{namespace}"),
            owner: OWNER,
            namespace: &namespace,
            options: &options,
        })
        .await?;
        let world = Self {
            operator,
            simulator,
            control_plane,
            client: control_plane.admin_client().await?,
            namespace,
            options,
            audited,
        };
        if world.options.standard {
            world.apply_standard().await?;
        }
        Ok(world)
    }

    /// One more operator on the same objects; `owner` is its install's name, [`OWNER`] for another replica. `name`
    /// tells its log file from others of this world.
    pub async fn another_operator(&self, name: &str, owner: &str) -> Result<Operator, Error> {
        Operator::start(operator::Start {
            kubeconfig: self.control_plane.install_shipped().await?,
            folder: self.control_plane.folder(),
            name: &format!("operator-{}-{name}", self.namespace),
            owner,
            namespace: &self.namespace,
            options: &self.options,
        })
        .await
    }

    /// The control plane.
    pub fn control_plane(&self) -> &'c ControlPlane {
        self.control_plane
    }

    /// The lease by which the world's operators elect, in the operator's own namespace.
    pub fn lease(&self) -> String {
        operator::lease(&self.namespace, &self.options)
    }

    /// The namespace with the world's objects.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What the API server was asked about objects in the world's namespace since the world began, as in
    /// [`ControlPlane::audit_log`].
    pub fn audit_log(&self) -> Result<Vec<AuditEvent>, Error> {
        let all = self.control_plane.audit_log_since(self.audited)?;
        let here = |event: &AuditEvent| {
            let object = event.object_ref.as_ref();
            object.is_some_and(|object| object.namespace == self.namespace)
        };
        Ok(all.into_iter().filter(here).collect())
    }

    fn patience(&self) -> Duration {
        self.options.patience
    }

    /// A client that may do everything.
    pub fn client(&self) -> &Client {
        &self.client
    }
}
