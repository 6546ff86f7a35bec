//! What the documentation says is what the code does.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail tests")]

use std::collections::{BTreeMap, BTreeSet};

use api::{ApprovalReason, ConditionType, ReadyReason, ReconcilingReason, StalledReason};
use cckm_operator::runtime::metrics::{
    ActionLabels, KindLabels, LoginLabels, Metrics, ObjectLabels, RequestLabels,
};
use lifecycle::reason::{Class, Reason};

/// The first words in code of the rows of a section's table, in their order.
fn rows<'p>(page: &'p str, section: &str) -> Vec<&'p str> {
    let (_, after) = page.split_once(&format!("\n## {section}\n")).unwrap();
    let end = after.find("\n## ").unwrap_or(after.len());
    let rows = after[..end].lines();
    rows.filter_map(|row| row.strip_prefix("| `")?.split('`').next())
        .collect()
}

#[test]
fn every_condition_that_informs_and_every_reason_of_an_approval_is_explained_and_no_other() {
    let page = include_str!("../docs/troubleshooting.md");
    let summary = ["Ready", "Reconciling", "Stalled"];
    let conditions = ConditionType::ALL.iter().map(|kind| kind.as_str());
    let informing: Vec<&str> = conditions.filter(|kind| !summary.contains(kind)).collect();
    assert_eq!(rows(page, "Conditions that inform"), informing);
    let reasons = ApprovalReason::ALL.iter().map(|reason| reason.as_str());
    let explained: BTreeSet<&str> = rows(page, "Approvals").into_iter().collect();
    assert_eq!(explained, reasons.collect());
}

#[test]
fn every_metric_is_explained_with_its_labels_and_no_other() {
    let page = include_str!("../docs/reference/metrics.md");
    let explained: BTreeMap<&str, (&str, String)> = page
        .lines()
        .filter(|row| row.starts_with("| `cckm_"))
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let labels = cells[3].replace('`', "").replace("none", "");
            (cells[1].trim_matches('`'), (cells[2], labels))
        })
        .collect();
    assert_eq!(explained, exported(&one_of_each()));
}

/// Metrics with a sample of each family, for without one its labels do not show.
fn one_of_each() -> String {
    let metrics = Metrics::default();
    let (kind, outcome, status) = ("kind", "outcome", "status");
    let (action, reason) = ("action", "reason");
    let request = RequestLabels {
        method: "GET",
        path: "/",
        status: 200,
    };
    metrics.requests.get_or_create(&request).inc();
    metrics.logins.get_or_create(&LoginLabels { outcome }).inc();
    let act = ActionLabels {
        kind,
        action,
        outcome,
    };
    metrics.actions.get_or_create(&act).inc();
    let of_kind = KindLabels { kind };
    metrics.status_writes.get_or_create(&of_kind).inc();
    metrics.visits.get_or_create(&of_kind).inc();
    let objects = ObjectLabels {
        kind,
        status,
        reason,
    };
    metrics.objects.get_or_create(&objects).inc();
    metrics.render()
}

/// Of each metric in the text: its type and the names of its labels, sorted.
fn exported(text: &str) -> BTreeMap<&str, (&str, String)> {
    let mut exported = BTreeMap::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|said| said.split_once(' '))
        else {
            continue;
        };
        let sample = lines.peek().unwrap();
        let (name, labels) = sample
            .split_once('{')
            .or_else(|| sample.split_once(' '))
            .unwrap();
        // A histogram's samples are sum, count and buckets.
        let name = name.trim_end_matches("_sum");
        let pairs = labels.split_once('}').map_or("", |(pairs, _)| pairs);
        let names: BTreeSet<&str> = pairs
            .split(',')
            .filter_map(|pair| Some(pair.split_once('=')?.0))
            .collect();
        let names = names.into_iter().collect::<Vec<_>>().join(" ");
        exported.insert(name, (kind, names));
    }
    exported
}

#[test]
fn applying_the_folder_of_samples_takes_nothing_away_and_undoes_nothing_of_itself() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples");
    let mut objects = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["desiredState:", "kind: DestructionApproval"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
        for document in text.split("\n---\n") {
            let value = |key: &str| {
                let mut lines = document.lines();
                lines.find_map(|line| line.strip_prefix(key)).unwrap()
            };
            let object = format!("{} {}", value("kind: "), value("  name: "));
            assert!(objects.insert(object), "{}: twice", path.display());
        }
    }
    assert!(objects.len() > 10, "{objects:?}");
}

#[test]
fn every_reason_is_explained_to_the_person_on_call() {
    let page = include_str!("../docs/troubleshooting.md");
    let missing: Vec<&str> = Reason::ALL
        .iter()
        .map(|reason| reason.as_str())
        .filter(|reason| !page.contains(&format!("| `{reason}` |")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/troubleshooting.md does not explain {missing:?}"
    );
}

#[test]
fn the_reasons_of_the_api_are_those_that_are_reported() {
    let of = |class: Class| -> BTreeSet<&str> {
        let reported = Reason::ALL.iter().filter(|reason| reason.class() == class);
        reported.map(|reason| reason.as_str()).collect()
    };
    assert_eq!(
        of(Class::Ready),
        ReadyReason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .collect()
    );
    assert_eq!(
        of(Class::Reconciling),
        ReconcilingReason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .collect()
    );
    assert_eq!(
        of(Class::Stalled),
        StalledReason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .collect()
    );
}
