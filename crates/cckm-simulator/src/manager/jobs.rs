//! Synchronization jobs: of Azure secrets, Salesforce keys and certificates, and OCI keys.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    clock::seconds_later,
    manager::{
        azure::merge,
        record::{Record, resources},
    },
    state::{Event, State},
    switches::SyncOutcome,
};

/// What a job reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Family {
    AzureSecrets,
    SalesforceKeys,
    SalesforceCertificates,
    OciKeys,
}

impl Family {
    const fn cloud(self) -> &'static str {
        match self {
            Self::AzureSecrets => "AzureCloud",
            Self::SalesforceKeys | Self::SalesforceCertificates => "sfdc",
            Self::OciKeys => "oci",
        }
    }

    /// What a job's body calls its list of containers.
    pub(crate) const fn containers(self) -> &'static str {
        match self {
            Self::AzureSecrets => "key_vaults",
            Self::SalesforceKeys | Self::SalesforceCertificates => "organizations",
            Self::OciKeys => "vaults",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    InProgress,
    Completed,
    Failed,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Job {
    #[serde(flatten)]
    pub(crate) record: Record,
    pub(crate) family: Family,
    /// CM's IDs of the containers.
    pub(crate) containers: Vec<String>,
    pub(crate) synchronize_all: bool,
    pub(crate) overall_status: Status,
    pub(crate) detailed_status: Map<String, Value>,
    pub(crate) abort: bool,
    pub(crate) completed_at: Option<Timestamp>,
}

resources!(Job);

impl Job {
    pub(crate) fn body(&self) -> Value {
        let mut body = self.record.body("cckm", "synchronize", "");
        let more = json!({
            "cloud": self.family.cloud(),
            self.family.containers(): self.containers,
            "synchronize_all": self.synchronize_all,
            "overall_status": self.overall_status,
            "detailed_status": self.detailed_status,
            "completed_at": self.completed_at,
            "abort": self.abort.then_some(true),
        });
        merge(&mut body, more);
        Value::Object(body)
    }
}

impl State {
    pub(crate) fn start_job(
        &mut self,
        family: Family,
        containers: Vec<String>,
        synchronize_all: bool,
    ) -> Job {
        let job = Job {
            record: Record::new(self.identifiers.uuid(), self.now),
            family,
            containers,
            synchronize_all,
            overall_status: Status::InProgress,
            detailed_status: Map::new(),
            abort: false,
            completed_at: None,
        };
        let end = seconds_later(self.now, self.switches.sync_seconds);
        self.schedule(end, Event::FinishJob(job.record.id.clone()));
        self.manager.jobs.push(job.clone());
        job
    }

    /// Reads the clouds as they are when the job ends, unless it was cancelled.
    pub(crate) fn finish_job(&mut self, id: &str) {
        let now = self.now;
        let outcome = self.switches.sync_outcome;
        let Some(job) = self.manager.jobs.find_mut(|job| job.record.id == id) else {
            return;
        };
        job.record.updated_at = now;
        job.completed_at = Some(now);
        if job.abort {
            job.overall_status = Status::Completed;
            return;
        }
        let (status, text) = match outcome {
            SyncOutcome::Completed => (Status::Completed, "completed"),
            SyncOutcome::Failed => (Status::Failed, "failed: the cloud could not be reached"),
            SyncOutcome::Partial => (
                Status::Failed,
                "failed: the cloud could not be read to the end",
            ),
        };
        job.overall_status = status;
        job.detailed_status = job
            .containers
            .iter()
            .map(|name| (name.clone(), json!(text)))
            .collect();
        let (family, containers) = (job.family, job.containers.clone());
        if outcome == SyncOutcome::Failed {
            return;
        }
        let half = outcome == SyncOutcome::Partial;
        for container in containers {
            match family {
                Family::AzureSecrets => self.sync_azure_vault(&container, half),
                Family::SalesforceKeys => self.sync_tenant_secrets(&container, half),
                Family::SalesforceCertificates => self.sync_certificates(&container, half),
                Family::OciKeys => self.sync_oci_vault(&container, half),
            }
        }
    }
}
