//! The program that goes into the image.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{Outcome, workspace};

/// Named explicitly: else the static C library would be asked of procedural macros too, which can't have it.
pub const TARGET: &str = "x86_64-unknown-linux-gnu";

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
        .env("RUSTFLAGS", STATIC)
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
    fn what_is_no_program_is_refused() {
        for text in [&b"#!/bin/sh"[..], b"", b"\x7fELF\x02\x01"] {
            assert!(assert_static(text).is_err());
        }
    }
}
