//! What the API server was asked, and by whom.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{ControlPlane, recipes::AUDIT_LOG};
use crate::{Error, log::Lines};

/// All requests once each is answered, a watch when it starts and when it ends; without their bodies, but for the
/// statuses of our kinds: what they say, and when, is what promises are held against.
pub(super) const POLICY: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: RequestResponse
  resources: [{group: cckm.dev, resources: [azuresecrets/status, ocikeys/status, salesforcerotations/status, salesforcetenantsecrets/status, destructionapprovals/status]}]
  verbs: [patch]
- level: Metadata
";

/// A request to the API server: the part of `audit.k8s.io/v1` `Event` that tests ask for, in its names.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// The same in all stages of one request.
    #[serde(rename = "auditID")]
    pub audit_id: String,
    /// `ResponseComplete`; `ResponseStarted` for a watch that goes on; `Panic`.
    pub stage: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub verb: String,
    /// Path and query.
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    /// Who authenticated.
    pub user: AuditUser,
    /// Whom that user acted as, if it was somebody else.
    pub impersonated_user: Option<AuditUser>,
    /// The client program's name of itself.
    #[serde(default)]
    pub user_agent: String,
    /// What it was about; absent for paths that aren't resources.
    pub object_ref: Option<ObjectReference>,
    /// The answer; absent where none was given.
    pub response_status: Option<ResponseStatus>,
    /// When the request came.
    pub request_received_timestamp: Timestamp,
    /// When it was answered.
    pub stage_timestamp: Timestamp,
    /// What the API server notes besides, such as `authorization.k8s.io/decision`.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// The object after it; only of a status of our kinds that was written.
    pub response_object: Option<Value>,
}

/// A user in an [`AuditEvent`].
#[derive(Clone, Debug, Deserialize)]
pub struct AuditUser {
    /// Such as `alice`, or `system:serviceaccount:<namespace>:<name>`.
    #[serde(default)]
    pub username: String,
    /// Such as `system:authenticated`.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// The object of an [`AuditEvent`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// Empty for the core group.
    pub api_group: String,
    /// The plural, such as `azuresecrets`.
    pub resource: String,
    /// Such as `status`; empty for the object itself.
    pub subresource: String,
    /// Empty for what has no namespace, and for requests across namespaces.
    pub namespace: String,
    /// Empty for lists, and for creates that leave the name to the server.
    pub name: String,
}

/// The answer in an [`AuditEvent`].
#[derive(Clone, Debug, Deserialize)]
pub struct ResponseStatus {
    /// The HTTP status code.
    #[serde(default)]
    pub code: u16,
}

impl AuditEvent {
    /// The HTTP status code of the answer.
    pub fn code(&self) -> Option<u16> {
        self.response_status.as_ref().map(|status| status.code)
    }

    /// Whether the user lacked the right. Other answers have status 403 as well: those of admission policies, and of
    /// namespaces that end.
    pub fn is_forbidden(&self) -> bool {
        let decision = self.annotations.get("authorization.k8s.io/decision");
        decision.is_some_and(|decision| decision == "forbid")
    }

    /// Whether it asked for a change. Reviews (`tokenreviews`, `subjectaccessreviews` and so on) are created but change
    /// nothing; a dry run doesn't either.
    pub fn is_write(&self) -> bool {
        let review = self
            .object_ref
            .as_ref()
            .is_some_and(|object| object.resource.ends_with("reviews"));
        let dry_run = self.request_uri.contains("dryRun=All");
        !review && !dry_run && !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

/// A place in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditMark(u64);

impl ControlPlane {
    /// All requests so far, in the order of their answers. The API server writes an event when it has answered, so
    /// the event of a request that has just returned may take a moment to come.
    pub fn audit_log(&self) -> Result<Vec<AuditEvent>, Error> {
        self.audit_log_since(AuditMark(0))
    }

    /// The present end of the audit log.
    pub fn audit_mark(&self) -> Result<AuditMark, Error> {
        let path = self.folder().join(AUDIT_LOG);
        let file =
            std::fs::metadata(&path).map_err(Error::io(format!("look at {}", path.display())))?;
        Ok(AuditMark(file.len()))
    }

    /// The requests since then.
    pub fn audit_log_since(&self, mark: AuditMark) -> Result<Vec<AuditEvent>, Error> {
        let lines = Lines::at(self.folder().join(AUDIT_LOG), mark.0).next_lines()?;
        parse(&lines, &self.folder().join(AUDIT_LOG))
    }
}

fn parse(lines: &[String], path: &Path) -> Result<Vec<AuditEvent>, Error> {
    let event = |line: &String| {
        serde_json::from_str(line).map_err(|error| Error::Io {
            what: format!("read the audit event {line} in {}", path.display()),
            source: error.into(),
        })
    };
    lines.iter().map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(verb: &str, resource: &str, query: &str) -> AuditEvent {
        let line = format!(
            r#"{{"kind":"Event","level":"Metadata","auditID":"1","stage":"ResponseComplete",
                "requestURI":"/api/v1/namespaces/a/{resource}{query}","verb":"{verb}","user":{{"username":"alice"}},
                "objectRef":{{"resource":"{resource}","namespace":"a","apiVersion":"v1"}},
                "responseStatus":{{"metadata":{{}},"code":201}},
                "requestReceivedTimestamp":"2026-11-23T23:07:56.621758Z",
                "stageTimestamp":"2026-11-23T23:07:56.624012Z"}}"#
        );
        parse(&[line], Path::new("audit.log")).unwrap().remove(0)
    }

    #[test]
    fn an_event_says_who_asked_and_what_the_answer_was() {
        let event = event("create", "configmaps", "");
        assert_eq!(
            (event.user.username.as_str(), event.code()),
            ("alice", Some(201))
        );
        assert_eq!(event.object_ref.unwrap().namespace, "a");
    }

    #[test]
    fn only_what_asks_for_a_lasting_change_counts_as_a_write() {
        assert!(event("create", "configmaps", "").is_write());
        assert!(event("patch", "configmaps", "?fieldManager=me").is_write());
        assert!(event("deletecollection", "configmaps", "").is_write());
        assert!(!event("watch", "configmaps", "?watch=true").is_write());
        assert!(!event("create", "configmaps", "?dryRun=All").is_write());
        assert!(!event("create", "selfsubjectreviews", "").is_write());
    }

    #[test]
    fn a_line_that_is_no_event_is_an_error_and_not_an_absent_event() {
        assert!(parse(&["{}".to_owned()], Path::new("audit.log")).is_err());
    }
}
