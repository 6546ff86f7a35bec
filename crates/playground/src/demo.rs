//! The world that people look at: a control plane of its own, and the samples' manager and containers.

use crate::{
    Error,
    control_plane::ControlPlane,
    world::{Options, World},
};

/// The samples' namespace.
pub const NAMESPACE: &str = "cckm-demo";

/// Starts CM, the clouds and the operator, which watches all namespaces, in real time. The simulated clouds are brisker
/// than real ones, so that nobody has to wait: Azure, for one, is busy with a deletion for some 20 s.
pub async fn start(control_plane: &ControlPlane) -> Result<World<'_>, Error> {
    let options = Options::default()
        .namespace(NAMESPACE)
        .everywhere()
        .leader_election()
        .without_objects()
        .switch("sync-seconds=0.5")
        .switch("azure-deletion-seconds=0")
        .switch("azure-recovery-seconds=0")
        .switch("oci-transition-seconds=1");
    World::start(control_plane, options).await
}
