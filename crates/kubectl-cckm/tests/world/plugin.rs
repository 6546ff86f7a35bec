//! Running the plugin as kubectl does: as a program.

use std::process::Stdio;

use playground::world::World;
use tokio::{io::AsyncWriteExt, process::Command};

use crate::Outcome;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// An error with all that was said, unless it ended with this code and said this on standard error.
    pub(crate) fn said(self, code: i32, text: &str) -> Outcome<Self> {
        if self.code == code && self.stderr.contains(text) {
            return Ok(self);
        }
        Err(format!("it was to end with {code} and say {text:?}, but: {self:?}").into())
    }
}

/// A user of the plugin in a world's namespace.
pub(crate) struct Plugin<'a> {
    /// The world.
    pub(crate) world: &'a World<'static>,
    /// The user.
    pub(crate) user: &'static str,
}

impl Plugin<'_> {
    /// Runs it with these arguments.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Outcome<Ran> {
        self.run_with(arguments, "", &[]).await
    }

    /// Runs it, with something typed and more of an environment.
    pub(crate) async fn run_with(
        &self,
        arguments: &[&str],
        typed: &str,
        environment: &[(&str, &str)],
    ) -> Outcome<Ran> {
        let kubeconfig = self.world.control_plane().user_kubeconfig(self.user)?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-cckm"))
            .args(arguments)
            .args(["--namespace", self.world.namespace()])
            .env("KUBECONFIG", kubeconfig)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may have ended without asking.
            let _ = stdin.write_all(typed.as_bytes()).await;
        }
        let output = child.wait_with_output().await?;
        Ok(Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }
}
