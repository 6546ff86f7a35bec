//! A Kubernetes control plane on this machine, for a person to try things on.

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use playground::{
    control_plane::{ControlPlane, Options},
    role,
};
use tokio::signal::unix::{SignalKind, signal};

/// A real Kubernetes API server on this machine, for as long as this program runs.
#[derive(Debug, Parser)]
#[command(name = "playground", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Boot it, say how to reach it, and keep it until Ctrl-C.
    Up,
}

fn main() -> ExitCode {
    // Before anything else, and outside of any runtime: a copy of this program may be meant to be something else.
    role::become_child();
    let cli = Cli::parse();
    match start(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("playground: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let done = runtime.block_on(run(command));
    // Dropping it would wait for a build that nobody wants any more.
    runtime.shutdown_background();
    done
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Up => up().await,
    }
}

async fn up() -> Result<(), Box<dyn Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let ended = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(ended);
    // Dropped half-way, a boot takes its programs down as well.
    let control_plane = tokio::select! {
        started = ControlPlane::start(Options::default().with_controller_manager()) => started?,
        () = &mut ended => return Ok(()),
    };
    say_how_to_reach(&control_plane)?;
    ended.await;
    println!("Ending the control plane.");
    Ok(control_plane.stop().await?)
}

fn say_how_to_reach(control_plane: &ControlPlane) -> Result<(), Box<dyn Error>> {
    let kubeconfig =
        |user| Ok::<_, playground::Error>(control_plane.user_kubeconfig(user)?.display());
    println!("A Kubernetes API server is ready. In another terminal:\n");
    println!(
        "  export KUBECONFIG={}",
        control_plane.kubeconfig_path()?.display()
    );
    println!(
        "  alias kubectl={}\n",
        control_plane.kubectl_path().display()
    );
    println!("Users without rights so far, for --kubeconfig:\n");
    println!("  alice, of group approvers: {}", kubeconfig("alice")?);
    println!("  bob, of group authors:     {}", kubeconfig("bob")?);
    println!("  carol, of no group:        {}\n", kubeconfig("carol")?);
    println!(
        "Logs, also the audit log, are in {}",
        control_plane.folder().display()
    );
    println!("Ctrl-C ends it and leaves nothing behind.");
    Ok(())
}
