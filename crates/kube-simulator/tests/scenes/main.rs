//! What those who set scenes order: faults, held requests, ended watches, and the log of what was asked.

mod faults;
mod installing;
mod log;
mod watches;

use k8s_openapi::{api::core::v1::ConfigMap, jiff::Timestamp};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use kube_simulator::KubeSimulator;
use tokio::time::Instant;

const START: &str = "2026-10-01T00:00:00Z";

fn simulator() -> KubeSimulator {
    let epoch = Instant::now();
    let start: Timestamp = START.parse().unwrap_or_default();
    KubeSimulator::new(move || start + epoch.elapsed())
}

fn maps(client: Client) -> Api<ConfigMap> {
    Api::namespaced(client, "default")
}

fn map(name: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

async fn make(api: &Api<ConfigMap>, name: &str) -> kube::Result<ConfigMap> {
    api.create(&PostParams::default(), &map(name)).await
}
