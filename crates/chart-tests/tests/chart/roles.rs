//! What the operator may do: in both modes what `config/rbac` says.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    chart::{NAMESPACED, objects, objects_of_all, of_kind, read, yaml},
    rights::{Right, bound, in_namespace, named, of_config, rights},
};

#[test]
fn in_all_namespaces_the_operator_may_do_what_config_rbac_says() {
    let Some(objects) = objects(&[]) else {
        return;
    };
    assert_eq!(in_namespace(&objects, ""), of_config("role.yaml"));
    let own = in_namespace(&objects, "cckm-system");
    assert_eq!(own, of_config("own_namespace_role.yaml"));
}

#[test]
fn in_chosen_namespaces_it_may_do_the_same_there_and_nothing_elsewhere() {
    let Some(objects) = objects(NAMESPACED) else {
        return;
    };
    let everywhere = in_namespace(&objects, "");
    for namespace in ["shop", "bank"] {
        let there = in_namespace(&objects, namespace);
        assert!(there.is_disjoint(&everywhere));
        let together: BTreeSet<Right> = there.union(&everywhere).cloned().collect();
        assert_eq!(together, of_chosen_namespaces(), "{namespace}");
    }
    let own = in_namespace(&objects, "cckm-system");
    assert_eq!(own, of_config("own_namespace_role.yaml"));
    let places: BTreeSet<String> = bound(&objects)
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    assert_eq!(
        places,
        ["", "bank", "cckm-system", "shop"].map(String::from).into()
    );
}

#[test]
fn in_chosen_namespaces_it_may_of_the_cluster_only_read_policies_and_labels_and_ask_its_own_name() {
    let Some(objects) = objects(NAMESPACED) else {
        return;
    };
    for (group, resource, name, verb) in in_namespace(&objects, "") {
        let is_policy = group == "admissionregistration.k8s.io"
            && name.starts_with("cckm-destruction-approval")
            && verb == "get";
        let is_own_name = resource == "selfsubjectreviews" && verb == "create";
        let is_label = resource == "namespaces" && ["shop", "bank"].contains(&&*name);
        let allowed = is_policy || is_own_name || is_label;
        assert!(allowed, "{verb} {resource}.{group} {name}");
    }
}

/// What `config/rbac` says, but for managers of the cluster, and with the namespaces by name.
fn of_chosen_namespaces() -> BTreeSet<Right> {
    let mut expected = BTreeSet::new();
    for right in of_config("role.yaml") {
        let (group, resource, _, verb) = &right;
        if resource == "namespaces" {
            for name in ["shop", "bank"] {
                let name = name.to_owned();
                expected.insert((group.clone(), resource.clone(), name, verb.clone()));
            }
        } else if !resource.starts_with("clusterciphertrustmanagers") {
            expected.insert(right);
        }
    }
    expected
}

#[test]
fn watching_secrets_lists_them_only_where_the_operator_watches() {
    let mut arguments = NAMESPACED.to_vec();
    let plain = objects(&arguments);
    arguments.extend(["--set", "watchSecrets=true"]);
    let (Some(plain), Some(watching)) = (plain, objects(&arguments)) else {
        return;
    };
    for place in ["shop", "bank"] {
        let before = in_namespace(&plain, place);
        let added: BTreeSet<Right> = in_namespace(&watching, place)
            .difference(&before)
            .cloned()
            .collect();
        assert_eq!(added, of_config("watch_secrets/role.yaml"), "{place}");
    }
    for place in ["", "cckm-system"] {
        assert_eq!(in_namespace(&watching, place), in_namespace(&plain, place));
    }
}

#[test]
fn people_get_the_roles_of_config_rbac_and_only_approvers_approve() {
    let Some(objects) = objects_of_all() else {
        return;
    };
    for role in ["viewer", "author", "admin", "approver"] {
        let ours = named(&objects, "ClusterRole", &format!("cckm-{role}"));
        let config = yaml(&read(&format!("config/rbac/{role}_role.yaml")));
        assert_eq!(ours["rules"], config["rules"], "{role}");
        let aggregated = |object: &Value| {
            let labels = object["metadata"]["labels"].as_object().unwrap();
            let mut labels = labels.clone();
            labels.retain(|key, _| key.starts_with("rbac.authorization.k8s.io/"));
            labels
        };
        assert_eq!(aggregated(ours), aggregated(&config), "{role}");
    }
    for role in of_kind(&objects, "ClusterRole") {
        let approves = rights(role).iter().any(|(_, _, _, verb)| verb == "approve");
        assert_eq!(approves, role["metadata"]["name"] == "cckm-approver");
    }
}

#[test]
fn peoples_roles_stay_out_of_the_clusters_own_where_that_is_wanted() {
    let apart = ["--set", "rbac.aggregateToDefaultRoles=false"];
    let (Some(joined), Some(apart)) = (objects(&[]), objects(&apart)) else {
        return;
    };
    for role in ["viewer", "author", "admin", "approver"] {
        let name = format!("cckm-{role}");
        let mut expected = named(&joined, "ClusterRole", &name).clone();
        let labels = expected["metadata"]["labels"].as_object_mut().unwrap();
        labels.retain(|key, _| !key.contains("/aggregate-to-"));
        assert_eq!(*named(&apart, "ClusterRole", &name), expected);
    }
}

#[test]
fn no_role_has_a_wildcard() {
    let (Some(mut all), Some(namespaced)) = (objects_of_all(), objects(NAMESPACED)) else {
        return;
    };
    all.extend(namespaced);
    for role in ["Role", "ClusterRole"]
        .map(|kind| of_kind(&all, kind))
        .concat()
    {
        assert!(role["aggregationRule"].is_null());
        for right in rights(role) {
            let (group, resource, name, verb) = &right;
            assert!(
                [group, resource, name, verb]
                    .iter()
                    .all(|word| !word.contains('*')),
                "{right:?}"
            );
        }
    }
}
