//! What roles allow, as a set, so that it doesn't matter how rules are written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::chart::{of_kind, read, words, yaml};

/// One thing that is allowed: API group, resource, name or nothing for all, verb.
pub(crate) type Right = (String, String, String, String);

pub(crate) fn rights(role: &Value) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        let mut names = words(&rule["resourceNames"]);
        if names.is_empty() {
            names.insert(String::new());
        }
        for group in words(&rule["apiGroups"]) {
            for resource in words(&rule["resources"]) {
                for name in &names {
                    for verb in words(&rule["verbs"]) {
                        rights.insert((group.clone(), resource.clone(), name.clone(), verb));
                    }
                }
            }
        }
    }
    rights
}

pub(crate) fn of_config(file: &str) -> BTreeSet<Right> {
    rights(&yaml(&read(&format!("config/rbac/{file}"))))
}

pub(crate) fn named<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let all = of_kind(objects, kind);
    let found = all.iter().find(|object| object["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// The roles that the operator's service account is bound to, and in which namespace.
pub(crate) fn bound(objects: &[Value]) -> Vec<(String, &Value)> {
    let mut bound = Vec::new();
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        for binding in of_kind(objects, kind) {
            let subject = &binding["subjects"][0];
            assert_eq!(subject["kind"], "ServiceAccount");
            assert_eq!(subject["name"], "cckm-operator");
            assert_eq!(subject["namespace"], "cckm-system");
            let namespace = &binding["metadata"]["namespace"];
            let of = &binding["roleRef"];
            let role = of_kind(objects, of["kind"].as_str().unwrap())
                .into_iter()
                .find(|role| {
                    role["metadata"]["name"] == of["name"]
                        && &role["metadata"]["namespace"] == namespace
                });
            let namespace = namespace.as_str().unwrap_or_default().to_owned();
            bound.push((namespace, role.unwrap_or_else(|| panic!("{of}"))));
        }
    }
    bound
}

/// All that the operator may do by the roles that hold there: `""` is the cluster.
pub(crate) fn in_namespace(objects: &[Value], place: &str) -> BTreeSet<Right> {
    let bound = bound(objects);
    let there = bound.iter().filter(|(namespace, _)| namespace == place);
    there.flat_map(|(_, role)| rights(role)).collect()
}
