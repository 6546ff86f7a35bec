//! Golden files: what is said and written, to the letter. `UPDATE=1 cargo test -p kubectl-cckm` regenerates them.

use std::{env, fs, path::Path};

/// Compares a text with a file of `tests/golden`.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, text).expect("the golden file is written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text,
        expected,
        "{} differs; UPDATE=1 regenerates it",
        path.display()
    );
}
