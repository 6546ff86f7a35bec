//! An in-memory stand-in for the Kubernetes API server, for simulations of the operator in one process.

mod builtin;
mod kinds;
mod metadata;
mod names;
mod patch;
mod refusal;
mod route;
mod selection;
mod service;
mod simulator;
mod state;
mod store;
mod user;
mod verbs;
mod watch;

pub use refusal::Refusal;
pub use simulator::KubeSimulator;
pub use user::User;
