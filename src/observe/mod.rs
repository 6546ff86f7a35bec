//! Reading containers: sweep, sync and snapshot, one state a container.

mod container;
mod registry;

pub use container::{ContainerState, Duty, Intervals, Row};
pub use registry::{Registry, SharedContainer};
