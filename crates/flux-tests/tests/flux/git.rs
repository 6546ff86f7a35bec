//! A git repository, and an author who works on it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::harness::Outcome;

/// A bare repository with the one branch `main`, and the author's clone.
#[derive(Debug)]
pub(crate) struct Repository {
    bare: PathBuf,
    clone: PathBuf,
}

/// A commit, and its files as Flux fetches them.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    /// A tar.gz.
    pub(crate) archive: Vec<u8>,
}

impl Commit {
    /// As Flux names it.
    pub(crate) fn revision(&self) -> String {
        format!("main@sha1:{}", self.sha)
    }
}

impl Repository {
    /// An empty one, in a fresh folder.
    pub(crate) fn create(folder: &Path) -> Outcome<Self> {
        fs::create_dir(folder)?;
        let (bare, clone) = (folder.join("bare"), folder.join("clone"));
        for (path, flags) in [(&bare, &["--bare"][..]), (&clone, &[])] {
            git(
                folder,
                &[&["init", "--quiet", "--initial-branch=main"], flags].concat(),
                path,
            )?;
        }
        git(&clone, &["remote", "add", "origin"], &bare)?;
        Ok(Self { bare, clone })
    }

    /// Writes files, removes those that have no text, and pushes that as one commit.
    pub(crate) fn commit(&self, what: &str, files: &[(&str, Option<&str>)]) -> Outcome<Commit> {
        for (name, text) in files {
            let file = self.clone.join(name);
            match text {
                Some(text) => {
                    fs::create_dir_all(file.parent().unwrap_or(&self.clone))?;
                    fs::write(file, text)?;
                }
                None => fs::remove_file(file)?,
            }
        }
        git(&self.clone, &["add", "--all"], "")?;
        git(&self.clone, &["commit", "--quiet", "--message"], what)?;
        self.push()
    }

    /// Undoes the last commit by another one.
    pub(crate) fn revert(&self) -> Outcome<Commit> {
        git(&self.clone, &["revert", "--no-edit"], "HEAD")?;
        self.push()
    }

    fn push(&self) -> Outcome<Commit> {
        git(&self.clone, &["push", "--quiet", "origin"], "main")?;
        let sha = git(&self.bare, &["rev-parse"], "main")?;
        let sha = String::from_utf8(sha)?.trim().to_owned();
        // Of the tree: that of a commit begins with a header that Flux does not expect.
        let tree = format!("{sha}^{{tree}}");
        let archive = git(&self.bare, &["archive", "--format=tar.gz"], &tree)?;
        Ok(Commit { sha, archive })
    }
}

/// What git answers, under no settings but these.
fn git(folder: &Path, arguments: &[&str], last: impl AsRef<OsStr>) -> Outcome<Vec<u8>> {
    let last = Some(last).filter(|last| !last.as_ref().is_empty());
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=author",
            "-c",
            "user.email=author@example.com",
        ])
        .args(arguments)
        .args(last)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .map_err(|error| format!("git can't be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {}: {said}", arguments.join(" ")).into());
    }
    Ok(output.stdout)
}
