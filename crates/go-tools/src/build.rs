//! A build into the cache.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::{Command, Output},
};

use sha2::{Digest, Sha256};

use crate::Tools;

impl Tools {
    /// Changes with every byte of what is built.
    pub(crate) fn key(&self) -> String {
        let mut digest = Sha256::new();
        for (_, text) in self.module {
            digest.update(text);
        }
        digest.update(self.tags);
        let digest = digest.finalize();
        let digest = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
        format!("{digest:016x}")
    }

    /// Of several processes that come at the same time, one builds. Each program is there whole or not at all.
    ///
    /// An error is what this machine lacks: Go, or a module that a registry does not hand out.
    #[expect(
        clippy::panic,
        reason = "what is there and does not build fails tests, and skips none"
    )]
    pub(crate) fn build(&self, folder: &Path) -> Result<(), String> {
        let module = folder.join("module");
        let prepare = || -> io::Result<File> {
            fs::create_dir_all(&module)?;
            let lock = File::create(folder.join("lock"))?;
            lock.lock()?;
            for (name, text) in self.module {
                fs::write(module.join(name), text)?;
            }
            Ok(lock)
        };
        let _lock = prepare().map_err(|error| format!("{}: {error}", folder.display()))?;
        for (name, package) in self.missing(folder) {
            self.say(&format!(
                "building {name} with Go, once; this takes minutes"
            ));
            let got = go(&module, &["list", "-deps", "-tags", self.tags, package])
                .map_err(|error| format!("{name} is built with Go, which can't be run: {error}"))?;
            if !got.status.success() {
                let said = String::from_utf8_lossy(&got.stderr);
                return Err(format!("Go could not get {name}, and said:\n{said}"));
            }
            let partial = folder.join(format!("{name}.partial"));
            let output = partial.to_string_lossy();
            let flags = ["build", "-trimpath", "-ldflags", "-s -w"];
            let flags = [&flags[..], &["-tags", self.tags, "-o", &output, package]].concat();
            let built = go(&module, &flags).map_err(|error| error.to_string())?;
            if !built.status.success() {
                let said = String::from_utf8_lossy(&built.stderr);
                panic!("Go could not build {name}, and said:\n{said}");
            }
            fs::rename(&partial, folder.join(name)).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

fn go(module: &Path, arguments: &[&str]) -> io::Result<Output> {
    Command::new("go")
        .args(arguments)
        .current_dir(module)
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "-mod=readonly")
        .env("GOWORK", "off")
        .output()
}
