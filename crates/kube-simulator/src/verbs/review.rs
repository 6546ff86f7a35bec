//! Asking who one is.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::Answer;
use crate::{metadata, refusal::Outcome, route::Route, user::User};

/// Answers a `SelfSubjectReview`; nothing if the request is for something else.
pub(super) fn perform(route: &Route, user: &User, now: Timestamp) -> Option<Outcome<Answer>> {
    let asked = [route.verb, &route.group, &route.version, &route.plural];
    (asked
        == [
            "create",
            "authentication.k8s.io",
            "v1",
            "selfsubjectreviews",
        ])
    .then(|| {
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
            "metadata": {"creationTimestamp": metadata::instant(now)},
            "status": {"userInfo": {"username": user.name, "groups": user.groups}},
        });
        Ok(Answer::Object(201, Arc::new(review)))
    })
}
