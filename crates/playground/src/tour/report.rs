//! The tour for programs: what `--report` writes.

use std::path::Path;

use serde::Serialize;

use crate::{Error, world::Request};

/// All steps that were taken.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) steps: Vec<StepReport>,
}

/// A step, and what CM saw of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StepReport {
    pub(super) name: &'static str,
    pub(super) seed: Option<&'static str>,
    pub(super) manifest: Option<String>,
    pub(super) remote_calls: Vec<RemoteCall>,
    pub(super) ok: bool,
}

/// A request to CM. The query is left out: it only filters.
#[derive(Debug, Serialize)]
pub(super) struct RemoteCall {
    method: String,
    path: String,
    status: Option<u16>,
}

impl From<&Request> for RemoteCall {
    fn from(request: &Request) -> Self {
        Self {
            method: request.method.clone(),
            path: request.bare_path().to_owned(),
            status: request.status,
        }
    }
}

impl Report {
    /// Writes it as JSON.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let failed = || format!("write the report {}", path.display());
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::io(failed())(error.into()))?;
        text.push('\n');
        std::fs::write(path, text).map_err(Error::io(failed()))
    }
}
