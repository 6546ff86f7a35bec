//! What holds of every plan, whatever the facts: even on facts that no cloud can show together, for a row may say
//! anything. The seed is fixed, so that a failure is the same everywhere; `PROPTEST_CASES` raises the number of cases,
//! and `PROPTEST_RNG_SEED` takes others.

mod azure;
mod common;
mod oci;
mod rules;
mod salesforce;
