//! The flags that each program is started with.

use std::{net::Ipv4Addr, path::Path};

use super::credentials::{
    CA_CERTIFICATE, SERVICE_ACCOUNT_KEY, SERVICE_ACCOUNT_PUBLIC_KEY, SERVICES, SERVING_CERTIFICATE,
    SERVING_KEY, TOKENS,
};
use crate::{
    binaries::{Binaries, Tool},
    program::Recipe,
};

/// etcd's data, in the run's folder.
pub(super) const ETCD_DATA: &str = "etcd";
/// The audit log, in the run's folder.
pub(super) const AUDIT_LOG: &str = "audit.log";
/// What the audit log has, in the run's folder.
pub(super) const AUDIT_POLICY: &str = "audit-policy.yaml";

/// Those of kube-controller-manager's controllers that are of use without nodes.
const CONTROLLERS: [&str; 5] = [
    "clusterrole-aggregation-controller",
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "root-ca-certificate-publisher-controller",
];

/// The ports on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) etcd: u16,
    pub(super) etcd_peers: u16,
    pub(super) api_server: u16,
    pub(super) controller_manager: u16,
}

/// How each program is started.
#[derive(Debug)]
pub(super) struct Recipes {
    pub(super) ports: Ports,
    pub(super) etcd: Recipe,
    pub(super) api_server: Recipe,
    pub(super) controller_manager: Option<Recipe>,
}

impl Recipes {
    /// With a controller manager if there is a kubeconfig for it.
    pub(super) fn new(
        binaries: &Binaries,
        folder: &Path,
        ports: Ports,
        kubeconfig: Option<&Path>,
        pods: Option<Ipv4Addr>,
    ) -> Self {
        Self {
            ports,
            etcd: etcd(binaries, folder, ports),
            api_server: api_server(binaries, folder, ports, pods),
            controller_manager: kubeconfig
                .map(|file| controller_manager(binaries, folder, ports, file, pods.is_some())),
        }
    }
}

fn etcd(binaries: &Binaries, folder: &Path, ports: Ports) -> Recipe {
    let clients = format!("http://127.0.0.1:{}", ports.etcd);
    let peers = format!("http://127.0.0.1:{}", ports.etcd_peers);
    Recipe::new("etcd", binaries.path(Tool::Etcd))
        .flag("data-dir", folder.join(ETCD_DATA))
        .flag("listen-client-urls", &clients)
        .flag("advertise-client-urls", &clients)
        .flag("listen-peer-urls", &peers)
        .flag("initial-advertise-peer-urls", &peers)
        .flag("initial-cluster", format!("default={peers}"))
        // Its data needn't survive the machine.
        .flag("unsafe-no-fsync", "true")
}

fn api_server(binaries: &Binaries, folder: &Path, ports: Ports, pods: Option<Ipv4Addr>) -> Recipe {
    let recipe = Recipe::new("kube-apiserver", binaries.path(Tool::KubeApiserver));
    let recipe = match pods {
        // Nodes may no more than the node authorizer lets them.
        Some(address) => recipe
            .flag("bind-address", "0.0.0.0")
            .flag("advertise-address", address.to_string())
            .flag("authorization-mode", "Node,RBAC")
            .flag("enable-admission-plugins", "NodeRestriction"),
        None => recipe
            .flag("bind-address", "127.0.0.1")
            .flag("advertise-address", "127.0.0.1")
            .flag("authorization-mode", "RBAC")
            // An endpoint on loopback would be refused, and nothing runs in the cluster that could use it.
            .flag("endpoint-reconciler-type", "none"),
    };
    recipe
        .flag("etcd-servers", format!("http://127.0.0.1:{}", ports.etcd))
        .flag("secure-port", ports.api_server.to_string())
        .flag("cert-dir", folder.join("certificates"))
        .flag("tls-cert-file", folder.join(SERVING_CERTIFICATE))
        .flag("tls-private-key-file", folder.join(SERVING_KEY))
        .flag("service-account-issuer", "https://kubernetes.default.svc")
        .flag(
            "service-account-key-file",
            folder.join(SERVICE_ACCOUNT_PUBLIC_KEY),
        )
        .flag(
            "service-account-signing-key-file",
            folder.join(SERVICE_ACCOUNT_KEY),
        )
        .flag("service-cluster-ip-range", SERVICES)
        .flag("token-auth-file", folder.join(TOKENS))
        .flag("audit-policy-file", folder.join(AUDIT_POLICY))
        .flag("audit-log-path", folder.join(AUDIT_LOG))
        // Megabytes: beyond what a run writes, because a reader doesn't follow a log that is rotated.
        .flag("audit-log-maxsize", "100000")
}

fn controller_manager(
    binaries: &Binaries,
    folder: &Path,
    ports: Ports,
    kubeconfig: &Path,
    with_pods: bool,
) -> Recipe {
    let controllers = if with_pods {
        "*".to_owned()
    } else {
        CONTROLLERS.join(",")
    };
    Recipe::new(
        "kube-controller-manager",
        binaries.path(Tool::KubeControllerManager),
    )
    .flag("kubeconfig", kubeconfig)
    .flag("controllers", controllers)
    .flag("leader-elect", "false")
    .flag("bind-address", "127.0.0.1")
    .flag("secure-port", ports.controller_manager.to_string())
    .flag("tls-cert-file", folder.join(SERVING_CERTIFICATE))
    .flag("tls-private-key-file", folder.join(SERVING_KEY))
    .flag(
        "service-account-private-key-file",
        folder.join(SERVICE_ACCOUNT_KEY),
    )
    .flag("root-ca-file", folder.join(CA_CERTIFICATE))
}
