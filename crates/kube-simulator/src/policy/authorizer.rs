//! `authorizer`, by which policies ask who may do what.

use std::{fmt, sync::Arc};

use kube_cel::cel::{Context, ExecutionError, Value, extractors::This, objects::Opaque};

use crate::{
    rbac::{Ask, Rights},
    user::User,
};

type Answer = Result<Value, ExecutionError>;

/// Adds its functions.
pub(crate) const FUNCTIONS: fn(&mut Context<'static>) = |context| {
    context.add_function("group", |This(this): This<Value>, text: Arc<String>| {
        with(&this, |query| text.as_str().clone_into(&mut query.group))
    });
    context.add_function("resource", |This(this): This<Value>, text: Arc<String>| {
        with(&this, |query| text.as_str().clone_into(&mut query.resource))
    });
    context.add_function(
        "subresource",
        |This(this): This<Value>, text: Arc<String>| {
            with(&this, |query| {
                text.as_str().clone_into(&mut query.subresource);
            })
        },
    );
    context.add_function("namespace", |This(this): This<Value>, text: Arc<String>| {
        with(&this, |query| {
            text.as_str().clone_into(&mut query.namespace);
        })
    });
    context.add_function("name", |This(this): This<Value>, text: Arc<String>| {
        with(&this, |query| text.as_str().clone_into(&mut query.name))
    });
    context.add_function("check", |This(this): This<Value>, verb: Arc<String>| {
        query(&this).map(|query| Value::Opaque(Arc::new(Decision(query.check(&verb)))))
    });
    context.add_function("allowed", |This(this): This<Value>| match &this {
        Value::Opaque(opaque) => opaque
            .downcast_ref::<Decision>()
            .map(|decision| Value::Bool(decision.0))
            .ok_or_else(other),
        _ => Err(other()),
    });
};

/// A question that is put together.
#[derive(Clone)]
pub(super) struct Query {
    rights: Arc<Rights>,
    user: Arc<User>,
    group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

/// Its answer.
#[derive(Debug, PartialEq, Eq)]
struct Decision(bool);

impl Query {
    pub(super) fn new(rights: &Arc<Rights>, user: &User) -> Self {
        Self {
            rights: Arc::clone(rights),
            user: Arc::new(user.clone()),
            group: String::new(),
            resource: String::new(),
            subresource: String::new(),
            namespace: String::new(),
            name: String::new(),
        }
    }

    pub(super) fn value(self) -> Value {
        Value::Opaque(Arc::new(self))
    }

    fn check(&self, verb: &str) -> bool {
        let resource = if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        };
        let ask = Ask {
            verb,
            group: &self.group,
            resource: &resource,
            name: &self.name,
            namespace: &self.namespace,
        };
        self.rights.allow(&self.user, &ask)
    }

    fn words(&self) -> [&str; 6] {
        [
            &self.user.name,
            &self.group,
            &self.resource,
            &self.subresource,
            &self.namespace,
            &self.name,
        ]
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query").field(&self.words()).finish()
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.words() == other.words()
    }
}

impl Eq for Query {}

impl Opaque for Query {
    fn runtime_type_name(&self) -> &'static str {
        "kubernetes.authorization.Authorizer"
    }
}

impl Opaque for Decision {
    fn runtime_type_name(&self) -> &'static str {
        "kubernetes.authorization.Decision"
    }
}

fn with(this: &Value, change: impl FnOnce(&mut Query)) -> Answer {
    let mut query = query(this)?;
    change(&mut query);
    Ok(query.value())
}

fn query(this: &Value) -> Result<Query, ExecutionError> {
    match this {
        Value::Opaque(opaque) => opaque.downcast_ref::<Query>().cloned().ok_or_else(other),
        _ => Err(other()),
    }
}

fn other() -> ExecutionError {
    ExecutionError::function_error("authorizer", "no such overload")
}
