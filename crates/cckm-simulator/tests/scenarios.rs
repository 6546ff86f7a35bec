//! What a client of CCKM meets, in process and under a clock that stands still.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "support/mod.rs"]
mod support;

#[path = "scenarios/admin.rs"]
mod admin;
#[path = "scenarios/azure.rs"]
mod azure;
#[path = "scenarios/azure_answers.rs"]
mod azure_answers;
#[path = "scenarios/faults.rs"]
mod faults;
#[path = "scenarios/oci.rs"]
mod oci;
#[path = "scenarios/oci_rules.rs"]
mod oci_rules;
#[path = "scenarios/salesforce.rs"]
mod salesforce;
#[path = "scenarios/salesforce_uploads.rs"]
mod salesforce_uploads;
#[path = "scenarios/tokens.rs"]
mod tokens;
