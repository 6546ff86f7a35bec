//! The folder that manifests are written to.

use std::{fs, io, path::PathBuf};

use crate::exit::{Failure, Outcome};

/// The folder.
pub(crate) struct Folder {
    path: PathBuf,
    force: bool,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// It was not there.
    New,
    /// It was there with the same text.
    Same,
    /// It was there with another text, and was overwritten.
    Replaced,
    /// It was there with another text, and was left as it is.
    Differs,
}

impl Folder {
    /// Makes the folder if there is none. With `force`, files that differ are overwritten.
    pub(crate) fn new(path: PathBuf, force: bool) -> Outcome<Self> {
        fs::create_dir_all(&path).map_err(|error| {
            Failure::failed(format!(
                "the folder {} cannot be made: {error}",
                path.display()
            ))
        })?;
        Ok(Self { path, force })
    }

    /// Writes a file, whole or not at all.
    pub(crate) fn write(&self, name: &str, text: &str) -> Outcome<Written> {
        let path = self.path.join(name);
        let failed = |what: &str, error: &io::Error| {
            Failure::failed(format!("{} cannot be {what}: {error}", path.display()))
        };
        let written = match fs::read(&path) {
            Ok(present) if present == text.as_bytes() => return Ok(Written::Same),
            Ok(_) if !self.force => return Ok(Written::Differs),
            Ok(_) => Written::Replaced,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Written::New,
            Err(error) => return Err(failed("read", &error)),
        };
        let half = self.path.join(format!(".{name}.half"));
        fs::write(&half, text)
            .and_then(|()| fs::rename(&half, &path))
            .map_err(|error| failed("written", &error))?;
        Ok(written)
    }
}
