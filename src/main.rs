//! The `cckm-operator` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    cckm_operator::cli::run(std::env::args_os())
}
