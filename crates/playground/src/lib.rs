//! A real control plane, a CipherTrust Manager simulator and the operator on one machine: for tests, and for people.
//!
//! [`control_plane::ControlPlane`] boots etcd and kube-apiserver on loopback, from binaries that [`binaries`] finds
//! or builds once. [`world::World`] adds the simulator and the operator. Everything that is started here ends with the process that started it, however that ends.

mod authority;
pub mod binaries;
pub mod child;
pub mod control_plane;
pub mod demo;
mod error;
mod folder;
mod log;
pub mod poll;
mod ports;
pub mod program;
mod program_roles;
mod reaper;
pub mod role;
pub mod say;
mod shared;
pub mod timeline;
pub mod tour;
pub mod world;

pub use authority::Issued;
pub use error::Error;
pub use log::LogFile;
pub use shared::shared;
