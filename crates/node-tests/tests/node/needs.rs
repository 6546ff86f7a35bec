//! What a node takes, fetched where it is missing. An error is what this machine lacks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use image::{Options, compile};
use playground::binaries::{Binaries, Environment, Tool};

use crate::{Outcome, say};

/// The Debian packages, and a file that each brings.
const PACKAGES: [(&str, &str); 4] = [
    ("containerd", "/usr/bin/containerd"),
    ("runc", "/usr/sbin/runc"),
    ("containernetworking-plugins", "/usr/lib/cni/bridge"),
    ("iptables", "/usr/sbin/iptables"),
];

/// The hierarchies of control groups version 1 that the kubelet takes.
const CONTROLLERS: [&str; 8] = [
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids",
];

/// A process that does nothing for ever: it holds a pod's namespaces.
const PAUSE: &str = "fn main() { loop { std::thread::park(); } }";

/// What the cluster's pods are called by.
pub(crate) const PAUSE_IMAGE: &str = "localhost/pause:1";
/// The operator's image, by the name that docs/quick-start.md gives it.
pub(crate) const IMAGE: &str = concat!(
    "registry.example.com/cckm-operator:",
    env!("CARGO_PKG_VERSION")
);

/// Looks for everything, and gets what it can.
pub(crate) fn machine() -> Result<(), String> {
    let root = fs::metadata("/proc/self").map_err(|error| error.to_string())?;
    if std::os::unix::fs::MetadataExt::uid(&root) != 0 {
        return Err("a node needs root: run it as root".to_owned());
    }
    for controller in CONTROLLERS {
        if !Path::new("/sys/fs/cgroup")
            .join(controller)
            .join("cgroup.procs")
            .exists()
        {
            return Err(format!(
                "the node is set up for control groups version 1, and /sys/fs/cgroup/{controller} is none"
            ));
        }
    }
    for tool in ["unshare", "setpriv", "ip", "mount", "hostname", "cc"] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {tool}")])
            .output();
        if !found.is_ok_and(|found| found.status.success()) {
            return Err(format!("there is no {tool}"));
        }
    }
    packages()?;
    if go_tools::CHART.folder().is_none() {
        return Err("there is no helm".to_owned());
    }
    let tools = [Tool::ALL, Tool::NODE].concat();
    Binaries::locate(&tools, &Environment::of_process())
        .map(drop)
        .map_err(|error| error.to_string())
}

fn packages() -> Result<(), String> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, file)| !Path::new(file).exists())
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("installing {}", missing.join(", ")));
    let get = |arguments: &[&str]| {
        let got = Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output();
        let got = got.map_err(|error| format!("apt-get can't be run: {error}"))?;
        if got.status.success() {
            return Ok(());
        }
        Err(format!(
            "apt-get {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&got.stderr)
        ))
    };
    let install = [&["install", "-y", "--no-install-recommends"][..], &missing].concat();
    // The lists of packages may be missing, or older than what the mirror has.
    get(&install).or_else(|_| {
        get(&["update"])?;
        get(&install)
    })
}

/// Makes the images in the folder. That the operator doesn't build is a failure, and no lack.
pub(crate) fn images(folder: &Path) -> Outcome<()> {
    say("building the operator's image");
    // Not as released, which takes minutes more to link; what is tested is not its speed.
    let program = compile::operator("dev")?;
    let named = compile::named_in(&program)?;
    if !named.is_empty() {
        return Err(format!("the program names folders of this machine: {named:?}").into());
    }
    image(program, folder.join("operator"), IMAGE)?;
    let source = folder.join("pause.rs");
    fs::write(&source, PAUSE)?;
    let built = Command::new("rustc")
        .args([
            "--edition=2024",
            "-C",
            "target-feature=+crt-static",
            "--target",
            compile::TARGET,
            "-o",
        ])
        .arg(folder.join("pause-program"))
        .arg(&source)
        .output()?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into());
    }
    image(
        folder.join("pause-program"),
        folder.join("pause"),
        PAUSE_IMAGE,
    )
}

fn image(program: PathBuf, output: PathBuf, name: &str) -> Outcome {
    image::make(&Options {
        program,
        output,
        name: name.to_owned(),
        epoch: 0,
    })
    .map(drop)
}
