//! The rules in `crds/` compile, and refuse what the tables say with the messages they say.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod cases;

use std::collections::BTreeSet;

use cases::{Table, Verdict};
use kube::core::cel::{CompiledSchema, Validator, compile_schema, estimate_rule_cost};
use serde_json::Value;

/// The schema of a kind, as it is installed.
fn schema(kind: &str) -> Value {
    let crd = api::all_crds()
        .into_iter()
        .find(|crd| crd.spec.names.kind == kind)
        .unwrap();
    let version = crd.spec.versions.into_iter().next().unwrap();
    serde_json::to_value(version.schema.unwrap().open_api_v3_schema.unwrap()).unwrap()
}

fn messages(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(schema, &mut |node| {
        for rule in node["x-kubernetes-validations"]
            .as_array()
            .into_iter()
            .flatten()
        {
            found.insert(
                rule["message"]
                    .as_str()
                    .expect("every rule has a message")
                    .to_owned(),
            );
        }
    });
    found
}

fn walk(node: &Value, visit: &mut impl FnMut(&Value)) {
    visit(node);
    match node {
        Value::Object(fields) => fields.values().for_each(|value| walk(value, visit)),
        Value::Array(items) => items.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

/// The nodes that rules are on.
fn compiled_nodes<'a>(node: &'a CompiledSchema, found: &mut Vec<&'a CompiledSchema>) {
    found.push(node);
    let children = node.properties.values();
    let inner = [&node.items, &node.additional_properties];
    let inner = inner.into_iter().filter_map(|child| child.as_deref());
    for child in children.chain(inner) {
        compiled_nodes(child, found);
    }
}

#[test]
fn manifests_are_taken_and_refused_as_the_tables_say() {
    let mut wrong = Vec::new();
    for table in Table::all() {
        let schema = schema(&table.kind);
        for case in table.cases() {
            let result = Validator::new().validate(&schema, &case.new, case.old.as_ref());
            let refusals: Vec<_> = result
                .err()
                .map(|errors| errors.iter().map(|error| error.message.clone()).collect())
                .unwrap_or_default();
            let as_said = match &case.verdict {
                Verdict::Accepted => refusals.is_empty(),
                Verdict::ByRule(message) => {
                    refusals.iter().any(|refusal| refusal.starts_with(message))
                }
                // An API server is needed to check it against the schema; see api_server.rs.
                Verdict::BySchema(_) => true,
            };
            if !as_said {
                wrong.push(format!(
                    "{}: {:?}, but: {refusals:?}",
                    case.title, case.verdict
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_manifest_that_it_refuses() {
    for table in Table::all() {
        let refused: Vec<_> = table.cases().into_iter().map(|case| case.verdict).collect();
        for message in messages(&schema(&table.kind)) {
            let begun = |verdict: &Verdict| matches!(verdict, Verdict::ByRule(begin) if message.starts_with(begin));
            assert!(
                refused.iter().any(begun),
                "{}: nothing is refused by: {message}",
                table.kind
            );
        }
    }
}

#[test]
fn every_kind_has_a_table() {
    let tables: BTreeSet<_> = Table::all().into_iter().map(|table| table.kind).collect();
    let kinds = api::all_crds().into_iter().map(|crd| crd.spec.names.kind);
    assert_eq!(tables, kinds.collect());
}

#[test]
fn rules_compile_and_read_bounded_fields_only() {
    for crd in api::all_crds() {
        let compiled = compile_schema(&schema(&crd.spec.names.kind));
        let mut nodes = Vec::new();
        compiled_nodes(&compiled, &mut nodes);
        for node in nodes {
            assert!(!node.has_errors(), "{:?}", node.compilation_errors());
            for rule in node.validations.iter().flatten() {
                let rule = &rule.rule.rule;
                let warnings = estimate_rule_cost(rule, node);
                assert!(warnings.is_empty(), "{warnings:?}");
            }
        }
    }
}
