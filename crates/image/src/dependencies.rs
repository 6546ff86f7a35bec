//! What is linked into the operator, as Cargo tells it, and under which licences.
//!
//! Made here because the programs that do it (cargo-cyclonedx, cargo-about) are not part of the toolchain, and take
//! longer to build than all of this crate. What Cargo can't know, such as the C library, is in
//! [`crate::toolchain`].

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use crate::{Outcome, compile::TARGET, toolchain::Library, workspace};

/// A package that is linked in.
#[derive(Debug, Deserialize)]
pub struct Package {
    id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The licence, in the words of SPDX.
    pub license: Option<String>,
    license_file: Option<PathBuf>,
    /// Where its source is.
    pub repository: Option<String>,
    /// Where it was got; absent for packages of this workspace.
    pub source: Option<String>,
    manifest_path: PathBuf,
    /// The SHA-256 of what was got.
    #[serde(skip)]
    pub checksum: Option<String>,
    /// What it needs itself, by place in [`Dependencies::packages`].
    #[serde(skip)]
    pub needs: BTreeSet<usize>,
}

/// The operator, and everything that it is linked with.
#[derive(Debug)]
pub struct Dependencies {
    /// Sorted by name and version.
    pub packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Need>,
}

#[derive(Deserialize)]
struct Need {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// Absent for what is linked, else `dev` or `build`.
    kind: Option<String>,
}

impl Dependencies {
    /// Those of the operator on the image's target, as `Cargo.lock` pins them; procedural macros included.
    pub fn of_operator() -> Outcome<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version=1",
                "--locked",
                "--filter-platform",
                TARGET,
            ])
            .current_dir(workspace())
            .output()
            .map_err(|error| format!("cargo can't be run: {error}"))?;
        if !output.status.success() {
            return Err(format!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let needs: BTreeMap<&str, Vec<&str>> = metadata
            .resolve
            .nodes
            .iter()
            .map(|node| {
                let linked = |need: &&Need| need.dep_kinds.iter().any(|kind| kind.kind.is_none());
                let linked = node.deps.iter().filter(linked);
                (&*node.id, linked.map(|need| &*need.pkg).collect())
            })
            .collect();
        let root = metadata
            .packages
            .iter()
            .find(|package| package.name == "cckm-operator");
        let mut found = BTreeSet::new();
        let mut open = vec![root.ok_or("cargo knows no cckm-operator")?.id.clone()];
        while let Some(id) = open.pop() {
            let more = needs.get(&*id).into_iter().flatten();
            open.extend(
                more.filter(|id| !found.contains(**id))
                    .map(|id| (*id).to_owned()),
            );
            found.insert(id);
        }
        let checksums = checksums()?;
        let mut packages = metadata.packages;
        packages.retain(|package| found.contains(&package.id));
        packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        let place: BTreeMap<String, usize> = packages
            .iter()
            .enumerate()
            .map(|(place, package)| (package.id.clone(), place))
            .collect();
        for package in &mut packages {
            let mine = needs.get(&*package.id).into_iter().flatten();
            package.needs = mine.filter_map(|id| place.get(*id).copied()).collect();
            let key = (package.name.clone(), package.version.clone());
            package.checksum = checksums.get(&key).cloned();
        }
        Ok(Self { packages })
    }

    /// Every package of others with its licence and the texts that it ships, and what came with the compilers.
    pub fn licences(&self, libraries: &[Library]) -> String {
        let mut text = "What cckm-operator is linked with, and under which licences.\n".to_owned();
        let line = "=".repeat(80);
        for package in self
            .packages
            .iter()
            .filter(|package| package.source.is_some())
        {
            let terms = package.license.as_deref().unwrap_or("see below");
            // Writing to a text can't fail.
            let _ = write!(
                text,
                "\n{line}\n{} {}: {terms}\n",
                package.name, package.version
            );
            if let Some(repository) = &package.repository {
                let _ = writeln!(text, "{repository}");
            }
            for licence in package.texts() {
                let _ = write!(text, "\n{}\n", licence.trim_end());
            }
        }
        for library in libraries {
            let Library {
                name,
                version,
                license,
                source,
                notice,
                ..
            } = library;
            let _ = write!(
                text,
                "\n{line}\n{name} {version}: {license}\n{source}\n\n{}\n",
                notice.trim_end()
            );
        }
        text
    }
}

impl Package {
    /// The texts that lie in its folder, in the order of their names.
    fn texts(&self) -> Vec<String> {
        let folder = self.manifest_path.parent().unwrap_or(Path::new("."));
        let mut paths: BTreeSet<PathBuf> = self
            .license_file
            .iter()
            .map(|file| folder.join(file))
            .collect();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().to_uppercase();
            if ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT"]
                .iter()
                .any(|word| name.starts_with(word))
            {
                paths.insert(entry.path());
            }
        }
        paths
            .into_iter()
            .filter_map(|path| fs::read_to_string(path).ok())
            .collect()
    }
}

/// By name and version, from `Cargo.lock`, whose form is one `key = "value"` a line.
fn checksums() -> Outcome<BTreeMap<(String, String), String>> {
    let lock = fs::read_to_string(workspace().join("Cargo.lock"))?;
    let blocks = lock.split("[[package]]").skip(1);
    let checksums = blocks.filter_map(|block| {
        let value = |key: &str| {
            let line = block
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
            Some(line.trim_matches('"').to_owned())
        };
        Some(((value("name")?, value("version")?), value("checksum")?))
    });
    Ok(checksums.collect())
}
