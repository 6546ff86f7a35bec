//! The strict policy separates those who write from those who approve.

use libtest_mimic::Trial;
use playground::control_plane::{ControlPlane, Options};

use crate::{
    Outcome,
    approvals::{approval, bind, expect},
    config, trial,
};

pub(crate) fn tests() -> Vec<Trial> {
    vec![trial(
        "under the strict policy who may change a key may not approve, and who may not still may",
        separation,
    )]
}

/// On a control plane of its own, because the policy holds for all namespaces.
async fn separation() -> Outcome {
    let control_plane = ControlPlane::start(Options::default()).await?;
    control_plane.install_folder(&config("default")).await?;
    control_plane
        .install_folder(&config("policy/strict"))
        .await?;
    let namespace = control_plane.namespace("strict").await?;
    for group in ["approvers", "authors"] {
        bind(&control_plane, &namespace, "cckm-approver", group).await?;
    }
    bind(&control_plane, &namespace, "cckm-author", "authors").await?;
    let alice = control_plane.user_client("alice").await?;
    let bob = control_plane.user_client("bob").await?;
    for kind in ["SalesforceTenantSecret", "AzureSecret", "OciKey"] {
        expect(&alice, &namespace, &approval(kind, "alice")?, None).await?;
        let refusal = "Somebody who may not has to approve.";
        expect(&bob, &namespace, &approval(kind, "bob")?, Some(refusal)).await?;
    }
    control_plane.stop().await?;
    Ok(())
}
