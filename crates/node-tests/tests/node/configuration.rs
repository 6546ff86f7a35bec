//! The files that the node's programs read.

use std::path::Path;

use crate::{
    needs::PAUSE_IMAGE,
    node::{ADDRESS, NAME},
};

/// Name and text of each; the folder is the run's.
pub(crate) fn files(folder: &Path, proxy: &Path) -> [(&'static str, String); 4] {
    let folder = folder.display();
    [
        ("containerd.toml", containerd(&folder.to_string())),
        ("cni/10-pods.conflist", network(&folder.to_string())),
        ("kubelet.yaml", kubelet(&folder.to_string())),
        ("proxy.yaml", kube_proxy(&proxy.display().to_string())),
    ]
}

/// For containerd 1.6. Scores below 0 are refused to a root without `CAP_SYS_RESOURCE`.
fn containerd(folder: &str) -> String {
    format!(
        r#"version = 2
root = "{folder}/containerd/root"
state = "{folder}/containerd/state"
[grpc]
address = "{folder}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
disable_apparmor = true
disable_hugetlb_controller = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{folder}/cni"
"#
    )
}

/// A bridge with the node's address on it.
fn network(folder: &str) -> String {
    format!(
        r#"{{"cniVersion": "0.4.0", "name": "pods", "plugins": [
{{"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
 "ipam": {{"type": "host-local", "dataDir": "{folder}/addresses", "ranges": [[{{"subnet": "{ADDRESS}/24"}}]],
  "routes": [{{"dst": "0.0.0.0/0"}}]}}}},
{{"type": "portmap", "capabilities": {{"portMappings": true}}}}]}}
"#
    )
    .replace("10.244.0.1/24", "10.244.0.0/24")
}

/// Whoever reaches its port is in these namespaces, which nobody else can enter.
fn kubelet(folder: &str) -> String {
    format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://{folder}/containerd.sock
failSwapOn: false
oomScoreAdj: 0
maxOpenFiles: 20000
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}
authorization: {{mode: AlwaysAllow}}
resolvConf: \"\"
evictionHard: {{memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%, imagefs.inodesFree: 1%}}
imageGCHighThresholdPercent: 100
nodeStatusUpdateFrequency: 5s
podLogsDir: {folder}/pod-logs
volumePluginDir: {folder}/volume-plugins
"
    )
}

/// The settings of conntrack are the machine's, and stay as they are.
fn kube_proxy(kubeconfig: &str) -> String {
    format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {{kubeconfig: {kubeconfig}}}
clusterCIDR: 10.244.0.0/24
hostnameOverride: {NAME}
nodeIPOverride: [\"{ADDRESS}\"]
bindAddress: 127.0.0.1
conntrack: {{maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}
"
    )
}
