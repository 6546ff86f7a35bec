//! What the pages leave open, each with every other value than the likeliest.

use std::fmt;

/// What differs from the standard in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Nothing.
    Standard,
    /// One switch of the simulator, from the beginning.
    Always(&'static str, &'static str),
}

impl Setting {
    /// Whether this switch has this value.
    pub(crate) fn is(self, name: &str, value: &str) -> bool {
        matches!(self, Self::Always(of, set) if of == name && set == value)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standard => f.write_str("the standard"),
            Self::Always(name, value) => write!(f, "{name}={value}"),
        }
    }
}

/// A switch of the simulator and its other values.
pub(crate) struct Switch {
    pub(crate) name: &'static str,
    pub(crate) values: &'static [&'static str],
}

const fn switch(name: &'static str, values: &'static [&'static str]) -> Switch {
    Switch { name, values }
}

/// All of them. Of these no answer differs from the beginning: [`WITHIN`] and [`NOT_MET`].
pub(crate) const ALL: &[Switch] = &[
    switch("sfdc-params-casing", &["pascal"]),
    switch("sfdc-envelopes", &["leaked"]),
    switch("sfdc-organization-id-answered", &["salesforce"]),
    switch("sfdc-organization-id-on-upload", &["uuid", "both"]),
    switch("sfdc-backup-fields", &["flat", "nested", "absent"]),
    switch("sfdc-predecessor-row", &["stale"]),
    switch("sfdc-row-after-delete-backup", &["gone"]),
    switch("sfdc-second-delete-backup", &["accepted"]),
    switch("sfdc-created-date", &["always", "never"]),
    switch("sfdc-certificate-end", &["valid-to", "absent"]),
    switch("sfdc-rotation-interval-enforced", &["false"]),
    switch("state-refusal-status", &["409", "422"]),
    switch("sync-seconds", &["90"]),
    switch("secret-values-echoed", &["true"]),
    switch("replication-delay-ms", &["5000"]),
    switch("tags-on-patch", &["merged"]),
    switch("empty-resources", &["null"]),
    switch("throttle-retry-after-seconds", &["7"]),
    switch("token-refused-before-expiry-seconds", &["30"]),
    switch("azure-restore-id", &["new"]),
    switch("azure-older-rows", &["stale"]),
    switch("azure-vanished-soft-deleted", &["kept"]),
    switch("azure-content-type-accepted", &["camel-case", "snake-case"]),
    switch("azure-content-type-returned", &["snake-case"]),
    switch("azure-dates-accepted", &["number", "string"]),
    switch("azure-dates-returned", &["string"]),
    switch("azure-purge-protection-status", &["409"]),
    switch("azure-deletion-seconds", &["100"]),
    switch("azure-recovery-seconds", &["60"]),
    switch("azure-deleted-record-blocks-create", &["true"]),
    switch("oci-cancel-while-scheduling", &["accepted"]),
    switch("oci-cancel-of-disabled", &["enabled"]),
    switch("oci-get-fails-during-restore", &["true"]),
    switch("oci-version-needs-slash", &["false"]),
    switch("oci-restore-ocid", &["new"]),
    switch("oci-row-returns-after-delete", &["false"]),
    switch("oci-final-deletion", &["state", "gone"]),
    switch("oci-vault-id", &["ocid"]),
    switch("oci-transition-seconds", &["60"]),
];

/// Those by which keys look different in Kubernetes in the end, in some scenario. They are tried on the real API server
/// as well (`tests/promises`).
pub(crate) const VISIBLE: &[(&str, &str)] = &[
    ("azure-vanished-soft-deleted", "kept"),
    ("oci-cancel-of-disabled", "enabled"),
    ("oci-restore-ocid", "new"),
    ("sfdc-backup-fields", "absent"),
    ("sfdc-created-date", "never"),
];

/// Switches that a scenario sets while it runs, and how that scenario begins.
pub(crate) const WITHIN: &[(&str, &str)] = &[
    ("sync-outcome", "nothing is made while syncs fail"),
    ("login-failures-before-lockout", "a wrong password"),
    ("login-lockout-seconds", "a wrong password"),
];

/// Of registering an organization, which the operator does not do yet.
pub(crate) const NOT_MET: &str = "sfdc-second-registration";
