//! A definition as a page that reads well in a terminal and on the web.

use std::fmt::Write as _;

use serde_json::Value;

/// How wide the text is.
const WIDTH: usize = 120;

const GENERATED: &str = "Generated from `crates/api` by `UPDATE=1 cargo test -p api --test reference`; the same test fails when this page is out of date.";

/// What a page of a kind is called.
pub(crate) fn name(definition: &Value) -> String {
    kind(definition).to_lowercase()
}

fn kind(definition: &Value) -> &str {
    definition["spec"]["names"]["kind"].as_str().unwrap()
}

fn version(definition: &Value) -> &Value {
    &definition["spec"]["versions"][0]
}

fn schema(definition: &Value) -> &Value {
    &version(definition)["schema"]["openAPIV3Schema"]
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The page that leads to the others.
pub(crate) fn index(definitions: &[Value]) -> String {
    let mut page = format!("# API reference\n\n{}\n", wrap(GENERATED, ""));
    let how = format!(
        "All kinds are of `{}/{}`, live in a namespace, and have a `status` subresource that the operator alone writes. `kubectl explain` shows the same texts. What a field means when it is absent is said of each: nothing is filled in. How the API changes is in [CHANGELOG.md](../../CHANGELOG.md).",
        api::GROUP,
        api::VERSION
    );
    let _ = writeln!(page, "\n{}\n", wrap(&how, ""));
    page.push_str("| kind | short | what it is |\n|---|---|---|\n");
    for definition in definitions {
        let names = &definition["spec"]["names"];
        let _ = writeln!(
            page,
            "| [{}](api/{}.md) | `{}` | {} |",
            kind(definition),
            name(definition),
            text(&names["shortNames"][0]),
            text(&schema(definition)["description"]),
        );
    }
    let annotations = [
        (
            api::RECONCILE_ANNOTATION,
            "any object but an approval",
            "Look again now: of a key, it is read anew; of a container, it is synced and swept; of a manager, one login is tried. Answered in `status.lastHandledReconcileAt`.",
        ),
        (
            api::PUSH_VALUE_ANNOTATION,
            "`AzureSecret`",
            "Write the Secret's value, once for each value of the annotation. Answered in `status.lastHandledPushValue`.",
        ),
        (
            api::RESTORE_ANNOTATION,
            "a key",
            "Give access back, though its loss was somebody else's doing: names the generation that it is meant for. Answered in `status.lastHandledRestore`.",
        ),
    ];
    page.push_str(
        "\n## Annotations that are heard\n\n| annotation | on | what it asks |\n|---|---|---|\n",
    );
    for (name, on, what) in annotations {
        let _ = writeln!(page, "| `{name}` | {on} | {what} |");
    }
    page.push_str("\n## Conditions\n\n");
    let conditions = "`Ready` is always there; `Reconciling` (wait) and `Stalled` (somebody has to act) are there while they are true, and never both. Each reason, and what to do, is in [troubleshooting.md](../troubleshooting.md).";
    let _ = writeln!(page, "{}", wrap(conditions, ""));
    page
}

/// The page of a kind.
pub(crate) fn page(definition: &Value) -> String {
    let (names, schema) = (&definition["spec"]["names"], schema(definition));
    let mut page = format!(
        "# {}\n\n{}\n\n",
        kind(definition),
        wrap(text(&schema["description"]), "")
    );
    let _ = writeln!(page, "{}\n", wrap(GENERATED, ""));
    let _ = writeln!(
        page,
        "- `apiVersion: {}/{}`, `kind: {}`",
        text(&definition["spec"]["group"]),
        text(&version(definition)["name"]),
        kind(definition)
    );
    let words = |value: &Value| {
        list(value)
            .map(|word| format!("`{}`", text(word)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let _ = writeln!(
        page,
        "- `kubectl get {}`, in short {}; with all others as {}",
        text(&names["plural"]),
        words(&names["shortNames"]),
        words(&names["categories"])
    );
    let _ = writeln!(page, "- {}", text(&definition["spec"]["scope"]));
    if version(definition)["subresources"]["status"].is_object() {
        page.push_str("- `status` is a subresource: who writes the spec does not write it\n");
    }
    let selectable: Vec<String> = list(&version(definition)["selectableFields"])
        .map(|field| format!("`{}`", text(&field["jsonPath"]).trim_start_matches('.')))
        .collect();
    if !selectable.is_empty() {
        let _ = writeln!(
            page,
            "- `--field-selector` takes {}",
            selectable.join(" and ")
        );
    }
    page.push_str("\n## Spec\n\n");
    let properties = &schema["properties"];
    fields(
        &properties["spec"],
        "spec",
        is_required(schema, "spec"),
        &mut page,
    );
    page.push_str("\n## What the API server refuses\n\n");
    page.push_str(&rules(schema));
    if kind(definition) == "DestructionApproval" {
        let more = "The admission policy refuses more: whoever is not the user in `spec.approvedBy`, or lacks the verb `approve` on the key. See [approvals.md](../../approvals.md).";
        let _ = writeln!(page, "\n{}", wrap(more, ""));
    }
    page.push_str("\n## Status\n\n");
    fields(&properties["status"], "status", false, &mut page);
    page.push_str("\n## Columns\n\n| column | shows | |\n|---|---|---|\n");
    for column in list(&version(definition)["additionalPrinterColumns"]) {
        let wide = if column["priority"] == 1 {
            "with `-o wide`"
        } else {
            ""
        };
        let _ = writeln!(
            page,
            "| {} | `{}` | {wide} |",
            text(&column["name"]).to_uppercase(),
            text(&column["jsonPath"]).trim_start_matches('.'),
        );
    }
    page
}

fn is_required(parent: &Value, name: &str) -> bool {
    list(&parent["required"]).any(|required| required == name)
}

/// A field and those under it.
fn fields(node: &Value, path: &str, required: bool, page: &mut String) {
    let facts = facts(node, required && path.starts_with("spec"));
    let head = wrap(&format!("- `{path}`: {facts}."), "  ");
    let _ = writeln!(page, "{}", head.trim_start());
    let mut says = text(&node["description"]).to_owned();
    let inner = inner(node);
    for below in [
        &node["items"],
        &inner["additionalProperties"],
        &node["additionalProperties"],
    ] {
        let text = text(&below["description"]);
        if !text.is_empty() && !says.contains(text) {
            says = format!("{says} {text}");
        }
    }
    if path.ends_with(".conditions") {
        let names: Vec<&str> = properties(&node["items"]).map(|(name, _)| name).collect();
        says = format!(
            "{says} As in every kind of Kubernetes: {}.",
            names.join(", ")
        );
    }
    let _ = writeln!(page, "{}", wrap(&says, "  "));
    for (keyword, called) in [("pattern", "Pattern"), ("default", "Default")] {
        let value = &node[keyword];
        if !value.is_null() {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            let _ = writeln!(page, "  {called}: `{value}`.");
        }
    }
    for below in [&node["items"], &node["additionalProperties"]] {
        if let Some(pattern) = below["pattern"].as_str() {
            let _ = writeln!(page, "  Pattern of each: `{pattern}`.");
        }
    }
    if path.ends_with(".conditions") {
        return;
    }
    let sign = if node["items"].is_object() { "[]" } else { "" };
    for (name, property) in properties(inner) {
        fields(
            property,
            &format!("{path}{sign}.{name}"),
            is_required(inner, name),
            page,
        );
    }
}

/// What holds the fields: the thing itself, or each of a list.
fn inner(node: &Value) -> &Value {
    if node["items"].is_object() {
        &node["items"]
    } else {
        node
    }
}

fn properties(node: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = node["properties"].as_object().into_iter().flatten();
    properties.map(|(name, property)| (name.as_str(), property))
}

/// What can be put there.
fn facts(node: &Value, required: bool) -> String {
    let mut facts = what(node);
    if required {
        facts.push_str(", **required**");
    }
    let keys: Vec<&str> = list(&node["x-kubernetes-list-map-keys"])
        .map(text)
        .collect();
    if !keys.is_empty() {
        let _ = write!(facts, ", one for each {}", keys.join(" and "));
    }
    if node["x-kubernetes-map-type"] == "atomic" {
        facts.push_str(", replaced as a whole");
    }
    facts
}

fn what(node: &Value) -> String {
    let words: Vec<String> = list(&node["enum"])
        .map(|word| format!("`{}`", text(word)))
        .collect();
    if !words.is_empty() {
        return format!("one of {}", words.join(", "));
    }
    let of = |keyword: &str, what: &str| {
        let below = &node[keyword];
        format!(
            "{what}{}, each: {}",
            range(node, "Items", "entries"),
            self::what(below)
        )
    };
    match text(&node["type"]) {
        "string" if node["format"] == "date-time" => "time (RFC 3339)".to_owned(),
        "string" => format!("string{}", range(node, "Length", "characters")),
        "integer" => format!("whole number{}", range(node, "imum", "")),
        "boolean" => "`true` or `false`".to_owned(),
        "array" => of("items", "list"),
        _ if node["additionalProperties"].is_object() => {
            let bounds = range(node, "Properties", "entries");
            format!("map{bounds}, each: {}", what(&node["additionalProperties"]))
        }
        other => other.to_owned(),
    }
}

/// Its bounds, in words.
fn range(node: &Value, of: &str, unit: &str) -> String {
    let bound = |end: &str| super::whole(&node[format!("{end}{of}")]);
    let range = match (bound("min"), bound("max")) {
        (Some(least), Some(most)) if least == most => format!(" of {most} {unit}"),
        (Some(least), Some(most)) => format!(" of {least} to {most} {unit}"),
        (None, Some(most)) => format!(" of at most {most} {unit}"),
        (Some(least), None) => format!(" of at least {least} {unit}"),
        (None, None) => String::new(),
    };
    range.trim_end().to_owned()
}

/// The rules of the schema: those on what is there, and those on what may change.
fn rules(schema: &Value) -> String {
    let (mut always, mut changes) = (String::new(), String::new());
    let mut collect = |node: &Value, path: &str| {
        for rule in list(&node["x-kubernetes-validations"]) {
            let (message, rule) = (text(&rule["message"]), text(&rule["rule"]));
            let part = if rule.contains("oldSelf") {
                &mut changes
            } else {
                &mut always
            };
            let place = if path.is_empty() {
                "The object".to_owned()
            } else {
                format!("`{path}`")
            };
            let head = wrap(&format!("{place}: {message}"), "  ");
            let _ = writeln!(part, "- {}\n  `{rule}`", head.trim_start());
        }
    };
    super::each_schema(schema, "", &mut collect);
    let mut text = "Besides what lacks a required field, is out of bounds, or does not match a pattern. `self` is what stands before the colon.\n".to_owned();
    for (title, part) in [("Always", always), ("A change", changes)] {
        if !part.is_empty() {
            let _ = write!(text, "\n{title}:\n\n{part}");
        }
    }
    text
}

/// Breaks text into lines that each begin with `indent`.
fn wrap(text: &str, indent: &str) -> String {
    let mut lines = vec![indent.to_owned()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().unwrap();
        if line.len() + word.len() + 1 > WIDTH && *line != indent {
            lines.push(format!("{indent}{word}"));
        } else {
            if *line != indent {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
