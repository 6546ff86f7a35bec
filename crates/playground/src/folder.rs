//! A folder for one run, that only its owner can read.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{Error, poll::INTERVAL};

/// Removed with all its content when dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    /// Makes a fresh folder in the system's folder for temporary files.
    pub(crate) fn create() -> Result<Self, Error> {
        let path = std::env::temp_dir().join(format!("cckm-playground-{:016x}", random()?));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(Error::io(format!("make the folder {}", path.display())))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that only the owner can read.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<PathBuf, Error> {
        let path = self.path.join(name);
        write_private(&path, content).map_err(Error::io(format!("write {}", path.display())))?;
        Ok(path)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the folder, for up to 5 s while programs that are ending still write into it. It is a temporary folder:
/// what can't be removed is left to the system.
pub(crate) fn remove(path: &Path) {
    let end = Instant::now() + Duration::from_secs(5);
    while let Err(error) = fs::remove_dir_all(path) {
        if error.kind() == io::ErrorKind::NotFound && !path.exists() || Instant::now() > end {
            return;
        }
        thread::sleep(INTERVAL);
    }
}

/// 64 random bits.
pub(crate) fn random() -> Result<u64, Error> {
    getrandom::u64().map_err(|error| Error::io("read random bytes")(error.into()))
}

fn write_private(path: &Path, content: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    io::Write::write_all(&mut file, content.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_the_owner_reads_what_is_written_and_nothing_stays() {
        let folder = WorkFolder::create().unwrap();
        let file = folder.write("token", "secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&file)), (0o700, 0o600));
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }
}
