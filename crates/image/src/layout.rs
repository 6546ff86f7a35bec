//! The image as OCI's image specification lays it out: blobs by digest, and an index that names the manifest.

use std::{fmt::Write as _, fs, io, path::Path};

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Built, Options, Outcome,
    layer::{Layer, PROGRAM},
};

/// As a number, for a kubelet can't tell from a name that it isn't root's.
const USER: &str = "65532";

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub(crate) fn write(options: &Options, layer: &Layer) -> Outcome<Built> {
    let layout = options.output.join("layout");
    match fs::remove_dir_all(&layout) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;

    let labels = labels(options.epoch)?;
    let config = config(options.epoch, layer, &labels)?;
    let config = blob(
        &blobs,
        "application/vnd.oci.image.config.v1+json",
        config.to_string().as_bytes(),
    )?;
    let media = "application/vnd.oci.image.layer.v1.tar+gzip";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [blob(&blobs, media, &layer.compressed)?],
        "annotations": labels,
    });
    let mut manifest = blob(&blobs, MANIFEST, manifest.to_string().as_bytes())?;
    let digest = manifest["digest"].as_str().unwrap_or_default().to_owned();
    manifest["platform"] = json!({"architecture": "amd64", "os": "linux"});
    manifest["annotations"] = json!({
        "org.opencontainers.image.ref.name": env!("CARGO_PKG_VERSION"),
        // What containerd calls it after an import.
        "io.containerd.image.name": options.name,
    });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest],
    });
    fs::write(layout.join("index.json"), index.to_string())?;
    let version = json!({"imageLayoutVersion": "1.0.0"});
    fs::write(layout.join("oci-layout"), version.to_string())?;

    let archive = options.output.join("cckm-operator.tar");
    let mut tar = tar::Builder::new(fs::File::create(&archive)?);
    tar.mode(tar::HeaderMode::Deterministic);
    for name in ["oci-layout", "index.json"] {
        tar.append_path_with_name(layout.join(name), name)?;
    }
    let names = fs::read_dir(&blobs)?.map(|entry| Ok(entry?.file_name()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    for name in names {
        tar.append_path_with_name(blobs.join(&name), Path::new("blobs/sha256").join(&name))?;
    }
    tar.finish()?;
    Ok(Built {
        layout,
        archive,
        digest,
    })
}

/// What OCI's annotations say of an image.
fn labels(epoch: u32) -> Outcome<Value> {
    Ok(json!({
        "org.opencontainers.image.title": "cckm-operator",
        "org.opencontainers.image.description": "Drives keys held by CipherTrust Manager's Cloud Key Management",
        "org.opencontainers.image.source": env!("CARGO_PKG_REPOSITORY"),
        "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
        "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
        "org.opencontainers.image.created": created(epoch)?,
    }))
}

fn created(epoch: u32) -> Outcome<String> {
    Ok(Timestamp::from_second(epoch.into())?.to_string())
}

fn config(epoch: u32, layer: &Layer, labels: &Value) -> Outcome<Value> {
    let created = created(epoch)?;
    Ok(json!({
        "architecture": "amd64",
        "os": "linux",
        "created": created,
        "config": {
            "User": USER,
            "Entrypoint": [format!("/{PROGRAM}")],
            "WorkingDir": "/",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(&layer.plain)]},
        "history": [{"created": created, "created_by": "cargo run -p image"}],
    }))
}

/// Stores content under its digest, and describes it.
fn blob(blobs: &Path, media: &str, content: &[u8]) -> io::Result<Value> {
    let digest = digest(content);
    fs::write(blobs.join(digest.trim_start_matches("sha256:")), content)?;
    Ok(json!({"mediaType": media, "digest": digest, "size": content.len()}))
}

fn digest(content: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(content) {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
