//! The operator's container image, made without a container engine: a static program, the certificate authorities that
//! browsers trust, and the licences, in one layer on nothing.
//!
//! The same program gives the same bytes: files are sorted, belong to user 0 and carry one time, which is
//! `SOURCE_DATE_EPOCH`, else 1970. Beside the image lie a bill of materials (`CycloneDX`) and the licences of everything
//! that is linked in. Only x86-64 is made: no other target's standard library is part of the toolchain that this
//! project is held to.

pub mod compile;
pub mod dependencies;
mod layer;
mod layout;
pub mod sbom;
pub mod toolchain;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dependencies::Dependencies;

/// Any error ends the work, and says what was being done.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the image is made of, and where it goes.
#[derive(Clone, Debug)]
pub struct Options {
    /// The operator, linked statically.
    pub program: PathBuf,
    /// A folder; what an earlier run left in it is replaced.
    pub output: PathBuf,
    /// The name that the archive gives the image when it is loaded, with a tag.
    pub name: String,
    /// Seconds since 1970: the time of every file and of the image.
    pub epoch: u32,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Built {
    /// The image as a folder in OCI's layout, as `crane push` takes it.
    pub layout: PathBuf,
    /// The same as one file, as `ctr images import` takes it.
    pub archive: PathBuf,
    /// The manifest's digest, by which a registry knows the image.
    pub digest: String,
}

/// Makes the image and what lies beside it.
pub fn make(options: &Options) -> Outcome<Built> {
    let program = fs::read(&options.program)
        .map_err(|error| format!("{}: {error}", options.program.display()))?;
    compile::assert_static(&program)?;
    let dependencies = Dependencies::of_operator()?;
    let libraries = toolchain::libraries(&program)?;
    let licences = dependencies.licences(&libraries);
    fs::create_dir_all(&options.output)?;
    fs::write(options.output.join("THIRD-PARTY-LICENSES.txt"), &licences)?;
    let sbom = sbom::cyclonedx(&dependencies, &libraries);
    fs::write(
        options.output.join("sbom.cdx.json"),
        format!("{}\n", serde_json::to_string_pretty(&sbom)?),
    )?;
    let layer = layer::layer(&program, &licences, options.epoch)?;
    layout::write(options, &layer)
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
