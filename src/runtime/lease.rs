//! The election among replicas, at work: reads and replaces the lease as [`lifecycle::lease`] decides.
//!
//! It goes by real time, not by the operator's [`crate::clock::Clock`]: what it bounds lies between processes.

use std::{future::Future, time::Duration};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use lifecycle::lease::{ACTS_FOR, DURATION, Election, Moment, RENEWAL, RETRY, Record};
use tokio::{sync::watch, time::Instant};

use super::{
    leadership::{Leadership, Term},
    metrics::Metrics,
};
use crate::{context::class_of, reconcile::status::MANAGER};

/// How long a round may take.
const ROUND: Duration = Duration::from_secs(3);

/// One round that hangs costs no leader its term: the next begins before it ends.
const _: () = assert!(
    RENEWAL.as_secs() + ROUND.as_secs().cast_signed() + RETRY.as_secs() < ACTS_FOR.as_secs()
);

/// Which lease, and by which name it is held.
#[derive(Clone, Debug)]
pub struct LeaseOptions {
    /// The lease's name.
    pub name: String,
    /// This replica's name: nobody else's, not even that of an earlier life.
    pub identity: String,
}

/// Takes part in the election.
pub struct Elector {
    leases: Api<Lease>,
    name: String,
    election: Election,
    started: Instant,
    /// The version of the lease that was read or written last.
    version: Option<String>,
    term: watch::Sender<Term>,
    metrics: Metrics,
}

impl Elector {
    /// In the operator's namespace. The leadership says what comes of it while [`Elector::run`] runs.
    pub fn new(
        client: Client,
        namespace: &str,
        options: LeaseOptions,
        metrics: Metrics,
    ) -> (Self, Leadership) {
        let (term, told) = watch::channel(Term::None);
        let elector = Self {
            leases: Api::namespaced(client, namespace),
            name: options.name,
            election: Election::new(options.identity),
            started: Instant::now(),
            version: None,
            term,
            metrics,
        };
        (elector, Leadership::new(told))
    }

    /// Takes the lease when it is free, renews it, and gives it back when `stop` resolves.
    pub async fn run(mut self, stop: impl Future<Output = ()> + Send) {
        tokio::pin!(stop);
        loop {
            let went_well = tokio::time::timeout(ROUND, self.round())
                .await
                .unwrap_or(false);
            self.publish();
            let pause = self.election.pause(went_well).unsigned_abs();
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Some(record) = self.election.release() {
            self.publish();
            if tokio::time::timeout(ROUND, self.replace(&record))
                .await
                .is_err()
            {
                tracing::info!(lease = %self.name, "the lease could not be given back; it ends by itself");
            }
        }
    }

    /// True if the lease says now what was decided.
    async fn round(&mut self) -> bool {
        let lease = match self.leases.get_opt(&self.name).await {
            Ok(lease) => lease,
            Err(error) => {
                tracing::warn!(lease = %self.name, error = class_of(&error), "the lease could not be read");
                return false;
            }
        };
        self.version = lease
            .as_ref()
            .and_then(|lease| lease.metadata.resource_version.clone());
        let record = lease.as_ref().map(read);
        let sent = self.now();
        let Some(next) = self.election.round(record.as_ref(), sent) else {
            return true;
        };
        let Some(written) = self.replace(&next).await else {
            return false;
        };
        self.election.written(written, sent);
        true
    }

    /// Writes onto the version that was read: whoever else wrote meanwhile goes before.
    async fn replace(&mut self, record: &Record) -> Option<Record> {
        let lease = self.lease(record);
        let parameters = PostParams {
            field_manager: Some(MANAGER.into()),
            ..PostParams::default()
        };
        let written = if self.version.is_some() {
            self.leases.replace(&self.name, &parameters, &lease).await
        } else {
            self.leases.create(&parameters, &lease).await
        };
        match written {
            Ok(lease) => {
                self.version.clone_from(&lease.metadata.resource_version);
                Some(read(&lease))
            }
            Err(error) => {
                tracing::info!(lease = %self.name, error = class_of(&error), "the lease could not be written");
                None
            }
        }
    }

    fn lease(&self, record: &Record) -> Lease {
        Lease {
            metadata: ObjectMeta {
                name: Some(self.name.clone()),
                resource_version: self.version.clone(),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(record.holder.clone().unwrap_or_default()),
                lease_duration_seconds: i32::try_from(record.duration.as_secs()).ok(),
                acquire_time: Some(MicroTime(record.acquired_at)),
                renew_time: Some(MicroTime(record.renewed_at)),
                lease_transitions: Some(record.transitions),
                ..LeaseSpec::default()
            }),
        }
    }

    fn now(&self) -> Moment {
        let steady = self.started.elapsed();
        Moment {
            steady: SignedDuration::try_from(steady).unwrap_or(SignedDuration::MAX),
            wall: Timestamp::now(),
        }
    }

    fn publish(&self) {
        let until = self.election.acts_until();
        let term = match until.filter(|_| self.election.may_act(self.now())) {
            Some(until) => Term::Until {
                steady: self.started + until.steady.unsigned_abs(),
                wall: until.wall,
            },
            None => Term::None,
        };
        let before = self.term.send_replace(term);
        let (led, leads) = (before != Term::None, term != Term::None);
        if led != leads {
            tracing::info!(lease = %self.name, leads, "leadership");
        }
        self.metrics.leader.set(i64::from(leads));
    }
}

/// What a lease says; whatever is missing is read as somebody's who has just begun.
fn read(lease: &Lease) -> Record {
    let spec = lease.spec.clone().unwrap_or_default();
    let time = |time: Option<MicroTime>| time.map_or(Timestamp::UNIX_EPOCH, |time| time.0);
    Record {
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        duration: spec.lease_duration_seconds.map_or(DURATION, |seconds| {
            SignedDuration::from_secs(seconds.max(1).into())
        }),
        acquired_at: time(spec.acquire_time),
        renewed_at: time(spec.renew_time),
        transitions: spec.lease_transitions.unwrap_or_default(),
    }
}
