//! Helm and kustomize, found where somebody put them, else built once from their Go modules.
//!
//! In this order: the folder that `CCKM_CHART_TOOLS` names; the cache, which is `$CCKM_CACHE`, else
//! `$XDG_CACHE_HOME/cckm-operator`, else `$HOME/.cache/cckm-operator`; a build into the cache, which needs Go and takes
//! some minutes. `tools/go.mod` pins the versions, and Go holds what it gets to the checksums in `tools/go.sum`.

use std::{
    cell::Cell,
    env, fs,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
};

use sha2::{Digest, Sha256};

const GO_MOD: &str = include_str!("../../tools/go.mod");
const GO_SUM: &str = include_str!("../../tools/go.sum");

/// The programs, and what Go calls them.
const PROGRAMS: [(&str, &str); 2] = [
    ("helm", "helm.sh/helm/v4/cmd/helm"),
    ("kustomize", "sigs.k8s.io/kustomize/kustomize/v5"),
];

thread_local! {
    static SAID: Cell<bool> = const { Cell::new(false) };
}

/// The folder that has them; nothing, after saying loudly why, where they can't be had.
pub(crate) fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FOLDER.get_or_init(locate) {
        Ok(folder) => Some(folder),
        Err(reason) => {
            // Once a test, each of which has a thread of its own.
            if !SAID.replace(true) {
                let test = thread::current();
                let name = test.name().unwrap_or_default();
                say(&format!("SKIPPED {name}: {reason}"));
            }
            None
        }
    }
}

fn locate() -> Result<PathBuf, String> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable("CCKM_CHART_TOOLS").map(PathBuf::from) {
        if let Some((name, _)) = missing(&folder).first() {
            panic!(
                "CCKM_CHART_TOOLS is {}, which has no {name}",
                folder.display()
            );
        }
        return Ok(folder);
    }
    let cache = variable("CCKM_CACHE")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("XDG_CACHE_HOME")?).join("cckm-operator")))
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache/cckm-operator")))
        .ok_or("no folder for helm and kustomize: set CCKM_CACHE to one")?;
    let folder = cache.join("chart-tools").join(key());
    if !missing(&folder).is_empty() {
        build(&folder)?;
    }
    Ok(folder)
}

fn missing(folder: &Path) -> Vec<(&'static str, &'static str)> {
    let is_missing = |(name, _): &(&str, &str)| !folder.join(name).is_file();
    PROGRAMS.into_iter().filter(is_missing).collect()
}

/// Changes with every byte of what is built.
fn key() -> String {
    let digest = Sha256::new()
        .chain_update(GO_MOD)
        .chain_update(GO_SUM)
        .finalize();
    let digest = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
    format!("{digest:016x}")
}

/// Of several processes that come at the same time, one builds. Each program is there whole or not at all.
fn build(folder: &Path) -> Result<(), String> {
    let module = folder.join("module");
    let prepare = || -> io::Result<File> {
        fs::create_dir_all(&module)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        fs::write(module.join("go.mod"), GO_MOD)?;
        fs::write(module.join("go.sum"), GO_SUM)?;
        Ok(lock)
    };
    let _lock = prepare().map_err(|error| format!("{}: {error}", folder.display()))?;
    for (name, package) in missing(folder) {
        say(&format!(
            "building {name} with Go, once; this takes minutes"
        ));
        let partial = folder.join(format!("{name}.partial"));
        let output = Command::new("go")
            .args(["build", "-trimpath", "-ldflags", "-s -w", "-o"])
            .arg(&partial)
            .arg(package)
            .current_dir(&module)
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-mod=readonly")
            .env("GOWORK", "off")
            .output()
            .map_err(|error| format!("{name} is built with Go, which can't be run: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("Go could not build {name}, and said:\n{said}"));
        }
        fs::rename(&partial, folder.join(name)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Past the capture of tests that pass.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "chart-tests: {line}");
}
