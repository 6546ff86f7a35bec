//! The file that a process writes its output to.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::Error;

/// How many lines of a log an error carries.
const TAIL: usize = 20;

/// Output of one process: its file, from where this process began to write.
#[derive(Clone, Debug)]
pub struct LogFile {
    path: PathBuf,
    start: u64,
}

impl LogFile {
    /// Opens the file for a process that is about to start; what earlier ones wrote stays, and is not looked at.
    pub(crate) fn open(path: &Path) -> Result<(Self, File), Error> {
        let open = || {
            let file = File::options().append(true).create(true).open(path)?;
            let start = file.metadata()?.len();
            Ok((
                Self {
                    path: path.to_owned(),
                    start,
                },
                file,
            ))
        };
        open().map_err(Error::io(format!("open {}", path.display())))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The lines written so far; one that isn't finished is left out.
    pub fn lines(&self) -> Result<Vec<String>, Error> {
        self.reader().next_lines()
    }

    /// Reads line by line, as they come.
    pub(crate) fn reader(&self) -> Lines {
        Lines {
            path: self.path.clone(),
            position: self.start,
        }
    }

    /// The last lines, for an error.
    pub(crate) fn tail(&self) -> String {
        let lines = self.lines().unwrap_or_else(|error| vec![error.to_string()]);
        if lines.is_empty() {
            return "(empty)".to_owned();
        }
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }
}

/// A place in a growing file of lines.
pub(crate) struct Lines {
    path: PathBuf,
    position: u64,
}

impl Lines {
    /// A file that is read from byte `position` on, which has to be the start of a line.
    pub(crate) fn at(path: PathBuf, position: u64) -> Self {
        Self { path, position }
    }

    /// The lines that were finished since the last call.
    pub(crate) fn next_lines(&mut self) -> Result<Vec<String>, Error> {
        let bytes = self
            .rest()
            .map_err(Error::io(format!("read {}", self.path.display())))?;
        let finished = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        self.position += finished as u64;
        Ok(String::from_utf8_lossy(&bytes[..finished])
            .lines()
            .map(str::to_owned)
            .collect())
    }

    fn rest(&self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.position))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::folder::WorkFolder;

    #[test]
    fn an_unfinished_line_is_held_back_until_it_is_finished() {
        let folder = WorkFolder::create().unwrap();
        let (log, mut file) = LogFile::open(&folder.path().join("log")).unwrap();
        let mut reader = log.reader();
        file.write_all(b"one\ntw").unwrap();
        assert_eq!(reader.next_lines().unwrap(), ["one"]);
        file.write_all(b"o\n").unwrap();
        assert_eq!(reader.next_lines().unwrap(), ["two"]);
    }

    #[test]
    fn the_log_of_a_restarted_process_starts_after_what_the_first_wrote() {
        let folder = WorkFolder::create().unwrap();
        let path = folder.path().join("log");
        let (first, mut file) = LogFile::open(&path).unwrap();
        file.write_all(b"listening on 1\n").unwrap();
        let (second, mut file) = LogFile::open(&path).unwrap();
        file.write_all(b"listening on 2\n").unwrap();
        assert_eq!(second.lines().unwrap(), ["listening on 2"]);
        assert_eq!(first.lines().unwrap().len(), 2);
    }
}
