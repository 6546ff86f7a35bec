//! The REST API: one table of endpoints, each a function over the whole state.

pub(crate) mod admin;
pub(crate) mod azure;
pub(crate) mod azure_containers;
pub(crate) mod azure_input;
pub(crate) mod call;
pub(crate) mod connections;
pub(crate) mod exchange;
pub(crate) mod fields;
pub(crate) mod oci;
pub(crate) mod oci_containers;
pub(crate) mod oci_create;
pub(crate) mod oci_versions;
pub(crate) mod paging;
pub(crate) mod refusal;
pub(crate) mod routes;
pub(crate) mod salesforce;
pub(crate) mod salesforce_containers;
pub(crate) mod synchronization;
pub(crate) mod tokens;
