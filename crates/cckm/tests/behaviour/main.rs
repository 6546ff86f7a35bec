//! What the client does, seen from its two ends: the calls a user makes and the requests that leave.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::unnecessary_wraps,
    reason = "helpers fail like the tests they serve, and give what these compare with"
)]

mod calls;
mod decoding;
mod errors;
mod lists;
mod network;
mod pages;
mod redaction;
mod requests;
mod scripted;
mod sessions;
mod synchronization;
