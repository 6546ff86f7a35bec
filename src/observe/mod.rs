//! Reading containers: sweep, sync and snapshot, one state a container.

mod certificates;
mod container;
mod registry;

pub use certificates::Certificates;
pub use container::{ContainerState, Duty, Intervals, Row};
pub use registry::{Registry, SharedContainer};
