//! The program that goes into the image.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{Outcome, toolchain::find, workspace};

/// Named explicitly: else the static C library would be asked of procedural macros too, which can't have it.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Where the crate `cc` looks first for flags of the C compiler.
const C_FLAGS: &str = "CFLAGS_x86_64_unknown_linux_gnu";

const STATIC: &str = "-C target-feature=+crt-static";

/// Builds the operator statically, with one of Cargo's profiles, and returns where it is.
pub fn operator(profile: &str) -> Outcome<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    // What an outer Cargo says of the package that it runs: build scripts would take it for a change.
    for (name, _) in env::vars_os() {
        let outer = [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ];
        if outer
            .iter()
            .any(|outer| name.to_string_lossy().starts_with(outer))
        {
            build.env_remove(name);
        }
    }
    let built = build
        .args(["build", "--locked", "--target", TARGET, "--profile"])
        .arg(profile)
        .args(["--package", "cckm-operator", "--bin", "cckm-operator"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(workspace())
        .env(C_FLAGS, c_flags(&own_c_flags(), &folders()))
        // Unlike RUSTFLAGS it takes paths with spaces, and Cargo prefers it.
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&folders()).join("\x1f"))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo can't be run: {error}"))?;
    if !built.status.success() {
        return Err("the operator does not build".into());
    }
    let messages = String::from_utf8(built.stdout)?;
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    executable.ok_or_else(|| "cargo named no executable".into())
}

/// What rustc is told: to link statically, and to name no folder of this machine.
fn flags(folders: &[(PathBuf, &str)]) -> Vec<String> {
    let renamed = folders
        .iter()
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    STATIC
        .split(' ')
        .map(str::to_owned)
        .chain(renamed)
        .collect()
}

/// The same for what packages have in C and assembler. The crate `cc` divides it at spaces, so a folder with one stays.
fn c_flags(own: &str, folders: &[(PathBuf, &str)]) -> String {
    let renamed = folders
        .iter()
        .map(|(folder, name)| (folder.display().to_string(), name))
        .filter(|(folder, _)| !folder.contains(' '))
        .map(|(folder, name)| format!("-ffile-prefix-map={folder}={name}"));
    let own = (!own.is_empty()).then(|| own.to_owned());
    own.into_iter().chain(renamed).collect::<Vec<_>>().join(" ")
}

/// What somebody set for the C compiler.
fn own_c_flags() -> String {
    let set = [C_FLAGS, "TARGET_CFLAGS", "CFLAGS"].map(env::var);
    set.into_iter().find_map(Result::ok).unwrap_or_default()
}

/// The folders of this machine that a program may name, and what it calls them instead. Of two that fit, the later one counts.
fn folders() -> Vec<(PathBuf, &'static str)> {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    let home = variable("HOME");
    let of_home = |name| home.as_ref().map(|home| home.join(name));
    let folders = [
        (Some(workspace()), "/cckm-operator"),
        (variable("CARGO_TARGET_DIR"), "/target"),
        (
            variable("CARGO_HOME").or_else(|| of_home(".cargo")),
            "/cargo",
        ),
        (
            variable("RUSTUP_HOME").or_else(|| of_home(".rustup")),
            "/rustup",
        ),
    ];
    folders
        .into_iter()
        .filter_map(|(folder, name)| Some((fs::canonicalize(folder?).ok()?, name)))
        .collect()
}

/// The folders of this machine that the program names all the same.
pub fn named_in(program: &Path) -> Outcome<Vec<PathBuf>> {
    let program = fs::read(program)?;
    let named = folders().into_iter().map(|(folder, _)| folder);
    Ok(named
        .filter(|folder| find(&program, &folder.display().to_string()).is_some())
        .collect())
}

/// A program that asks for a loader would not start in an image that has none.
pub(crate) fn assert_static(program: &[u8]) -> Outcome {
    if segments(program)
        .ok_or("the program is no 64-bit ELF file")?
        .contains(&PT_INTERP)
    {
        return Err(format!(
            "the program is not static; build it with RUSTFLAGS='{STATIC}' and --target {TARGET}"
        )
        .into());
    }
    Ok(())
}

/// The type of the segment that names the loader.
const PT_INTERP: u32 = 3;

/// The types of an ELF file's segments.
fn segments(program: &[u8]) -> Option<Vec<u32>> {
    let bytes = |at: usize, length: usize| program.get(at..at.checked_add(length)?);
    let number = |at, length| {
        let number = bytes(at, length)?.iter().rev();
        Some(number.fold(0, |number, byte| number << 8 | usize::from(*byte)))
    };
    // Magic, 64 bits, little-endian.
    if bytes(0, 6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let (table, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    (0..count)
        .map(|place| u32::try_from(number(table.checked_add(place * size)?, 4)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_needs_a_loader_is_refused() {
        // This very test is linked in the ordinary way.
        let dynamic = std::fs::read(env::current_exe().unwrap()).unwrap();
        let refusal = assert_static(&dynamic).unwrap_err().to_string();
        assert!(refusal.contains("crt-static"), "{refusal}");
    }

    #[test]
    fn rustc_is_told_to_name_no_folder_of_this_machine() {
        let known = folders();
        assert!(
            known.iter().any(|(_, name)| *name == "/cckm-operator"),
            "{known:?}"
        );
        let folders = [(PathBuf::from("/home/some body/cckm"), "/cckm-operator")];
        let flags = flags(&folders);
        let expected = [
            "-C",
            "target-feature=+crt-static",
            "--remap-path-prefix=/home/some body/cckm=/cckm-operator",
        ];
        assert_eq!(flags, expected);
        assert_eq!(c_flags("", &folders), "");
        let home = [(PathBuf::from("/root/.cargo"), "/cargo")];
        let expected = "-O2 -ffile-prefix-map=/root/.cargo=/cargo";
        assert_eq!(c_flags("-O2", &home), expected);
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for text in [&b"#!/bin/sh"[..], b"", b"\x7fELF\x02\x01"] {
            assert!(assert_static(text).is_err());
        }
    }
}
