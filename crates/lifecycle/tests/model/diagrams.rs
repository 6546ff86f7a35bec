//! The diagrams of the documentation, drawn from the tables.

use std::{collections::BTreeSet, env, fmt::Write, fs, path::Path};

use lifecycle::{
    azure,
    backup::Backup,
    oci, salesforce,
    sync::Reading,
    table::{By, Lifecycle},
};

use crate::{
    azure::Azure,
    oci::Oci,
    rotation,
    salesforce::Salesforce,
    series,
    world::{Cloud, FactsOf, Mistake, World},
};

const LEAD: &str = "# Lifecycles

Drawn from the tables in `crates/lifecycle`, which the operator plans by: `UPDATE=1 cargo test -p lifecycle --test model`
writes this page, and the same test fails when it is out of date. An arrow is one request, with its effect on the facts of
the moment; where more than one is named, facts decide (`soft-delete off`, `no backup`, ...), and unknown facts count as the
worse. What the cloud does by itself says so. See [concepts.md](concepts.md) for what the effects mean and what the search
may use.
";

/// The table of one cloud as a Mermaid diagram. `examples`: facts that between them open every transition.
fn diagram<L: Lifecycle>(examples: &[L::Facts]) -> String {
    let mut text = "```mermaid\nstateDiagram-v2\n".to_owned();
    let _ = writeln!(text, "    [*] --> {:?}", L::NEVER_SEEN);
    for edge in L::edges() {
        let open = examples.iter().filter(|facts| (edge.when)(facts));
        let effects: BTreeSet<&str> = open.map(|facts| (edge.effect)(facts).as_str()).collect();
        assert!(!effects.is_empty(), "no example opens {:?}", edge.by);
        let label = match edge.by {
            By::Us(action) => {
                let effects: Vec<&str> = effects.into_iter().collect();
                format!("{action} ({})", effects.join(" or "))
            }
            By::TheCloud(_) => "by the cloud itself".to_owned(),
        };
        let _ = writeln!(text, "    {:?} --> {:?}: {label}", edge.from, edge.to);
    }
    text + "```\n"
}

/// What is changed without a change of state.
fn changes<L: Lifecycle>() -> String {
    let mut text = String::new();
    for change in L::changes() {
        let allowed: Vec<String> = change
            .allowed_in
            .iter()
            .map(|state| format!("{state:?}"))
            .collect();
        let _ = writeln!(
            text,
            "- `{}` in {}: {}.",
            change.action,
            allowed.join(", "),
            change.reason
        );
    }
    text
}

fn chapter<L: Lifecycle>(title: &str, examples: &[L::Facts]) -> String {
    let mut text = format!("\n## {title}\n\n{}", diagram::<L>(examples));
    if !L::changes().is_empty() {
        text += "\nWithin a state:\n\n";
        text += &changes::<L>();
    }
    text
}

fn rotations() -> [salesforce::RotationFacts; 2] {
    let rotation = rotation::facts(&series::World::start(Mistake::Nothing));
    let uploading = salesforce::RotationFacts {
        upload: true,
        ..rotation.clone()
    };
    [rotation, uploading]
}

fn example<C: Cloud>() -> FactsOf<C> {
    C::facts(
        &World::start(Mistake::Nothing, C::WISHES[0], false),
        Reading::default(),
    )
}

fn page() -> String {
    let secret = example::<Azure>();
    let azure = [
        azure::Facts {
            soft_delete: Some(false),
            ..secret.clone()
        },
        azure::Facts {
            recovery_level: Some("Purgeable".into()),
            ..secret.clone()
        },
        azure::Facts {
            recovery_level: Some("Recoverable".into()),
            ..secret.clone()
        },
        azure::Facts {
            restore_from: azure::RestoreFrom::Deleted(Backup::Present),
            ..secret.clone()
        },
        secret,
    ];
    let key = example::<Oci>();
    let oci = [
        oci::Facts {
            upload: true,
            ..key.clone()
        },
        key,
    ];
    let tenant_secret = example::<Salesforce>();
    let with = |backup| salesforce::Facts {
        secret: Some(salesforce::Secret {
            status: "ARCHIVED".into(),
            version: 7,
            cache_only: false,
            backup,
        }),
        ..tenant_secret.clone()
    };
    let salesforce = [
        with(Backup::Present),
        with(Backup::Unknown),
        salesforce::Facts {
            upload: true,
            ..tenant_secret.clone()
        },
    ];
    [
        LEAD.to_owned(),
        chapter::<salesforce::TenantSecret>("SalesforceTenantSecret", &salesforce),
        chapter::<salesforce::Rotation>("SalesforceRotation", &rotations()),
        chapter::<azure::Secret>("AzureSecret", &azure),
        chapter::<oci::Key>("OciKey", &oci),
    ]
    .concat()
}

#[test]
fn the_documented_lifecycles_are_those_that_the_operator_plans_by() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lifecycles.md");
    let page = page();
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/lifecycles.md is out of date: run this test with UPDATE=1"
    );
}
