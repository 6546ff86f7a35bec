//! The command line.

use std::{ffi::OsString, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::{approve, cluster::Flags, complete, exit, import, plan};

/// Shows what would be done, approves what cannot be undone, and imports the keys that are there.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-cckm",
    bin_name = "kubectl cckm",
    version,
    after_help = exit::DOCUMENTED
)]
struct Cli {
    #[command(flatten)]
    cluster: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Approves what a key waits for: shows what is asked and what will be lost, asks, and writes a
    /// `DestructionApproval` in your name.
    #[command(after_help = exit::DOCUMENTED)]
    Approve(approve::Flags),
    /// Writes a manifest for each key of a container that no object stands for yet, such that applying it changes
    /// nothing.
    #[command(after_help = exit::DOCUMENTED)]
    Import(import::Flags),
    /// Shows what the operator would do, step by step with each effect: to a key as it is, or to all keys of manifests once
    /// they are applied. Planned by the operator's own planner from what status last saw, under what the manager asks; what
    /// you may not read of managers, containers and namespaces is left out, with a warning. Nothing is changed.
    #[command(after_help = exit::DOCUMENTED)]
    Plan(plan::Flags),
    /// Prints a script that completes the command line of kubectl-cckm.
    Completion(CompletionFlags),
}

#[derive(Debug, Args)]
struct CompletionFlags {
    /// For which shell, such as `source <(kubectl cckm completion bash)`.
    shell: Shell,
}

/// The definition of the command line.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// Runs the command line with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(words) = complete::asked(&arguments) {
        exit::print_out(&complete::complete(definition(), &words));
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Whether the help reaches anybody is not ours to tell.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(exit::Code::Usage.number())
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match act(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code.number())
        }
    }
}

fn act(cli: Cli) -> exit::Outcome {
    if let Command::Completion(flags) = &cli.command {
        let mut script = Vec::new();
        clap_complete::generate(flags.shell, &mut definition(), "kubectl-cckm", &mut script);
        exit::print_out(&String::from_utf8_lossy(&script));
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            exit::Failure::failed(format!("the runtime cannot be started: {error}"))
        })?;
    runtime.block_on(async {
        let cluster = cli.cluster.connect().await?;
        match cli.command {
            Command::Approve(flags) => approve::run(&cluster, &flags).await,
            Command::Import(flags) => import::run(&cluster, &flags).await,
            Command::Plan(flags) => plan::run(&cluster, &flags).await,
            Command::Completion(_) => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        definition().debug_assert();
    }
}
