//! What a failed call means: mapped once, in words that read the same at every attempt.

use cckm::{Class, Error};
use jiff::{SignedDuration, Timestamp};
use lifecycle::{
    action::Action,
    plan::Step,
    reason::{Blocker, Reason},
};

use super::{
    kind::{KeyKind, Scene},
    translate,
};

/// How long to wait after "not yet": Azure works on a deletion for about 20 s.
const NOT_YET: SignedDuration = SignedDuration::from_secs(20);

/// How a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What to report.
    pub blocker: Blocker,
    /// Whether CipherTrust Manager refused it: the same call will be refused again.
    pub refused: bool,
    /// Whether a write may have happened all the same.
    pub outcome_unknown: bool,
}

/// Why a step was not carried out.
#[derive(Debug)]
pub enum ActError {
    /// The call failed.
    Remote(cckm::Error),
    /// It was not even sent.
    NotSent(Blocker),
}

impl ActError {
    /// A step that this kind has no call for.
    pub fn unknown(action: Action) -> Self {
        Self::NotSent(Blocker::new(
            Reason::InvalidSpec,
            format!("{action} is no act on this kind."),
        ))
    }

    /// What it means.
    pub fn judge(&self, action: Action, now: Timestamp) -> Failure {
        self.judge_as(action.as_str(), now)
    }

    /// What it means. `doing` names the call for people.
    pub fn judge_as(&self, doing: &str, now: Timestamp) -> Failure {
        match self {
            Self::Remote(error) => judge(error, doing, now),
            Self::NotSent(blocker) => Failure {
                blocker: blocker.clone(),
                refused: false,
                outcome_unknown: false,
            },
        }
    }
}

impl From<cckm::Error> for ActError {
    fn from(error: cckm::Error) -> Self {
        Self::Remote(error)
    }
}

impl From<Blocker> for ActError {
    fn from(blocker: Blocker) -> Self {
        Self::NotSent(blocker)
    }
}

/// What it means that the API server did not give something that the operator reads. `what` is its kind and name.
pub fn unread(error: &kube::Error, what: &str) -> Blocker {
    if matches!(error, kube::Error::Api(refusal) if refusal.code == 403) {
        let message = format!(
            "Kubernetes does not let the operator read {what}. Give its ServiceAccount the verb get on it in this namespace; config/rbac and the chart have the role."
        );
        return Blocker::new(Reason::PermissionDenied, message);
    }
    let message =
        format!("The API server did not give {what}; it is tried again with growing pauses.");
    Blocker::new(Reason::ProgressingWithRetry, message)
}

/// Judges an error on the way to the operator's own Secret.
pub fn unkept(error: &kube::Error, name: &str) -> Blocker {
    if matches!(error, kube::Error::Api(refusal) if refusal.code == 403) {
        let message = format!(
            "Kubernetes does not let the operator keep its own Secret {name}, without which no change of a value is noticed. Give its ServiceAccount the verbs get, create and patch on it in the operator's namespace; config/rbac and the chart have the role."
        );
        return Blocker::new(Reason::PermissionDenied, message);
    }
    let message = format!(
        "The API server did not keep or give the operator's own Secret {name}; it is tried again with growing pauses."
    );
    Blocker::new(Reason::ProgressingWithRetry, message)
}

/// Judges an error of a call. `doing` names the call for people.
pub fn judge(error: &Error, doing: &str, now: Timestamp) -> Failure {
    let blocker = |reason, message: String| Blocker::new(reason, message);
    let patience = error
        .retry_after()
        .and_then(|pause| SignedDuration::try_from(pause).ok());
    let mut refused = false;
    let mut blocker = match error {
        Error::LoginFailed(_) | Error::LoginRefused(_) => blocker(
            Reason::ManagerNotReady,
            format!(
                "{doing} waits: login to CipherTrust Manager fails; see the CipherTrustManager object."
            ),
        ),
        Error::UnexpectedAnswer { .. } => blocker(
            Reason::UnexpectedAnswer,
            format!("{doing}: {error}. It is tried again with growing pauses."),
        ),
        _ if error.is_unauthorized() => blocker(
            Reason::ManagerNotReady,
            format!(
                "{doing}: CipherTrust Manager refuses the token it gave. See the CipherTrustManager object."
            ),
        ),
        _ if error.is_forbidden() => {
            refused = true;
            blocker(
                Reason::PermissionDenied,
                format!(
                    "{doing}: {error}. Grant the operator's CipherTrust Manager user the permission."
                ),
            )
        }
        // Most calls name nothing but a row that was there a moment ago.
        _ if error.is_not_found() && !names_what_the_spec_names(error) => blocker(
            Reason::ProgressingWithRetry,
            format!("{doing}: {error}. The row is searched again."),
        ),
        _ if error.is_not_found() => {
            refused = true;
            blocker(
                Reason::NotFound,
                format!("{doing}: {error}. Something that the spec names does not exist."),
            )
        }
        _ if error.is_conflict() => Blocker::until(
            Reason::WaitingForRemote,
            format!("{doing}: {error}. The cloud is not ready for it yet."),
            now + NOT_YET,
        ),
        _ => match error.class() {
            Class::Transient | Class::Waiting => blocker(
                Reason::ProgressingWithRetry,
                format!("{doing}: {error}. It is tried again with growing pauses."),
            ),
            Class::Terminal => {
                refused = error.status().is_some();
                let reason = if refused {
                    Reason::InvalidSpec
                } else {
                    Reason::UnexpectedAnswer
                };
                blocker(
                    reason,
                    format!(
                        "{doing}: {error}. Correct the spec; it is tried again with growing pauses."
                    ),
                )
            }
        },
    };
    if let Some(patience) = patience {
        blocker.until = Some(now + patience.min(SignedDuration::from_hours(1)));
    }
    Failure {
        blocker,
        refused,
        outcome_unknown: error.outcome_unknown(),
    }
}

/// The answer to an act that leaves nothing to act on. Nothing: the one before was never answered, and this one is
/// refused for the state it finds, so it was done then.
pub fn done_before<K: KeyKind, T>(
    scene: &Scene<K>,
    step: &Step,
    result: Result<T, Error>,
) -> Result<Option<T>, Error> {
    match result {
        Err(error)
            if refused_for_the_state(&error)
                && translate::asked_before(scene.common(), step.action) =>
        {
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// Whether CM refuses in its own words.
fn refused_for_the_state(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        matches!(status.status, 400 | 404 | 409 | 410 | 422) && status.from_manager()
    })
}

fn names_what_the_spec_names(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        let path = status.operation.path();
        !path.contains("{id}")
            || ["/change-compartment", "/versions"]
                .iter()
                .any(|end| path.ends_with(end))
    })
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn refused(code: u16) -> Blocker {
        let refusal = Status {
            code,
            ..Status::default()
        };
        unread(&kube::Error::Api(Box::new(refusal)), "Secret cm-login")
    }

    #[test]
    fn rights_that_the_operator_lacks_are_named_and_need_somebody() {
        let blocker = refused(403);
        assert_eq!(blocker.reason, Reason::PermissionDenied);
        assert!(blocker.message.contains("get") && blocker.message.contains("Secret cm-login"));
    }

    #[test]
    fn an_api_server_that_does_not_answer_is_asked_again() {
        assert_eq!(refused(500).reason, Reason::ProgressingWithRetry);
    }
}
