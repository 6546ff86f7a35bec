//! A real control plane, a CipherTrust Manager simulator and the operator on one machine.
