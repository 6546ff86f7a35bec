//! The simulator as a program.

use std::{future::Future, path::PathBuf, process::ExitCode};

use clap::Parser;
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{Clock, Options, Simulator, Switches, Tls, World, serve};

/// Stands in for `CipherTrust` Manager with CCKM and for the clouds behind it.
#[derive(Clone, Debug, Parser)]
#[command(name = "cckm-simulator", version)]
pub struct Args {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "CCKM_SIMULATOR_LISTEN", default_value = "127.0.0.1:0")]
    pub listen: String,
    /// Where identifiers are drawn from.
    #[arg(long, env = "CCKM_SIMULATOR_SEED", default_value_t = 1)]
    pub seed: u64,
    /// PEM file with the server's certificate chain; serves HTTPS.
    #[arg(long, env = "CCKM_SIMULATOR_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the server's private key.
    #[arg(long, env = "CCKM_SIMULATOR_TLS_KEY", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// PEM file with the authority whose client certificates are taken.
    #[arg(long, env = "CCKM_SIMULATOR_CLIENT_CA", requires = "tls_cert")]
    pub client_ca: Option<PathBuf>,
    /// JSON file with the world to start from.
    #[arg(long, env = "CCKM_SIMULATOR_WORLD")]
    pub world: Option<PathBuf>,
    /// Answer to an open question, as name=value. May be repeated.
    #[arg(long = "switch", env = "CCKM_SIMULATOR_SWITCH", value_delimiter = ',')]
    pub switches: Vec<String>,
    /// Serve the admin API under /simulator/.
    #[arg(long, env = "CCKM_SIMULATOR_ADMIN")]
    pub admin: bool,
    /// Instant of the machine's clock at which simulated time reads the virtual epoch; the start of
    /// the process when absent.
    #[arg(
        long,
        env = "CCKM_SIMULATOR_CLOCK_EPOCH_REAL",
        requires = "clock_epoch_virtual"
    )]
    pub clock_epoch_real: Option<Timestamp>,
    /// Simulated instant at the real epoch; the machine's own time when absent.
    #[arg(long, env = "CCKM_SIMULATOR_CLOCK_EPOCH_VIRTUAL")]
    pub clock_epoch_virtual: Option<Timestamp>,
    /// Simulated seconds for each real second. 0 stops the clock at the virtual epoch.
    #[arg(long, env = "CCKM_SIMULATOR_CLOCK_RATE", default_value_t = 1.0)]
    pub clock_rate: f64,
}

impl Args {
    fn clock(&self) -> Result<Clock, String> {
        if !self.clock_rate.is_finite() || self.clock_rate < 0.0 {
            return Err("--clock-rate must be 0 or more".to_owned());
        }
        let epoch_real = self.clock_epoch_real.unwrap_or_else(Timestamp::now);
        let epoch_virtual = self.clock_epoch_virtual.unwrap_or(epoch_real);
        if self.clock_rate == 0.0 {
            return Ok(Clock::manual(epoch_virtual));
        }
        Ok(Clock::Scaled {
            epoch_real,
            epoch_virtual,
            rate: self.clock_rate,
        })
    }

    fn options(&self) -> Result<Options, String> {
        let mut switches = Switches::default();
        self.switches
            .iter()
            .try_for_each(|assignment| switches.set_text(assignment))?;
        Ok(Options {
            seed: self.seed,
            clock: self.clock()?,
            switches,
            admin: self.admin,
        })
    }

    async fn tls(&self) -> Result<Option<Tls>, String> {
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else {
            return Ok(None);
        };
        let authority = match &self.client_ca {
            Some(path) => Some(read(path).await?),
            None => None,
        };
        Tls::from_pem(
            &read(certificate).await?,
            &read(key).await?,
            authority.as_deref(),
        )
        .map(Some)
    }
}

async fn read(path: &PathBuf) -> Result<Vec<u8>, String> {
    tokio::fs::read(path)
        .await
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs the simulator until SIGTERM or SIGINT. Prints one line with its address once it listens;
/// everything else goes to the standard error stream. A program that wants to be the simulator in a
/// child process of its own calls this.
pub async fn run(args: Args) -> ExitCode {
    match start(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cckm-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(args: &Args) -> Result<(), String> {
    let simulator = Simulator::new(args.options()?);
    if let Some(path) = &args.world {
        let world: World = serde_json::from_slice(&read(path).await?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        simulator
            .add(&world)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let tls = args.tls().await?;
    let shutdown = asked_to_stop()?;
    let listening = |error| format!("can't listen on {}: {error}", args.listen);
    let listener = TcpListener::bind(&args.listen).await.map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    println!("listening on {scheme}://{address}");
    serve(listener, simulator, tls, shutdown)
        .await
        .map_err(|error| format!("the listener failed: {error}"))
}

/// Completes at SIGTERM or SIGINT. Listens for them from the call on, not from the first poll.
fn asked_to_stop() -> Result<impl Future<Output = ()> + Send, String> {
    let listen = |kind| signal(kind).map_err(|error| format!("can't handle signals: {error}"));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
