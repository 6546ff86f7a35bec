//! Whether the shipped roles give the operator what it uses, and nothing else: held against what the API servers were
//! asked in its name while all the other promises were tested.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use k8s_openapi::api::rbac::v1::PolicyRule;
use playground::{
    control_plane::{AuditEvent, ControlPlane},
    shared,
    world::OPERATOR_USER,
};
use serde::Deserialize;

use crate::harness::Outcome;

const ROLES: [&str; 2] = [
    "config/rbac/role.yaml",
    "config/rbac/own_namespace_role.yaml",
];

/// Rights that no log shows, though they are used: a server-side apply that makes something is logged as a patch, and asks
/// for the right to create as well.
const UNLOGGED: [(&str, &str); 1] = [("secrets", "create")];

/// A right: group, resource with its subresource, and verb.
type Right = (String, String, String);

/// What was asked of API servers that are not there any more.
static EARLIER: Mutex<BTreeSet<Right>> = Mutex::new(BTreeSet::new());

/// Takes note of what an API server was asked that ends before the others.
pub(crate) fn note(control_plane: &ControlPlane) -> Outcome {
    let used = used(&control_plane.audit_log()?)?;
    EARLIER
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(used);
    Ok(())
}

/// Holds the shipped roles against all that was asked.
pub(crate) async fn judge() -> Outcome {
    let mut used = used(&shared().await?.audit_log()?)?;
    used.extend(
        EARLIER
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned(),
    );
    let unlogged = |(_, resource, verb): &Right| {
        UNLOGGED
            .iter()
            .any(|(of, to)| (of, to) == (&resource.as_str(), &verb.as_str()))
    };
    let unused: Vec<Right> = granted()?
        .into_iter()
        .filter(|right| !used.contains(right) && !unlogged(right))
        .collect();
    if unused.is_empty() {
        println!(
            "the operator used each of its rights, and no other: {}",
            used.len()
        );
        return Ok(());
    }
    Err(format!("rights that no promise needs: {unused:#?}").into())
}

/// What an API server was asked in the operator's name. An error for what it was refused for lack of a right.
fn used(events: &[AuditEvent]) -> Outcome<BTreeSet<Right>> {
    let mut used = BTreeSet::new();
    for event in events {
        let Some(object) = &event.object_ref else {
            continue;
        };
        if event.user.username != OPERATOR_USER {
            continue;
        }
        let resource = match object.subresource.as_str() {
            "" => object.resource.clone(),
            subresource => format!("{}/{subresource}", object.resource),
        };
        // Several worlds can't share the lease that the shipped role names, and each gets a role of its own a moment later.
        let of_a_world = object.resource == "leases" && object.name != "cckm-operator";
        if event.is_forbidden() && !of_a_world {
            return Err(
                format!("the operator may not {} {}", event.verb, event.request_uri).into(),
            );
        }
        used.insert((object.api_group.clone(), resource, event.verb.clone()));
    }
    Ok(used)
}

/// What the shipped roles give.
fn granted() -> Outcome<BTreeSet<Right>> {
    #[derive(Deserialize)]
    struct Role {
        rules: Vec<PolicyRule>,
    }
    let mut granted = BTreeSet::new();
    for role in ROLES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(role);
        let role: Role = serde_saphyr::from_str(&fs::read_to_string(path)?)?;
        for rule in role.rules {
            for group in rule.api_groups.iter().flatten() {
                for resource in rule.resources.iter().flatten() {
                    let rights = rule.verbs.iter();
                    granted
                        .extend(rights.map(|verb| (group.clone(), resource.clone(), verb.clone())));
                }
            }
        }
    }
    Ok(granted)
}
