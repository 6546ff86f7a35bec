//! What the API server says when it refuses: code, reason, details and the very words, for people and programs read
//! all four.

use kube::core::{
    Status,
    response::{StatusCause, StatusDetails},
};
use serde_json::{Value, json};

use crate::{
    field::FieldError,
    kinds::{Kind, Shape},
    metadata,
};

/// The outcome of a request.
pub(crate) type Outcome<T> = Result<T, Refusal>;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Refusal(Box<Status>);

impl Refusal {
    /// A refusal with a code of HTTP, a reason in one word, and a message for people.
    pub fn new(code: u16, reason: &str, message: impl AsRef<str>) -> Self {
        Self(
            Status::failure(message.as_ref(), reason)
                .with_code(code)
                .boxed(),
        )
    }

    /// Asks to come back no sooner than after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        let details = self.0.details.get_or_insert_with(no_details);
        details.retry_after_seconds = seconds;
        self
    }

    /// The code of HTTP.
    pub fn code(&self) -> u16 {
        self.0.code
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = serde_json::to_value(&self.0).unwrap_or_default();
        body["apiVersion"] = json!("v1");
        body["kind"] = json!("Status");
        body["metadata"] = json!({});
        body
    }

    fn about(mut self, group: &str, kind: &str, name: &str) -> Self {
        let details = self.0.details.get_or_insert_with(no_details);
        group.clone_into(&mut details.group);
        kind.clone_into(&mut details.kind);
        name.clone_into(&mut details.name);
        self
    }

    fn caused_by(mut self, causes: impl IntoIterator<Item = StatusCause>) -> Self {
        let details = self.0.details.get_or_insert_with(no_details);
        details.causes.extend(causes);
        self
    }

    fn of(code: u16, reason: &str, kind: &Kind, name: &str, message: &str) -> Self {
        Self::new(code, reason, message).about(&kind.group, &kind.plural, name)
    }

    pub(crate) fn bad_request(message: impl AsRef<str>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// Nothing is there: what a server of HTTP says, and not one of Kubernetes.
    pub(crate) fn no_such_path() -> Self {
        Self::new(404, "", "404 page not found\n")
    }

    /// The whole answer, where it is no status.
    pub(crate) fn plain(&self) -> Option<&str> {
        (self.0.code == 404 && self.0.reason.is_empty()).then_some(&self.0.message)
    }

    pub(crate) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} {name:?} not found", kind.resource());
        Self::of(404, "NotFound", kind, name, &message)
    }

    pub(crate) fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", kind.resource());
        Self::of(409, "AlreadyExists", kind, name, &message)
    }

    pub(crate) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            kind.resource()
        );
        Self::of(409, "Conflict", kind, name, &message)
    }

    /// A conflict that is told of the kind, not of the resource: so it is for preconditions of a delete.
    pub(crate) fn precondition(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            kind.group_kind()
        );
        Self::new(409, "Conflict", message).about(&kind.group, &kind.kind, name)
    }

    /// Somebody may not do something with a resource, or with one object.
    pub(crate) fn forbidden(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let what = if name.is_empty() {
            qualified(plural, group)
        } else {
            format!("{} {name:?}", qualified(plural, group))
        };
        Self::new(403, "Forbidden", format!("{what} is forbidden: {why}"))
            .about(group, plural, name)
    }

    /// [`Self::forbidden`], by a policy that gives the reason.
    pub(crate) fn denied(kind: &Kind, name: &str, reason: &str, why: &str) -> Self {
        let mut denied = Self::forbidden(&kind.group, &kind.plural, name, why);
        denied.0.code = match reason {
            "Forbidden" => 403,
            "Unauthorized" => 401,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        };
        reason.clone_into(&mut denied.0.reason);
        denied.caused_by([StatusCause {
            reason: String::new(),
            message: why.to_owned(),
            field: String::new(),
        }])
    }

    pub(crate) fn not_allowed(kind: &Kind, action: &str) -> Self {
        let message = format!(
            "{action} is not supported on resources of kind {:?}",
            kind.resource()
        );
        Self::of(405, "MethodNotAllowed", kind, "", &message)
    }

    pub(crate) fn unsupported_patch(media_types: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {media_types}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn expired(message: &str) -> Self {
        Self::new(410, "Expired", message)
    }

    /// Fields of an object are wrong.
    pub(crate) fn invalid(kind: &Kind, name: &str, wrong: &[FieldError]) -> Self {
        Self::invalid_of(&kind.group, &kind.kind, name, wrong)
    }

    /// [`Self::invalid`], told of the resource.
    pub(crate) fn invalid_resource(kind: &Kind, name: &str, wrong: &[FieldError]) -> Self {
        Self::invalid_of(&kind.group, &kind.plural, name, wrong)
    }

    /// An object of another kind than the resource's.
    pub(crate) fn other_kind(kind: &Kind, object: &Value) -> Self {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let (version, given) = (text("apiVersion"), text("kind"));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let wrong: Vec<FieldError> = [
            ("kind", given, kind.kind.clone()),
            ("apiVersion", version, kind.api_version()),
        ]
        .into_iter()
        .filter(|(_, given, expected)| given != expected)
        .map(|(field, given, expected)| {
            FieldError::invalid(field, json!(given), format!("must be {expected}"))
        })
        .collect();
        match kind.shape {
            Shape::Builtin(_) => Self::bad_request(format!(
                "{given} in version {:?} cannot be handled as a {}: converting ({}.{given}) to (core.{}): unknown conversion",
                kind.version, kind.kind, kind.version, kind.kind
            )),
            Shape::Custom(_) => {
                Self::invalid_of(group, given, metadata::text(object, "name"), &wrong)
            }
        }
    }

    fn invalid_of(group: &str, kind: &str, name: &str, wrong: &[FieldError]) -> Self {
        let mut said: Vec<String> = Vec::new();
        for error in wrong {
            let text = format!("{}: {}", error.field, error.body());
            if !said.contains(&text) {
                said.push(text);
            }
        }
        let all = match said.as_slice() {
            [only] => only.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        let message = format!("{} {name:?} is invalid: {all}", qualified(kind, group));
        Self::new(422, "Invalid", message)
            .about(group, kind, name)
            .caused_by(wrong.iter().map(FieldError::cause))
    }
}

fn no_details() -> StatusDetails {
    StatusDetails {
        name: String::new(),
        group: String::new(),
        kind: String::new(),
        uid: String::new(),
        causes: vec![],
        retry_after_seconds: 0,
    }
}

/// A name of a kind or resource with its group, as messages have it.
pub(crate) fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}
