//! A strict, stateful stand-in for CipherTrust Manager with CCKM.
