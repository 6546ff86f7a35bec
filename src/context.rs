//! What all visits share.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::{
    Client, ResourceExt,
    runtime::events::{Event, EventType, Recorder},
};
use lifecycle::{action::Action, backoff, conditions::Condition, ownership::Owner, plan::NoteKind};
use tokio::sync::OnceCell;

use crate::{
    clock::SharedClock,
    cluster::AllObjects,
    manager::{Logins, MakeTransport, Managers},
    object::ObjectRef,
    observe::Registry,
    reconcile::{
        approval_policy,
        azure::{SecretRow, VaultFacts as AzureVaultFacts},
        budget::Budget,
        hmac::HmacKey,
        memory::Memories,
        oci::{KeyRow, VaultFacts as OciVaultFacts},
        salesforce::{OrganizationFacts, TenantSecretRow},
    },
    runtime::{
        leadership::Leadership,
        metrics::{ActionLabels, KindLabels, Metrics},
        queue::Lane,
        worker::{Revisit, SharedQueue},
    },
};

/// The states of all containers.
#[derive(Default)]
pub struct Containers {
    /// Salesforce organizations.
    pub organizations: Registry<TenantSecretRow, OrganizationFacts>,
    /// Azure vaults.
    pub azure_vaults: Registry<SecretRow, AzureVaultFacts>,
    /// OCI vaults.
    pub oci_vaults: Registry<KeyRow, OciVaultFacts>,
}

/// What all visits share.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// Time.
    pub clock: SharedClock,
    /// Whether this replica may act.
    pub leadership: Leadership,
    /// The way to managers.
    pub make_transport: MakeTransport,
    /// The stable name of this install: the first part of owner tags.
    pub install: String,
    /// The operator's own namespace.
    pub namespace: String,
    /// The objects as last seen.
    pub objects: AllObjects,
    /// The containers.
    pub containers: Containers,
    /// The managers.
    pub managers: Managers,
    /// The login breakers.
    pub logins: Logins,
    /// What this process remembers of objects.
    pub memories: Memories,
    /// What was started of the managers' destructive actions.
    pub budget: Budget,
    /// The queue.
    pub queue: Arc<SharedQueue>,
    /// Metrics.
    pub metrics: Metrics,
    /// Events.
    pub recorder: Recorder,
    /// The key under which values are compared.
    pub hmac: OnceCell<HmacKey>,
    /// The operator's own name at the API server.
    pub username: OnceCell<String>,
    /// By which rules approvals are checked.
    pub rules: approval_policy::Rules,
    /// When each status was last written, and the version of the object that came of it.
    pub written: Mutex<BTreeMap<ObjectRef, (Timestamp, u64)>>,
    /// How often in a row the status of an object could not be written.
    pub unwritten: Mutex<BTreeMap<ObjectRef, u32>>,
}

impl Context {
    /// Who the operator is on an owner tag of `object`.
    pub fn owner(&self, object: &ObjectRef) -> Owner {
        Owner {
            install: self.install.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        }
    }

    /// Wakes an object.
    pub fn wake(&self, object: &ObjectRef) {
        self.queue.push(object.clone(), Lane::Wake);
    }

    /// Forgets an object that is no more.
    pub fn forget(&self, object: &ObjectRef) {
        self.memories.forget(object, self.clock.now());
        self.with_written(|written| written.remove(object));
        self.failed_writes().remove(object);
        self.queue.remove(object);
    }

    /// Counts a status write, and notes when it was and what came of it.
    pub fn status_written<K: ResourceExt>(&self, object: &ObjectRef, now: &K) {
        self.metrics
            .status_writes
            .get_or_create(&KindLabels {
                kind: object.kind.as_str(),
            })
            .inc();
        self.failed_writes().remove(object);
        let entry = (self.clock.now(), version(now));
        self.with_written(|written| written.insert(object.clone(), entry));
    }

    /// Whether an object's status was written less than `period` ago.
    pub fn written_lately(&self, object: &ObjectRef, period: SignedDuration) -> bool {
        let now = self.clock.now();
        self.with_written(|written| {
            written
                .get(object)
                .is_some_and(|(at, _)| now.duration_since(*at) < period)
        })
    }

    /// Whether an object is older than our own last write to it: the watch has not told of that yet.
    pub fn is_behind<K: ResourceExt>(&self, object: &ObjectRef, seen: &K) -> bool {
        let seen = version(seen);
        self.with_written(|written| {
            written
                .get(object)
                .is_some_and(|(_, newest)| seen < *newest)
        })
    }

