//! The pages under `docs/reference/api` are the definitions, for people: `UPDATE=1 cargo test -p api --test reference`
//! writes them. And what the documentation links to is there.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail tests"
)]

mod links;
mod render;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde_json::Value;

/// A file or folder of the workspace.
fn workspace(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The pages as they have to be. With `UPDATE` they are, before any test looks at one.
static PAGES: LazyLock<BTreeMap<PathBuf, String>> = LazyLock::new(|| {
    let definitions = api::all_crds();
    let definitions: Vec<Value> = definitions
        .iter()
        .map(|definition| serde_json::to_value(definition).unwrap())
        .collect();
    let folder = workspace("docs/reference/api");
    let mut pages: BTreeMap<PathBuf, String> = definitions
        .iter()
        .map(|definition| {
            let file = format!("{}.md", render::name(definition));
            (folder.join(file), render::page(definition))
        })
        .collect();
    pages.insert(
        workspace("docs/reference/api.md"),
        render::index(&definitions),
    );
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(folder).unwrap();
        for (path, page) in &pages {
            fs::write(path, page).unwrap();
        }
    }
    pages
});

/// A page for people.
fn read(path: &Path) -> String {
    LazyLock::force(&PAGES);
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_pages_are_the_definitions() {
    for (path, page) in PAGES.iter() {
        assert!(
            read(path) == *page,
            "{} is out of date: run this test with UPDATE=1",
            path.display()
        );
    }
    for file in fs::read_dir(workspace("docs/reference/api")).unwrap() {
        let file = file.unwrap().path();
        assert!(
            PAGES.contains_key(&file),
            "{} is of no kind",
            file.display()
        );
    }
}

/// A bound: definitions write whole numbers as decimals.
fn whole(bound: &Value) -> Option<String> {
    bound.as_f64().map(|number| number.to_string())
}

/// Calls `visit` with each schema under `node` that a manifest or status can hold, and its path.
fn each_schema(node: &Value, path: &str, visit: &mut impl FnMut(&Value, &str)) {
    visit(node, path);
    for (name, property) in node["properties"].as_object().into_iter().flatten() {
        let dot = if path.is_empty() { "" } else { "." };
        each_schema(property, &format!("{path}{dot}{name}"), visit);
    }
    for (keyword, sign) in [("items", "[]"), ("additionalProperties", "{}")] {
        if node[keyword].is_object() {
            each_schema(&node[keyword], &format!("{path}{sign}"), visit);
        }
    }
}

/// From the files that are installed, not from what the pages were written by.
#[test]
fn every_field_rule_word_and_bound_that_is_installed_is_on_the_page_of_its_kind() {
    let mut fields = 0;
    for entry in fs::read_dir(workspace("crds")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let definition: Value = serde_saphyr::from_str(&read(&path)).unwrap();
        let kind = definition["spec"]["names"]["kind"].as_str().unwrap();
        let file = format!("docs/reference/api/{}.md", kind.to_lowercase());
        let page = read(&workspace(&file));
        // How the page is broken into lines says nothing.
        let words: Vec<&str> = page.split_whitespace().collect();
        let page = words.join(" ");
        let says = |text: &str, place: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(page.contains(&words.join(" ")), "{kind} {place}: {text}");
        };
        let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        each_schema(schema, "", &mut |node, place| {
            // The conditions of Kubernetes are named, not explained anew by each kind.
            if place.contains(".conditions[]") {
                return;
            }
            if !place.is_empty() && !place.ends_with("{}") && !place.ends_with("[]") {
                says(&format!("- `{place}`"), place);
                fields += 1;
            }
            for keyword in ["description", "pattern"] {
                says(node[keyword].as_str().unwrap_or_default(), place);
            }
            for word in node["enum"].as_array().into_iter().flatten() {
                says(&format!("`{}`", word.as_str().unwrap()), place);
            }
            for keyword in [
                "minimum",
                "maximum",
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties",
            ] {
                if let Some(bound) = whole(&node[keyword]) {
                    says(&bound, place);
                }
            }
            for rule in node["x-kubernetes-validations"]
                .as_array()
                .into_iter()
                .flatten()
            {
                says(rule["message"].as_str().unwrap(), place);
                says(rule["rule"].as_str().unwrap(), place);
            }
        });
        for column in definition["spec"]["versions"][0]["additionalPrinterColumns"]
            .as_array()
            .unwrap()
        {
            says(&column["name"].as_str().unwrap().to_uppercase(), "columns");
        }
    }
    assert!(fields > 300, "{fields}");
}
