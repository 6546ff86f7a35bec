//! What keeps the operator going: queue, watchers, workers, the election among replicas, telemetry and the servers
//! for probes and metrics.

pub mod fence;
pub mod leadership;
pub mod lease;
pub mod metrics;
pub mod objects;
pub mod queue;
pub mod secrets;
pub mod server;
pub mod telemetry;
pub mod watch;
pub mod worker;
