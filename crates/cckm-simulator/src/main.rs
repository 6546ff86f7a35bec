//! The simulator's program; everything is in the library.

use std::{io, process::ExitCode};

use clap::Parser;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(io::stderr)
        .init();
    cckm_simulator::run(cckm_simulator::Args::parse()).await
}
