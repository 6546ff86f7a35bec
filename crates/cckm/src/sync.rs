//! Synchronization jobs: CipherTrust Manager reads its containers from the cloud again.
//!
//! All clouds share the form; each has its own paths. A job runs in the background and is polled by its id.

use crate::decode::{Lenient, MissingId, Resource, Scalar, words};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

words! {
    /// How far a job has come (`overall_status`).
    SynchronizationStatus {
        /// Under way.
        InProgress = "in_progress",
        /// Over, though perhaps not for every container: see [`SynchronizationJob::ok_for`].
        Completed = "completed",
        /// Over, without success.
        Failed = "failed",
    }
}

/// A synchronization job.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct SynchronizationJob {
    /// CipherTrust Manager's id of the job.
    pub id: String,
    /// How far it has come; `Other("")` where the reply doesn't say.
    pub status: SynchronizationStatus,
    /// Whether somebody asked for its end. It may still end as `Completed`.
    pub aborted: bool,
    /// When CipherTrust Manager made the job.
    pub created_at: Option<jiff::Timestamp>,
    /// When the job ended.
    pub completed_at: Option<jiff::Timestamp>,
    /// Whether each container named in `detailed_status` went well, by that name.
    outcomes: BTreeMap<String, bool>,
}

impl SynchronizationJob {
    /// Whether the job is over: it says so, or it has an end, whatever word it ended with.
    pub fn is_finished(&self) -> bool {
        let over = matches!(
            self.status,
            SynchronizationStatus::Completed | SynchronizationStatus::Failed
        );
        over || self.completed_at.is_some()
    }

    /// Whether the rows of `container` (by the id that started the job, or by the name CipherTrust Manager uses for it)
    /// are now those of the cloud: completed, not aborted, and with no failure named for it. A failure of a container
    /// that isn't named counts against all.
    pub fn ok_for(&self, container: &str) -> bool {
        let ended_well = self.status == SynchronizationStatus::Completed && !self.aborted;
        let of_container = self
            .outcomes
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(container));
        let mut outcomes = of_container.map(|(_, ok)| *ok).peekable();
        ended_well
            && if outcomes.peek().is_some() {
                outcomes.all(|ok| ok)
            } else {
                self.outcomes.values().all(|ok| *ok)
            }
    }
}

impl Resource for SynchronizationJob {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    id: Scalar,
    overall_status: Scalar,
    status: Scalar,
    detailed_status: Lenient<Value>,
    abort: Scalar,
    created_at: Scalar,
    completed_at: Scalar,
}

impl TryFrom<Wire> for SynchronizationJob {
    type Error = MissingId;

    fn try_from(wire: Wire) -> Result<Self, MissingId> {
        let status = wire
            .overall_status
            .text()
            .or_else(|| wire.status.text())
            .unwrap_or_default();
        Ok(Self {
            id: wire.id.text().ok_or(MissingId)?,
            status: SynchronizationStatus::from(status),
            aborted: wire.abort.flag().unwrap_or_default(),
            created_at: wire.created_at.timestamp(),
            completed_at: wire.completed_at.timestamp(),
            outcomes: outcomes(&wire.detailed_status.0),
        })
    }
}

/// Reads `detailed_status`: a map from container to text, by the example of another cloud; its words aren't published.
fn outcomes(detail: &Value) -> BTreeMap<String, bool> {
    match detail {
        Value::Object(containers) => containers
            .iter()
            .map(|(name, outcome)| (name.clone(), !names_failure(outcome)))
            .collect(),
        Value::Null => BTreeMap::new(),
        other => BTreeMap::from([(String::new(), !names_failure(other))]),
    }
}

fn names_failure(outcome: &Value) -> bool {
    match outcome {
        Value::String(text) => text_names_failure(text),
        Value::Array(entries) => entries.iter().any(names_failure),
        Value::Object(fields) => fields.iter().any(|(name, value)| match value {
            Value::String(text) if text.is_empty() => false,
            Value::String(_) if is_failure(&name.to_ascii_lowercase()) => true,
            Value::Number(count) if is_failure(&name.to_ascii_lowercase()) => {
                count.as_f64() != Some(0.0)
            }
            Value::Bool(failed) if is_failure(&name.to_ascii_lowercase()) => *failed,
            value => names_failure(value),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a text speaks of failure, other than to say that there was none: `0 failed`, `failed: 0`, `no error`.
fn text_names_failure(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let tokens: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|token| !token.is_empty())
        .collect();
    tokens.iter().enumerate().any(|(place, token)| {
        let before = place.checked_sub(1).and_then(|place| tokens.get(place));
        let denied = before.is_some_and(|token| matches!(*token, "0" | "no" | "zero" | "without"))
            || tokens.get(place + 1).is_some_and(|token| *token == "0");
        is_failure(token) && !denied
    })
}

fn is_failure(word: &str) -> bool {
    [
        "fail", "error", "denied", "abort", "cancel", "unable", "refused", "timeout", "partial",
    ]
    .iter()
    .any(|stem| word.starts_with(stem))
}

/// The request that starts a job for some containers.
#[derive(Serialize)]
pub(crate) struct Start<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organization_ids: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_vaults: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vaults: Option<&'a [&'a str]>,
}

impl<'a> Start<'a> {
    const NONE: Self = Self {
        organization_ids: None,
        key_vaults: None,
        vaults: None,
    };

    pub(crate) fn organizations(ids: &'a [&'a str]) -> Self {
        Self {
            organization_ids: Some(ids),
            ..Self::NONE
        }
    }

    pub(crate) fn key_vaults(ids: &'a [&'a str]) -> Self {
        Self {
            key_vaults: Some(ids),
            ..Self::NONE
        }
    }

    pub(crate) fn vaults(ids: &'a [&'a str]) -> Self {
        Self {
            vaults: Some(ids),
            ..Self::NONE
        }
    }
}
