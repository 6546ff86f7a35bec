//! A typed client of the CCKM API of CipherTrust Manager.
