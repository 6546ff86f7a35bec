//! An in-memory stand-in for the Kubernetes API server, for simulations of the operator in one process.

mod builtin;
mod cel;
mod definition;
mod kinds;
mod labels;
mod metadata;
mod names;
mod patch;
mod policy;
mod rbac;
mod refusal;
mod route;
mod schema;
mod selection;
mod service;
mod simulator;
mod state;
mod store;
mod user;
mod verbs;
mod watch;

pub use definition::{Definition, NotSimulated};
pub use refusal::Refusal;
pub use simulator::{InstallError, KubeSimulator};
pub use user::User;
