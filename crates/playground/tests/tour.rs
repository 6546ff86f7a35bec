//! `playground tour` as a person runs it.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::Value;

/// The published pages, and the call that each is about.
const PAGES: [(&str, &str); 5] = [
    ("000-sfdc-delete-backup.txt", "/delete-backup"),
    ("001-sfdc-create-tenant-secret.txt", "/v1/cckm/sfdc/keys"),
    (
        "002-sfdc-upload-tenant-secret.txt",
        "/v1/cckm/sfdc/keys/upload",
    ),
    ("003-azure-purge-secret.txt", "/hard-delete"),
    ("004-oci-cancel-key-deletion.txt", "/cancel-deletion"),
];

#[test]
fn the_tour_keeps_all_its_promises_and_covers_every_published_page() {
    let report = std::env::temp_dir().join(format!("cckm-tour-{}.json", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_playground"))
        .args(["tour".as_ref(), "--report".as_ref(), report.as_os_str()])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");

    let text = fs::read_to_string(&report).unwrap();
    let _ = fs::remove_file(&report);
    let report: Value = serde_json::from_str(&text).unwrap();
    let steps = report["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["ok"] == true), "{text}");
    for (page, call) in PAGES {
        let step = steps.iter().find(|step| step["seed"] == page);
        let step = step.unwrap_or_else(|| panic!("no step covers {page}"));
        let calls = step["remoteCalls"].as_array().unwrap();
        let is_it = |made: &&Value| {
            let status = made["status"].as_u64().unwrap_or_default();
            let path = made["path"].as_str().unwrap_or_default();
            made["method"] == "POST" && path.ends_with(call) && (200..300).contains(&status)
        };
        assert!(calls.iter().any(|made| is_it(&made)), "{page}: {step:#}");
    }
}
