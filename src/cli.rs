//! The command line: every flag is an environment variable as well.

use std::{ffi::OsString, net::SocketAddr, process::ExitCode, sync::Arc};

use clap::{ArgAction, Args, Parser, Subcommand};
use kube::{Client, Config};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    clock::{ScaledClock, SharedClock},
    hex::hex,
    manager,
    operator::{self, Addresses, Options},
    probe,
    runtime::{
        lease::LeaseOptions,
        telemetry::{self, LogFormat},
    },
};

/// Drives keys held by CipherTrust Manager's Cloud Key Management to the lifecycle state written in git.
#[derive(Debug, Parser)]
#[command(name = "cckm-operator", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the operator; KUBECONFIG, or in a pod its service account, says where.
    Run(RunArgs),
    /// Prints the custom resource definitions.
    Crds,
    /// Asks an operator for its metrics, and fails if it doesn't give them: for `helm test`.
    Probe {
        /// A name or an address.
        #[arg(long)]
        host: String,
        /// The port of the metrics.
        #[arg(long)]
        port: u16,
    },
    /// Prints the version.
    Version,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Stable name of this install: 1 to 32 of a-z, 0-9 and hyphen. It is part of the owner tag on every key, so
    /// changing it makes the operator treat its own keys as somebody else's.
    #[arg(long, env = "CCKM_OWNER", value_parser = install)]
    owner: String,
    /// The operator's own namespace; holds the Secret under which values are compared.
    #[arg(long, env = "POD_NAMESPACE", default_value = "cckm-system")]
    namespace: String,
    /// Namespaces to watch, separated by commas; absent: all.
    #[arg(long, env = "CCKM_WATCH_NAMESPACES", value_delimiter = ',')]
    watch_namespaces: Vec<String>,
    /// Watch the metadata of Secrets labelled cckm.dev/watch=true, so that a change of one counts at once and not within
    /// the hour. Needs the right to list and watch Secrets, which the shipped role does not give.
    #[arg(long, env = "CCKM_WATCH_SECRETS")]
    watch_secrets: bool,
    /// Take part in the election among replicas, and act only as the leader. Without it, exactly one may run.
    #[arg(long, env = "CCKM_LEADER_ELECT", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    leader_elect: bool,
    /// The Lease by which replicas elect, in the operator's own namespace. Never delete it while one of them runs.
    #[arg(long, env = "CCKM_LEASE_NAME", default_value = "cckm-operator")]
    lease_name: String,
    /// What this replica is called in the Lease, followed by a number of its own; absent: the host's name.
    #[arg(long, env = "POD_NAME")]
    replica_name: Option<String>,
    /// Where /healthz and /readyz are answered.
    #[arg(long, env = "CCKM_HEALTH_ADDR", default_value = "0.0.0.0:8081", value_parser = address)]
    health_addr: SocketAddr,
    /// Where /metrics is given; port 0 takes a free one, which is logged.
    #[arg(long, env = "CCKM_METRICS_ADDR", default_value = "0.0.0.0:8080", value_parser = address)]
    metrics_addr: SocketAddr,
    /// The form of log lines.
    #[arg(long, env = "CCKM_LOG_FORMAT", value_enum, default_value = "json")]
    log_format: LogFormat,
}

fn install(text: &str) -> Result<String, String> {
    if lifecycle::ownership::valid_install(text) {
        Ok(text.to_owned())
    } else {
        Err("write 1 to 32 of a-z, 0-9 and hyphen, such as prod-eu".into())
    }
}

/// An address; Go's form without a host (`:8080`) means all of them.
fn address(text: &str) -> Result<SocketAddr, String> {
    let full = if text.starts_with(':') {
        format!("0.0.0.0{text}")
    } else {
        text.to_owned()
    };
    full.parse()
        .map_err(|_| "write an address and port, such as 127.0.0.1:8080 or :8080".into())
}

/// Runs the command line with these arguments, the program's name first, in real time.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    run_with_clock(arguments, Arc::new(ScaledClock::real()))
}

/// The same on another clock: for tests and the playground, which have time of their own.
pub fn run_with_clock(
    arguments: impl IntoIterator<Item = OsString>,
    clock: SharedClock,
) -> ExitCode {
    match Cli::parse_from(arguments).command {
        Command::Run(arguments) => serve(arguments, clock),
        Command::Crds => {
            for definition in api::all_crds() {
                print!("{}", api::to_yaml(&definition));
            }
            ExitCode::SUCCESS
        }
        Command::Probe { host, port } => match probe::metrics(&host, port) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&format!("{host} port {port}: {error}")),
        },
        Command::Version => {
            println!("cckm-operator {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
    }
}

fn serve(arguments: RunArgs, clock: SharedClock) -> ExitCode {
    telemetry::start(arguments.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("the runtime cannot be started: {error}")),
    };
    match runtime.block_on(start(arguments, clock)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => failed(&message),
    }
}

async fn start(arguments: RunArgs, clock: SharedClock) -> Result<(), String> {
    let mut config = Config::infer().await.map_err(|_| {
        "no Kubernetes API server is known: set KUBECONFIG, or run in a pod with a service account".to_owned()
    })?;
    // The client would otherwise retry for minutes inside one visit; the queue retries better.
    config.default_retry = false;
    config.read_timeout = None;
    let client = Client::try_from(config)
        .map_err(|_| "the Kubernetes client cannot be set up: check KUBECONFIG".to_owned())?;
    let mut terminated = signal(SignalKind::terminate())
        .map_err(|error| format!("signals cannot be heard: {error}"))?;
    let mut interrupted = signal(SignalKind::interrupt())
        .map_err(|error| format!("signals cannot be heard: {error}"))?;
    let shutdown = async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    };
    let lease = if arguments.leader_elect {
        Some(LeaseOptions {
            name: arguments.lease_name,
            identity: identity(arguments.replica_name)?,
        })
    } else {
        None
    };
    let options = Options {
        client,
        make_transport: manager::network(),
        clock,
        install: arguments.owner,
        namespace: arguments.namespace,
        watch_namespaces: arguments.watch_namespaces,
        watch_secrets: arguments.watch_secrets,
        lease,
    };
    let addresses = Addresses {
        health: arguments.health_addr,
        metrics: arguments.metrics_addr,
    };
    operator::serve(options, addresses, shutdown)
        .await
        .map_err(|error| format!("the operator ended: {error}"))
}

/// A name that no other replica has, and none of this one's earlier lives: those may have left requests on their way.
fn identity(replica: Option<String>) -> Result<String, String> {
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = replica.or_else(host).unwrap_or_default();
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|_| "the system gives no random numbers, which name this replica".to_owned())?;
    Ok(format!("{}_{}", name.trim(), hex(&random)))
}

fn failed(message: &str) -> ExitCode {
    eprintln!("cckm-operator: {message}");
    ExitCode::FAILURE
}
