//! What is linked into the operator besides Cargo's packages: the C library, Rust's standard library and GCC's unwinder.

use std::process::Command;

use crate::Outcome;

/// The oldest glibc of which a static program resolves names by itself: older ones load modules at run time for that, which
/// are not in the image.
const OLDEST_GLIBC: (u32, u32) = (2, 34);

/// What glibc says of itself in every program that it is linked into: the distribution's name for it, and the version.
const GLIBC_SAYS: [&str; 3] = ["GNU C Library (", ") ", "release version "];

/// What rustc says of itself in every program.
const RUSTC_SAYS: &str = "rustc version ";

/// A library that came with a compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Its name.
    pub name: &'static str,
    /// Its version, as its makers number it.
    pub version: String,
    /// The licence, in the words of SPDX.
    pub license: &'static str,
    /// What scanners know it by.
    pub cpe: String,
    /// Where its source is.
    pub source: &'static str,
    /// Which build it is, where it says so.
    pub build: Option<String>,
    /// What its licence asks to be said, and its text.
    pub notice: &'static str,
}

impl Library {
    /// As a package URL.
    pub fn purl(&self) -> String {
        format!("pkg:generic/{}@{}", self.name, self.version)
    }
}

const GLIBC_NOTICE: &str = concat!(
    "The GNU C Library is linked into cckm-operator statically. It is free software under the terms of the GNU Lesser
General Public License, version 2.1 or later, which follows. Its source is published at the address above, and by the
distribution that built it.

To link cckm-operator with a changed version of it: get the source of cckm-operator of the same version, install the
changed library (its libc.a) where your C compiler looks for it, and run `cargo run -p image` in the source's folder.
You may change the library for your own use, and take cckm-operator apart to find mistakes in such changes.

",
    include_str!("../licences/LGPL-2.1.txt")
);

const RUST_NOTICE: &str = "Copyright (c) The Rust Project Contributors. Taken under the Apache License, Version 2.0, which is also
cckm-operator's own: its text is in LICENSE. What the standard library holds of others is listed at
https://github.com/rust-lang/rust/blob/main/COPYRIGHT.";

const UNWINDER_NOTICE: &str = "Copyright (c) Free Software Foundation, Inc. The GCC Runtime Library Exception lets programs be linked with it
under terms of their own: https://www.gnu.org/licenses/gcc-exception-3.1.html";

/// Those of a program. What the program does not say of them itself is asked of this machine.
pub fn libraries(program: &[u8]) -> Outcome<Vec<Library>> {
    let (glibc, build) = match glibc_of(program) {
        Some(said) => said,
        None => (glibc_here()?, None),
    };
    refuse_old(&glibc)?;
    let rust = match word_after(program, RUSTC_SAYS) {
        Some(version) => version,
        None => said_by("rustc", &["-vV"])?
            .lines()
            .find_map(|line| line.strip_prefix("release: "))
            .ok_or("rustc does not say its release")?
            .to_owned(),
    };
    let gcc = said_by("cc", &["-dumpfullversion", "-dumpversion"])?;
    let gcc = gcc.trim().to_owned();
    Ok(vec![
        Library {
            name: "glibc",
            cpe: format!("cpe:2.3:a:gnu:glibc:{glibc}:*:*:*:*:*:*:*"),
            version: glibc,
            license: "LGPL-2.1-or-later",
            source: "https://sourceware.org/git/glibc.git",
            build,
            notice: GLIBC_NOTICE,
        },
        Library {
            name: "libgcc",
            cpe: format!("cpe:2.3:a:gnu:gcc:{gcc}:*:*:*:*:*:*:*"),
            version: gcc,
            license: "GPL-3.0-or-later WITH GCC-exception-3.1",
            source: "https://gcc.gnu.org/git/gcc.git",
            build: None,
            notice: UNWINDER_NOTICE,
        },
        Library {
            name: "rust-std",
            cpe: format!("cpe:2.3:a:rust-lang:rust:{rust}:*:*:*:*:*:*:*"),
            version: rust,
            license: "MIT OR Apache-2.0",
            source: "https://github.com/rust-lang/rust",
            build: None,
            notice: RUST_NOTICE,
        },
    ])
}

/// Version and build of the glibc in a program.
fn glibc_of(program: &[u8]) -> Option<(String, Option<String>)> {
    let [begin, middle, version] = GLIBC_SAYS;
    let at = find(program, begin)? + begin.len();
    let said: Vec<u8> = program.get(at..)?.iter().take(200).copied().collect();
    let said = String::from_utf8_lossy(&said).into_owned();
    let (build, rest) = said.split_once(middle)?;
    let (_, rest) = rest.split_once(version)?;
    let number = |c: char| c.is_ascii_digit() || c == '.';
    let version = rest.split(|c| !number(c)).next()?.trim_end_matches('.');
    Some((version.to_owned(), Some(build.to_owned())))
}

fn glibc_here() -> Outcome<String> {
    let said = said_by("getconf", &["GNU_LIBC_VERSION"])?;
    let version = said.trim().strip_prefix("glibc ");
    Ok(version
        .ok_or_else(|| format!("getconf says {said:?} of the C library, which is no glibc"))?
        .to_owned())
}

fn refuse_old(glibc: &str) -> Outcome {
    let mut numbers = glibc.split('.').map_while(|number| number.parse().ok());
    let version = numbers.next().zip(numbers.next());
    if version.is_none_or(|version| version < OLDEST_GLIBC) {
        let (major, minor) = OLDEST_GLIBC;
        return Err(format!(
            "glibc is {glibc}: a static program of one before {major}.{minor} needs its modules to resolve names, and the image has none"
        )
        .into());
    }
    Ok(())
}

/// The word that follows.
fn word_after(program: &[u8], words: &str) -> Option<String> {
    let at = find(program, words)? + words.len();
    let rest = program.get(at..)?.iter().take(30).copied();
    let word: Vec<u8> = rest.take_while(u8::is_ascii_graphic).collect();
    String::from_utf8(word).ok()
}

/// Where a text begins.
pub(crate) fn find(program: &[u8], text: &str) -> Option<usize> {
    let text = text.as_bytes();
    program
        .windows(text.len())
        .position(|window| window == text)
}

fn said_by(program: &str, arguments: &[&str]) -> Outcome<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{program} can't be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} {}: {}", arguments.join(" "), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_is_the_one_that_the_program_names() {
        let program =
            b"\0GNU C Library (Debian GLIBC 2.41-12) stable release version 2.41.\nCopyright\0rustc version 1.99.1 (abc)\0";
        let found = libraries(program).unwrap();
        let [glibc, _, rust] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(glibc.version, "2.41");
        assert_eq!(glibc.build.as_deref(), Some("Debian GLIBC 2.41-12"));
        assert_eq!(rust.version, "1.99.1");
    }

    #[test]
    fn a_c_library_that_needs_modules_to_resolve_names_is_refused() {
        let program = b"GNU C Library (Ubuntu GLIBC 2.31-0ubuntu9) stable release version 2.31.\n";
        let refusal = libraries(program).unwrap_err().to_string();
        assert!(refusal.contains("2.31"), "{refusal}");
        for (version, taken) in [("2.33", false), ("2.34", true), ("3.0", true), ("x", false)] {
            assert_eq!(refuse_old(version).is_ok(), taken, "{version}");
        }
    }
}
