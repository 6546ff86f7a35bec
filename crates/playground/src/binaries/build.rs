//! Building the programs with Go.

use std::{
    fs, io,
    path::Path,
    process::{Command, Output},
    time::Instant,
};

use super::{Environment, Error, GO_MOD, GO_SUM, Tool, version_of};

/// How many of Go's last lines an error carries.
const TAIL: usize = 15;

/// Builds the tools into the folder, each of which is there whole or not at all. The caller holds the folder's lock.
pub(super) fn build(tools: &[Tool], folder: &Path, environment: &Environment) -> Result<(), Error> {
    if tools.is_empty() {
        return Ok(());
    }
    eprintln!(
        "playground: building {} with Go, once, into {}; this takes some minutes",
        tools
            .iter()
            .map(|tool| tool.name())
            .collect::<Vec<_>>()
            .join(", "),
        folder.display()
    );
    let module = folder.join("module");
    write_module(&module).map_err(Error::io(format!(
        "write the Go module {}",
        module.display()
    )))?;
    tools
        .iter()
        .try_for_each(|tool| build_one(*tool, folder, &module, environment))
}

fn write_module(module: &Path) -> io::Result<()> {
    fs::create_dir_all(module)?;
    fs::write(module.join("go.mod"), GO_MOD)?;
    fs::write(module.join("go.sum"), GO_SUM)
}

fn build_one(
    tool: Tool,
    folder: &Path,
    module: &Path,
    environment: &Environment,
) -> Result<(), Error> {
    let started = Instant::now();
    eprintln!("playground: building {}", tool.name());
    let partial = folder.join(format!("{}.partial", tool.name()));
    let built = Command::new(environment.go())
        .args(["build", "-trimpath", "-ldflags", &linker_flags(), "-o"])
        .arg(&partial)
        .arg(tool.package())
        .current_dir(module)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=readonly")
        .env("GOWORK", "off")
        .output();
    match built {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            return Err(Error::Build {
                tool: tool.name(),
                output: tail(&output),
            });
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::NoGo),
        Err(error) => {
            return Err(Error::io(format!("run {}", environment.go().display()))(
                error,
            ));
        }
    }
    fs::rename(&partial, folder.join(tool.name()))
        .map_err(Error::io(format!("rename {}", partial.display())))?;
    eprintln!(
        "playground: built {} in {} s",
        tool.name(),
        started.elapsed().as_secs()
    );
    Ok(())
}

/// Without this stamp the programs call themselves v0.0.0, and the API server turns features off that it takes for
/// newer than itself.
fn linker_flags() -> String {
    let version = version_of("k8s.io/kubernetes");
    let mut parts = version.trim_start_matches('v').split('.');
    let (major, minor) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    format!(
        "-s -w -X k8s.io/component-base/version.gitVersion={version} \
         -X k8s.io/component-base/version.gitMajor={major} \
         -X k8s.io/component-base/version.gitMinor={minor} \
         -X k8s.io/client-go/pkg/version.gitVersion={version}"
    )
}

fn tail(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
