//! The page `docs/reference/operations.md` lists what the API has and says what of it is used: held against the source of
//! the client, the published pages and the simulator.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers fail like the tests they serve"
)]

mod page;
mod source;

use page::{Row, rows};
use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path::PathBuf};

/// What the examples in `tests/pages` are answers to.
const PAGES: [(&str, &str); 5] = [
    (
        "000-sfdc-delete-backup",
        "POST /v1/cckm/sfdc/keys/{id}/delete-backup",
    ),
    ("001-sfdc-create-tenant-secret", "POST /v1/cckm/sfdc/keys"),
    (
        "002-sfdc-upload-tenant-secret",
        "POST /v1/cckm/sfdc/keys/upload",
    ),
    (
        "003-azure-purge-secret",
        "POST /v1/cckm/azure/secrets/{id}/hard-delete",
    ),
    (
        "004-oci-cancel-key-deletion",
        "POST /v1/cckm/oci/keys/{id}/cancel-deletion",
    ),
];

/// What those pages tell their reader to call besides.
const NAMED_BY_PAGES: [&str; 3] = [
    "GET /v1/cckm/sfdc/organizations",
    "GET /v1/cckm/sfdc/certificates",
    "GET /v1/cckm/oci/keys",
];

/// A file or folder of the workspace.
fn workspace(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace(path)).unwrap()
}

#[test]
fn what_the_page_says_is_sent_is_what_the_client_can_send() {
    let listed: BTreeSet<String> = rows()
        .iter()
        .filter(|row| row.by != "no")
        .map(Row::operation)
        .collect();
    let made = source::operations();
    let unlisted: Vec<_> = made.difference(&listed).collect();
    let unmade: Vec<_> = listed.difference(&made).collect();
    assert!(
        unlisted.is_empty() && unmade.is_empty(),
        "not listed as sent: {unlisted:#?}; listed, but no operation of the client: {unmade:#?}"
    );
}

#[test]
fn every_operation_of_the_published_pages_is_sent_by_the_operator() {
    let rows = rows();
    let pages = PAGES.iter().map(|(_, operation)| operation);
    for operation in pages.chain(&NAMED_BY_PAGES) {
        let row = rows.iter().find(|row| row.operation() == *operation);
        assert_eq!(
            row.map(|row| row.by.as_str()),
            Some("operator"),
            "{operation}"
        );
    }
    let files: BTreeSet<String> = fs::read_dir(workspace("crates/cckm/tests/pages"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let known = PAGES.iter().map(|(name, _)| format!("{name}.json"));
    assert_eq!(files, known.collect());
}

#[test]
fn every_path_of_the_simulator_is_listed() {
    let listed: BTreeSet<String> = rows().iter().map(|row| page::shape(&row.path)).collect();
    let missing: Vec<String> = source::texts("crates/cckm-simulator/src/http")
        .into_iter()
        .filter_map(|text| text.strip_prefix("/api").map(ToOwned::to_owned))
        .filter(|path| path.starts_with("/v1/cckm/") && !path.contains('%'))
        .filter(|path| !listed.contains(&page::shape(path)))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_operation_is_listed_twice_and_each_has_a_method_of_the_api() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let operation = row.operation();
        assert!(
            ["GET", "POST", "PATCH", "DELETE"].contains(&row.method.as_str()),
            "{operation}"
        );
        assert!(row.path.starts_with("/v1/"), "{operation}");
        let shape = (row.method.clone(), page::shape(&row.path));
        assert!(seen.insert(shape), "{operation} is there twice");
    }
}

#[test]
fn every_row_says_what_reaches_it_or_why_nothing_does() {
    for row in rows() {
        let operation = row.operation();
        assert!(
            ["operator", "client", "no"].contains(&row.by.as_str()),
            "{operation}: {}",
            row.by
        );
        assert!(
            row.why.len() >= 20 && row.why.ends_with(['.', '?']),
            "{operation}: {:?} is no sentence",
            row.why
        );
    }
}

/// By the vendor's own index of operations, which counts them by cloud.
#[test]
fn each_cloud_has_as_many_operations_as_the_vendor_counts() {
    let mut counts = BTreeMap::new();
    for row in rows() {
        if let Some(cloud) = row.path.strip_prefix("/v1/cckm/") {
            let cloud = cloud.split('/').next().unwrap().to_owned();
            *counts.entry(cloud).or_insert(0) += 1;
        }
    }
    counts.remove("settings");
    let expected = [("azure", 77), ("oci", 61), ("sfdc", 47)];
    assert_eq!(
        counts,
        expected
            .map(|(cloud, count)| (cloud.to_owned(), count))
            .into()
    );
}

/// The words of the API: fields, and then the words that a field can hold, kinds and reasons.
fn words_of_the_api() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut words) = (BTreeSet::new(), BTreeSet::new());
    for file in fs::read_dir(workspace("crds")).unwrap() {
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let line = line.trim();
            if let Some(word) = line.strip_prefix("- ") {
                words.insert(word.to_owned());
            } else if let Some(kind) = line.strip_prefix("kind: ") {
                words.insert(kind.to_owned());
            } else if let Some((field, _)) = line.split_once(':') {
                fields.insert(field.to_owned());
            }
        }
    }
    for line in read("docs/troubleshooting.md").lines() {
        if let Some((reason, _)) = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once('`'))
        {
            words.insert(reason.to_owned());
        }
    }
    (fields, words)
}

#[test]
fn the_kinds_fields_states_and_actions_that_the_page_names_exist() {
    let (fields, words) = words_of_the_api();
    let annotations = ["cckm.dev/push-value"];
    for row in rows() {
        for span in row.why.split('`').skip(1).step_by(2) {
            let unknown = span
                .split(['.', ':', ' '])
                .find(|word| !word.is_empty() && !words.contains(*word) && !fields.contains(*word));
            assert!(
                unknown.is_none() || annotations.contains(&span),
                "{}: `{span}` is no word of the API",
                row.operation()
            );
        }
    }
}
