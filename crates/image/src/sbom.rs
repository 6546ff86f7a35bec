//! The bill of materials, in the form of `CycloneDX` 1.6.

use serde_json::{Value, json};

use crate::{
    dependencies::{Dependencies, Package},
    toolchain::Library,
};

/// Without serial number and time, so that the same lock file and compilers give the same bytes.
pub fn cyclonedx(dependencies: &Dependencies, libraries: &[Library]) -> Value {
    let packages = &dependencies.packages;
    let is_operator = |package: &&Package| package.name == "cckm-operator";
    let components = packages.iter().filter(|package| !is_operator(package));
    let needs = |package: &Package| -> Vec<String> {
        let needed = package
            .needs
            .iter()
            .filter_map(|place| packages.get(*place));
        let linked = libraries.iter().filter(|_| is_operator(&package));
        needed.map(purl).chain(linked.map(Library::purl)).collect()
    };
    let components = components
        .map(|package| component("library", package))
        .chain(libraries.iter().map(library));
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": packages.iter().find(is_operator).map(|package| component("application", package)),
        },
        "components": components.collect::<Vec<_>>(),
        "dependencies": packages.iter().map(|package| json!({
            "ref": purl(package),
            "dependsOn": needs(package),
        })).collect::<Vec<_>>(),
    })
}

fn library(library: &Library) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": library.purl(),
        "name": library.name,
        "version": library.version,
        "purl": library.purl(),
        "cpe": library.cpe,
        "licenses": [{"expression": library.license}],
        "externalReferences": [{"type": "vcs", "url": library.source}],
    });
    if let Some(build) = &library.build {
        component["description"] = json!(build);
    }
    component
}

fn purl(package: &Package) -> String {
    format!(
        "pkg:cargo/{}@{}",
        package.name,
        package.version.replace('+', "%2B")
    )
}

fn component(kind: &str, package: &Package) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
    });
    if let Some(license) = &package.license {
        // Old manifests write `/` for what SPDX calls OR.
        let expression = license.replace(" / ", " OR ").replace('/', " OR ");
        component["licenses"] = json!([{"expression": expression}]);
    }
    if let Some(checksum) = &package.checksum {
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    component
}
