//! kubectl the way a person runs it: each command line is shown before its output.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;

use crate::{
    Error,
    control_plane::{ControlPlane, project},
    say,
};

/// Where commands are run: the project's folder, so that paths are as a reader of it writes them.
pub(super) struct Shell<'c> {
    control_plane: &'c ControlPlane,
}

impl<'c> Shell<'c> {
    pub(super) fn new(control_plane: &'c ControlPlane) -> Self {
        Self { control_plane }
    }

    /// Shows and runs one command, and shows what it says.
    pub(super) async fn run(&self, user: &str, arguments: &[&str]) -> Result<String, Error> {
        say!("  {user}$ {}", line(arguments));
        let output = self.kubectl(user, arguments, None).await?;
        show(&output);
        Ok(output)
    }

    /// Shows and runs two commands, of which the second reads what the first writes.
    pub(super) async fn pipe(
        &self,
        user: &str,
        first: &[&str],
        second: &[&str],
    ) -> Result<(), Error> {
        say!("  {user}$ {} \\\n      | {}", line(first), line(second));
        let between = self.kubectl(user, first, None).await?;
        show(&self.kubectl(user, second, Some(&between)).await?);
        Ok(())
    }

    async fn kubectl(
        &self,
        user: &str,
        arguments: &[&str],
        input: Option<&str>,
    ) -> Result<String, Error> {
        let run = || format!("run {}", line(arguments));
        let kubeconfig = self.control_plane.user_kubeconfig(user)?;
        let mut command = self.control_plane.kubectl_command(kubeconfig);
        command
            .args(arguments)
            .current_dir(project())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().map_err(Error::io(run()))?;
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin
                .write_all(input.as_bytes())
                .await
                .map_err(Error::io(run()))?;
        }
        let output = child.wait_with_output().await.map_err(Error::io(run()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Error::Kubectl {
            command: line(arguments),
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}

/// A command line that can be pasted into a shell.
fn line(arguments: &[&str]) -> String {
    let quoted = arguments.iter().map(|argument| {
        let plain =
            |character: char| character.is_ascii_alphanumeric() || "-_./=:,@".contains(character);
        if argument.chars().all(plain) {
            (*argument).to_owned()
        } else {
            format!("'{}'", argument.replace('\'', r"'\''"))
        }
    });
    let words: Vec<String> = std::iter::once("kubectl".to_owned())
        .chain(quoted)
        .collect();
    words.join(" ")
}

fn show(output: &str) {
    for line in output.lines() {
        say!("{}", format!("  {line}").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_line_means_the_same_in_a_shell() {
        assert_eq!(
            line(&["apply", "-f", "a/b.yaml"]),
            "kubectl apply -f a/b.yaml"
        );
        assert_eq!(
            line(&["patch", "-p", r#"{"a": "it's"}"#]),
            r#"kubectl patch -p '{"a": "it'\''s"}'"#
        );
    }
}
