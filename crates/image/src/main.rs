//! Makes the image: `cargo run -p image`.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use image::{Options, Outcome, compile};

/// Makes the operator's container image, without a container engine.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder for image, bill of materials and licences.
    #[arg(long, default_value = "target/image")]
    output: PathBuf,
    /// A program linked statically; absent: it is built.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Cargo's profile for the program.
    #[arg(long, default_value = "release")]
    profile: String,
    /// What the image is called when the archive is loaded.
    #[arg(long, default_value = concat!("localhost/cckm-operator:", env!("CARGO_PKG_VERSION")))]
    name: String,
    /// Seconds since 1970: the time of every file and of the image.
    #[arg(long, env = "SOURCE_DATE_EPOCH", default_value_t = 0)]
    epoch: u32,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("image: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Outcome {
    let program = match arguments.program {
        Some(program) => program,
        None => compile::operator(&arguments.profile)?,
    };
    let built = image::make(&Options {
        program,
        output: arguments.output,
        name: arguments.name,
        epoch: arguments.epoch,
    })?;
    println!("layout  {}", built.layout.display());
    println!("archive {}", built.archive.display());
    println!("digest  {}", built.digest);
    Ok(())
}
