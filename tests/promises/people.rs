//! Users with the roles that are shipped for them.

use playground::world::World;
use serde_json::json;

use crate::harness::Outcome;

/// Binds one of the shipped roles to a user, in the world's namespace.
pub(crate) async fn grant(world: &World<'_>, user: &str, role: &str) -> Outcome {
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": format!("{user}-{role}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]});
    Ok(world.apply(&binding.to_string()).await?)
}
