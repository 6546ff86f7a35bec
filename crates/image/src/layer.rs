//! The image's only layer.

use std::{collections::BTreeMap, fmt::Write as _, fs, io::Write as _};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use crate::{Outcome, workspace};

/// Where the program is in the image.
pub(crate) const PROGRAM: &str = "cckm-operator";

/// Where Linux programs look for the authorities that they trust.
const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";

/// A layer as it is stored, and as it is when unpacked.
pub(crate) struct Layer {
    pub(crate) compressed: Vec<u8>,
    pub(crate) plain: Vec<u8>,
}

pub(crate) fn layer(program: &[u8], licences: &str, epoch: u32) -> Outcome<Layer> {
    let own = fs::read(workspace().join("LICENSE"))?;
    let authorities = authorities()?;
    // Sorted, with every folder before its files.
    let mut entries: BTreeMap<&str, Option<&[u8]>> = BTreeMap::new();
    entries.insert(PROGRAM, Some(program));
    entries.insert(AUTHORITIES, Some(authorities.as_bytes()));
    let documents = "usr/share/doc/cckm-operator";
    let (license, third) = (
        format!("{documents}/LICENSE"),
        format!("{documents}/THIRD-PARTY-LICENSES.txt"),
    );
    entries.insert(&license, Some(&own));
    entries.insert(&third, Some(licences.as_bytes()));
    for path in [AUTHORITIES, &license] {
        for (end, _) in path.match_indices('/') {
            entries.insert(&path[..end], None);
        }
    }

    let mut builder = Builder::new(Vec::new());
    for (path, content) in entries {
        let mut header = Header::new_ustar();
        header.set_mtime(epoch.into());
        header.set_uid(0);
        header.set_gid(0);
        let executable = path == PROGRAM || content.is_none();
        header.set_mode(if executable { 0o755 } else { 0o644 });
        let content = content.unwrap_or_else(|| {
            header.set_entry_type(EntryType::Directory);
            &[]
        });
        header.set_size(u64::try_from(content.len())?);
        builder.append_data(&mut header, path, content)?;
    }
    let plain = builder.into_inner()?;
    // No name and no time in its header.
    let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
    gzip.write_all(&plain)?;
    let compressed = gzip.finish()?;
    Ok(Layer { compressed, plain })
}

/// Mozilla's authorities in PEM: for a CM or an API server whose certificate one of them has signed.
fn authorities() -> Outcome<String> {
    let mut text = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = BASE64_STANDARD.encode(certificate);
        for line in encoded.as_bytes().chunks(64) {
            writeln!(text, "{}", str::from_utf8(line)?)?;
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    Ok(text)
}
