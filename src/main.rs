//! The `cckm-operator` binary.

fn main() {}
