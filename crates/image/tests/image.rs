//! What the image promises. crane is built once, as `go-tools` says; where that is impossible its test says so and passes.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use flate2::read::GzDecoder;
use image::{Built, Options};
use serde_json::Value;

/// The least that passes for a static program: an ELF header without segments.
fn program(folder: &Path, last: u8) -> PathBuf {
    let mut bytes = b"\x7fELF\x02\x01".to_vec();
    bytes.resize(64, 0);
    bytes.push(last);
    let path = folder.join("program");
    fs::write(&path, bytes).unwrap();
    path
}

fn made(name: &str, last: u8, epoch: u32) -> Built {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    image::make(&Options {
        program: program(&folder, last),
        output: folder.join("image"),
        name: "localhost/cckm-operator:test".to_owned(),
        epoch,
    })
    .unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A blob of the image by what describes it.
fn blob(built: &Built, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().unwrap();
    built.layout.join("blobs").join(digest.replace(':', "/"))
}

fn manifest(built: &Built) -> Value {
    let index = json(&built.layout.join("index.json"));
    json(&blob(built, &index["manifests"][0]))
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    let (one, other) = (made("once", 1, 7), made("again", 1, 7));
    assert_eq!(one.digest, other.digest);
    assert_eq!(
        fs::read(&one.archive).unwrap(),
        fs::read(&other.archive).unwrap()
    );
    for beside in ["sbom.cdx.json", "THIRD-PARTY-LICENSES.txt"] {
        let read = |built: &Built| fs::read(built.layout.with_file_name(beside)).unwrap();
        assert_eq!(read(&one), read(&other), "{beside}");
    }
    assert_ne!(one.digest, made("another-program", 2, 7).digest);
    assert_ne!(one.digest, made("another-time", 1, 8).digest);
}

#[test]
fn an_image_made_over_another_keeps_nothing_of_it() {
    let first = made("over", 1, 7);
    let blobs = |built: &Built| {
        fs::read_dir(built.layout.join("blobs/sha256"))
            .unwrap()
            .count()
    };
    let before = blobs(&first);
    assert_eq!(blobs(&made("over", 2, 8)), before);
}

#[test]
fn it_runs_as_a_number_that_is_not_root_and_says_what_it_is() {
    let built = made("config", 1, 86_400);
    let config = json(&blob(&built, &manifest(&built)["config"]));
    assert_eq!(config["config"]["User"], "65532");
    assert_eq!(config["config"]["Entrypoint"][0], "/cckm-operator");
    let labels = &config["config"]["Labels"];
    for (label, value) in [
        ("source", env!("CARGO_PKG_REPOSITORY")),
        ("version", env!("CARGO_PKG_VERSION")),
        ("licenses", "Apache-2.0"),
        ("created", "1970-01-02T00:00:00Z"),
    ] {
        assert_eq!(labels[format!("org.opencontainers.image.{label}")], value);
    }
    assert_eq!(manifest(&built)["annotations"], *labels);
}

#[test]
fn it_holds_the_program_authorities_and_licences_of_root_and_of_one_time() {
    let built = made("files", 1, 7);
    let layer = fs::File::open(blob(&built, &manifest(&built)["layers"][0])).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(layer));
    let mut names = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header().clone();
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!(header.mtime().unwrap(), 7);
        // Nobody but root writes, and nobody becomes another.
        assert_eq!(header.mode().unwrap() & 0o7022, 0);
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        if header.entry_type().is_file() {
            let mut text = String::new();
            let read = entry.read_to_string(&mut text);
            if name == "etc/ssl/certs/ca-certificates.crt" {
                read.unwrap();
                assert!(text.matches("BEGIN CERTIFICATE").count() > 50);
            }
            names.push(name);
        }
    }
    let expected = [
        "cckm-operator",
        "etc/ssl/certs/ca-certificates.crt",
        "usr/share/doc/cckm-operator/LICENSE",
        "usr/share/doc/cckm-operator/THIRD-PARTY-LICENSES.txt",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_bill_of_materials_names_each_dependency_with_licence_and_checksum() {
    let built = made("sbom", 1, 7);
    let sbom = json(&built.layout.with_file_name("sbom.cdx.json"));
    assert_eq!(sbom["metadata"]["component"]["name"], "cckm-operator");
    let components = sbom["components"].as_array().unwrap();
    let named = |name: &str| {
        components
            .iter()
            .find(|component| component["name"] == name)
    };
    for name in [
        "kube",
        "tokio",
        "rustls",
        "ring",
        "lifecycle",
        "glibc",
        "libgcc",
        "rust-std",
    ] {
        assert!(named(name).is_some(), "{name}");
    }
    // Of tests alone.
    for name in ["proptest", "libtest-mimic", "cckm-simulator"] {
        assert!(named(name).is_none(), "{name}");
    }
    let licences =
        fs::read_to_string(built.layout.with_file_name("THIRD-PARTY-LICENSES.txt")).unwrap();
    for component in components {
        let (name, version) = (
            component["name"].as_str().unwrap(),
            component["version"].as_str().unwrap(),
        );
        assert!(component["licenses"].is_array(), "{name} has no licence");
        let of_cargo = component["purl"]
            .as_str()
            .unwrap()
            .starts_with("pkg:cargo/");
        let own = of_cargo && component["hashes"].is_null();
        let line = format!("\n{name} {version}: ");
        assert_eq!(licences.contains(&line), !own, "{name}");
    }
    // What LGPL-2.1, section 6 asks for: that it is said, its text, and how to link anew.
    for said in [
        "The GNU C Library is linked into cckm-operator statically",
        "To link cckm-operator with a changed version of it",
        "GNU LESSER GENERAL PUBLIC LICENSE",
    ] {
        assert!(licences.contains(said), "{said}");
    }
    // Every package that is needed is one of them.
    for dependency in sbom["dependencies"].as_array().unwrap() {
        for needed in dependency["dependsOn"].as_array().unwrap() {
            assert!(
                components
                    .iter()
                    .any(|component| component["purl"] == *needed),
                "{needed}"
            );
        }
    }
}

/// A registry on this machine; it ends when dropped.
struct Registry(Child);

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_registry_takes_it_and_crane_finds_nothing_wrong_with_it() {
    let Some(folder) = go_tools::IMAGE.folder() else {
        return;
    };
    let crane = folder.join("crane");
    let mut served = Command::new(&crane)
        .args(["registry", "serve", "--address", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = served.stderr.take().unwrap();
    let _registry = Registry(served);
    let mut lines = BufReader::new(said).lines();
    let line = lines
        .find(|line| line.as_ref().unwrap().contains("serving on"))
        .unwrap()
        .unwrap();
    let port = line.rsplit([' ', ':']).next().unwrap();
    let built = made("pushed", 1, 7);
    let name = format!("127.0.0.1:{port}/cckm-operator:test");
    let run = |arguments: &[&str]| {
        let output = Command::new(&crane).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["push", built.layout.to_str().unwrap(), &name]);
    assert_eq!(run(&["digest", &name]).trim(), built.digest);
    run(&["validate", "--remote", &name]);
}
