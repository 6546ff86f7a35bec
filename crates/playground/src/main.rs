//! The project on this machine: a real Kubernetes API server, a simulated CipherTrust Manager and the operator.

use std::{error::Error, future::Future, path::PathBuf, pin::Pin, process::ExitCode};

use clap::{Parser, Subcommand};
use playground::{
    control_plane::{ControlPlane, Options},
    demo, role, say, tour,
    world::World,
};
use tokio::signal::unix::{SignalKind, signal};

/// A real Kubernetes API server, a simulated CipherTrust Manager and the operator on this machine, for as long as this
/// program runs.
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
    /// Walk through the life of keys in three clouds with kubectl; succeeds if all turned out as promised.
    Tour {
        /// Write what was done and seen to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// Keep everything running afterwards, until Ctrl-C.
        #[arg(long)]
        keep: bool,
    },
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    // Before anything else, and outside of any runtime: a copy of this program may be meant to be something else.
    role::become_child();
    let cli = Cli::parse();
    match start(cli.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("playground: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Result<bool> {
    let runtime = tokio::runtime::Runtime::new()?;
    let done = runtime.block_on(run(command));
    // Dropping it would wait for a build that nobody wants any more.
    runtime.shutdown_background();
    done
}

async fn run(command: Command) -> Result<bool> {
    let mut interrupted = interrupt()?;
    let mut end = interrupted.as_mut();
    // What is dropped half-way takes its programs down as well.
    let options = Options::default().with_controller_manager();
    let Some(control_plane) = unless(&mut end, ControlPlane::start(options)).await? else {
        return Ok(false);
    };
    let Some(mut world) = unless(&mut end, Box::pin(demo::start(&control_plane))).await? else {
        return Ok(false);
    };
    let Some(done) = unless(&mut end, walk(&command, &control_plane, &mut world)).await? else {
        return Ok(false);
    };
    if !matches!(command, Command::Tour { keep: false, .. }) {
        say_how_to_reach(&control_plane, &world)?;
        end.await;
        say!("Ending all of it.");
    }
    drop(world);
    control_plane.stop().await?;
    Ok(done)
}

async fn walk(
    command: &Command,
    control_plane: &ControlPlane,
    world: &mut World<'_>,
) -> std::result::Result<bool, playground::Error> {
    match command {
        Command::Up => tour::prepare(control_plane, world).await.map(|()| true),
        Command::Tour { report, .. } => tour::tour(control_plane, world, report.as_deref()).await,
    }
}

/// What the future gives, or nothing if the end comes first.
async fn unless<T, E>(
    end: &mut Pin<&mut impl Future<Output = ()>>,
    future: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<Option<T>, E> {
    tokio::select! {
        done = future => done.map(Some),
        () = end => Ok(None),
    }
}

/// Resolves when the person wants an end.
fn interrupt() -> Result<Pin<Box<impl Future<Output = ()>>>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(Box::pin(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }))
}

fn say_how_to_reach(control_plane: &ControlPlane, world: &World<'_>) -> Result<()> {
    let kubeconfig =
        |user| Ok::<_, playground::Error>(control_plane.user_kubeconfig(user)?.display());
    say!("A Kubernetes API server is ready. In another terminal:\n");
    say!(
        "  export KUBECONFIG={}",
        control_plane.kubeconfig_path()?.display()
    );
    say!(
        "  alias kubectl={}\n",
        control_plane.kubectl_path().display()
    );
    say!("Some things to try, in the project's folder:\n");
    say!("  kubectl get cckm -A -o wide");
    say!("  kubectl apply -f config/samples/10-azure-secret.yaml");
    say!(
        "  kubectl -n {} get azuresecret db-password -o yaml",
        demo::NAMESPACE
    );
    say!("  kubectl explain azuresecret.spec");
    say!(
        "  curl {}/simulator/requests      # what CipherTrust Manager was asked",
        world.simulator.url()
    );
    say!(
        "  curl {}/simulator/truth         # what the clouds hold\n",
        world.simulator.url()
    );
    say!("Other users than the administrator, for --kubeconfig:\n");
    say!("  alice, who approves:       {}", kubeconfig("alice")?);
    say!("  bob, who writes manifests: {}", kubeconfig("bob")?);
    say!("  carol, who may do nothing: {}\n", kubeconfig("carol")?);
    say!(
        "Logs, also the audit log, are in {}",
        control_plane.folder().display()
    );
    say!("Ctrl-C ends it and leaves nothing behind.");
    Ok(())
}
