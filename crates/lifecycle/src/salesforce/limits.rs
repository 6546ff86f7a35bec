//! Salesforce's own limits (Security Implementation Guide, "Rotate Your Encryption Key Material" and
//! "Key Material Types").

use jiff::SignedDuration;

/// How many ACTIVE and ARCHIVED secrets of one type an organization may have.
pub const LIVE_LIMIT: usize = 50;

/// What a tenant secret encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretType {
    /// Fields and files.
    Data,
    /// The event bus.
    EventBus,
    /// The search index.
    SearchIndex,
    /// Fields that are encrypted deterministically.
    DeterministicData,
    /// Analytics.
    Analytics,
}

impl SecretType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Data,
        Self::EventBus,
        Self::SearchIndex,
        Self::DeterministicData,
        Self::Analytics,
    ];

    /// The word of the CCKM API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::EventBus => "EventBus",
            Self::SearchIndex => "SearchIndex",
            Self::DeterministicData => "DeterministicData",
            Self::Analytics => "Analytics",
        }
    }
}

/// What kind of organization it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A production organization; an unknown one counts as production, which has the longer intervals.
    Production,
    /// A sandbox.
    Sandbox,
}

/// How long Salesforce wants between two new secrets of one type.
pub fn minimum_interval(secret_type: SecretType, environment: Environment) -> SignedDuration {
    match (secret_type, environment) {
        (SecretType::EventBus | SecretType::SearchIndex, _)
        | (SecretType::DeterministicData, Environment::Production) => {
            SignedDuration::from_hours(7 * 24)
        }
        (SecretType::Data | SecretType::Analytics, Environment::Production) => {
            SignedDuration::from_hours(24)
        }
        (
            SecretType::Data | SecretType::Analytics | SecretType::DeterministicData,
            Environment::Sandbox,
        ) => SignedDuration::from_hours(4),
    }
}
