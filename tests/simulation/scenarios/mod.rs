//! What people do with keys, and what has to come of it under every switch.

mod approvals;
mod azure;
mod clouds;
mod containers;
mod oci;
mod remembered;
mod rotation;
mod salesforce;

pub(crate) use azure::another_vault;
use futures::future::BoxFuture;

use crate::{Outcome, world::World};

/// One of them.
pub(crate) struct Scenario {
    /// What holds.
    pub(crate) sentence: &'static str,
    /// Does it, and says what does not hold.
    pub(crate) run: for<'w> fn(&'w mut World) -> BoxFuture<'w, Outcome>,
}

/// All of them.
pub(crate) fn all() -> Vec<Scenario> {
    [
        azure::scenarios(),
        oci::scenarios(),
        salesforce::scenarios(),
        rotation::scenarios(),
        remembered::scenarios(),
        clouds::scenarios(),
        containers::scenarios(),
        approvals::scenarios(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Fails if other writes to keys than these took effect since then.
pub(crate) fn writes_are(world: &World, mark: u64, expected: &[&str]) -> Outcome {
    let expected: Vec<String> = expected.iter().map(|&write| write.to_owned()).collect();
    expect("the writes", world.writes_since(mark), expected)
}

/// Fails with what was found instead.
#[expect(
    clippy::needless_pass_by_value,
    reason = "what is expected is written down where it is expected, most often as a literal"
)]
pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}").into())
}
