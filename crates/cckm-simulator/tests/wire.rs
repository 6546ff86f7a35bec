//! The simulator on real sockets: lost replies, TLS with client certificates, the program.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "wire/certificates.rs"]
mod certificates;
#[path = "wire/program.rs"]
mod program;
#[path = "wire/sockets.rs"]
mod sockets;