    fn with_written<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<ObjectRef, (Timestamp, u64)>) -> T,
    ) -> T {
        change(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A status write failed: logged, and the visit is repeated after a growing pause.
    pub fn unwritten(&self, object: &ObjectRef, error: &kube::Error) -> Revisit {
        tracing::warn!(object = %object, error = class_of(error), "a status could not be written");
        let mut unwritten = self.failed_writes();
        let failures = unwritten.entry(object.clone()).or_default();
        let pause = backoff::pause(*failures, object.seed());
        // A minute at most or so: an API server that was away is back for all.
        *failures = failures.saturating_add(1).min(4);
        Revisit::At(self.clock.now() + pause)
    }

    fn failed_writes(&self) -> MutexGuard<'_, BTreeMap<ObjectRef, u32>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts, logs and announces an act.
    pub async fn acted(
        &self,
        object: &ObjectRef,
        reference: ObjectReference,
        action: Action,
        outcome: api::Outcome,
    ) {
        let outcome = match outcome {
            api::Outcome::Succeeded => "Succeeded",
            api::Outcome::Refused => "Refused",
            api::Outcome::Unknown => "Unknown",
        };
        let labels = ActionLabels {
            kind: object.kind.as_str(),
            action: action.as_str(),
            outcome,
        };
        self.metrics.actions.get_or_create(&labels).inc();
        tracing::info!(object = %object, action = action.as_str(), outcome, "acted");
        let succeeded = outcome == "Succeeded";
        let note = format!("{action}: {outcome}");
        self.publish(
            &reference,
            !succeeded,
            action.as_str(),
            action.as_str(),
            note,
        )
        .await;
    }

    /// An event if the reason of Ready is another one than before: a warning where the object is stalled; and one for each
    /// information that is a warning, once it appears or says something else.
    pub async fn tell(
        &self,
        object: &ObjectRef,
        reference: &ObjectReference,
        before: &[Condition],
        after: &[Condition],
    ) {
        for warning in warnings(before, after) {
            let note = warning.message.clone();
            self.publish(reference, true, &warning.reason, "Reconcile", note)
                .await;
        }
        let Some(transition) = transition(before, after) else {
            return;
        };
        let (ready, warning) = transition;
        tracing::info!(object = %object, reason = ready.reason, detail = %ready.message, "changed");
        let note = ready.message.clone();
        self.publish(reference, warning, &ready.reason, "Reconcile", note)
            .await;
    }

    async fn publish(
        &self,
        reference: &ObjectReference,
        warning: bool,
        reason: &str,
        action: &str,
        note: String,
    ) {
        let event = Event {
            type_: if warning {
                EventType::Warning
            } else {
                EventType::Normal
            },
            reason: reason.to_owned(),
            note: Some(note),
            action: action.to_owned(),
            secondary: None,
        };
        if let Err(error) = self.recorder.publish(&event, reference).await {
            tracing::debug!(error = class_of(&error), "an event could not be published");
        }
    }

    /// The operator's own name at the API server.
    pub async fn username(&self) -> Result<&str, kube::Error> {
        self.username
            .get_or_try_init(|| approval_policy::own_username(&self.client))
            .await
            .map(String::as_str)
    }
}

/// Ready as it is now, if its reason is another one than before, and whether that is worth a warning.
fn transition<'a>(before: &[Condition], after: &'a [Condition]) -> Option<(&'a Condition, bool)> {
    let ready = after.iter().find(|condition| condition.kind == "Ready")?;
    let same =
        |condition: &Condition| condition.kind == "Ready" && condition.reason == ready.reason;
    let stalled = after
        .iter()
        .any(|condition| condition.kind == "Stalled" && condition.status);
    (!before.iter().any(same)).then_some((ready, stalled))
}

/// The information conditions that warn of something not said before.
fn warnings<'a>(before: &[Condition], after: &'a [Condition]) -> Vec<&'a Condition> {
    let warns = |condition: &&Condition| {
        NoteKind::WARNINGS
            .iter()
            .any(|kind| kind.as_str() == condition.kind)
    };
    let said = |condition: &Condition| {
        before.iter().any(|earlier| {
            (&earlier.kind, &earlier.message) == (&condition.kind, &condition.message)
        })
    };
    after
        .iter()
        .filter(warns)
        .filter(|condition| !said(condition))
        .collect()
}

/// What kind of error it is, without any text that came from outside.
pub fn class_of(error: &kube::Error) -> &'static str {
    match error {
        kube::Error::Api(refusal) => match refusal.code {
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not found",
            409 => "conflict",
            422 => "invalid",
            429 => "throttled",
            _ => "refused by the API server",
        },
        _ => "the API server did not answer",
    }
}

/// An object's resource version. Kubernetes guarantees that those of one object are numbers that grow.
fn version<K: ResourceExt>(object: &K) -> u64 {
    object
        .resource_version()
        .and_then(|version| version.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use lifecycle::{
        conditions::{Suspended, Verdict, conditions},
        reason::Reason,
    };

    use super::*;

    fn said(
        before: &[Condition],
        reason: Reason,
        suspended: Suspended,
        minutes: i64,
    ) -> Vec<Condition> {
        let verdict = Verdict {
            reason,
            message: "why".into(),
            suspended,
            notes: Vec::new(),
        };
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        conditions(before, &verdict, 1, now).0
    }

    #[test]
    fn a_key_that_is_held_is_told_of_once() {
        let held = said(&[], Reason::Progressing, Suspended::Holding, 0);
        assert!(transition(&[], &held).is_some());
        let again = said(&held, Reason::Progressing, Suspended::Holding, 1);
        assert_eq!(transition(&held, &again), None);
    }

    #[test]
    fn what_may_come_right_by_itself_is_no_warning_until_it_has_not() {
        let early = said(&[], Reason::SecretNotFound, Suspended::No, 0);
        assert_eq!(
            transition(&[], &early).map(|(_, warning)| warning),
            Some(false)
        );
        let refused = said(&[], Reason::InvalidSpec, Suspended::No, 0);
        assert_eq!(
            transition(&[], &refused).map(|(_, warning)| warning),
            Some(true)
        );
    }

    #[test]
    fn a_warning_is_given_once_for_each_thing_that_it_says() {
        let at = |message: &str| {
            let mut conditions = said(&[], Reason::Reached, Suspended::No, 0);
            let mut warning = conditions[0].clone();
            warning.kind = "CertificateExpiring".into();
            warning.message = message.into();
            conditions.push(warning);
            conditions
        };
        let (none, month, week) = (at("")[..1].to_vec(), at("30 days"), at("7 days"));
        assert_eq!(warnings(&none, &month).len(), 1);
        assert!(warnings(&month, &month).is_empty());
        assert_eq!(warnings(&month, &week).len(), 1);
        assert!(warnings(&week, &none).is_empty());
    }
}
