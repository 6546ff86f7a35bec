//! The files of a Go module, as they were published.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

/// A module of which files are read, and nothing is built.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Its path and version, as `path@version`.
    pub name: &'static str,
    /// Its line in a `go.sum`, the part that begins with `h1:`.
    pub sum: &'static str,
}

impl Module {
    /// The folder with its files, in Go's own cache, which gets it where it is missing.
    ///
    /// An error is what this machine lacks: Go, or a registry that hands it out.
    pub fn folder(&self) -> Result<PathBuf, String> {
        let name = self.name;
        let got = Command::new("go")
            .args(["mod", "download", "-json", name])
            // Of no module: one around this folder has no say.
            .env("GO111MODULE", "on")
            .env("GOWORK", "off")
            .current_dir("/")
            .output()
            .map_err(|error| format!("{name} is got by Go, which can't be run: {error}"))?;
        let said: Value = serde_json::from_slice(&got.stdout).unwrap_or_default();
        let word = |field: &str| said[field].as_str().unwrap_or_default();
        if !got.status.success() {
            let said = String::from_utf8_lossy(&got.stderr);
            return Err(format!(
                "Go could not get {name}, and said: {}{said}",
                word("Error")
            ));
        }
        let sum = word("Sum");
        // Files that are not those that were pinned fail tests, and skip none.
        assert!(
            sum == self.sum,
            "{name} has the checksum {sum} and not {}",
            self.sum
        );
        Ok(PathBuf::from(word("Dir")))
    }
}
