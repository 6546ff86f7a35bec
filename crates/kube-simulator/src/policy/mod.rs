//! Admission policies (`ValidatingAdmissionPolicy`) and their bindings.

mod authorizer;

use std::sync::Arc;

use kube_cel::cel::{Program, Value as Cel};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

pub(crate) use authorizer::FUNCTIONS;

use crate::{
    builtin::ADMISSION,
    cel::{self, Scope},
    kinds::Kind,
    metadata,
    rbac::Rights,
    refusal::{Outcome, Refusal},
    store::{Key, Store},
    user::User,
};
use authorizer::Query;

/// What is asked of policies.
pub(crate) struct Request<'a> {
    pub kind: &'a Kind,
    pub subresource: &'a str,
    pub user: &'a User,
    pub object: &'a Value,
    /// What it takes the place of; nothing if it is new.
    pub old: Option<&'a Value>,
    pub dry_run: bool,
}

/// The policies that are bound, in the order of their names.
#[derive(Debug, Default)]
pub(crate) struct Policies(Vec<Bound>);

#[derive(Debug)]
struct Bound {
    policy: String,
    binding: String,
    spec: Policy,
}

/// What a policy asks for. What is not simulated is an error.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    #[serde(default, rename = "failurePolicy")]
    on_failure: FailurePolicy,
    match_constraints: Constraints,
    #[serde(default)]
    variables: Vec<Variable>,
    validations: Vec<Validation>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
enum FailurePolicy {
    #[default]
    Fail,
    Ignore,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Constraints {
    resource_rules: Vec<ResourceRule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceRule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    operations: Vec<Operation>,
    resources: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Operation {
    Create,
    Update,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    name: String,
    expression: Expression,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Validation {
    expression: Expression,
    message: String,
    #[serde(default = "invalid")]
    reason: String,
}

fn invalid() -> String {
    "Invalid".to_owned()
}

/// Which policy is bound, and what becomes of what it refuses.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Binding {
    policy_name: String,
    validation_actions: Vec<String>,
}

#[derive(Debug)]
struct Expression(Program);

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Program::compile(&text).map(Self).map_err(D::Error::custom)
    }
}

impl Policy {
    /// Reads the spec of a policy.
    pub(crate) fn read(object: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(&object["spec"])
    }

    fn concerns(&self, request: &Request<'_>) -> bool {
        let operation = match request.old {
            None => Operation::Create,
            Some(_) => Operation::Update,
        };
        let resource = if request.subresource.is_empty() {
            request.kind.plural.clone()
        } else {
            format!("{}/{}", request.kind.plural, request.subresource)
        };
        let among = |list: &[String], word: &str| list.iter().any(|w| w == "*" || w == word);
        self.match_constraints.resource_rules.iter().any(|rule| {
            among(&rule.api_groups, &request.kind.group)
                && among(&rule.api_versions, &request.kind.version)
                && rule.operations.contains(&operation)
                && (rule.resources.contains(&resource)
                    || (request.subresource.is_empty() && among(&rule.resources, &resource)))
        })
    }

    /// The first thing that it says against a request: reason and message.
    fn denial(&self, scope: &mut Scope) -> Option<(&str, String)> {
        let mut variables = Vec::new();
        for Variable { name, expression } in &self.variables {
            scope.bind("variables", cel::map(variables.iter().cloned()));
            // One that fails is missing: so does what needs it.
            if let Ok(value) = scope.run(&expression.0) {
                variables.push((name.clone(), value));
            }
        }
        scope.bind("variables", cel::map(variables.into_iter()));
        self.validations
            .iter()
            .find_map(|validation| match scope.holds(&validation.expression.0) {
                Ok(false) => Some((
                    validation.reason.as_str(),
                    validation.message.trim().to_owned(),
                )),
                Err(why) if self.on_failure == FailurePolicy::Fail => Some(("Invalid", why)),
                Ok(true) | Err(_) => None,
            })
    }
}

impl Binding {
    /// Reads the spec of a binding.
    pub(crate) fn read(object: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(&object["spec"])
    }
}

impl Policies {
    /// The policies that are there and bound.
    pub(crate) fn read(store: &Store) -> Self {
        let resource = |plural: &str| format!("{plural}.{ADMISSION}");
        let bindings = resource("validatingadmissionpolicybindings");
        let bindings = store.list(&bindings, "").filter_map(|(key, object)| {
            let binding = Binding::read(object).ok()?;
            Some((key.name.clone(), binding))
        });
        let mut bound: Vec<Bound> = bindings
            .filter(|(_, binding)| binding.validation_actions.iter().any(|word| word == "Deny"))
            .filter_map(|(name, binding)| {
                let key = Key::clustered(&binding.policy_name);
                let policy = store.get(&resource("validatingadmissionpolicies"), &key)?;
                Some(Bound {
                    policy: binding.policy_name,
                    binding: name,
                    spec: Policy::read(&policy).ok()?,
                })
            })
            .collect();
        bound.sort_by(|one, other| one.policy.cmp(&other.policy));
        Self(bound)
    }

    /// Takes a request, or refuses it in the name of the first policy that is against it.
    pub(crate) fn admit(&self, request: &Request<'_>, rights: &Arc<Rights>) -> Outcome<()> {
        for bound in &self.0 {
            if !bound.spec.concerns(request) {
                continue;
            }
            if let Some((reason, message)) = bound.spec.denial(&mut scope(request, rights)) {
                let why = format!(
                    "ValidatingAdmissionPolicy '{}' with binding '{}' denied request: {message}",
                    bound.policy, bound.binding
                );
                let name = metadata::text(request.object, "name");
                return Err(Refusal::denied(request.kind, name, reason, &why));
            }
        }
        Ok(())
    }
}

/// What policies see of a request.
fn scope(request: &Request<'_>, rights: &Arc<Rights>) -> Scope {
    let text = |text: &str| cel::string(text);
    let entries = |entries: Vec<(&str, Cel)>| {
        cel::map(
            entries
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        )
    };
    let user = entries(vec![
        ("username", text(&request.user.name)),
        (
            "groups",
            cel::list(request.user.groups.iter().map(|group| text(group))),
        ),
    ]);
    let operation = if request.old.is_some() {
        "UPDATE"
    } else {
        "CREATE"
    };
    let mut scope = Scope::new();
    scope.bind("object", cel::value(request.object));
    scope.bind("oldObject", request.old.map_or(Cel::Null, cel::value));
    scope.bind(
        "request",
        entries(vec![
            ("operation", text(operation)),
            ("userInfo", user),
            ("name", text(metadata::text(request.object, "name"))),
            (
                "namespace",
                text(metadata::text(request.object, "namespace")),
            ),
            ("dryRun", Cel::Bool(request.dry_run)),
        ]),
    );
    scope.bind("authorizer", Query::new(rights, request.user).value());
    scope
}
