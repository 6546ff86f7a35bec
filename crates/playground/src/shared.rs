//! One control plane for all tests of a process.

use tokio::sync::OnceCell;

use crate::{
    Error,
    control_plane::{ControlPlane, Options},
};

/// The control plane that this process shares, booted at the first call, for tests that keep to namespaces of their
/// own. It can't be wiped or restarted: a test that does so starts its own. It ends when the process ends. A boot that
/// failed isn't tried again.
pub async fn shared() -> Result<&'static ControlPlane, &'static Error> {
    static SHARED: OnceCell<Result<ControlPlane, Error>> = OnceCell::const_new();
    SHARED
        .get_or_init(|| ControlPlane::start(Options::default().with_controller_manager()))
        .await
        .as_ref()
}
