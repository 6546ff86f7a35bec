//! What is said of an import. Pure.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::{
    folder::Written,
    manifest::Place,
    sorted::{LeftOut, Sorted},
};

/// What was read and written so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Containers.
    pub(crate) containers: usize,
    /// Rows in CipherTrust Manager.
    rows: usize,
    /// Keys that an object stands for already.
    standing: usize,
    /// Keys that a manifest was made for.
    found: usize,
    /// Rows that were left out, by why.
    left_out: BTreeMap<&'static str, usize>,
    /// Files.
    pub(crate) files: Files,
}

/// What became of the files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    new: usize,
    same: usize,
    replaced: usize,
    /// Left as they are.
    pub(crate) differ: usize,
}

impl Files {
    /// Takes a file in, and names it if it was left as it is.
    pub(crate) fn note(&mut self, written: Written, name: &str) {
        match written {
            Written::New => self.new += 1,
            Written::Same => self.same += 1,
            Written::Replaced => self.replaced += 1,
            Written::Differs => {
                self.differ += 1;
                eprintln!("{name} is there already and differs");
            }
        }
    }
}

impl Tally {
    /// Takes a container in.
    pub(crate) fn add(&mut self, rows: usize, sorted: &Sorted) {
        self.containers += 1;
        self.rows += rows;
        self.standing += sorted.standing;
        self.found += sorted.found.len();
        for left_out in &sorted.left_out {
            *self.left_out.entry(left_out.why.word()).or_default() += 1;
        }
    }

    /// The summary.
    pub(crate) fn summary(&self, folder: &Path, requests: usize) -> String {
        let left_out: Vec<String> = self
            .left_out
            .iter()
            .map(|(why, count)| format!("{count} {why}"))
            .collect();
        let left_out = if left_out.is_empty() {
            "nothing left out".into()
        } else {
            format!("left out: {}", left_out.join(", "))
        };
        let Files {
            new,
            same,
            replaced,
            differ,
        } = self.files;
        format!(
            "{} rows read from CipherTrust Manager in {requests} requests: {} keys to import, {} that objects stand for already; {left_out}.\n{}: {new} files written, {replaced} overwritten, {same} the same already, {differ} left as they are.\n",
            self.rows,
            self.found,
            self.standing,
            folder.display()
        )
    }
}

/// The name of the file that says what was left out. No manifest: neither kubectl nor GitOps tools read it.
pub(crate) fn file_name(place: &Place) -> String {
    format!(
        "{}-{}.left-out.txt",
        place.kind.to_ascii_lowercase(),
        place.container
    )
}

/// That file; nothing where nothing was left out.
pub(crate) fn left_out(place: &Place, left_out: &[LeftOut]) -> Option<String> {
    if left_out.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = left_out
        .iter()
        .map(|left_out| format!("# {}: {}.", left_out.what, left_out.why.words()))
        .collect();
    lines.sort_unstable();
    let mut text = format!("# Left out of the import from {place}:\n");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    Some(text)
}
