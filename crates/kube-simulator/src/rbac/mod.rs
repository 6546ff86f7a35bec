//! Authorization by roles and their bindings.

mod bootstrap;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use serde::de::DeserializeOwned;

pub(crate) use bootstrap::BOOTSTRAP;

use crate::{
    builtin::RBAC,
    selection::Selection,
    store::{Object, Store},
    user::User,
};

/// Who may do everything.
const MASTERS: &str = "system:masters";

/// What somebody wants to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    /// With its subresource, behind a slash.
    pub resource: &'a str,
    /// Empty for all names.
    pub name: &'a str,
    /// Empty for all namespaces.
    pub namespace: &'a str,
}

/// Who may do what, as roles and bindings say.
#[derive(Debug, Default)]
pub(crate) struct Rights(Vec<Grant>);

/// The rules of a role, for those whom a binding names.
#[derive(Debug)]
struct Grant {
    subjects: Vec<Subject>,
    /// Where they hold; nothing: everywhere.
    namespace: Option<String>,
    rules: Vec<PolicyRule>,
}

impl Rights {
    /// What the roles and bindings say that are there.
    pub(crate) fn read(store: &Store) -> Self {
        let roles = Roles::read(store);
        let mut grants = Vec::new();
        for binding in all::<ClusterRoleBinding>(store, "clusterrolebindings") {
            grants.push(Grant {
                subjects: binding.subjects.unwrap_or_default(),
                namespace: None,
                rules: roles.of(&binding.role_ref, ""),
            });
        }
        for binding in all::<RoleBinding>(store, "rolebindings") {
            let namespace = binding.metadata.namespace.unwrap_or_default();
            grants.push(Grant {
                subjects: binding.subjects.unwrap_or_default(),
                rules: roles.of(&binding.role_ref, &namespace),
                namespace: Some(namespace),
            });
        }
        Self(grants)
    }

    /// Whether a user may do what they ask for.
    pub(crate) fn allow(&self, user: &User, ask: &Ask<'_>) -> bool {
        user.groups.iter().any(|group| group == MASTERS)
            || self.0.iter().any(|grant| {
                grant
                    .namespace
                    .as_ref()
                    .is_none_or(|namespace| namespace == ask.namespace)
                    && grant.subjects.iter().any(|subject| is(subject, user))
                    && grant.rules.iter().any(|rule| covers(rule, ask))
            })
    }
}

fn is(subject: &Subject, user: &User) -> bool {
    match subject.kind.as_str() {
        "User" => subject.name == user.name,
        "Group" => user.groups.contains(&subject.name),
        "ServiceAccount" => {
            let namespace = subject.namespace.as_deref().unwrap_or_default();
            user.name == format!("system:serviceaccount:{namespace}:{}", subject.name)
        }
        _ => false,
    }
}

fn covers(rule: &PolicyRule, ask: &Ask<'_>) -> bool {
    let among =
        |list: &[String], wanted: &str| list.iter().any(|word| word == "*" || word == wanted);
    let (_, subresource) = ask.resource.split_once('/').unwrap_or((ask.resource, ""));
    let any_with_subresource = format!("*/{subresource}");
    let resources = rule.resources.as_deref().unwrap_or_default();
    let names = rule.resource_names.as_deref().unwrap_or_default();
    among(&rule.verbs, ask.verb)
        && among(rule.api_groups.as_deref().unwrap_or_default(), ask.group)
        && (among(resources, ask.resource)
            || (!subresource.is_empty() && resources.contains(&any_with_subresource)))
        && (names.is_empty() || names.iter().any(|name| name == ask.name))
}

/// The objects of a kind.
fn all<K: DeserializeOwned>(store: &Store, plural: &str) -> Vec<K> {
    let resource = format!("{plural}.{RBAC}");
    let read = |object: &Object| serde_json::from_value(serde_json::Value::clone(object)).ok();
    let objects = store.list(&resource, "");
    objects.filter_map(|(_, object)| read(object)).collect()
}

/// The roles that bindings refer to.
struct Roles {
    /// By namespace and name.
    local: BTreeMap<(String, String), Vec<PolicyRule>>,
    cluster: BTreeMap<String, (ClusterRole, Object)>,
}

impl Roles {
    fn read(store: &Store) -> Self {
        let local = all::<Role>(store, "roles").into_iter().map(|role| {
            let key = (
                role.metadata.namespace.unwrap_or_default(),
                role.metadata.name.unwrap_or_default(),
            );
            (key, role.rules.unwrap_or_default())
        });
        let resource = format!("clusterroles.{RBAC}");
        let cluster = store.list(&resource, "").filter_map(|(key, object)| {
            let role = serde_json::from_value(serde_json::Value::clone(object)).ok()?;
            Some((key.name.clone(), (role, Object::clone(object))))
        });
        Self {
            local: local.collect(),
            cluster: cluster.collect(),
        }
    }

    fn of(&self, reference: &RoleRef, namespace: &str) -> Vec<PolicyRule> {
        if reference.kind == "Role" {
            let key = (namespace.to_owned(), reference.name.clone());
            return self.local.get(&key).cloned().unwrap_or_default();
        }
        let mut rules = Vec::new();
        self.add_up(&reference.name, &mut BTreeSet::new(), &mut rules);
        rules
    }

    /// A role has its own rules, and those of the roles that it selects by their labels.
    fn add_up(&self, name: &str, seen: &mut BTreeSet<String>, rules: &mut Vec<PolicyRule>) {
        let Some((role, _)) = self.cluster.get(name) else {
            return;
        };
        if !seen.insert(name.to_owned()) {
            return;
        }
        rules.extend(role.rules.iter().flatten().cloned());
        let selectors = role
            .aggregation_rule
            .iter()
            .flat_map(|rule| rule.cluster_role_selectors.iter().flatten());
        for selector in selectors {
            let selection = Selection::of_labels(selector.match_labels.iter().flatten());
            for (other, (_, object)) in &self.cluster {
                if selection.selects(object) {
                    self.add_up(other, seen, rules);
                }
            }
        }
    }
}
