//! The definitions in `crds/` are what the types say, and what an API server can install.

use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crds")
}

#[test]
fn the_files_are_the_types() {
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
    }
}
