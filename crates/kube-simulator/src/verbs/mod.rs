//! What a request does.

mod create;
mod delete;
mod read;
mod review;
mod update;

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    kinds::Kind,
    metadata,
    policy::Request,
    rbac::Ask,
    refusal::{Outcome, Refusal},
    route::Route,
    selection::Selection,
    state::State,
    store::Key,
    user::User,
};

/// A request for a resource that there is.
pub(crate) struct Call<'a> {
    pub kind: Arc<Kind>,
    pub route: &'a Route,
    pub user: &'a User,
    pub body: &'a Bytes,
    pub media_type: &'a str,
    pub now: Timestamp,
}

/// What is answered.
pub(crate) enum Answer {
    /// With a code of HTTP.
    Object(u16, Arc<Value>),
    Watch(Arc<Kind>, UnboundedReceiver<Bytes>),
}

impl Answer {
    fn ok(object: Value) -> Self {
        Self::Object(200, Arc::new(object))
    }
}

/// Does what the route asks for.
pub(crate) fn perform(
    state: &mut State,
    route: &Route,
    user: &User,
    body: &Bytes,
    media_type: &str,
    now: Timestamp,
) -> Outcome<Answer> {
    authorize(state, route, user)?;
    if let Some(answer) = review::perform(route, user, now) {
        return answer;
    }
    let kind = state
        .kinds
        .get(&route.group, &route.version, &route.plural)
        .filter(|kind| kind.namespaced || route.namespace.is_empty() || is_namespace(route))
        .ok_or_else(Refusal::no_such_path)?;
    let call = Call {
        kind,
        route,
        user,
        body,
        media_type,
        now,
    };
    match (route.verb, route.subresource.as_str()) {
        ("get", "") => read::get(state, &call),
        ("get", "status") if call.kind.status => read::get(state, &call),
        ("list", _) => read::list(state, &call),
        ("watch", _) => read::watch(state, &call),
        ("create", "") if route.name.is_empty() => create::create(state, &call),
        ("update" | "patch", "") => update::update(state, &call),
        ("update" | "patch", "status") if call.kind.status => update::update(state, &call),
        ("delete", "") => delete::delete(state, &call),
        (_, "") => Err(Refusal::not_allowed(&call.kind, route.verb)),
        (_, "status") if call.kind.status => Err(Refusal::not_allowed(&call.kind, route.verb)),
        _ => Err(Refusal::not_found(&call.kind, &route.name)),
    }
}

/// Whether the user may ask that, whatever there is.
fn authorize(state: &mut State, route: &Route, user: &User) -> Outcome<()> {
    let selection = Selection::read("", &route.options.fields);
    let resource = if route.subresource.is_empty() {
        route.plural.clone()
    } else {
        format!("{}/{}", route.plural, route.subresource)
    };
    let name = if route.name.is_empty() && matches!(route.verb, "list" | "watch") {
        selection.only_name().unwrap_or_default()
    } else {
        &route.name
    };
    let ask = Ask {
        verb: route.verb,
        group: &route.group,
        resource: &resource,
        name,
        namespace: &route.namespace,
    };
    if state.rights().allow(user, &ask) {
        return Ok(());
    }
    let place = if ask.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace {:?}", ask.namespace)
    };
    let why = format!(
        "User {:?} cannot {} resource {resource:?} in API group {:?} {place}",
        user.name, ask.verb, ask.group
    );
    Err(Refusal::forbidden(ask.group, &route.plural, name, &why))
}

fn is_namespace(route: &Route) -> bool {
    route.group.is_empty() && route.plural == "namespaces"
}

impl Call<'_> {
    /// Where the object that is asked for is kept.
    fn key(&self) -> Key {
        Key {
            namespace: self.namespace().to_owned(),
            name: self.route.name.clone(),
        }
    }

    /// The namespace of its objects; empty where the kind belongs to none.
    fn namespace(&self) -> &str {
        if self.kind.namespaced {
            &self.route.namespace
        } else {
            ""
        }
    }

    /// Asks the admission policies.
    fn admit(&self, state: &mut State, object: &Value, old: Option<&Value>) -> Outcome<()> {
        let request = Request {
            kind: &self.kind,
            subresource: &self.route.subresource,
            user: self.user,
            object,
            old,
            dry_run: self.route.options.dry_run,
        };
        let rights = state.rights();
        state.policies().admit(&request, &rights)
    }

    /// The body as JSON.
    fn json(&self) -> Outcome<Value> {
        let mut value: Value = serde_json::from_slice(self.body).map_err(|error| {
            Refusal::bad_request(format!("the body of the request is no JSON: {error}"))
        })?;
        whole_numbers(&mut value);
        Ok(value)
    }

    /// The body as an object of the kind, or why it is none.
    fn object(&self) -> Outcome<Value> {
        let object = self.json()?;
        if !object.is_object() {
            return Err(Refusal::bad_request("the body of the request is no object"));
        }
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let expected = self.kind.api_version();
        if kind.is_empty() {
            return Err(Refusal::bad_request("Object 'Kind' is missing"));
        }
        if version != expected {
            return Err(Refusal::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version ({expected})"
            )));
        }
        if kind != self.kind.kind {
            return Err(Refusal::other_kind(&self.kind, &object));
        }
        Ok(object)
    }

    /// The object has to have the name of the path.
    fn named(&self, object: &Value) -> Outcome<()> {
        let name = metadata::text(object, "name");
        if name == self.route.name {
            return Ok(());
        }
        if name.is_empty() {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                self.route.name
            )));
        }
        Err(Refusal::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            self.route.name
        )))
    }

    /// Brings an object into the form of the kind, and gives it the namespace of the request.
    fn formed(&self, mut object: Value) -> Outcome<Value> {
        metadata::normalize(&mut object)?;
        let malformed = |error: String| {
            Refusal::bad_request(format!("{} is malformed: {error}", self.kind.kind))
        };
        let mut object = self.kind.form(object).map_err(malformed)?;
        object["apiVersion"] = json!(self.kind.api_version());
        object["kind"] = json!(self.kind.kind);
        let namespace = self.namespace();
        let given = metadata::text(&object, "namespace");
        if namespace.is_empty() {
            if let Value::Object(metadata) = &mut object["metadata"] {
                metadata.remove("namespace");
            }
        } else if given.is_empty() {
            metadata::set(&mut object, "namespace", json!(namespace));
        } else if given != namespace {
            return Err(Refusal::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        Ok(object)
    }
}

/// Numbers without a fraction are integers, however they are written.
fn whole_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(whole_numbers),
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Number(number) if number.is_f64() => {
            let text = number.to_string();
            if let Some(Ok(whole)) = text.strip_suffix(".0").map(str::parse::<i64>) {
                *value = json!(whole);
            }
        }
        _ => {}
    }
}
