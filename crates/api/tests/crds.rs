//! The definitions in `crds/` are what the types say, and what an API server and GitOps tools can live with.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crds")
}

/// The schemas by kind.
fn schemas() -> Vec<(String, Value)> {
    let schema = |crd: &Value| crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    api::all_crds()
        .iter()
        .map(|crd| {
            (
                crd.spec.names.kind.clone(),
                schema(&serde_json::to_value(crd).unwrap()),
            )
        })
        .collect()
}

/// Calls `visit` with each schema under `node` and its path.
fn each_schema(node: &Value, path: &str, visit: &mut impl FnMut(&Value, &str)) {
    visit(node, path);
    for (name, property) in node["properties"].as_object().into_iter().flatten() {
        each_schema(property, &format!("{path}.{name}"), visit);
    }
    for (keyword, sign) in [("items", "[]"), ("additionalProperties", "{}")] {
        if node[keyword].is_object() {
            each_schema(&node[keyword], &format!("{path}{sign}"), visit);
        }
    }
}

fn each(visit: &mut impl FnMut(&Value, &str)) {
    for (kind, schema) in schemas() {
        each_schema(&schema, &kind, visit);
    }
}

#[test]
fn the_files_are_the_types() {
    let mut expected = BTreeSet::new();
    for crd in api::all_crds() {
        let path = folder().join(format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural));
        let yaml = api::to_yaml(&crd);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &yaml).unwrap();
        }
        let file = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            file == yaml,
            "{} is out of date: run this test with UPDATE=1",
            path.display()
        );
        assert!(
            yaml.len() < 100_000,
            "{} has {} bytes",
            path.display(),
            yaml.len()
        );
        expected.insert(path);
    }
    let found = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let found = found.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn the_files_read_back_as_the_definitions() {
    for crd in api::all_crds() {
        let read: Value = serde_saphyr::from_str(&api::to_yaml(&crd)).unwrap();
        let read: k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition =
            serde_json::from_value(read).unwrap();
        assert_eq!(read, crd);
    }
}

#[test]
fn every_field_is_described() {
    each(&mut |node, path| {
        for (name, property) in node["properties"].as_object().into_iter().flatten() {
            let description = property["description"].as_str().unwrap_or_default();
            assert!(description.ends_with('.'), "{path}.{name}: {description:?}");
        }
    });
}

#[test]
fn every_optional_field_of_a_spec_says_what_absence_means() {
    for (kind, schema) in schemas() {
        each_schema(&schema["properties"]["spec"], &kind, &mut |node, path| {
            let required: Vec<_> = node["required"].as_array().into_iter().flatten().collect();
            let one_of_two = ["credentials", "certificate"];
            if one_of_two.iter().any(|parent| path.ends_with(parent)) {
                return;
            }
            for (name, property) in node["properties"].as_object().into_iter().flatten() {
                let description = property["description"].as_str().unwrap_or_default();
                let optional = !required.iter().any(|field| *field == name);
                assert_eq!(optional, description.contains("Absent"), "{path}.{name}");
            }
        });
    }
}

#[test]
fn nothing_is_unbounded() {
    each(&mut |node, path| {
        let has = |keyword: &str| !node[keyword].is_null();
        match node["type"].as_str() {
            Some("string") => assert!(
                has("maxLength") || has("enum") || node["format"] == "date-time",
                "{path} has no maxLength"
            ),
            Some("array") => assert!(has("maxItems"), "{path} has no maxItems"),
            Some("object") if has("additionalProperties") => {
                assert!(has("maxProperties"), "{path} has no maxProperties");
            }
            Some("object" | "integer" | "boolean") => {}
            other => panic!("{path} has the type {other:?}"),
        }
    });
}

#[test]
fn integers_of_a_spec_have_a_range() {
    for (kind, schema) in schemas() {
        each_schema(&schema["properties"]["spec"], &kind, &mut |node, path| {
            if node["type"] == "integer" {
                assert!(!node["minimum"].is_null(), "{path} has no minimum");
            }
        });
    }
}

#[test]
fn the_only_default_is_that_nothing_was_observed() {
    each(&mut |node, path| {
        let expected = match path.split_once('.') {
            Some((_, "status")) => json!({"observedGeneration": -1}),
            _ => Value::Null,
        };
        assert_eq!(node["default"], expected, "{path}");
    });
}

#[test]
fn formats_are_those_that_kubernetes_knows_and_nothing_is_nullable() {
    each(&mut |node, path| {
        let format = node["format"].as_str();
        assert!(
            matches!(format, None | Some("int32" | "int64" | "date-time")),
            "{path}: {format:?}"
        );
        for keyword in [
            "nullable",
            "anyOf",
            "oneOf",
            "x-kubernetes-preserve-unknown-fields",
        ] {
            assert!(node[keyword].is_null(), "{path} has {keyword}");
        }
    });
}

#[test]
fn kustomize_installs_every_kind() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crds/Kustomization");
    let list = std::fs::read_to_string(path).unwrap();
    for crd in api::all_crds() {
        let name = &crd.spec.names.plural;
        assert!(list.contains(&format!("- cckm.dev_{name}.yaml")), "{name}");
    }
}

#[test]
fn names_are_as_documented() {
    let expected = [
        ("azuresecrets.cckm.dev", "azs"),
        ("azurevaults.cckm.dev", "azv"),
        ("ciphertrustmanagers.cckm.dev", "ctm"),
        ("clusterciphertrustmanagers.cckm.dev", "cctm"),
        ("destructionapprovals.cckm.dev", "dapp"),
        ("ocikeys.cckm.dev", "ocik"),
        ("ocivaults.cckm.dev", "ociv"),
        ("salesforceorganizations.cckm.dev", "sforg"),
        ("salesforcerotations.cckm.dev", "sfrot"),
        ("salesforcetenantsecrets.cckm.dev", "sfts"),
    ];
    for (crd, (name, short_name)) in api::all_crds().into_iter().zip(expected) {
        assert_eq!(crd.metadata.name.as_deref(), Some(name));
        assert_eq!(
            crd.spec.names.short_names,
            Some(vec![short_name.to_owned()]),
            "{name}"
        );
        assert_eq!(
            crd.spec.names.categories,
            Some(vec!["cckm".to_owned()]),
            "{name}"
        );
        let scope = if name.starts_with("cluster") {
            "Cluster"
        } else {
            "Namespaced"
        };
        assert_eq!(crd.spec.scope, scope, "{name}");
        assert!(
            crd.spec.versions[0]
                .subresources
                .as_ref()
                .unwrap()
                .status
                .is_some(),
            "{name}"
        );
    }
    assert_eq!(api::all_crds().len(), expected.len());
}

#[test]
fn a_goal_is_a_desired_state_of_its_kind() {
    let mut keys = 0;
    for (kind, schema) in schemas() {
        let desired = &schema["properties"]["spec"]["properties"]["desiredState"]["enum"];
        let goal = &schema["properties"]["status"]["properties"]["goal"]["properties"]["desiredState"]
            ["enum"];
        assert_eq!(desired, goal, "{kind}");
        keys += usize::from(desired.is_array());
    }
    assert_eq!(keys, 3);
}
