//! The `kubectl-cckm` binary: kubectl runs it as `kubectl cckm`.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_cckm::run(std::env::args_os())
}
