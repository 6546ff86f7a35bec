//! The custom resources of cckm.dev: what users write and read back.
