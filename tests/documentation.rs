//! What the documentation says is what the code does.

use std::collections::BTreeSet;

use api::{ReadyReason, ReconcilingReason, StalledReason};
use lifecycle::reason::{Class, Reason};

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
