//! Starting the programs, and knowing when they are ready.

use std::{path::Path, time::Duration};

use kube::Client;
use tokio::time::{Instant, sleep, timeout_at};

use super::{credentials::Credentials, recipes::Recipes};
use crate::{Error, poll::INTERVAL, program::Program};

/// How long one look at a health endpoint may take, so that the end of a program is noticed meanwhile: another program
/// that has taken the port may accept connections and say nothing.
const LOOK: Duration = Duration::from_secs(2);

/// The running programs. Fields are in the order in which they end when dropped.
#[derive(Debug)]
pub(super) struct Programs {
    controller_manager: Option<Program>,
    pub(super) api_server: Program,
    etcd: Program,
}

impl Programs {
    /// Starts them and waits until they are ready.
    pub(super) async fn start(
        recipes: &Recipes,
        folder: &Path,
        credentials: &Credentials,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let end = Instant::now() + deadline;
        let etcd = recipes.etcd.start(folder)?;
        let api_server = recipes.api_server.start(folder)?;
        let mut programs = Self {
            controller_manager: None,
            api_server,
            etcd,
        };
        let client = credentials.admin_client().await?;
        programs
            .wait_for(&client, "/readyz", "kube-apiserver is ready", deadline, end)
            .await?;
        // After the API server, without which it ends.
        if let Some(recipe) = &recipes.controller_manager {
            programs.controller_manager = Some(recipe.start(folder)?);
            let client = credentials.anonymous_client(recipes.ports.controller_manager)?;
            programs
                .wait_for(
                    &client,
                    "/healthz",
                    "kube-controller-manager is ready",
                    deadline,
                    end,
                )
                .await?;
        }
        Ok(programs)
    }

    /// Waits until the API server is ready again.
    pub(super) async fn wait_until_ready(
        &mut self,
        credentials: &Credentials,
        deadline: Duration,
    ) -> Result<(), Error> {
        let client = credentials.admin_client().await?;
        self.wait_for(
            &client,
            "/readyz",
            "kube-apiserver is ready",
            deadline,
            Instant::now() + deadline,
        )
        .await
    }

    /// Ends them in order, each within `patience`.
    pub(super) async fn terminate(&mut self, patience: Duration) -> Result<(), Error> {
        if let Some(program) = &mut self.controller_manager {
            program.terminate(patience).await?;
        }
        self.api_server.terminate(patience).await?;
        self.etcd.terminate(patience).await
    }

    /// Ends them at once.
    pub(super) fn kill(&mut self) -> Result<(), Error> {
        self.all().try_for_each(Program::kill)
    }

    /// Each before those that need it, so that the first which has ended is the cause.
    fn all(&mut self) -> impl Iterator<Item = &mut Program> {
        [&mut self.etcd, &mut self.api_server]
            .into_iter()
            .chain(self.controller_manager.as_mut())
    }

    /// Waits for a health endpoint, and no longer than all programs run.
    async fn wait_for(
        &mut self,
        client: &Client,
        path: &str,
        what: &str,
        deadline: Duration,
        end: Instant,
    ) -> Result<(), Error> {
        let why = loop {
            self.all().try_for_each(Program::ensure_running)?;
            let look = timeout_at(end.min(Instant::now() + LOOK), healthy(client, path));
            let why = match look.await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("{path} doesn't answer"),
            };
            if Instant::now() >= end {
                break why;
            }
            sleep(INTERVAL).await;
        };
        let log = self
            .controller_manager
            .as_ref()
            .unwrap_or(&self.api_server)
            .log();
        Err(Error::Late {
            what: what.to_owned(),
            deadline,
            why,
            log: log.path().to_owned(),
            tail: log.tail(),
        })
    }
}

/// Whether another program has taken one of the ports since they were found free.
pub(super) fn is_port_clash(error: &Error) -> bool {
    matches!(error, Error::Ended { tail, .. } if tail.contains("address already in use"))
}

async fn healthy(client: &Client, path: &str) -> Result<(), kube::Error> {
    let request = http::Request::get(path)
        .body(Vec::new())
        .map_err(kube::Error::HttpError)?;
    client.request_text(request).await.map(drop)
}
