//! What containers have in common: sweeps, syncs and counts.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Between two sweeps, if the spec doesn't say.
pub(crate) const SWEEP_INTERVAL: Duration = Duration::from_mins(5);
/// Between two periodic syncs, if the spec doesn't say.
pub(crate) const SYNC_INTERVAL: Duration = Duration::from_hours(1);

/// Who starts the periodic syncs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum SyncPolicy {
    /// The operator.
    #[default]
    Operator,
    /// Somebody else's scheduler. The operator still syncs where a step needs fresh news.
    External,
}

/// How many keys are in one state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct StateCount {
    /// The state, in the cloud's word.
    #[schemars(length(min = 1, max = 64))]
    pub state: String,
    /// How many keys are in it.
    #[schemars(range(min = 0))]
    pub count: i32,
}
