//! The types of conditions.

/// A condition's type. `Reconciling` and `Stalled` are there only while they are true, and never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionType {
    /// The remote state is what is desired, and nothing is left to do. Always there.
    Ready,
    /// Work goes on by itself: nobody has to do anything but wait.
    Reconciling,
    /// Nothing goes on until somebody does something.
    Stalled,
    /// A newer tenant secret of the same type is active.
    Superseded,
    /// The key is in a more final state than the desired one, which counts as reached.
    MoreFinal,
    /// Attributes differ from the spec by somebody else's doing.
    Drifted,
    /// Whether Azure holds the value of the Secret is not known.
    ValueUnverified,
    /// A change waits until the key can take it.
    PendingChange,
    /// `spec.suspend` is set, here or on the manager.
    Suspended,
    /// The client certificate of the login ends in 30 days or less.
    CertificateExpiring,
    /// `spec.tls.insecureSkipVerify` is set: whoever answers is believed.
    InsecureSkipVerify,
}

impl ConditionType {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Ready,
        Self::Reconciling,
        Self::Stalled,
        Self::Superseded,
        Self::MoreFinal,
        Self::Drifted,
        Self::ValueUnverified,
        Self::PendingChange,
        Self::Suspended,
        Self::CertificateExpiring,
        Self::InsecureSkipVerify,
    ];

    /// The word in the condition.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
            Self::Superseded => "Superseded",
            Self::MoreFinal => "MoreFinal",
            Self::Drifted => "Drifted",
            Self::ValueUnverified => "ValueUnverified",
            Self::PendingChange => "PendingChange",
            Self::Suspended => "Suspended",
            Self::CertificateExpiring => "CertificateExpiring",
            Self::InsecureSkipVerify => "InsecureSkipVerify",
        }
    }
}
