//! What Argo CD offers to do, and what comes of it.

use std::{collections::BTreeSet, fs};

use api::{RECONCILE_ANNOTATION, all_crds};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    argo::{Judgement, judge, path, yaml},
    samples::{object, status},
};

/// Everything in config/samples that has a kind of ours, as it would be read back from the API server.
fn samples() -> Vec<Value> {
    let mut samples = vec![];
    let folders = ["config/samples", "config/samples/changes"];
    for entry in folders
        .into_iter()
        .flat_map(|folder| fs::read_dir(path(folder)).unwrap())
    {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|end| end != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let documents = text.split("\n---").map(yaml);
        samples.extend(documents.filter(|it| it["apiVersion"] == "cckm.dev/v1alpha1"));
    }
    let with_metadata = json!({"labels": {}, "annotations": {"a": "b"}, "generation": 1});
    for sample in &mut samples {
        let given = sample["metadata"].as_object_mut().unwrap();
        given.extend(with_metadata.as_object().unwrap().clone());
        sample["status"] = json!({"history": [], "applied": {}, "observedGeneration": 1});
    }
    samples
}

/// The kinds whose schema has such a field.
fn kinds_with(pointer: &str) -> BTreeSet<String> {
    let has = |crd: &Value| {
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        schema.pointer(pointer).is_some()
    };
    let crds = all_crds()
        .into_iter()
        .map(|crd| serde_json::to_value(crd).unwrap());
    let kind = |crd: Value| crd["spec"]["names"]["kind"].as_str().unwrap().to_owned();
    crds.filter(has).map(kind).collect()
}

fn offered(judgement: &Judgement) -> Vec<&str> {
    judgement.actions.keys().map(String::as_str).collect()
}

fn with_spec(kind: &str, spec: &Value) -> Value {
    let mut object = object(kind, &status(&[]));
    object["spec"] = spec.clone();
    object
}

#[test]
fn every_kind_offers_what_applies_to_it_now_and_nothing_else() {
    let suspendable = kinds_with("/properties/spec/properties/suspend");
    let reconcilable = kinds_with("/properties/status/properties/lastHandledReconcileAt");
    assert!(!suspendable.is_empty() && suspendable.is_subset(&reconcilable));
    for kind in all_crds().into_iter().map(|crd| crd.spec.names.kind) {
        let running: &[&str] = match (reconcilable.contains(&kind), suspendable.contains(&kind)) {
            (true, true) => &["reconcile", "suspend"],
            (true, false) => &["reconcile"],
            (false, _) => &[],
        };
        let objects = [
            json!({}),
            json!({"suspend": false}),
            json!({"suspend": true}),
        ];
        let objects = objects.map(|spec| with_spec(&kind, &spec));
        let Some(shown) = judge(&objects) else {
            return;
        };
        assert_eq!(offered(&shown[0]), running, "{kind}");
        assert_eq!(offered(&shown[1]), running, "{kind}");
        if suspendable.contains(&kind) {
            assert_eq!(offered(&shown[2]), ["reconcile", "resume"], "{kind}");
        }
    }
}

/// Holds an action to change one field of any object that offers it, and nothing else. Returns what it set it to.
fn changes_only(action: &str, objects: &[Value], section: &str, field: &str) -> Vec<Value> {
    let mut set = vec![];
    for (judgement, before) in judge(objects).unwrap_or_default().iter().zip(objects) {
        let Some(after) = judgement.actions.get(action) else {
            continue;
        };
        let value = after.pointer(section).map(|section| section[field].clone());
        let value = value.unwrap_or_else(|| panic!("{action} sets nothing in {after}"));
        let mut expected = before.clone();
        let pointed = section.split('/').skip(1);
        let section = pointed.fold(&mut expected, |value, key| &mut value[key]);
        section[field] = value.clone();
        assert_eq!(*after, expected);
        set.push(value);
    }
    set
}

#[test]
fn reconcile_asks_for_a_fresh_look_by_the_annotation_and_changes_nothing_else() {
    let mut objects = samples();
    // Without annotations as well.
    objects.push(with_spec(
        "AzureVault",
        &json!({"managerRef": {"name": "prod"}}),
    ));
    let earliest = Timestamp::now().as_second();
    let asked = changes_only(
        "reconcile",
        &objects,
        "/metadata/annotations",
        RECONCILE_ANNOTATION,
    );
    if go_tools::ARGOCD.folder().is_some() {
        assert!(asked.len() > 15, "{asked:?}");
    }
    for value in asked {
        let time: Timestamp = value.as_str().unwrap().parse().unwrap();
        assert!((earliest..=Timestamp::now().as_second()).contains(&time.as_second()));
    }
}

#[test]
fn suspend_and_resume_set_spec_suspend_and_change_nothing_else() {
    let running = samples();
    let mut held = running.clone();
    for object in &mut held {
        object["spec"]["suspend"] = json!(true);
    }
    for (action, objects, result) in [("suspend", running, true), ("resume", held, false)] {
        let set = changes_only(action, &objects, "/spec", "suspend");
        if go_tools::ARGOCD.folder().is_some() {
            assert!(set.len() > 10, "{action}: {set:?}");
        }
        assert!(
            set.iter().all(|value| *value == result),
            "{action}: {set:?}"
        );
    }
}
