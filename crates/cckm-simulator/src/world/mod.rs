//! The clouds' truth and their rules. CM is one caller of these among others: a change made here
//! directly stays unknown to CM until it looks.

pub(crate) mod azure;
pub(crate) mod azure_rules;
pub(crate) mod description;
pub(crate) mod oci;
pub(crate) mod oci_rules;
pub(crate) mod oci_versions;
pub(crate) mod salesforce;
