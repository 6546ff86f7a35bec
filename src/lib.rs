//! The operator: effects around the pure decisions of the `lifecycle` crate.
